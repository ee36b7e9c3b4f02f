// lstm_backward_subgroup: lstm_backward for adapters with subgroups of 8 lanes or more (llvmpipe), hidden a multiple of 4.
//
//   dh = dHidden_t + dz_(t+1) W^T,     dc = dCell_t + dc_(t+1) f_(t+1) + dh o (1 - tanh(c_t)^2)
//   dz_i = dc g i (1 - i),  dz_f = dc c_(t-1) f (1 - f),  dz_g = dc i (1 - g^2),  dz_o = dh tanh(c_t) o (1 - o)
//
// weightTransposed [4, hidden, hidden (previous)], gates [time, batch, 4, hidden], cell [time, batch, hidden],
// initialCell [batch, hidden]; dHidden, dCell [time, batch, hidden]; dPre [time, batch, 4, hidden];
// dInitial [2, batch, hidden]: of initialHidden, then of initialCell (also the carry between steps).
//
// As in lstm_subgroup, a workgroup is one subgroup of 8 lanes with 32 rows of the batch; a lane stores and reads only
// its own rows, products are transposed by shuffles, and there is no barrier.
// Dispatch: (ceil(batch / 32), 1, 1). Preludes: tile8.wgsl (first, for its `enable`), pointwise.wgsl.
struct Params { time: u32, batch: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> weightTransposed: array<vec4f>;
@group(0) @binding(1) var<storage, read> gates: array<vec4f>;
@group(0) @binding(2) var<storage, read> cell: array<vec4f>;
@group(0) @binding(3) var<storage, read> initialCell: array<vec4f>;
@group(0) @binding(4) var<storage, read> dHidden: array<vec4f>;
@group(0) @binding(5) var<storage, read> dCell: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dPre: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> dInitial: array<vec4f>;
@group(0) @binding(8) var<uniform> params: Params;

fn tanh4(x: vec4f) -> vec4f { return vec4f(tanh_(x.x), tanh_(x.y), tanh_(x.z), tanh_(x.w)); }

// Stores the carried dh of one of the lane's rows, 8 quads from `column`; `more` adds to what is there.
fn store_row(row: u32, column: u32, dh: array<vec4f, 8>, more: bool) {
  let quads = params.hidden / 4u;
  for (var q = 0u; q < 8u; q++) {
    if (row < params.batch && column + q < quads) {
      if (more) { dInitial[row * quads + column + q] += dh[q]; } else { dInitial[row * quads + column + q] = dh[q]; }
    }
  }
}

// dz of one row, and the cell's carry.
fn differentiate(t: u32, row: u32) {
  let quads = params.hidden / 4u;
  let carried = t + 1u < params.time;
  for (var q = 0u; q < quads; q++) {
    let carry = row * quads + q;
    let cell_carry = carry + params.batch * quads;
    let place = (t * params.batch + row) * quads + q;
    let start = (t * params.batch + row) * params.hidden + q;
    let i = gates[start];
    let f = gates[start + quads];
    let g = gates[start + 2u * quads];
    let o = gates[start + 3u * quads];
    var dh = dHidden[place];
    var dc = dCell[place];
    if (carried) {
      dh += dInitial[carry];
      dc += dInitial[cell_carry];
    }
    var previous = initialCell[carry];
    if (t > 0u) { previous = cell[place - params.batch * quads]; }
    let squashed = tanh4(cell[place]);
    dc += dh * o * (1.0 - squashed * squashed);
    dPre[start] = dc * g * i * (1.0 - i);
    dPre[start + quads] = dc * previous * f * (1.0 - f);
    dPre[start + 2u * quads] = dc * i * (1.0 - g * g);
    dPre[start + 3u * quads] = dh * squashed * o * (1.0 - o);
    dInitial[cell_carry] = dc * f;
  }
}

@compute @workgroup_size(8)
fn lstm_backward_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let quads = params.hidden / 4u;
  let first = group.x * 32u + lane;
  let own_rows = min(vec4u(first, first + 8u, first + 16u, first + 24u), vec4u(params.batch - 1u));
  for (var back = 0u; back < params.time; back++) {
    let t = params.time - 1u - back;
    for (var row = first; row < min(first + 32u, params.batch); row += 8u) { differentiate(t, row); }
    let rows = (vec4u(t * params.batch) + own_rows) * params.hidden;
    for (var column = 0u; column < quads; column += 8u) {
      let own = min(column + lane, quads - 1u);
      for (var block = 0u; block < params.hidden; block += 64u) {   // sums of 256 of the 4 hidden columns of z
        var d0 = array<vec4f, 8>();
        var d1 = array<vec4f, 8>();
        var d2 = array<vec4f, 8>();
        var d3 = array<vec4f, 8>();
        for (var k = block; k < min(block + 64u, params.hidden); k++) {            // 4 columns
          let w = k * params.hidden + own;
          let b = mat4x4f(weightTransposed[w], weightTransposed[w + quads], weightTransposed[w + 2u * quads],
            weightTransposed[w + 3u * quads]);
          let a = mat4x4f(dPre[rows[0] + k], dPre[rows[1] + k], dPre[rows[2] + k], dPre[rows[3] + k]);
          for (var r = 0u; r < 8u; r++) { d0[r] = combine(d0[r], subgroupShuffle(a[0], r), b); }
          for (var r = 0u; r < 8u; r++) { d1[r] = combine(d1[r], subgroupShuffle(a[1], r), b); }
          for (var r = 0u; r < 8u; r++) { d2[r] = combine(d2[r], subgroupShuffle(a[2], r), b); }
          for (var r = 0u; r < 8u; r++) { d3[r] = combine(d3[r], subgroupShuffle(a[3], r), b); }
        }
        store_row(first, column, transpose8(d0, lane), block > 0u);
        store_row(first + 8u, column, transpose8(d1, lane), block > 0u);
        store_row(first + 16u, column, transpose8(d2, lane), block > 0u);
        store_row(first + 24u, column, transpose8(d3, lane), block > 0u);
      }
    }
  }
}
