// lstm: the whole recurrence of one LSTM layer in one dispatch (prelude: pointwise.wgsl).
//
//   z_t = pre_t + h_(t-1) W,   i, f, o = sigmoid(z_i, z_f, z_o),   g = tanh(z_g)
//   c_t = f c_(t-1) + i g,     h_t = o tanh(c_t)                   (gate order i, f, g, o)
//
// pre [time, batch, 4, hidden] (input contribution and bias), weight [hidden (previous), 4, hidden],
// initialHidden, initialCell [batch, hidden]; hidden, cell [time, batch, hidden],
// gates [time, batch, 4, hidden] after their activations. Any sizes >= 1.
//
// A workgroup runs all time steps of 4 rows of the batch; a lane owns a unit (then unit + LANES, ...) and holds its four
// gates for the 4 rows as vec4s. The previous hidden state is staged in workgroup memory, LANES units at a time.
// Dispatch: (ceil(batch / 4), 1, 1). Workgroup memory 16 LANES bytes; LANES = min(256, hidden rounded up to 8).
//
// Which variant: subgroupMinSize >= 8, hidden a multiple of 4, software adapter (llvmpipe): lstm_subgroup; a GPU, no
// subgroups (Deno), subgroups of 4 (SwiftShader), or another hidden: this one. The same holds for lstm_backward.
struct Params { time: u32, batch: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> pre: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> initialHidden: array<f32>;
@group(0) @binding(3) var<storage, read> initialCell: array<f32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<f32>;
@group(0) @binding(5) var<storage, read_write> cell: array<f32>;
@group(0) @binding(6) var<storage, read_write> gates: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

override LANES: u32 = 256u;
var<workgroup> tile: array<vec4f, LANES>;        // h_(t-1) of LANES units, a vec4 over the 4 rows

// h_(t-1)[row, unit], row counted in the batch.
fn previous_hidden(t: u32, row: u32, unit: u32) -> f32 {
  let place = min(row, params.batch - 1u) * params.hidden + unit;
  if (t == 0u) { return initialHidden[place]; }
  return hidden[(t - 1u) * params.batch * params.hidden + place];
}

// Activations and state of one row, from its z in gate order.
fn update(t: u32, row: u32, unit: u32, sums: vec4f) {
  let size = params.hidden;
  let place = (t * params.batch + row) * size + unit;
  let start = (t * params.batch + row) * 4u * size + unit;
  let i = sigmoid_(sums.x + pre[start]);
  let f = sigmoid_(sums.y + pre[start + size]);
  let g = tanh_(sums.z + pre[start + 2u * size]);
  let o = sigmoid_(sums.w + pre[start + 3u * size]);
  var c = initialCell[row * size + unit];
  if (t > 0u) { c = cell[place - params.batch * size]; }
  c = f * c + i * g;
  gates[start] = i;
  gates[start + size] = f;
  gates[start + 2u * size] = g;
  gates[start + 3u * size] = o;
  cell[place] = c;
  hidden[place] = o * tanh_(c);
}

@compute @workgroup_size(LANES)
fn lstm(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * 4u;
  for (var t = 0u; t < params.time; t++) {
    for (var block = 0u; block < params.hidden; block += LANES) {
      let unit = min(block + lane, params.hidden - 1u);
      var z = mat4x4f();                         // columns: gates; rows: rows of the batch
      for (var chunk = 0u; chunk < params.hidden; chunk += LANES) {
        let staged = min(chunk + lane, params.hidden - 1u);
        tile[lane] = vec4f(previous_hidden(t, first, staged), previous_hidden(t, first + 1u, staged),
          previous_hidden(t, first + 2u, staged), previous_hidden(t, first + 3u, staged));
        workgroupBarrier();
        let count = min(LANES, params.hidden - chunk);
        var part = mat4x4f();
        for (var k = 0u; k < count; k++) {
          let h = tile[k];
          let start = (chunk + k) * 4u * params.hidden + unit;
          part[0] += weight[start] * h;
          part[1] += weight[start + params.hidden] * h;
          part[2] += weight[start + 2u * params.hidden] * h;
          part[3] += weight[start + 3u * params.hidden] * h;
        }
        z += part;
        workgroupBarrier();
      }
      let rows = select(0u, min(4u, params.batch - first), block + lane < params.hidden);
      let sums = transpose(z);
      for (var r = 0u; r < rows; r++) { update(t, first + r, unit, sums[r]); }
    }
    storageBarrier();
  }
}
