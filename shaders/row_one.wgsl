// Prelude: how rows of f32 are read: one element at a time.
alias Element = f32;
const WIDTH: u32 = 1u;
fn total_of(x: Element) -> f32 { return x; }
