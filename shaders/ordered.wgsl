// Prelude: a pattern that is ordered like the floats; both zeros have one, and NaN one above all.
fn ordered(x: f32) -> u32 {
  let given = bitcast<u32>(x);
  let bits = select(select(given, 0x7fc00000u, (given & 0x7fffffffu) > 0x7f800000u), 0u, (given << 1u) == 0u);
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}
