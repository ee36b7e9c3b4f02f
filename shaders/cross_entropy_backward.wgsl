// cross_entropy_backward: dz = (e^(z - high)/weight - (1 - e) [target] - e / size) g, the gradient of cross_entropy.
// Preludes: pointwise
//
// logits, result [rows, size], targets [rows] clamped to [0, size), high, weight (the sum of
// e^(z - high)) and slopes (g) [rows];
// even = e / size, full = 1 - e + e / size, e the smoothing; count = rows size. A lane computes one element.
// Dispatch: ceil(count / 256), split over x and y past 65 535.
struct Params { count: u32, size: u32, even: f32, full: f32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read> highs: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> slopes: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(256)
fn cross_entropy_backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i < params.count) {
    let row = i / params.size;
    let target_place = u32(clamp(targets[row], 0, i32(params.size) - 1));
    let wanted = select(params.even, params.full, i % params.size == target_place);
    result[i] = (exp_(logits[i] - highs[row]) / weights[row] - wanted) * slopes[row];
  }
}
