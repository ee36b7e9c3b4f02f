// Prelude (after pointwise.wgsl): reductions of one value per lane over a workgroup of 64 lanes, by a fixed tree of 8 x 8 leaves.
//
// The tree is the same on every device, so equal inputs give equal bits; its error grows with log2 64 = 6 roundings.
// Two barriers a reduction: lanes 0 to 7 each reduce 8 leaves pairwise, then every lane reduces the 8 parts, so that
// every lane has the result; a maximum is NaN where a value is. Call from uniform control flow with `lane` = local_invocation_index.
const TREE_LANES: u32 = 64u;

var<workgroup> tree_leaves: array<f32, 64>;
var<workgroup> tree_parts: array<f32, 8>;

// Between two reductions: whoever reads the parts of the first has read them.
fn tree_again() { workgroupBarrier(); }

fn tree_sum(lane: u32, x: f32) -> f32 {
  tree_leaves[lane] = x;
  workgroupBarrier();
  if (lane < 8u) {
    tree_parts[lane] =
      ((tree_leaves[lane] + tree_leaves[lane + 8u]) + (tree_leaves[lane + 16u] + tree_leaves[lane + 24u]))
      + ((tree_leaves[lane + 32u] + tree_leaves[lane + 40u]) + (tree_leaves[lane + 48u] + tree_leaves[lane + 56u]));
  }
  workgroupBarrier();
  return ((tree_parts[0] + tree_parts[1]) + (tree_parts[2] + tree_parts[3]))
    + ((tree_parts[4] + tree_parts[5]) + (tree_parts[6] + tree_parts[7]));
}

fn tree_max(lane: u32, x: f32) -> f32 {
  tree_leaves[lane] = x;
  workgroupBarrier();
  if (lane < 8u) {
    tree_parts[lane] = max_(
      max_(max_(tree_leaves[lane], tree_leaves[lane + 8u]), max_(tree_leaves[lane + 16u], tree_leaves[lane + 24u])),
      max_(max_(tree_leaves[lane + 32u], tree_leaves[lane + 40u]), max_(tree_leaves[lane + 48u], tree_leaves[lane + 56u])));
  }
  workgroupBarrier();
  return max_(max_(max_(tree_parts[0], tree_parts[1]), max_(tree_parts[2], tree_parts[3])),
    max_(max_(tree_parts[4], tree_parts[5]), max_(tree_parts[6], tree_parts[7])));
}
