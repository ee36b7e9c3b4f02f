// Prelude: what the attention kernels of one subgroup share. A workgroup of 8 lanes takes 32 rows of one side, 4 a lane, and
// passes over the other side 32 rows at a time: their products are the tiles of contract_subgroup, and no lane needs another's
// numbers but by a shuffle. Results have depths of a block of 32; a deeper attention computes its scores again for each block.

// Workgroup `index` of the batch and its heads: row, first of its 32 rows, first of its quads of the depth.
fn tile_of(index: u32, size: u32) -> vec3u {
  let tiles = (size + 31u) / 32u;
  let blocks = (params.depth + 31u) / 32u;
  let place = index / blocks;
  return vec3u(place / tiles, (place % tiles) * 32u, (index % blocks) * 8u);
}

fn quad(x: u32) -> vec4u { return x + vec4u(0u, 1u, 2u, 3u); }
fn exp4(x: vec4f) -> vec4f { return vec4f(exp_(x.x), exp_(x.y), exp_(x.z), exp_(x.w)); }
fn max4(a: vec4f, b: vec4f) -> vec4f { return vec4f(max_(a.x, b.x), max_(a.y, b.y), max_(a.z, b.z), max_(a.w, b.w)); }
