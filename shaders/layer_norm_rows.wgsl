// layer_norm_rows: the gradient of layer_norm for its values, dx = inverse (d - mean(d) - n mean(d n)), d = dy gain and
// n = (x - centre) inverse.
// Preludes: pointwise, tree
//
// slopes (dy), values, result [rows, size], gain [size], centre and inverse [rows]; size >= 1.
// A workgroup computes one row; a lane adds up blocks of 64 elements, and fixed trees join the 64 lanes. Dispatch: rows workgroups, split over x and y past 65 535.
struct Params { rows: u32, size: u32 }

@group(0) @binding(0) var<storage, read> slopes: array<f32>;
@group(0) @binding(1) var<storage, read> values: array<f32>;
@group(0) @binding(2) var<storage, read> gain: array<f32>;
@group(0) @binding(3) var<storage, read> centre: array<f32>;
@group(0) @binding(4) var<storage, read> inverse: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn layer_norm_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let row = min(index, params.rows - 1u);
  let start = row * params.size;
  var plain = 0.0;
  var along = 0.0;
  for (var first = lane; first < params.size; first += 4096u) {
    var plain_block = 0.0;
    var along_block = 0.0;
    for (var i = first; i < min(first + 4096u, params.size); i += 64u) {
      let d = slopes[start + i] * gain[i];
      plain_block += d;
      along_block += d * (values[start + i] - centre[row]) * inverse[row];
    }
    plain += plain_block;
    along += along_block;
  }
  let average = tree_sum(lane, plain) / f32(params.size);
  workgroupBarrier();
  let slope = tree_sum(lane, along) / f32(params.size);
  if (index < params.rows) {
    for (var i = lane; i < params.size; i += 64u) {
      let n = (values[start + i] - centre[row]) * inverse[row];
      result[start + i] = inverse[row] * (slopes[start + i] * gain[i] - average - n * slope);
    }
  }
}
