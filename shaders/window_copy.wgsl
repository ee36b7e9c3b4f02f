// window_copy: y[toStart + r toPitch + i] = x[fromStart + r fromPitch + i], r < rows, i < width: slice, pad and concat.
// Preludes: words | quads, spans
//
// source, result: elements of any type, moved bit by bit; all sizes count Words of the prelude. The rest of `result` is
// left as it is. Workgroups share the Words, 256 at a time. Dispatch: at most ceil(rows width / 256), split over x and y past 65 535.
struct Params { rows: u32, width: u32, fromStart: u32, fromPitch: u32, toStart: u32, toPitch: u32 }

@group(0) @binding(0) var<storage, read> source: array<Word>;
@group(0) @binding(1) var<storage, read_write> result: array<Word>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn window_copy(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let count = params.rows * params.width;
  let span = span_of(count, 256u, group, groups);
  var row = (span.first + lane) / params.width;
  var column = (span.first + lane) % params.width;
  let turn = vec2u(256u / params.width, 256u % params.width);
  for (var i = span.first + lane; i < span.end; i += 256u) {
    result[params.toStart + row * params.toPitch + column] = source[params.fromStart + row * params.fromPitch + column];
    let next = gone_on(column, turn.y, params.width);
    column = next.place;
    row += turn.x + next.carry;
  }
}
