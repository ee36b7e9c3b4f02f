// Prelude: the sizes of a stable sort of picks by one digit of their index, and that digit.
struct Params { count: u32, picks: u32, size: u32, chunk: u32, chunks: u32, digits: u32, shift: u32 }

override FIRST: bool = false;

fn digit_of(index: i32) -> u32 {
  return (u32(clamp(index, 0, i32(params.size) - 1)) >> params.shift) & (params.digits - 1u);
}
