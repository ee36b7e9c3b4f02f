// Prelude: how rows of f32 are read: four elements at a time, where they are multiples of 4.
alias Element = vec4f;
const WIDTH: u32 = 4u;
fn total_of(x: Element) -> f32 { return (x.x + x.y) + (x.z + x.w); }
fn first_of(x: Element) -> f32 { return x.x; }
// Moduli as whole numbers: in their order, infinity and NaN above all.
alias Pattern = vec4u;
fn pattern_of(x: Element) -> Pattern { return bitcast<vec4u>(x) & vec4u(0x7fffffffu); }
fn highest_of(x: Pattern) -> f32 { return bitcast<f32>(max(max(x.x, x.y), max(x.z, x.w))); }
