// Prelude: the element type of a kernel that is the same for several types, and whether an element is NaN, by its pattern.
alias Element = f32;
fn is_undefined(x: Element) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
