// Prelude: the max-plus (tropical) semiring (max, +). contract is then the Viterbi algorithm.
//
// Zero is minus infinity, represented by the finite sentinel TROPICAL_ZERO = -1e30, which annihilates: see
// semiring_log.wgsl.
const TROPICAL_ZERO: f32 = -1e30;
const TROPICAL_ZERO_BOUND: f32 = -5e29;

fn semiring_zero() -> f32 { return TROPICAL_ZERO; }
fn semiring_one() -> f32 { return 0.0; }
fn semiring_plus(a: f32, b: f32) -> f32 { return max(a, b); }

fn semiring_times(a: f32, b: f32) -> f32 {
  return select(a + b, TROPICAL_ZERO, min(a, b) <= TROPICAL_ZERO_BOUND);
}

fn semiring_plus4(a: vec4f, b: vec4f) -> vec4f { return max(a, b); }

fn semiring_times4(a: f32, b: vec4f) -> vec4f {
  return select(a + b, vec4f(TROPICAL_ZERO), min(vec4f(a), b) <= vec4f(TROPICAL_ZERO_BOUND));
}
