// scatter_count: counts[b, d, c] = how many picks of chunk c of b have the digit d: the first step of sorting them by it.
// Preludes: scatter_digit
//
// picked [batch, picks] (clamped to [0, size)), order [batch, picks] (the picks as sorted so far, unless FIRST), counts
// [batch, digits, chunks]. An invocation counts a chunk of `chunk` neighbours, and nobody else writes its counts; a workgroup
// counts 64 chunks. `count` = batch chunks. Dispatch: ceil(count / 64), split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> picked: array<i32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter_count(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.count) {
    let batch = i / params.chunks;
    let first = (i % params.chunks) * params.chunk;
    let own = batch * params.digits * params.chunks + i % params.chunks;
    for (var d = 0u; d < params.digits; d++) { counts[own + d * params.chunks] = 0u; }
    for (var s = first; s < min(first + params.chunk, params.picks); s++) {
      let place = batch * params.picks + s;
      var p = place;
      if (!FIRST) { p = order[place]; }
      counts[own + digit_of(picked[p]) * params.chunks] += 1u;
    }
  }
}
