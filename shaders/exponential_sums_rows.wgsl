// exponential_sums_rows: high[o] = max of x[o, r], weight[o] = sum of e^(x[o, r] - high[o]), one workgroup for each o.
// Preludes: pointwise, tree | tree_subgroup, reduce_axes
//
// values: any layout that reduce_axes can describe, reduced >= 1, parts = 1; high, weight [outputs]. Lane l of TREE_LANES takes
// elements l, l + TREE_LANES, ..., 64 of them summed before they are added to its total; fixed trees join the lanes. NaN makes both NaN,
// an infinite largest element the weight.
// Dispatch: outputs workgroups, split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> highs: array<f32>;
@group(0) @binding(2) var<storage, read_write> weights: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(TREE_LANES)
fn exponential_sums_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let o = group.y * groups.x + group.x;
  let start = start_of(min(o, params.outputs - 1u));
  var high = values[start + place_of(min(lane, params.reduced - 1u))];
  for (var r = lane; r < params.reduced; r += TREE_LANES) { high = max_(high, values[start + place_of(r)]); }
  let largest = tree_max(lane, high);
  var part = 0.0;
  for (var first = lane; first < params.reduced; first += 64u * TREE_LANES) {
    var block = 0.0;
    for (var r = first; r < min(first + 64u * TREE_LANES, params.reduced); r += TREE_LANES) {
      block += exp_(values[start + place_of(r)] - largest);
    }
    part += block;
  }
  tree_again();
  let total = tree_sum(lane, part);
  if (lane == 0u && o < params.outputs) {
    highs[o] = largest;
    weights[o] = total;
  }
}
