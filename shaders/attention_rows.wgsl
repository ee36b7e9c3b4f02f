// Prelude: what the attention kernels of one row a lane share: rows of vec4s padded with zeros.
//
// A kernel gives every lane of a workgroup of 64 one row (a query or a key) in registers, and passes the rows of the other
// side through workgroup memory, STAGED at a time (preludes attention_depth_32, _64, _128).

// Whether loops over a row run over all of its registers, as a GPU wants, or stop at the depth: a driver that compiles for
// a processor unrolls constant loops, which took it 50 s for depth 128.
override WHOLE: bool = true;

const TILE: u32 = 256u;                        // STAGED QUADS, whatever the depth
var<workgroup> tile: array<vec4f, TILE>;
var<workgroup> other: array<vec4f, TILE>;

fn quads() -> u32 {
  return select((params.depth + 3u) / 4u, QUADS, WHOLE);
}

// Workgroup `index` of the batch and its heads, and the first row of its block of 64.
fn place_of(index: u32, size: u32) -> vec2u {
  let blocks = (size + 63u) / 64u;
  return vec2u(min(index / blocks, params.rows - 1u), (index % blocks) * 64u);
}
