// lstm_subgroup: lstm for adapters with subgroups of 8 lanes or more (llvmpipe), hidden a multiple of 4.
//
//   z_t = pre_t + h_(t-1) W,   i, f, o = sigmoid(z_i, z_f, z_o),   g = tanh(z_g)
//   c_t = f c_(t-1) + i g,     h_t = o tanh(c_t)                   (gate order i, f, g, o)
//
// pre [time, batch, 4, hidden], weight [hidden (previous), 4, hidden], initialHidden, initialCell [batch, hidden];
// hidden, cell [time, batch, hidden], gates [time, batch, 4, hidden] after their activations.
//
// A workgroup is one subgroup of 8 lanes and runs all time steps of 32 rows of the batch. The product is that of
// contract_subgroup: a lane owns 4 columns, 32 rows share a load of the weight. Its result is transposed by shuffles, so
// that a lane stores, and later reads, only its own rows (lane, lane + 8, + 16, + 24). Hence no barrier is needed, and
// none is used: a barrier makes llvmpipe a coroutine of the shader, which doubles the price of a load. The initial state
// waits in the last time slot of hidden and cell, so that every step reads the slot before its own.
// Dispatch: (ceil(batch / 32), 1, 1). Preludes: tile8.wgsl (first, for its `enable`), pointwise.wgsl.
struct Params { time: u32, batch: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> pre: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read> initialHidden: array<vec4f>;
@group(0) @binding(3) var<storage, read> initialCell: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> hidden: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> cell: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> gates: array<vec4f>;
@group(0) @binding(7) var<uniform> params: Params;

fn sigmoid4(x: vec4f) -> vec4f { return vec4f(sigmoid_(x.x), sigmoid_(x.y), sigmoid_(x.z), sigmoid_(x.w)); }
fn tanh4(x: vec4f) -> vec4f { return vec4f(tanh_(x.x), tanh_(x.y), tanh_(x.z), tanh_(x.w)); }

// Stores z of one of the lane's rows, 8 quads of the 4 hidden columns, from `column`; `more` adds to what is there.
fn store_row(t: u32, row: u32, column: u32, z: array<vec4f, 8>, more: bool) {
  let start = (t * params.batch + row) * params.hidden;
  for (var q = 0u; q < 8u; q++) {
    if (row < params.batch && column + q < params.hidden) {
      if (more) { gates[start + column + q] += z[q]; } else { gates[start + column + q] = z[q]; }
    }
  }
}

// Activations and state of one row.
fn update(t: u32, before: u32, row: u32) {
  let quads = params.hidden / 4u;
  let place = (t * params.batch + row) * quads;
  let previous = (before * params.batch + row) * quads;
  for (var q = 0u; q < quads; q++) {
    let start = place * 4u + q;
    let i = sigmoid4(gates[start] + pre[start]);
    let f = sigmoid4(gates[start + quads] + pre[start + quads]);
    let g = tanh4(gates[start + 2u * quads] + pre[start + 2u * quads]);
    let o = sigmoid4(gates[start + 3u * quads] + pre[start + 3u * quads]);
    let c = f * cell[previous + q] + i * g;
    gates[start] = i;
    gates[start + quads] = f;
    gates[start + 2u * quads] = g;
    gates[start + 3u * quads] = o;
    cell[place + q] = c;
    hidden[place + q] = o * tanh4(c);
  }
}

@compute @workgroup_size(8)
fn lstm_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let quads = params.hidden / 4u;
  let first = group.x * 32u + lane;
  let last = params.batch - 1u;
  for (var row = first; row < min(first + 32u, params.batch); row += 8u) {
    for (var q = 0u; q < quads; q++) {
      hidden[((params.time - 1u) * params.batch + row) * quads + q] = initialHidden[row * quads + q];
      cell[((params.time - 1u) * params.batch + row) * quads + q] = initialCell[row * quads + q];
    }
  }
  for (var t = 0u; t < params.time; t++) {
    let before = select(t, params.time, t == 0u) - 1u;
    let rows = (vec4u(before * params.batch) + min(vec4u(first, first + 8u, first + 16u, first + 24u), vec4u(last))) * quads;
    for (var column = 0u; column < params.hidden; column += 8u) {      // in quads: 4 gates of hidden / 4
      let own = min(column + lane, params.hidden - 1u);
      for (var block = 0u; block < quads; block += 64u) {              // sums of 256 units
        var z0 = array<vec4f, 8>();
        var z1 = array<vec4f, 8>();
        var z2 = array<vec4f, 8>();
        var z3 = array<vec4f, 8>();
        for (var k = block; k < min(block + 64u, quads); k++) {
          let w = k * 4u * params.hidden + own;
          let b = mat4x4f(weight[w], weight[w + params.hidden], weight[w + 2u * params.hidden], weight[w + 3u * params.hidden]);
          let a = mat4x4f(hidden[rows[0] + k], hidden[rows[1] + k], hidden[rows[2] + k], hidden[rows[3] + k]);
          for (var r = 0u; r < 8u; r++) { z0[r] = combine(z0[r], subgroupShuffle(a[0], r), b); }
          for (var r = 0u; r < 8u; r++) { z1[r] = combine(z1[r], subgroupShuffle(a[1], r), b); }
          for (var r = 0u; r < 8u; r++) { z2[r] = combine(z2[r], subgroupShuffle(a[2], r), b); }
          for (var r = 0u; r < 8u; r++) { z3[r] = combine(z3[r], subgroupShuffle(a[3], r), b); }
        }
        store_row(t, first, column, transpose8(z0, lane), block > 0u);
        store_row(t, first + 8u, column, transpose8(z1, lane), block > 0u);
        store_row(t, first + 16u, column, transpose8(z2, lane), block > 0u);
        store_row(t, first + 24u, column, transpose8(z3, lane), block > 0u);
      }
    }
    for (var row = first; row < min(first + 32u, params.batch); row += 8u) { update(t, before, row); }
  }
}
