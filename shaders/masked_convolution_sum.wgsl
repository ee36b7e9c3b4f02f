// masked_convolution_sum: y[p] = sum over taps f of P[p + offset_f, f], 0 outside the image: the last step of a masked
// convolution to one channel, after the product P of all pixels with the weights of all taps.
// Preludes: pointwise
//
// products P [batch, rows, columns, taps], weights [taps, input], result [batch, rows, columns], row-major, all sizes >= 1. Taps
// as in masked_convolution. Outside of the image a tap's weights count times 0, so that one that is not finite is not lost.
// One lane a pixel. Dispatch: ceil(pixels / 64), split over x and y past 65 535.
struct Params { pixels: u32, rows: u32, columns: u32, input: u32, taps: u32, across: u32, up: u32, left: u32 }

@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read> weights: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override TURNED: bool = false;

@compute @workgroup_size(64)
fn masked_convolution_sum(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let pixel = (group.y * groups.x + group.x) * 64u + lane;
  if (pixel >= params.pixels) { return; }
  let row = (pixel / params.columns) % params.rows;
  let column = pixel % params.columns;
  let way = select(1u, 0xffffffffu, TURNED);
  var sum = 0.0;
  for (var tap = 0u; tap < params.taps; tap++) {
    let down = way * (tap / params.across - params.up);
    let along = way * (tap % params.across - params.left);
    if (row + down < params.rows && column + along < params.columns) {
      sum += products[(pixel + down * params.columns + along) * params.taps + tap];
    } else {
      for (var i = 0u; i < params.input; i++) {
        let weight = weights[tap * params.input + i];
        if (!is_finite_(weight)) { sum = nan_(weight); }
      }
    }
  }
  result[pixel] = sum;
}
