// Prelude: lane_totals.wgsl for workgroups of one subgroup of 8 lanes, on software adapters: no barrier but in `alike`.
//
// Fixed trees again, monotone in each term. Call from uniform control flow; every lane has the result, and `alike` makes it one
// that control flow may depend on.
enable subgroups;
const LANES: u32 = 8u;

var<workgroup> agreed: u32;

fn total_counts(_lane: u32, x: vec4u) -> vec4u {
  let a = x + subgroupShuffleXor(x, 1u);
  let b = a + subgroupShuffleXor(a, 2u);
  return b + subgroupShuffleXor(b, 4u);
}

fn total_sums(_lane: u32, x: vec4f) -> vec4f {
  let a = x + subgroupShuffleXor(x, 1u);
  let b = a + subgroupShuffleXor(a, 2u);
  return b + subgroupShuffleXor(b, 4u);
}

fn largest(_lane: u32, x: u32) -> u32 {
  let a = max(x, subgroupShuffleXor(x, 1u));
  let b = max(a, subgroupShuffleXor(a, 2u));
  return max(b, subgroupShuffleXor(b, 4u));
}

fn alike(lane: u32, x: u32) -> u32 {
  if (lane == 0u) { agreed = x; }
  return workgroupUniformLoad(&agreed);
}
