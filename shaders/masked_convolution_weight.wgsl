// masked_convolution_weight: P[s, f, i, o] = sum over the pixels p of part s of X[p + offset_f, i] * G[p, o]; the sum of all
// parts is the gradient of masked_convolution with respect to its weight. Sums of BLOCK pixels are added up with compensation.
//
// Preludes: window_quads | window_any, compensated
// image [batch, rows, columns, input], cotangent [batch, rows, columns, output], partial [parts, taps, input, output],
// row-major, all sizes >= 1; pixels = batch rows columns, part s has the pixels from s chunk on. Taps as in
// masked_convolution. No atomics: equal inputs give equal bits.
// A workgroup of 8 x 8 lanes computes 32 rows of patches (taps input of them) by 32 output channels of one part, a lane 4 x 4,
// in slices of 16 pixels.
// Dispatch: (ceil(output / 32), ceil(taps input / 32), parts).
struct Params {
  pixels: u32, rows: u32, columns: u32, input: u32, output: u32, taps: u32, across: u32, up: u32, left: u32, chunk: u32,
}

@group(0) @binding(0) var<storage, read> image: array<Pixel>;
@group(0) @binding(1) var<storage, read> cotangent: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override TURNED: bool = false;

const DEPTH: u32 = 16u;
var<workgroup> pixel_tile: array<vec4f, 144>;               // [DEPTH pixels, 9] quads of rows of patches
var<workgroup> cotangent_tile: array<vec4f, 144>;           // [DEPTH pixels, 9] quads of output channels

fn cotangent_at(pixel: u32, channel: u32) -> vec4f {
  var quad = vec4f();
  for (var c = 0u; c < 4u; c++) {
    if (channel + c < params.output) { quad[c] = cotangent[pixel * params.output + channel + c]; }
  }
  return quad;
}

@compute @workgroup_size(8, 8)
fn masked_convolution_weight(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u,
  @builtin(local_invocation_index) index: u32) {
  let first = group.y * 32u;
  let rows = rows_from(first + (index % 8u) * 4u);
  let output = group.x * 32u;
  let end = min(params.pixels, (group.z + 1u) * params.chunk);
  var total = array<vec4f, 4>();
  var whole = array<Compensated, 4>();
  veil = params.pixels >> 31u;
  for (var slice = group.z * params.chunk; slice < end; slice += DEPTH) {
    for (var part = index; part < 128u; part += 64u) {
      let pixel = slice + part / 8u;
      let quad = part % 8u;
      var x = vec4f();
      var g = vec4f();
      if (pixel < end) {
        x = rows_of(rows, (pixel / params.columns) % params.rows, pixel % params.columns, pixel);
        g = cotangent_at(pixel, output + quad * 4u);
      }
      pixel_tile[(part / 8u) * 9u + quad] = x;
      cotangent_tile[(part / 8u) * 9u + quad] = g;
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let g = cotangent_tile[k * 9u + lane.x];
      let x = pixel_tile[k * 9u + lane.y];
      total[0] += x.x * g;
      total[1] += x.y * g;
      total[2] += x.z * g;
      total[3] += x.w * g;
    }
    workgroupBarrier();
    if ((slice + DEPTH) % BLOCK == 0u) {
      for (var r = 0u; r < 4u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    }
  }
  for (var r = 0u; r < 4u; r++) {
    let sum = compensated(compensate(whole[r], total[r]));
    let k = first + lane.y * 4u + r;
    for (var c = 0u; c < 4u; c++) {
      let o = output + lane.x * 4u + c;
      if (k < params.taps * params.input && o < params.output) {
        partial[(group.z * params.taps * params.input + k) * params.output + o] = sum[c];
      }
    }
  }
}
