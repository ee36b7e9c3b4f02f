// scatter_starts: starts[b, k] = the number of picks of b with an index below k, k = 0 .. size, by bisection.
// Preludes: none
//
// picked [batch, picks] (clamped to [0, size)), order [batch, picks] of scatter_place, starts [batch, size + 1]. One
// invocation finds one start; a workgroup 64. `count` = batch (size + 1).
// Dispatch: ceil(count / 64), split over x and y past 65 535.
struct Params { count: u32, picks: u32, size: u32 }

@group(0) @binding(0) var<storage, read> picked: array<i32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read_write> starts: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter_starts(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.count) {
    let wanted = i32(i % (params.size + 1u));
    let first = (i / (params.size + 1u)) * params.picks;
    var low = 0u;
    var high = params.picks;
    while (low < high) {
      let middle = (low + high) / 2u;
      if (clamp(picked[order[first + middle]], 0, i32(params.size) - 1) < wanted) { low = middle + 1u; }
      else { high = middle; }
    }
    starts[i] = low;
  }
}
