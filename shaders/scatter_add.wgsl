// scatter_add: y[b, k, i] = sum over p with index[b, p] = k of x[b, p, i], pairwise in the order of p; the adjoint of gather.
// Preludes: element_f32 | element_i32 | element_u32 | element_quad, pairwise
//
// updates [batch, picks, inner], picked [batch, picks] (clamped to [0, size)), result [batch, size, inner]; `inner` and
// `count` = batch size inner count Elements of the prelude. One invocation sums one result over all picks, so no two write
// the same place and equal inputs give equal bits. A workgroup computes 64 results.
// Dispatch: ceil(count / 64), split over x and y past 65 535.
struct Params { count: u32, picks: u32, size: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> updates: array<Element>;
@group(0) @binding(1) var<storage, read> picked: array<i32>;
@group(0) @binding(2) var<storage, read_write> result: array<Element>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter_add(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.count) {
    let row = i / params.inner;
    let column = i % params.inner;
    let wanted = i32(row % params.size);
    let first = (row / params.size) * params.picks;
    var terms = Element();
    var taken = 0u;
    for (var p = first; p < first + params.picks; p++) {
      if (clamp(picked[p], 0, i32(params.size) - 1) == wanted) {
        terms += updates[p * params.inner + column];
        taken++;
        if (taken % RUN == 0u) { carry(terms, taken / RUN - 1u); terms = Element(); }
      }
    }
    result[i] = gathered(terms, taken / RUN);
  }
}
