// masked_convolution: Y[p, o] = sum over taps f and channels i of X[p + offset_f, i] * W[f, i, o], 0 outside the image.
//
// image [batch, rows, columns, input], weight [taps, input, output], result [batch, rows, columns, output], row-major, all
// sizes >= 1; pixels = batch rows columns. Tap f lies f / across - up rows and f % across - left columns from
// its pixel; with TURNED the other way (the gradient with respect to the image, with the weight's channels exchanged).
// A workgroup of 8 x 8 lanes computes 32 pixels by 32 channels, a lane 4 x 4; both operands pass through workgroup memory in
// slices of 16 channels of one tap; sums of BLOCK terms are added up with compensation. The pixels that a tap sees are found once for a tap, not for every load.
// Dispatch: (ceil(output / 32), ceil(pixels / 32), 1), rows of workgroups past 65 535 in z.
struct Params {
  pixels: u32, rows: u32, columns: u32, input: u32, output: u32, taps: u32, across: u32, up: u32, left: u32,
}

@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override TURNED: bool = false;

const OUTSIDE: u32 = 0xffffffffu;
const DEPTH: u32 = 16u;
var<workgroup> seen: array<u32, 32>;                        // the pixel that the tap sees from each of the tile
var<workgroup> pixel_tile: array<vec4f, 144>;               // [DEPTH, 9] quads of pixels, one more than 32 / 4
var<workgroup> weight_tile: array<vec4f, 144>;              // [DEPTH, 9] quads of output channels

fn seen_from(pixel: u32, tap: u32) -> u32 {
  if (pixel >= params.pixels) { return OUTSIDE; }
  let within = pixel % (params.rows * params.columns);
  let towards = select(1, -1, TURNED);
  let down = towards * (i32(tap / params.across) - i32(params.up));
  let along = towards * (i32(tap % params.across) - i32(params.left));
  let row = i32(within / params.columns) + down;
  let column = i32(within % params.columns) + along;
  let inside = row >= 0 && row < i32(params.rows) && column >= 0 && column < i32(params.columns);
  return select(OUTSIDE, u32(i32(pixel) + down * i32(params.columns) + along), inside);
}

fn pixel_at(pixel: u32, channel: u32) -> f32 {
  if (pixel == OUTSIDE || channel >= params.input) { return 0.0; }
  return image[pixel * params.input + channel];
}

fn weight_at(tap: u32, channel: u32, output: u32) -> f32 {
  if (channel >= params.input || output >= params.output) { return 0.0; }
  return weight[(tap * params.input + channel) * params.output + output];
}

@compute @workgroup_size(8, 8)
fn masked_convolution(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) lane: vec3u, @builtin(local_invocation_index) index: u32) {
  let first = (group.z * groups.y + group.y) * 32u;
  let output = group.x * 32u + lane.x * 4u;
  var total = array<vec4f, 4>();
  var whole = array<Compensated, 4>();
  var terms = 0u;
  veil = params.pixels >> 31u;
  for (var tap = 0u; tap < params.taps; tap++) {
    if (index < 32u) { seen[index] = seen_from(first + index, tap); }
    workgroupBarrier();
    for (var slice = 0u; slice < params.input; slice += DEPTH) {
      for (var part = index; part < 128u; part += 64u) {
        let channel = slice + part % DEPTH;
        let quad = part / DEPTH;
        pixel_tile[(part % DEPTH) * 9u + quad] = vec4f(pixel_at(seen[4u * quad], channel),
          pixel_at(seen[4u * quad + 1u], channel), pixel_at(seen[4u * quad + 2u], channel),
          pixel_at(seen[4u * quad + 3u], channel));
        let row = slice + part / 8u;
        let column = group.x * 32u + (part % 8u) * 4u;
        weight_tile[(part / 8u) * 9u + part % 8u] = vec4f(weight_at(tap, row, column), weight_at(tap, row, column + 1u),
          weight_at(tap, row, column + 2u), weight_at(tap, row, column + 3u));
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
      terms += DEPTH;
      if (terms % BLOCK == 0u) {
        for (var r = 0u; r < 4u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
      }
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
