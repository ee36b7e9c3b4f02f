// scatter_place: sorted[b, r] = the pick with rank r by one digit of its index, and by its place in `order` among equal ones.
// Preludes: scatter_digit
//
// picked [batch, picks] (clamped to [0, size)), order [batch, picks] (the picks as sorted so far, unless FIRST), totals and
// counts of scatter_totals, sorted [batch, picks]. An invocation places a chunk of `chunk` neighbours, with counts that are
// its own; a workgroup 64 chunks. `count` = batch chunks. Dispatch: ceil(count / 64), split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> picked: array<i32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> totals: array<u32>;
@group(0) @binding(3) var<storage, read_write> counts: array<u32>;
@group(0) @binding(4) var<storage, read_write> sorted: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter_place(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.count) {
    let batch = i / params.chunks;
    let first = (i % params.chunks) * params.chunk;
    let own = batch * params.digits * params.chunks + i % params.chunks;
    var before = batch * params.picks;
    for (var d = 0u; d < params.digits; d++) {
      counts[own + d * params.chunks] += before;
      before += totals[batch * params.digits + d];
    }
    for (var s = first; s < min(first + params.chunk, params.picks); s++) {
      let place = batch * params.picks + s;
      var p = place;
      if (!FIRST) { p = order[place]; }
      let counter = own + digit_of(picked[p]) * params.chunks;
      let rank = counts[counter];
      counts[counter] = rank + 1u;
      sorted[rank] = p;
    }
  }
}
