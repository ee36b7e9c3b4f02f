// Prelude: which of `count` elements a workgroup of `lanes` invocations takes, where as many workgroups as there are share them:
// a span of whole turns each.
struct Span { first: u32, end: u32 }

fn span_of(count: u32, lanes: u32, group: vec3u, groups: vec3u) -> Span {
  let size = (max(count, 1u) - 1u) / (groups.x * groups.y * lanes) * lanes + lanes;
  let first = (group.y * groups.x + group.x) * size;
  return Span(first, min(first + size, count));
}
