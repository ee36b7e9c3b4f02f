// Prelude: what the attention kernels share: sizes, which keys count, and rows of vec4s padded with zeros.
//
// A kernel gives every lane of a workgroup of 64 one row (a query or a key) in registers, and passes the rows of the other
// side through workgroup memory, STAGED at a time (preludes attention_depth_32, _64, _128). Query t sees the keys below
// seen_by(t, row): with `causal` up to t + keyTime - time, with `masked` below the length of its row of the batch.
struct Params {
  rows: u32, heads: u32, time: u32, keyTime: u32, depth: u32, causal: u32, masked: u32, scale: f32,
}

// Whether loops over a row run over all of its registers, as a GPU wants, or stop at the depth: a driver that compiles for
// a processor unrolls constant loops, which took it 50 s for depth 128.
override WHOLE: bool = true;

// Whether a lane adds up more than BLOCK terms.
override LONG: bool = false;

const TILE: u32 = 256u;                        // STAGED QUADS, whatever the depth
var<workgroup> tile: array<vec4f, TILE>;
var<workgroup> other: array<vec4f, TILE>;

fn quads() -> u32 {
  return select((params.depth + 3u) / 4u, QUADS, WHOLE);
}

// Keys that count for query t, at most `length` of them.
fn seen_by(t: u32, length: u32) -> u32 {
  return select(length, min(length, t + 1u + params.keyTime - params.time), params.causal != 0u);
}

// Workgroup `index` of the batch and its heads, and the first row of its block of 64.
fn place_of(index: u32, size: u32) -> vec2u {
  let blocks = (size + 63u) / 64u;
  return vec2u(min(index / blocks, params.rows - 1u), (index % blocks) * 64u);
}
