// Prelude: floats as patterns that are ordered like them, and totals of one value per lane over a workgroup of 256 lanes.
//
// Totals are fixed trees, so equal inputs give equal bits, and a sum is monotone in each of its terms. Call from uniform
// control flow with `lane` = local_invocation_index; every lane has the result.
const LANES: u32 = 256u;

var<workgroup> sums: array<f32, 256>;
var<workgroup> counts: array<u32, 256>;

// A pattern that is ordered like the floats; both zeros have one, and NaN one above all.
fn ordered(x: f32) -> u32 {
  let given = bitcast<u32>(x);
  let bits = select(select(given, 0x7fc00000u, (given & 0x7fffffffu) > 0x7f800000u), 0u, (given << 1u) == 0u);
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}

fn total_count(lane: u32, x: u32) -> u32 {
  counts[lane] = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { counts[lane] += counts[lane + half]; }
    workgroupBarrier();
  }
  let all = counts[0];
  workgroupBarrier();
  return all;
}

fn total_sum(lane: u32, x: f32) -> f32 {
  sums[lane] = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  let all = sums[0];
  workgroupBarrier();
  return all;
}

fn largest(lane: u32, x: u32) -> u32 {
  counts[lane] = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { counts[lane] = max(counts[lane], counts[lane + half]); }
    workgroupBarrier();
  }
  let all = counts[0];
  workgroupBarrier();
  return all;
}
