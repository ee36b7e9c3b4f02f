// masked_convolution_sum: y[p] = sum over taps f of P[p + offset_f, f], O[f] outside the image: the last step of a masked
// convolution to one channel, after the product P of all pixels with the weights of all taps.
//
// products P [batch, rows, columns, taps], outside O [taps], the products of a pixel of zeros: 0, and NaN where a weight is not
// finite; result [batch, rows, columns], row-major, all sizes >= 1. Taps as in masked_convolution.
// A lane sums a pixel a turn; workgroups share the pixels. Dispatch: at most ceil(pixels / 64), split over x and y past 65 535.
struct Params { pixels: u32, rows: u32, columns: u32, taps: u32, across: u32, up: u32, left: u32 }

@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read> outside: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override TURNED: bool = false;

// The sum for one pixel, tap by tap, row by row of the window.
fn total_of(pixel: u32) -> f32 {
  let row = (pixel / params.columns) % params.rows;
  let column = pixel % params.columns;
  let way = select(1u, 0xffffffffu, TURNED);
  var down = 0u - way * params.up;
  var along = 0u - way * params.left;
  var sum = 0.0;
  for (var tap = 0u; tap < params.taps; tap++) {
    let inside = row + down < params.rows && column + along < params.columns;
    let place = select(0u, (pixel + down * params.columns + along) * params.taps + tap, inside);
    sum += select(outside[tap], products[place], inside);
    along += way;
    if (along == way * (params.across - params.left)) {
      along = 0u - way * params.left;
      down += way;
    }
  }
  return sum;
}

@compute @workgroup_size(64)
fn masked_convolution_sum(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let span = span_of(params.pixels, 64u, group, groups);
  for (var pixel = span.first + lane; pixel < span.end; pixel += 64u) { result[pixel] = total_of(pixel); }
}
