// largest_rows: the indices of the k largest elements of a row, the largest first; the lower index wins a tie.
// Preludes: lane_totals | lane_totals_subgroup, ordered
//
// values [rows, size], result [rows, k], 1 <= k <= size. One workgroup of LANES for each row; lane l takes elements l,
// l + LANES, ... and knows its best one, by its pattern and then by its index. Each of k rounds finds the best of all lanes, and
// the lane that had it looks for its next.
// Dispatch: rows workgroups, split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<i32>;
@group(0) @binding(2) var<uniform> params: Params;

struct Params { rows: u32, size: u32, k: u32 }

// The best element of a lane after `last` at `place`, and where it lies; 0 at no place where it has none.
fn next_best(lane: u32, start: u32, last: u32, place: u32) -> vec2u {
  var best = vec2u(0u, 0xffffffffu);
  for (var i = lane; i < params.size; i += LANES) {
    let own = ordered(values[start + i]);
    let follows = own < last || (own == last && i > place);
    if (follows && own > best.x) { best = vec2u(own, i); }
  }
  return best;
}

@compute @workgroup_size(LANES)
fn largest_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  let start = min(row, params.rows - 1u) * params.size;
  var best = next_best(lane, start, 0xffffffffu, 0u);
  for (var n = 0u; n < params.k; n++) {
    let last = largest(lane, best.x);
    // Complements of indices: the largest one belongs to the lowest index, and 0 to a lane that has none.
    let place = ~largest(lane, select(0u, ~best.y, best.x == last));
    if (lane == 0u && row < params.rows) { result[row * params.k + n] = i32(place); }
    if (place % LANES == lane) { best = next_best(lane, start, last, place); }
  }
}
