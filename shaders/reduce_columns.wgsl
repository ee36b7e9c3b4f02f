// reduce_columns: y[o] = x[o, 0] + x[o, 1] + ... under the reduction of the prelude, one invocation for each result.
// Preludes: element_f32 | element_i32 | element_u32, reduce_sum | reduce_max | reduce_min, reduce_axes
//
// values: any layout that reduce_axes can describe; result [parts, outputs]. Sums of 64 elements are added to the total
// one by one, so the error grows with 64 + n / 64. Empty sums are 0; extremes need one element or more.
// A workgroup computes 64 results. Dispatch: ceil(outputs parts / 64), split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read_write> result: array<Element>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn reduce_columns(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.outputs * params.parts) {
    let start = start_of(i % params.outputs);
    let first = (i / params.outputs) * params.chunk;
    let end = min(first + params.chunk, params.reduced);
    var total = reduce_start(values[start + place_of(first)]);
    for (var block = first; block < end; block += 64u) {
      var part = reduce_start(values[start + place_of(block)]);
      let last = min(block + 64u, end);
      var r = block;
      for (; r + 3u < last; r += 4u) {           // turns of a loop are dear on software adapters
        let next = vec4u(place_of(r), place_of(r + 1u), place_of(r + 2u), place_of(r + 3u)) + start;
        let two = reduce_pair(reduce_pair(part, values[next.x]), values[next.y]);
        part = reduce_pair(reduce_pair(two, values[next.z]), values[next.w]);
      }
      for (; r < last; r++) { part = reduce_pair(part, values[start + place_of(r)]); }
      total = reduce_pair(total, part);
    }
    result[i] = total;
  }
}
