// layer_norm: y = (x - mean) / sqrt(variance + epsilon) gain + bias along rows, with the mean and the inverse deviation.
// Preludes: pointwise, tree | tree_subgroup, row_one | row_four
//
// values, result [rows, size], gain and bias [size], centre, inverse and scales [rows]; size >= 1. A row with elements
// above 2^54 is multiplied by a power of two, its scale; means are those of differences to the first element, so that a
// constant row has none. A workgroup normalises one row in four passes; a lane adds up blocks of 64 Elements of the prelude, and fixed
// trees join the 64 lanes, so equal rows give equal bits. Dispatch: rows workgroups, split over x and y past 65 535.
struct Params { rows: u32, size: u32, epsilon: f32 }

@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read> gain: array<Element>;
@group(0) @binding(2) var<storage, read> bias: array<Element>;
@group(0) @binding(3) var<storage, read_write> result: array<Element>;
@group(0) @binding(4) var<storage, read_write> centre: array<f32>;
@group(0) @binding(5) var<storage, read_write> inverse: array<f32>;
@group(0) @binding(6) var<storage, read_write> scales: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(TREE_LANES)
fn layer_norm(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  let width = params.size / WIDTH;
  let start = min(row, params.rows - 1u) * width;
  var highest = Pattern();
  for (var i = lane; i < width; i += TREE_LANES) { highest = max(highest, pattern_of(values[start + i])); }
  let high = tree_max(lane, highest_of(highest));
  let power = select(select(1.0, 0x1p-37, high > 0x1p54), 0x1p-74, high > 0x1p91);
  tree_again();
  let origin = first_of(values[start]) * power;
  var part = Element();
  for (var first = lane; first < width; first += 64u * TREE_LANES) {
    var block = Element();
    for (var i = first; i < min(first + 64u * TREE_LANES, width); i += TREE_LANES) { block += values[start + i] * power - origin; }
    part += block;
  }
  let average = origin + tree_sum(lane, total_of(part)) / f32(params.size);
  var squares = Element();
  for (var first = lane; first < width; first += 64u * TREE_LANES) {
    var block = Element();
    for (var i = first; i < min(first + 64u * TREE_LANES, width); i += TREE_LANES) {
      let difference = values[start + i] * power - average;
      block += difference * difference;
    }
    squares += block;
  }
  tree_again();
  let scale = 1.0 / sqrt(tree_sum(lane, total_of(squares)) / f32(params.size) + params.epsilon);
  if (row < params.rows) {
    for (var i = lane; i < width; i += TREE_LANES) {
      result[start + i] = (values[start + i] * power - average) * scale * gain[i] + bias[i];
    }
    if (lane == 0u) {
      centre[row] = average;
      inverse[row] = scale;
      scales[row] = power;
    }
  }
}
