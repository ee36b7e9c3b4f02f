// Prelude: which of `count` elements a workgroup of `lanes` invocations takes, where as many workgroups as there are share them:
// a span of whole turns each.
struct Span { first: u32, end: u32 }

fn span_of(count: u32, lanes: u32, group: vec3u, groups: vec3u) -> Span {
  let size = (max(count, 1u) - 1u) / (groups.x * groups.y * lanes) * lanes + lanes;
  let first = (group.y * groups.x + group.x) * size;
  return Span(first, min(first + size, count));
}

// A place along an axis of `size` that goes on by at most as much, and what it carries to the axis before: places go on from turn to
// turn by this, since divisions go lane by lane on software adapters.
struct Along { place: u32, carry: u32 }

fn gone_on(place: u32, by: u32, size: u32) -> Along {
  let over = place + by >= size;
  return Along(place + by - select(0u, size, over), select(0u, 1u, over));
}
