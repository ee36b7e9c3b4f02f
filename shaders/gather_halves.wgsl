// gather_halves: gather from rows that are stored as halves: y[b, p, i] = x[b, index[b, p], i], the index clamped to [0, size).
// Preludes: none
//
// source [batch, size, inner] in quads of halves, picked [batch, picks], result [batch, picks, inner] in quads of f32; `inner`
// and `count` = batch picks inner count quads; size >= 1.
// A workgroup writes 256 quads. Dispatch: ceil(count / 256), split over x and y past 65 535.
struct Params { count: u32, picks: u32, size: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> source: array<vec2u>;
@group(0) @binding(1) var<storage, read> picked: array<i32>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(256)
fn gather_halves(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i < params.count) {
    let pick = i / params.inner;
    let at = u32(clamp(picked[pick], 0, i32(params.size) - 1));
    let words = source[((pick / params.picks) * params.size + at) * params.inner + i % params.inner];
    result[i] = vec4f(unpack2x16float(words.x), unpack2x16float(words.y));
  }
}
