// cross_entropy_backward_rows: cross_entropy_backward (dz = (e^(z - high)/weight - (1 - e) [target] - e / size) g) for rows of 64
// elements or more: what a row has once is loaded once, and no place is divided by the size.
// Preludes: pointwise
//
// Buffers as in cross_entropy_backward; spans = ceil(size / 1024). A workgroup computes 1024 elements of one row.
// Dispatch: rows spans workgroups, split over x and y past 65 535.
struct Params { rows: u32, size: u32, spans: u32, even: f32, full: f32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read> highs: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> slopes: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn cross_entropy_backward_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let row = index / params.spans;
  if (row >= params.rows) { return; }
  let first = (index % params.spans) * 1024u;
  let start = row * params.size;
  let target_place = u32(clamp(targets[row], 0, i32(params.size) - 1));
  let high = highs[row];
  let weight = weights[row];
  let slope = slopes[row];
  for (var i = first + lane; i < min(first + 1024u, params.size); i += 64u) {
    let wanted = select(params.even, params.full, i == target_place);
    result[start + i] = (exp_(logits[start + i] - high) / weight - wanted) * slope;
  }
}
