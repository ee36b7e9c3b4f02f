// masked_convolution: Y[p, o] = sum over taps f and channels i of X[p + offset_f, i] * W[f, i, o], 0 outside the image.
//
// image [batch, rows, columns, input], weight [taps, input, output], result [batch, rows, columns, output], row-major, all
// sizes >= 1; pixels = batch rows columns. Tap f lies f / across - up rows and f % across - left columns from
// its pixel; with TURNED the other way (the gradient with respect to the image, with the weight's channels exchanged).
// The product of the patches [pixels, taps input], which are never stored, and the weight [taps input, output]: a workgroup
// of 8 x 8 lanes computes 32 pixels by 32 channels, a lane 4 x 4; both operands pass through workgroup memory in slices of
// 16 rows of patches; sums of BLOCK terms are added up with compensation.
// Dispatch: (ceil(output / 32), ceil(pixels / 32), 1), rows of workgroups past 65 535 in z.
struct Params {
  pixels: u32, rows: u32, columns: u32, input: u32, output: u32, taps: u32, across: u32, up: u32, left: u32,
}

@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override TURNED: bool = false;

const DEPTH: u32 = 16u;
var<workgroup> pixel_tile: array<vec4f, 144>;               // [DEPTH, 9] quads of pixels, one more than 32 / 4
var<workgroup> weight_tile: array<vec4f, 144>;              // [DEPTH, 9] quads of output channels

// Row k of the patches of 4 pixels, 0 past the last row and outside the image.
fn patches_at(pixel: vec4u, k: u32) -> vec4f {
  let tap = k / params.input;
  let shift = select(1u, 0xffffffffu, TURNED) * vec2u(tap / params.across - params.up, tap % params.across - params.left);
  let row = (pixel / params.columns) % params.rows + shift.x;
  let column = pixel % params.columns + shift.y;
  let some = (pixel < vec4u(params.pixels)) & vec4<bool>(tap < params.taps);
  let inside = some & (row < vec4u(params.rows)) & (column < vec4u(params.columns));
  let place = (pixel + shift.x * params.columns + shift.y) * params.input + k % params.input;
  let at = select(vec4u(), place, inside);
  return select(vec4f(), vec4f(image[at.x], image[at.y], image[at.z], image[at.w]), inside);
}

fn weight_at(k: u32, output: u32) -> f32 {
  if (k >= params.taps * params.input || output >= params.output) { return 0.0; }
  return weight[k * params.output + output];
}

@compute @workgroup_size(8, 8)
fn masked_convolution(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) lane: vec3u, @builtin(local_invocation_index) index: u32) {
  let first = (group.z * groups.y + group.y) * 32u;
  let output = group.x * 32u + lane.x * 4u;
  var total = array<vec4f, 4>();
  var whole = array<Compensated, 4>();
  veil = params.pixels >> 31u;
  for (var slice = 0u; slice < params.taps * params.input; slice += DEPTH) {
    for (var part = index; part < 128u; part += 64u) {
      let quad = part / DEPTH;
      pixel_tile[(part % DEPTH) * 9u + quad] = patches_at(first + 4u * quad + vec4u(0u, 1u, 2u, 3u), slice + part % DEPTH);
      let row = slice + part / 8u;
      let column = group.x * 32u + (part % 8u) * 4u;
      weight_tile[(part / 8u) * 9u + part % 8u] = vec4f(weight_at(row, column), weight_at(row, column + 1u),
        weight_at(row, column + 2u), weight_at(row, column + 3u));
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let w = weight_tile[k * 9u + lane.x];
      let x = pixel_tile[k * 9u + lane.y];
      total[0] += x.x * w;
      total[1] += x.y * w;
      total[2] += x.z * w;
      total[3] += x.w * w;
    }
    workgroupBarrier();
    if ((slice + DEPTH) % BLOCK == 0u) {
      for (var r = 0u; r < 4u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    }
  }
  for (var r = 0u; r < 4u; r++) {
    let sum = compensated(compensate(whole[r], total[r]));
    let pixel = first + lane.y * 4u + r;
    for (var c = 0u; c < 4u; c++) {
      if (pixel < params.pixels && output + c < params.output) { result[pixel * params.output + output + c] = sum[c]; }
    }
  }
}
