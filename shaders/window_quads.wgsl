// Prelude: patches of an image of 4 n channels, for the masked convolutions of one subgroup: row k of a patch is channel
// k % input of the pixel that tap k / input sees, and 0 outside the image. Four rows are of one tap: they are one load.
alias Pixel = vec4f;

// The tap and the quad of its channels that comes next, and the pixels that the tap sees from a lane's four.
var<private> down: u32;
var<private> along: u32;
var<private> channel: u32;
var<private> seen: vec4u;
var<private> inside: vec4<bool>;

// Column i: the next 4 rows of the patch of pixel i.
fn next_rows(row: vec4u, column: vec4u, pixel: vec4u) -> mat4x4f {
  if (channel == 0u) {
    let shift = select(1u, 0xffffffffu, TURNED) * vec2u(down - params.up, along - params.left);
    inside = (row + shift.x < vec4u(params.rows)) & (column + shift.y < vec4u(params.columns));
    seen = select(vec4u(), (pixel + shift.x * params.columns + shift.y) * (params.input / 4u), inside);
  }
  let place = seen + channel;
  let zero = vec4f();
  let found = mat4x4f(select(zero, image[place.x], inside.x), select(zero, image[place.y], inside.y),
    select(zero, image[place.z], inside.z), select(zero, image[place.w], inside.w));
  channel++;
  if (channel == params.input / 4u) {
    channel = 0u;
    along++;
    if (along == params.across) { along = 0u; down++; }
  }
  return found;
}

// The tap of 4 rows of a patch, and their quad of channels.
struct Rows { shift: vec2u, channel: u32, some: bool }

fn rows_from(k: u32) -> Rows {
  let tap = k / params.input;
  let shift = vec2u(tap / params.across - params.up, tap % params.across - params.left);
  return Rows(select(1u, 0xffffffffu, TURNED) * shift, (k % params.input) / 4u, tap < params.taps);
}

// These rows of the patch of one pixel.
fn rows_of(rows: Rows, row: u32, column: u32, pixel: u32) -> vec4f {
  let within = rows.some && row + rows.shift.x < params.rows && column + rows.shift.y < params.columns;
  let place = (pixel + rows.shift.x * params.columns + rows.shift.y) * (params.input / 4u) + rows.channel;
  return select(vec4f(), image[select(0u, place, within)], within);
}
