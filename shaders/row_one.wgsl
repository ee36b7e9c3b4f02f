// Prelude: how rows of f32 are read: one element at a time.
alias Element = f32;
const WIDTH: u32 = 1u;
fn total_of(x: Element) -> f32 { return x; }
fn first_of(x: Element) -> f32 { return x; }
// Moduli as whole numbers: in their order, infinity and NaN above all.
alias Pattern = u32;
fn pattern_of(x: Element) -> Pattern { return bitcast<u32>(x) & 0x7fffffffu; }
fn highest_of(x: Pattern) -> f32 { return bitcast<f32>(x); }
