// masked_convolution_subgroup: masked_convolution (Y[p, o] = sum over taps f and channels i of X[p + offset_f, i] W[f, i, o])
// on software adapters with subgroups of 8 lanes or more, for multiples of 4 output channels.
// Preludes: tile8, window_quads | window_any, compensated
//
// The weight is a matrix [taps input, output], and the image one of patches [pixels, taps input] that is never stored: the
// product is that of contract_subgroup. A workgroup is 8 lanes and computes 32 pixels by 32 channels: a lane owns 4
// channels, and loads the patches of 4 pixels, which the others receive by a shuffle.
// With LONG (taps input above BLOCK) sums of BLOCK terms are added up with compensation.
// Dispatch: (ceil(output / 32), ceil(pixels / 32), 1), rows of workgroups past 65 535 in z.
struct Params {
  pixels: u32, rows: u32, columns: u32, input: u32, output: u32, taps: u32, across: u32, up: u32, left: u32,
}

@group(0) @binding(0) var<storage, read> image: array<Pixel>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

override TURNED: bool = false;
override LONG: bool = false;

fn weight_at(k: u32, column4: u32) -> vec4f {
  let some = k < params.taps * params.input;
  return select(vec4f(), weight[select(0u, k, some) * (params.output / 4u) + column4], some);
}

@compute @workgroup_size(8)
fn masked_convolution_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let first = (group.z * groups.y + group.y) * 32u;
  let pixel = min(first + lane + vec4u(0u, 8u, 16u, 24u), vec4u(params.pixels - 1u));
  let row = (pixel / params.columns) % params.rows;
  let column = pixel % params.columns;
  let o4 = params.output / 4u;
  let column4 = group.x * 8u + lane;
  let from4 = min(column4, o4 - 1u);
  let depth = params.taps * params.input;
  var total = array<vec4f, 32>();
  var whole = array<Compensated, 32>();
  veil = params.pixels >> 31u;
  for (var block = 0u; block < depth; block += BLOCK) {
    for (var k = block; k < select(depth, min(depth, block + BLOCK), LONG); k += 4u) {
      let a = next_rows(row, column, pixel);
      let b = mat4x4f(weight_at(k, from4), weight_at(k + 1u, from4), weight_at(k + 2u, from4), weight_at(k + 3u, from4));
      for (var r = 0u; r < 8u; r++) { total[r] = combine(total[r], subgroupShuffle(a[0], r), b); }
      for (var r = 0u; r < 8u; r++) { total[r + 8u] = combine(total[r + 8u], subgroupShuffle(a[1], r), b); }
      for (var r = 0u; r < 8u; r++) { total[r + 16u] = combine(total[r + 16u], subgroupShuffle(a[2], r), b); }
      for (var r = 0u; r < 8u; r++) { total[r + 24u] = combine(total[r + 24u], subgroupShuffle(a[3], r), b); }
    }
    if (!LONG) { break; }
    for (var r = 0u; r < 8u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    for (var r = 8u; r < 16u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    for (var r = 16u; r < 24u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    for (var r = 24u; r < 32u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
  }
  for (var r = 0u; r < 32u; r++) {
    if (first + r < params.pixels && column4 < o4) {
      result[(first + r) * o4 + column4] = select(total[r], compensated(whole[r]), LONG);
    }
  }
}
