// cumulative_sum: y[o, j, i] = x[o, 0, i] + ... + x[o, j, i], or from the end backwards.
// Preludes: element_f32 | element_i32 | element_u32
//
// values, result [outer, size, inner]; `backward` is 1 for running sums from the end. One invocation walks one column in
// order; a workgroup 64. Totals are kept of the last 1, 16, 256, ... elements like the digits of a number, so that none is
// ever added to more than 16 others: the error grows with log16 size. Where a sum leaves the range of its type the column is
// walked once more with smaller elements, so that a sum that comes back into it is what it is. Dispatch: ceil(outer inner / 64), split
// over x and y past 65 535. Any sizes.
struct Params { outer: u32, size: u32, inner: u32, backward: u32 }

@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read_write> result: array<Element>;
@group(0) @binding(2) var<uniform> params: Params;

const DIGITS: u32 = 8u;                          // 16^8 = 2^32 elements

// Writes the sums of a column, or `again` those that had left the range; whether any has.
fn column_sums(start: u32, again: bool) -> bool {
  var totals = array<Element, DIGITS>();
  var before = Element();                        // the sum of all totals but that of the last few elements
  var left = false;
  for (var j = 0u; j < params.size; j++) {
    if (j % 16u == 0u && j > 0u) {
      var digit = 0u;
      for (var rest = j; rest % 16u == 0u && digit + 1u < DIGITS; rest /= 16u) {
        totals[digit + 1u] += totals[digit];
        totals[digit] = Element();
        digit++;
      }
      before = Element();
      for (var d = 1u; d < DIGITS; d++) { before += totals[d]; }
    }
    let place = start + select(j, params.size - 1u - j, params.backward == 1u) * params.inner;
    totals[0] += select(values[place], smaller(values[place]), again);
    let sum = before + totals[0];
    if (!again) {
      result[place] = sum;
      left = left || is_outside(sum);
    } else if (is_outside(result[place])) {
      result[place] = larger(sum);
    }
  }
  return left;
}

@compute @workgroup_size(64)
fn cumulative_sum(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let column = (group.y * groups.x + group.x) * 64u + lane;
  if (column < params.outer * params.inner) {
    let start = (column / params.inner) * params.size * params.inner + column % params.inner;
    if (column_sums(start, false)) { _ = column_sums(start, true); }
  }
}
