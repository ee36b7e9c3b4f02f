// Prelude (after pointwise.wgsl): the log semiring (logaddexp, +). contract is then the forward algorithm.
//
// Zero is minus infinity, represented by the finite sentinel LOG_ZERO = -1e30. The sentinel annihilates: a value at or
// below LOG_ZERO_BOUND counts as zero and is never added to, so that zero times x is exactly zero.
const LOG_ZERO: f32 = -1e30;
const LOG_ZERO_BOUND: f32 = -5e29;

fn semiring_zero() -> f32 { return LOG_ZERO; }
fn semiring_one() -> f32 { return 0.0; }

fn semiring_plus(a: f32, b: f32) -> f32 {
  let larger = max(a, b);
  let smaller = min(a, b);
  return select(larger + log1p_(exp_(max(smaller - larger, -100.0))), larger, smaller <= LOG_ZERO_BOUND);
}

fn semiring_times(a: f32, b: f32) -> f32 {
  return select(a + b, LOG_ZERO, min(a, b) <= LOG_ZERO_BOUND);
}

fn semiring_plus4(a: vec4f, b: vec4f) -> vec4f {
  return vec4f(semiring_plus(a.x, b.x), semiring_plus(a.y, b.y), semiring_plus(a.z, b.z), semiring_plus(a.w, b.w));
}

fn semiring_times4(a: f32, b: vec4f) -> vec4f {
  return select(a + b, vec4f(LOG_ZERO), min(vec4f(a), b) <= vec4f(LOG_ZERO_BOUND));
}
