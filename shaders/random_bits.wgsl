// random_bits: words[i] = word i of the key (Threefry-2x32, prelude threefry), i < count.
//
// key [2] u32; words [count] u32, in quads: buffers are multiples of 16 bytes, and what lies past the end is nobody's. A turn
// writes two blocks (four words) a lane; workgroups share the turns.
// Dispatch: at most ceil(count / 1024) workgroups, split over x and y past 65 535. Any key, count <= 2^31.
struct Params { count: u32 }

@group(0) @binding(0) var<storage, read> key: array<u32>;
@group(0) @binding(1) var<storage, read_write> words: array<vec4u>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn random_bits(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let quads = (params.count + 3u) / 4u;
  let span = span_of(quads, 256u, group, groups);
  let own = vec2u(key[0], key[1]);
  for (var i = span.first + lane; i < span.end; i += 256u) {
    words[i] = vec4u(threefry(own, vec2u(2u * i, 0u)), threefry(own, vec2u(2u * i + 1u, 0u)));
  }
}
