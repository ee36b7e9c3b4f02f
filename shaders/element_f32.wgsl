// Prelude: the element type of a kernel that is the same for several types, and whether an element is NaN, by its pattern.
alias Element = f32;
fn is_undefined(x: Element) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
// Whether a sum has left f32; terms so small that no sum of them does, and their sum made larger again.
fn is_outside(x: Element) -> bool { return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u; }
fn smaller(x: Element) -> Element { return x * 0x1p-32; }
fn larger(x: Element) -> Element { return x * 0x1p32; }
