// fill: y[i] = word (32 bits of any element type), i < count.
// Preludes: none
//
// result [count]. A workgroup fills 256 elements. Dispatch: ceil(count / 256), split over x and y past 65 535.
struct Params { count: u32, word: u32 }

@group(0) @binding(0) var<storage, read_write> result: array<u32>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(256)
fn fill(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i < params.count) { result[i] = params.word; }
}
