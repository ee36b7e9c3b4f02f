// random_bits: words[i] = word i of the key (Threefry-2x32, prelude threefry), i < count.
//
// key [2] u32; words [count] u32. One invocation writes one block (two words); a workgroup 256 blocks.
// Dispatch: ceil(count / 512) workgroups, split over x and y past 65 535. Any key, count <= 2^31.
struct Params { count: u32 }

@group(0) @binding(0) var<storage, read> key: array<u32>;
@group(0) @binding(1) var<storage, read_write> words: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn random_bits(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let counter = (group.y * groups.x + group.x) * 256u + lane;
  let block = threefry(vec2<u32>(key[0], key[1]), vec2<u32>(counter, 0u));
  if (counter * 2u < params.count) { words[counter * 2u] = block.x; }
  if (counter * 2u + 1u < params.count) { words[counter * 2u + 1u] = block.y; }
}
