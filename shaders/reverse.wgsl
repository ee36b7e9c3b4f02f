// reverse: y[o, j, i] = x[o, size - 1 - j, i].
// Preludes: words | quads
//
// source, result [outer, size, inner] of any type, moved bit by bit; `inner` and `count` = outer size inner count Words of
// the prelude. A workgroup moves 256 Words. Dispatch: ceil(count / 256), split over x and y past 65 535.
struct Params { count: u32, size: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> source: array<Word>;
@group(0) @binding(1) var<storage, read_write> result: array<Word>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn reverse(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i < params.count) {
    let row = i / params.inner;
    let origin = row - row % params.size + (params.size - 1u - row % params.size);
    result[i] = source[origin * params.inner + i % params.inner];
  }
}
