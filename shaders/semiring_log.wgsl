// Prelude (after pointwise.wgsl): the log semiring (logaddexp, +). contract is then the forward algorithm.
//
// Zero is minus infinity; `size` is any size known at run time only, since no constant may be infinite.
fn semiring_zero(size: u32) -> f32 { return -infinity_(size); }
fn semiring_plus(a: f32, b: f32) -> f32 { return log_add_exp_(a, b); }
fn semiring_times(a: f32, b: f32) -> f32 { return a + b; }

fn semiring_plus4(a: vec4f, b: vec4f) -> vec4f {
  return vec4f(semiring_plus(a.x, b.x), semiring_plus(a.y, b.y), semiring_plus(a.z, b.z), semiring_plus(a.w, b.w));
}

fn semiring_times4(a: f32, b: vec4f) -> vec4f { return a + b; }
