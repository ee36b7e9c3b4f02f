// layer_norm_columns: the gradients of layer_norm for gain and bias, sums over rows of dy n and dy, n = (x scale - centre) inverse.
// Preludes: row_one | row_four
//
// slopes (dy), values [rows, size], centre, inverse and scales [rows]; gains and biases [parts, size]: partial sums over `chunk` rows
// each, one invocation for each, so equal inputs give equal bits.
// A workgroup computes 64 Elements of them. Dispatch: ceil(parts size / (64 WIDTH)), split over x and y past 65 535.
struct Params { rows: u32, size: u32, parts: u32, chunk: u32 }

@group(0) @binding(0) var<storage, read> slopes: array<Element>;
@group(0) @binding(1) var<storage, read> values: array<Element>;
@group(0) @binding(2) var<storage, read> centre: array<f32>;
@group(0) @binding(3) var<storage, read> inverse: array<f32>;
@group(0) @binding(4) var<storage, read> scales: array<f32>;
@group(0) @binding(5) var<storage, read_write> gains: array<Element>;
@group(0) @binding(6) var<storage, read_write> biases: array<Element>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(64)
fn layer_norm_columns(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let width = params.size / WIDTH;
  if (i < params.parts * width) {
    let column = i % width;
    let first = (i / width) * params.chunk;
    var along = Element();
    var plain = Element();
    for (var row = first; row < min(first + params.chunk, params.rows); row++) {
      let dy = slopes[row * width + column];
      plain += dy;
      along += dy * (values[row * width + column] * scales[row] - centre[row]) * inverse[row];
    }
    gains[i] = along;
    biases[i] = plain;
  }
}
