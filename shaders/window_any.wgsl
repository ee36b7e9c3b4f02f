// Prelude: window_quads for any number of channels: rows of a patch are loaded one by one.
alias Pixel = f32;

var<private> down: u32;
var<private> along: u32;
var<private> channel: u32;

// The next row of the patches of 4 pixels, 0 past the last.
fn next_row(row: vec4u, column: vec4u, pixel: vec4u) -> vec4f {
  let shift = select(1u, 0xffffffffu, TURNED) * vec2u(down - params.up, along - params.left);
  let some = down * params.across + along < params.taps;
  let inside = (row + shift.x < vec4u(params.rows)) & (column + shift.y < vec4u(params.columns)) & vec4<bool>(some);
  let place = select(vec4u(), (pixel + shift.x * params.columns + shift.y) * params.input + channel, inside);
  channel++;
  if (channel == params.input) {
    channel = 0u;
    along++;
    if (along == params.across) { along = 0u; down++; }
  }
  return select(vec4f(), vec4f(image[place.x], image[place.y], image[place.z], image[place.w]), inside);
}

fn next_rows(row: vec4u, column: vec4u, pixel: vec4u) -> mat4x4f {
  let a = next_row(row, column, pixel);
  let b = next_row(row, column, pixel);
  let c = next_row(row, column, pixel);
  return transpose(mat4x4f(a, b, c, next_row(row, column, pixel)));
}

struct Rows { down: vec4u, along: vec4u, channel: vec4u, some: vec4<bool> }

fn rows_from(k: u32) -> Rows {
  let each = k + vec4u(0u, 1u, 2u, 3u);
  let tap = each / params.input;
  let way = select(1u, 0xffffffffu, TURNED);
  return Rows(way * (tap / params.across - params.up), way * (tap % params.across - params.left), each % params.input,
    tap < vec4u(params.taps));
}

fn rows_of(rows: Rows, row: u32, column: u32, pixel: u32) -> vec4f {
  let within = rows.some & (row + rows.down < vec4u(params.rows)) & (column + rows.along < vec4u(params.columns));
  let place = (pixel + rows.down * params.columns + rows.along) * params.input + rows.channel;
  let at = select(vec4u(), place, within);
  return select(vec4f(), vec4f(image[at.x], image[at.y], image[at.z], image[at.w]), within);
}
