// reduce_rows: y[o] = x[o, 0] + x[o, 1] + ... under the reduction of the prelude, one workgroup for each result.
// Preludes: element_f32 | element_i32 | element_u32, reduce_sum | reduce_max | reduce_min, join_tree | join_subgroup, reduce_axes
//
// values: any layout that reduce_axes can describe; result [outputs, parts]. Lane l of JOINED reduces elements l, l + JOINED, ...
// in four runs that are joined in order, then a fixed tree joins the lanes, so equal inputs give equal bits. Empty sums are 0;
// extremes need one element or more. Dispatch: outputs parts workgroups, split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read_write> result: array<Element>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(JOINED)
fn reduce_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = group.y * groups.x + group.x;
  let start = start_of(min(i / params.parts, params.outputs - 1u));
  let first = (i % params.parts) * params.chunk;
  let end = min(first + params.chunk, params.reduced);
  let empty = reduce_start(values[start + place_of(min(first + lane, end - 1u))]);
  var a = empty;
  var b = empty;
  var c = empty;
  var d = empty;
  var r = first + lane;
  for (; r + 3u * JOINED < end; r += 4u * JOINED) {
    a = reduce_pair(a, values[start + place_of(r)]);
    b = reduce_pair(b, values[start + place_of(r + JOINED)]);
    c = reduce_pair(c, values[start + place_of(r + 2u * JOINED)]);
    d = reduce_pair(d, values[start + place_of(r + 3u * JOINED)]);
  }
  for (; r < end; r += JOINED) { a = reduce_pair(a, values[start + place_of(r)]); }
  let total = joined(lane, reduce_pair(reduce_pair(a, b), reduce_pair(c, d)));
  if (lane == 0u && i < params.outputs * params.parts) { result[i] = total; }
}
