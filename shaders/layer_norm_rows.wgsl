// layer_norm_rows: the gradient of layer_norm for its values, dx = scale inverse (d - mean(d) - n mean(d n)), d = dy gain and
// n = (x scale - centre) inverse.
// Preludes: pointwise, tree | tree_subgroup, row_one | row_four
//
// slopes (dy), values, result [rows, size], gain [size], centre, inverse and scales [rows]; size >= 1.
// A workgroup computes one row; a lane adds up blocks of 64 Elements of the prelude, and fixed trees join the lanes. Dispatch: rows workgroups, split over x and y past 65 535.
struct Params { rows: u32, size: u32 }

@group(0) @binding(0) var<storage, read> slopes: array<Element>;
@group(0) @binding(1) var<storage, read> values: array<Element>;
@group(0) @binding(2) var<storage, read> gain: array<Element>;
@group(0) @binding(3) var<storage, read> centre: array<f32>;
@group(0) @binding(4) var<storage, read> inverse: array<f32>;
@group(0) @binding(5) var<storage, read> scales: array<f32>;
@group(0) @binding(6) var<storage, read_write> result: array<Element>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(TREE_LANES)
fn layer_norm_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let row = min(index, params.rows - 1u);
  let width = params.size / WIDTH;
  let start = row * width;
  let mean = centre[row];
  let scale = inverse[row];
  let power = scales[row];
  var plain = Element();
  var along = Element();
  for (var first = lane; first < width; first += 64u * TREE_LANES) {
    var plain_block = Element();
    var along_block = Element();
    for (var i = first; i < min(first + 64u * TREE_LANES, width); i += TREE_LANES) {
      let d = slopes[start + i] * gain[i];
      plain_block += d;
      along_block += d * (values[start + i] * power - mean) * scale;
    }
    plain += plain_block;
    along += along_block;
  }
  let average = tree_sum(lane, total_of(plain)) / f32(params.size);
  tree_again();
  let slope = tree_sum(lane, total_of(along)) / f32(params.size);
  if (index < params.rows) {
    for (var i = lane; i < width; i += TREE_LANES) {
      let n = (values[start + i] * power - mean) * scale;
      result[start + i] = power * (scale * (slopes[start + i] * gain[i] - average - n * slope));
    }
  }
}
