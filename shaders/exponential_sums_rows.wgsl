// exponential_sums_rows: high[o] = max of x[o, r], weight[o] = sum of e^(x[o, r] - high[o]), one workgroup for each o.
// Preludes: pointwise, tree | tree_subgroup, reduce_axes
//
// values: any layout that reduce_axes can describe, reduced >= 1, parts = 1; high, weight [outputs]. Lane l of TREE_LANES takes
// elements l, l + TREE_LANES, ..., in four runs, 64 of them summed before they are added to its total; fixed trees join the lanes. NaN makes both NaN,
// an infinite largest element the weight.
// Dispatch: outputs workgroups, split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> highs: array<f32>;
@group(0) @binding(2) var<storage, read_write> weights: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

// Elements r, r + TREE_LANES and so on, none after the last.
fn block_at(start: u32, r: u32, last: u32) -> vec4f {
  return vec4f(values[start + place_of(r)], values[start + place_of(min(r + TREE_LANES, last))],
    values[start + place_of(min(r + 2u * TREE_LANES, last))], values[start + place_of(min(r + 3u * TREE_LANES, last))]);
}

@compute @workgroup_size(TREE_LANES)
fn exponential_sums_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let o = group.y * groups.x + group.x;
  let start = start_of(min(o, params.outputs - 1u));
  let last = params.reduced - 1u;
  var a = values[start + place_of(min(lane, last))];
  var b = a;
  var c = a;
  var d = a;
  // The largest size, by which NaN is told afterwards.
  var size = vec4u();
  for (var r = lane; r < params.reduced; r += 4u * TREE_LANES) {
    let x = block_at(start, r, last);
    a = max(a, x.x);
    b = max(b, x.y);
    c = max(c, x.z);
    d = max(d, x.w);
    size = max(size, bitcast<vec4u>(x) & vec4u(0x7fffffffu));
  }
  let high = max(max(a, b), max(c, d));
  let unknown = max(max(size.x, size.y), max(size.z, size.w));
  let largest = tree_max(lane, select(high, bitcast<f32>(unknown), unknown > 0x7f800000u));
  var part = 0.0;
  for (var first = lane; first < params.reduced; first += 64u * TREE_LANES) {
    let end = min(first + 64u * TREE_LANES, params.reduced);
    var block = vec4f();
    for (var r = first; r < end; r += 4u * TREE_LANES) {
      let x = block_at(start, r, last);
      let there = vec4u(r) + vec4u(0u, TREE_LANES, 2u * TREE_LANES, 3u * TREE_LANES) < vec4u(params.reduced);
      block += select(vec4f(), vec4f(exp_(x.x - largest), exp_(x.y - largest), exp_(x.z - largest), exp_(x.w - largest)), there);
    }
    part += (block.x + block.y) + (block.z + block.w);
  }
  tree_again();
  let total = tree_sum(lane, part);
  if (lane == 0u && o < params.outputs) {
    highs[o] = largest;
    weights[o] = total;
  }
}
