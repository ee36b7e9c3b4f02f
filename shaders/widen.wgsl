// widen: y[i] = x[i], from halves (two in a word) to f32, for kernels that read no halves.
// Preludes: none
//
// halves [ceil(count / 2)] words, result [count]. An invocation writes one element, a workgroup 256.
// Dispatch: ceil(count / 256), split over x and y past 65 535.
struct Params { count: u32 }

@group(0) @binding(0) var<storage, read> halves: array<u32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn widen(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i < params.count) { result[i] = unpack2x16float(halves[i / 2u])[i % 2u]; }
}
