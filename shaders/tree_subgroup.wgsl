// Prelude (after pointwise.wgsl): tree.wgsl for workgroups of one subgroup of 8 lanes, on software adapters: no barrier, no
// workgroup memory. A lane adds up eight times as many elements, so it is for rows of at most 4096.
enable subgroups;
const TREE_LANES: u32 = 8u;

fn tree_again() {}

fn tree_sum(_lane: u32, x: f32) -> f32 {
  let a = x + subgroupShuffleXor(x, 1u);
  let b = a + subgroupShuffleXor(a, 2u);
  return b + subgroupShuffleXor(b, 4u);
}

fn tree_max(_lane: u32, x: f32) -> f32 {
  let a = max_(x, subgroupShuffleXor(x, 1u));
  let b = max_(a, subgroupShuffleXor(a, 2u));
  return max_(b, subgroupShuffleXor(b, 4u));
}
