// Prelude: a tile of 8 rows by 8 lanes in registers, for the *_subgroup kernels. Subgroups of 8 lanes or more, of which
// the first 8 are active.
enable subgroups;

// total + a B, B's rows being the columns of b: 4 steps of a contraction for one row and 4 columns.
fn combine(total: vec4f, a: vec4f, b: mat4x4f) -> vec4f {
  return fma(a.xxxx, b[0], fma(a.yyyy, b[1], fma(a.zzzz, b[2], fma(a.wwww, b[3], total))));
}

// The 8 x 8 transpose: v[r] of lane l becomes v[l] of lane r, in three rounds of exchanges.
fn transpose8(v: array<vec4f, 8>, lane: u32) -> array<vec4f, 8> {
  var a = array<vec4f, 8>();
  var b = array<vec4f, 8>();
  var c = array<vec4f, 8>();
  for (var r = 0u; r < 8u; r++) { a[r] = select(subgroupShuffleXor(v[r ^ 1u], 1u), v[r], (r & 1u) == (lane & 1u)); }
  for (var r = 0u; r < 8u; r++) { b[r] = select(subgroupShuffleXor(a[r ^ 2u], 2u), a[r], (r & 2u) == (lane & 2u)); }
  for (var r = 0u; r < 8u; r++) { c[r] = select(subgroupShuffleXor(b[r ^ 4u], 4u), b[r], (r & 4u) == (lane & 4u)); }
  return c;
}
