// Prelude: floats as patterns that are ordered like them, and totals of one value per lane over a workgroup of 256 lanes.
//
// Totals are fixed trees, so equal inputs give equal bits, and a sum is monotone in each of its terms. Call from uniform
// control flow with `lane` = local_invocation_index; every lane has the result.
const LANES: u32 = 256u;

var<workgroup> sums: array<vec4f, 256>;
var<workgroup> counts: array<vec4u, 256>;

// A pattern that is ordered like the floats; both zeros have one, and NaN one above all.
fn ordered(x: f32) -> u32 {
  let given = bitcast<u32>(x);
  let bits = select(select(given, 0x7fc00000u, (given & 0x7fffffffu) > 0x7f800000u), 0u, (given << 1u) == 0u);
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}

fn total_counts(lane: u32, x: vec4u) -> vec4u {
  counts[lane] = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { counts[lane] += counts[lane + half]; }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&counts[0]);
}

fn total_sums(lane: u32, x: vec4f) -> vec4f {
  sums[lane] = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&sums[0]);
}

fn largest(lane: u32, x: u32) -> u32 {
  counts[lane].x = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { counts[lane].x = max(counts[lane].x, counts[lane + half].x); }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&counts[0]).x;
}
