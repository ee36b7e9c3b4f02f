// reduce_rows: y[o] = x[o, 0] + x[o, 1] + ... under the reduction of the prelude, one workgroup for each result.
// Preludes: element_f32 | element_i32 | element_u32, reduce_sum | reduce_max | reduce_min, reduce_axes
//
// values: any layout that reduce_axes can describe; result [outputs, parts]. Lane l of 64 reduces elements l, l + 64, ...
// in order, then a fixed tree joins the lanes, so equal inputs give equal bits. Empty sums are 0; extremes need one
// element or more. Dispatch: outputs parts workgroups, split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read_write> result: array<Element>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> leaves: array<Element, 64>;

@compute @workgroup_size(64)
fn reduce_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = group.y * groups.x + group.x;
  let start = start_of(min(i / params.parts, params.outputs - 1u));
  let first = (i % params.parts) * params.chunk;
  let end = min(first + params.chunk, params.reduced);
  var total = reduce_start(values[start + place_of(min(first + lane, end - 1u))]);
  for (var r = first + lane; r < end; r += 64u) { total = reduce_pair(total, values[start + place_of(r)]); }
  leaves[lane] = total;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) { leaves[lane] = reduce_pair(leaves[lane], leaves[lane + half]); }
    workgroupBarrier();
  }
  if (lane == 0u && i < params.outputs * params.parts) { result[i] = leaves[0]; }
}
