// scatter_order: a stable counting order of the picks: order[b, rank of p] = p, ranked by index and then by p.
// Preludes: none
//
// picked [batch, picks] (clamped to [0, size)), order [batch, picks]. One invocation ranks one pick by comparing it with all
// of its batch element; a workgroup 64. Dispatch: ceil(batch picks / 64), split over x and y past 65 535. For
// scatter_segments, where results are too many for scatter_add.
struct Params { count: u32, picks: u32, size: u32 }

@group(0) @binding(0) var<storage, read> picked: array<i32>;
@group(0) @binding(1) var<storage, read_write> order: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

fn index_of(p: u32) -> i32 { return clamp(picked[p], 0, i32(params.size) - 1); }

@compute @workgroup_size(64)
fn scatter_order(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let p = (group.y * groups.x + group.x) * 64u + lane;
  if (p < params.count) {
    let own = index_of(p);
    let first = p - p % params.picks;
    var rank = 0u;
    for (var q = first; q < first + params.picks; q++) {
      let other = index_of(q);
      rank += select(0u, 1u, other < own || (other == own && q < p));
    }
    order[first + rank] = p;
  }
}
