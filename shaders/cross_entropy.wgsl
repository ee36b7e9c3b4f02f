// cross_entropy: loss = (1 - e) (high - z_target + log weight) + e mean(high - z + log weight) (nats), high the largest of a
// row z and weight the sum of e^(z - high).
// Preludes: pointwise, tree | tree_subgroup
//
// logits [rows, size], targets [rows] clamped to [0, size), loss, high and weight [rows]; e = smoothing; size >= 1; any values.
// A workgroup computes one row; a lane adds up blocks of 64 elements, and fixed trees join the lanes, so equal rows give
// equal bits. Dispatch: rows workgroups, split over x and y past 65 535.
struct Params { rows: u32, size: u32, smoothing: f32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> highs: array<f32>;
@group(0) @binding(4) var<storage, read_write> weights: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(TREE_LANES)
fn cross_entropy(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let row = min(index, params.rows - 1u);
  let start = row * params.size;
  var part = logits[start + min(lane, params.size - 1u)];
  for (var i = lane; i < params.size; i += TREE_LANES) { part = max_(part, logits[start + i]); }
  let high = tree_max(lane, part);
  var weight = 0.0;
  var below = 0.0;
  for (var first = lane; first < params.size; first += 64u * TREE_LANES) {
    var weight_block = 0.0;
    var below_block = 0.0;
    for (var i = first; i < min(first + 64u * TREE_LANES, params.size); i += TREE_LANES) {
      weight_block += exp_(logits[start + i] - high);
      below_block += high - logits[start + i];
    }
    weight += weight_block;
    below += below_block;
  }
  let total = tree_sum(lane, weight);
  let rest = log_(total);
  tree_again();
  let even = tree_sum(lane, below) / f32(params.size) + rest;
  if (lane == 0u && index < params.rows) {
    let z = logits[start + u32(clamp(targets[row], 0, i32(params.size) - 1))];
    loss[row] = (1.0 - params.smoothing) * (high - z + rest);
    if (params.smoothing > 0.0) { loss[row] += params.smoothing * even; }
    highs[row] = high;
    weights[row] = total;
  }
}
