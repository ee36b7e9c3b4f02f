// Prelude: how rows of f32 are read: four elements at a time, where they are multiples of 4.
alias Element = vec4f;
const WIDTH: u32 = 4u;
fn total_of(x: Element) -> f32 { return (x.x + x.y) + (x.z + x.w); }
