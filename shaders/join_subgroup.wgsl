// Prelude (after a reduction): join_tree.wgsl for workgroups of one subgroup of 8 lanes, on software adapters: no barrier, no
// workgroup memory.
enable subgroups;
const JOINED: u32 = 8u;

fn joined(_lane: u32, x: Element) -> Element {
  let a = reduce_pair(x, subgroupShuffleXor(x, 1u));
  let b = reduce_pair(a, subgroupShuffleXor(a, 2u));
  return reduce_pair(b, subgroupShuffleXor(b, 4u));
}
