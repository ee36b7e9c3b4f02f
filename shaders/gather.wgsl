// gather: y[b, p, i] = x[b, index[b, p], i], the index clamped to [0, size).
// Preludes: words | quads, spans
//
// source [batch, size, inner] of any type, moved bit by bit, picked [batch, picks], result [batch, picks, inner]; `inner`
// and `count` = batch picks inner count Words of the prelude; size >= 1.
// Workgroups share the Words, 256 at a time. Dispatch: at most ceil(count / 256), split over x and y past 65 535.
struct Params { count: u32, picks: u32, size: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> source: array<Word>;
@group(0) @binding(1) var<storage, read> picked: array<i32>;
@group(0) @binding(2) var<storage, read_write> result: array<Word>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(256)
fn gather(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let span = span_of(params.count, 256u, group, groups);
  let first = (span.first + lane) / params.inner;
  var column = (span.first + lane) % params.inner;
  var row = first / params.picks;
  var pick = first % params.picks;
  let picks = 256u / params.inner;
  let turn = vec3u(picks / params.picks, picks % params.picks, 256u % params.inner);
  for (var i = span.first + lane; i < span.end; i += 256u) {
    let at = u32(clamp(picked[row * params.picks + pick], 0, i32(params.size) - 1));
    result[i] = source[(row * params.size + at) * params.inner + column];
    let next = gone_on(column, turn.z, params.inner);
    let after = gone_on(pick, turn.y + next.carry, params.picks);
    column = next.place;
    pick = after.place;
    row += turn.x + after.carry;
  }
}
