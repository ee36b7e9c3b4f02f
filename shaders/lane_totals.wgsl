// Prelude: totals of one value per lane over a workgroup of 256 lanes.
//
// Totals are fixed trees, so equal inputs give equal bits, and a sum is monotone in each of its terms. Call from uniform
// control flow with `lane` = local_invocation_index; every lane has the result.
const LANES: u32 = 256u;

var<workgroup> sums: array<vec4f, 256>;
var<workgroup> counts: array<vec4u, 256>;

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

// A total as one that control flow may depend on: it is so already.
fn alike(_lane: u32, x: u32) -> u32 { return x; }
