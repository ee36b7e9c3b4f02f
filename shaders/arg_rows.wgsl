// arg_rows: y[o] = the first r whose x[o, r] is the best, one workgroup for each result.
// Preludes: element_f32 | element_i32 | element_u32, best_largest | best_smallest, reduce_axes
//
// values: any layout that reduce_axes can describe, reduced >= 1, parts = 1; result [outputs]. Lane l of 64 takes elements
// l, l + 64, ...; lane 0 then chooses among the lanes' best, the lowest index at a tie.
// Dispatch: outputs workgroups, split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read_write> result: array<i32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> bests: array<Element, 64>;
var<workgroup> places: array<u32, 64>;

@compute @workgroup_size(64)
fn arg_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let o = group.y * groups.x + group.x;
  let start = start_of(min(o, params.outputs - 1u));
  var place = min(lane, params.reduced - 1u);
  var best = values[start + place_of(place)];
  for (var r = lane + 64u; r < params.reduced; r += 64u) {
    let x = values[start + place_of(r)];
    if (is_better(x, best)) {
      best = x;
      place = r;
    }
  }
  bests[lane] = best;
  places[lane] = place;
  workgroupBarrier();
  if (lane == 0u && o < params.outputs) {
    for (var l = 1u; l < 64u; l++) {
      let x = bests[l];
      if (is_better(x, best) || (!is_better(best, x) && places[l] < place)) {
        best = x;
        place = places[l];
      }
    }
    result[o] = i32(place);
  }
}
