// arg_columns: y[o] = the first r whose x[o, r] is the best, one invocation for each result.
// Preludes: element_f32 | element_i32 | element_u32, best_largest | best_smallest, reduce_axes
//
// values: any layout that reduce_axes can describe, reduced >= 1, parts = 1; result [outputs].
// A workgroup computes 64 results. Dispatch: ceil(outputs / 64), split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read_write> result: array<i32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn arg_columns(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let o = (group.y * groups.x + group.x) * 64u + lane;
  if (o < params.outputs) {
    let start = start_of(o);
    var best = values[start];
    var place = 0u;
    for (var r = 1u; r < params.reduced; r++) {
      let x = values[start + place_of(r)];
      if (is_better(x, best)) {
        best = x;
        place = r;
      }
    }
    result[o] = i32(place);
  }
}
