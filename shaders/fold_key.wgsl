// fold_key: child = threefry(key, (number, 2^31)): the child key of that number.
// Preludes: threefry
//
// key [2], child [2]. One workgroup of one invocation. Any key, any number.
struct Params { number: u32 }

@group(0) @binding(0) var<storage, read> key: array<u32>;
@group(0) @binding(1) var<storage, read_write> child: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(1)
fn fold_key() {
  let block = threefry(vec2u(key[0], key[1]), vec2u(params.number, 0x80000000u));
  child[0] = block.x;
  child[1] = block.y;
}
