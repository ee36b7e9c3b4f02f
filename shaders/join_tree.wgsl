// Prelude (after a reduction): one value per lane of 64 under the reduction, by a fixed tree; lane 0 has the result.
const JOINED: u32 = 64u;

var<workgroup> leaves: array<Element, 64>;

fn joined(lane: u32, x: Element) -> Element {
  leaves[lane] = x;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) { leaves[lane] = reduce_pair(leaves[lane], leaves[lane + half]); }
    workgroupBarrier();
  }
  return leaves[0];
}
