// Prelude: Threefry-2x32 with 20 rounds (Salmon et al. 2011), the same bits as lib/key.ts on every stack.
//
// Word i of a key is half i mod 2 of block (floor(i / 2), 0). Integer operations only, so no driver may change a bit.

fn threefry_mix(x: vec2<u32>, rotation: u32) -> vec2<u32> {
  let sum = x.x + x.y;
  return vec2<u32>(sum, ((x.y << rotation) | (x.y >> (32u - rotation))) ^ sum);
}

fn threefry_even(x: vec2<u32>) -> vec2<u32> {
  return threefry_mix(threefry_mix(threefry_mix(threefry_mix(x, 13u), 15u), 26u), 6u);
}

fn threefry_odd(x: vec2<u32>) -> vec2<u32> {
  return threefry_mix(threefry_mix(threefry_mix(threefry_mix(x, 17u), 29u), 16u), 24u);
}

// The block: `counter` encrypted under `key`.
fn threefry(key: vec2<u32>, counter: vec2<u32>) -> vec2<u32> {
  let parity = 0x1bd11bdau ^ key.x ^ key.y;
  var x = threefry_even(counter + key) + vec2<u32>(key.y, parity + 1u);
  x = threefry_odd(x) + vec2<u32>(parity, key.x + 2u);
  x = threefry_even(x) + vec2<u32>(key.x, key.y + 3u);
  x = threefry_odd(x) + vec2<u32>(key.y, parity + 4u);
  return threefry_even(x) + vec2<u32>(parity, key.x + 5u);
}

// Word `i` of a key.
fn random_word(key: vec2<u32>, i: u32) -> u32 {
  let block = threefry(key, vec2<u32>(i / 2u, 0u));
  return select(block.x, block.y, (i & 1u) == 1u);
}

// ((word >> 9) + 1/2) 2^-23: exact, in the open interval (0, 1).
fn unit(word: u32) -> f32 {
  return (f32(word >> 9u) + 0.5) * 1.1920928955078125e-7;
}
