// lstm_backward: the cotangents of lstm in one dispatch, time running backwards.
//
//   dh = dHidden_t + dz_(t+1) W^T,     dc = dCell_t + dc_(t+1) f_(t+1) + dh o (1 - tanh(c_t)^2)
//   dz_i = dc g i (1 - i),  dz_f = dc c_(t-1) f (1 - f),  dz_g = dc i (1 - g^2),  dz_o = dh tanh(c_t) o (1 - o)
//
// weightTransposed [4, hidden, hidden (previous)]: weight [hidden (previous), 4, hidden] with its first axis last, so
// that lanes read consecutive words. gates [time, batch, 4, hidden] and cell [time, batch, hidden] are lstm's outputs,
// initialCell [batch, hidden]; dHidden, dCell [time, batch, hidden] the cotangents of hidden and cell.
// dPre [time, batch, 4, hidden]; dInitial [2, batch, hidden]: of initialHidden, then of initialCell (together, to stay
// within 8 storage buffers; also the carry between steps). The weight's cotangent is a contraction of shifted hidden
// with dPre, done outside. Prelude: pointwise.wgsl.
//
// A workgroup runs all time steps of 4 rows of the batch; a lane owns a unit (then unit + LANES, ...). dz is staged in
// workgroup memory as vec4s over the rows, LANES units of 4 gates at a time. Dispatch: (ceil(batch / 4), 1, 1).
// LANES = min(256, hidden rounded up to 8), STAGED = 4 LANES (at most 16 KiB). Which variant: see lstm.wgsl.
struct Params { time: u32, batch: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> weightTransposed: array<f32>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> cell: array<f32>;
@group(0) @binding(3) var<storage, read> initialCell: array<f32>;
@group(0) @binding(4) var<storage, read> dHidden: array<f32>;
@group(0) @binding(5) var<storage, read> dCell: array<f32>;
@group(0) @binding(6) var<storage, read_write> dPre: array<f32>;
@group(0) @binding(7) var<storage, read_write> dInitial: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

override LANES: u32 = 256u;
override STAGED: u32 = 1024u;                    // 4 LANES
var<workgroup> tile: array<vec4f, STAGED>;       // dz [LANES units, 4 gates], a vec4 over the 4 rows

// dz of one row and unit, and the cell's carry.
fn differentiate(t: u32, row: u32, unit: u32) {
  let size = params.hidden;
  let carry = row * size + unit;
  let place = (t * params.batch + row) * size + unit;
  let start = (t * params.batch + row) * 4u * size + unit;
  let i = gates[start];
  let f = gates[start + size];
  let g = gates[start + 2u * size];
  let o = gates[start + 3u * size];
  var dh = dHidden[place];
  var dc = dCell[place];
  if (t + 1u < params.time) {
    dh += dInitial[carry];
    dc += dInitial[params.batch * size + carry];
  }
  var previous = initialCell[carry];
  if (t > 0u) { previous = cell[place - params.batch * size]; }
  let squashed = tanh_(cell[place]);
  dc += dh * o * (1.0 - squashed * squashed);
  dPre[start] = dc * g * i * (1.0 - i);
  dPre[start + size] = dc * previous * f * (1.0 - f);
  dPre[start + 2u * size] = dc * i * (1.0 - g * g);
  dPre[start + 3u * size] = dh * squashed * o * (1.0 - o);
  dInitial[params.batch * size + carry] = dc * f;
}

@compute @workgroup_size(LANES)
fn lstm_backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * 4u;
  let rows = min(4u, params.batch - first);
  let size = params.hidden;
  for (var back = 0u; back < params.time; back++) {
    let t = params.time - 1u - back;
    for (var unit = lane; unit < size; unit += LANES) {
      for (var r = 0u; r < rows; r++) { differentiate(t, first + r, unit); }
    }
    storageBarrier();
    for (var block = 0u; block < size; block += LANES) {
      let unit = min(block + lane, size - 1u);
      var dh = vec4f();
      for (var chunk = 0u; chunk < size; chunk += LANES) {
        for (var gate = 0u; gate < 4u; gate++) {
          let start = gate * size + min(chunk + lane, size - 1u);
          let row = t * params.batch + first;
          tile[lane * 4u + gate] = vec4f(dPre[row * 4u * size + start], dPre[(row + min(1u, rows - 1u)) * 4u * size + start],
            dPre[(row + min(2u, rows - 1u)) * 4u * size + start], dPre[(row + rows - 1u) * 4u * size + start]);
        }
        workgroupBarrier();
        let count = min(LANES, size - chunk);
        var part = mat4x4f();                    // by gate
        for (var j = 0u; j < count; j++) {
          let start = (chunk + j) * size + unit;
          part[0] += tile[j * 4u] * weightTransposed[start];
          part[1] += tile[j * 4u + 1u] * weightTransposed[start + size * size];
          part[2] += tile[j * 4u + 2u] * weightTransposed[start + 2u * size * size];
          part[3] += tile[j * 4u + 3u] * weightTransposed[start + 3u * size * size];
        }
        dh += (part[0] + part[1]) + (part[2] + part[3]);
        workgroupBarrier();
      }
      let kept = select(0u, rows, block + lane < size);
      for (var r = 0u; r < kept; r++) { dInitial[(first + r) * size + unit] = dh[r]; }
    }
    storageBarrier();
  }
}
