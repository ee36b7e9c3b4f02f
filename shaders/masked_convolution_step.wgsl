// masked_convolution_step: y[b, o] = sum over taps f and channels i of x_f[b, i] * W[f, i, o] for one pixel of each image, the
// pixels that the taps see taken from a cache of rows: sampling pixel by pixel.
//
// cache [time, batch, input], current [batch, input] (the row that this step adds), position [1], weight [taps, input, output],
// result [batch, output]; last = time - 1; all sizes >= 1. The pixel is q = position / channels - delay (0 for q < 0); what was
// computed for pixel u stands in row (u + source) channels + channels - 1; u + source = position / channels is `current`.
// Taps as in masked_convolution; none outside the image or further on than `current`.
// A workgroup computes 64 results. Dispatch: ceil(batch output / 64), split over x and y past 65 535.
struct Params {
  batch: u32, input: u32, output: u32, taps: u32, across: u32, up: u32, left: u32,
  columns: u32, channels: u32, delay: u32, source: u32, last: u32,
}

@group(0) @binding(0) var<storage, read> cache: array<f32>;
@group(0) @binding(1) var<storage, read> current: array<f32>;
@group(0) @binding(2) var<storage, read> position: array<i32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn masked_convolution_step(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let at = (group.y * groups.x + group.x) * 64u + lane;
  if (at >= params.batch * params.output) { return; }
  let row = at / params.output;
  let output = at % params.output;
  let now = clamp(position[0], 0, i32(params.last)) / i32(params.channels);
  let pixel = now - i32(params.delay);
  let columns = i32(params.columns);
  var total = 0.0;
  for (var tap = 0u; tap < params.taps; tap++) {
    let down = i32(tap / params.across) - i32(params.up);
    let along = i32(tap % params.across) - i32(params.left);
    let column = pixel % columns + along;
    let inside = pixel >= 0 && pixel / columns + down >= 0 && column >= 0 && column < columns;
    let step = select(0, pixel + down * columns + along + i32(params.source), inside);
    let start = row * params.input;
    let stored = (u32(step) * params.channels + params.channels - 1u) * params.batch * params.input + start;
    var part = 0.0;
    for (var i = 0u; i < params.input; i++) {
      var x = 0.0;                               // outside the image
      if (inside) { if (step >= now) { x = current[start + i]; } else { x = cache[stored + i]; } }
      part = fma(x, weight[(tap * params.input + i) * params.output + output], part);
    }
    total += part;
  }
  result[at] = total;
}
