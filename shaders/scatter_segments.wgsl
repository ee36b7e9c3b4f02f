// scatter_segments: y[b, k, i] = sum over p with index[b, p] = k of x[b, p, i], as scatter_add adds them up: over picks
// that are sorted already, for many results.
// Preludes: element_f32 | element_i32 | element_u32 | element_quad, pairwise
//
// updates [batch, picks, inner], order [batch, picks] of scatter_place and starts [batch, size + 1] of scatter_starts,
// result [batch, size, inner]; `inner` in Elements of the prelude. An invocation sums one column of ROWS rows, since what it
// sets up costs more than a short sum; a workgroup computes 64 columns. `count` = batch ceil(size / ROWS) inner.
// Dispatch: ceil(count / 64), split over x and y past 65 535.
struct Params { count: u32, picks: u32, size: u32, inner: u32 }

override ROWS: u32 = 1u;

@group(0) @binding(0) var<storage, read> updates: array<Element>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> result: array<Element>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter_segments(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.count) {
    let column = i % params.inner;
    let blocks = (params.size + ROWS - 1u) / ROWS;
    let batch = i / params.inner / blocks;
    let top = (i / params.inner % blocks) * ROWS;
    var next = starts[batch * (params.size + 1u) + top];
    for (var row = top; row < min(top + ROWS, params.size); row++) {
      let to = starts[batch * (params.size + 1u) + row + 1u];
      var terms = Element();
      var taken = 0u;
      for (var s = next; s < to; s++) {
        terms += updates[order[batch * params.picks + s] * params.inner + column];
        taken++;
        if (taken % RUN == 0u) { carry(terms, taken / RUN - 1u); terms = Element(); }
      }
      result[(batch * params.size + row) * params.inner + column] = gathered(terms, taken / RUN);
      next = to;
    }
  }
}
