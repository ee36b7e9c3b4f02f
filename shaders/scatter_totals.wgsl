// scatter_totals: totals[b, d] = sum over c of counts[b, d, c], each of which becomes the sum of those before it.
// Preludes: none
//
// counts [batch, digits, chunks] of scatter_count, totals [batch, digits]. One invocation walks along one digit of one batch
// element; a workgroup 64. `count` = batch digits. Dispatch: ceil(count / 64), split over x and y past 65 535.
struct Params { count: u32, chunks: u32 }

@group(0) @binding(0) var<storage, read_write> counts: array<u32>;
@group(0) @binding(1) var<storage, read_write> totals: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter_totals(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.count) {
    var total = 0u;
    for (var c = i * params.chunks; c < (i + 1u) * params.chunks; c++) {
      let own = counts[c];
      counts[c] = total;
      total += own;
    }
    totals[i] = total;
  }
}
