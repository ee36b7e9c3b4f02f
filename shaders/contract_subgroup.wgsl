// contract_subgroup: C[b,m,n] = sum over k of A[b,m,k] * B[b,k,n] on adapters with subgroups of 8 lanes or more.
//
// left A [batch, m, k] ([batch, k, m] with LEFT_TRANSPOSED), right B [batch, k, n] ([batch, n, k] with
// RIGHT_TRANSPOSED), result C [batch, m, n], row-major. k and n are multiples of 4; with LEFT_TRANSPOSED, m and n;
// other sizes: contract_subgroup_any. Rows and columns past the edge are clamped, and not stored.
//
// A workgroup is 8 lanes and computes 32 rows by 32 columns of C: a lane owns 4 columns, and all 32 rows. For 4 steps
// of k a lane loads 4 vec4s of B, and 4 vec4s of A that the others receive by a shuffle, since loads are what costs on a
// software adapter; 32 rows share each load of B. Loops of 8 are unrolled by the driver: keep them short and constant.
// With LONG (k above BLOCK) sums of BLOCK terms are added up with compensation: the error does not grow with k.
// Dispatch: (ceil(n / 32), ceil(m / 32), batch). tile8 comes first, for its `enable`.
// Preludes: tile8, compensated, left_f32 | left_f16, right_f32 | right_f16
//
// Which contraction: subgroupMinSize >= 8 and a software adapter: this one, or contract_subgroup_any; a GPU, an adapter
// without subgroups, or another semiring: contract_tiled; contract_naive only to test the others.
struct Params { batch: u32, m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> left: array<LeftQuad>;
@group(0) @binding(1) var<storage, read> right: array<RightQuad>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

override LEFT_TRANSPOSED: bool = false;
override RIGHT_TRANSPOSED: bool = false;
override LONG: bool = false;

// Column i: A[row i, 4 steps of k], where row i is 8 i + lane (4 lane + i when transposed) of the tile.
fn left_block(matrix: u32, row: u32, lane: u32, step: u32) -> mat4x4f {
  let m4 = params.m / 4u;
  let k4 = params.k / 4u;
  let start = matrix * params.m * k4;
  if (LEFT_TRANSPOSED) {
    let place = start + step * params.m + min(row / 4u + lane, m4 - 1u);
    return transpose(mat4x4f(left_four(left[place]), left_four(left[place + m4]), left_four(left[place + 2u * m4]),
      left_four(left[place + 3u * m4])));
  }
  let last = params.m - 1u;
  return mat4x4f(left_four(left[start + min(row + lane, last) * k4 + step]),
    left_four(left[start + min(row + lane + 8u, last) * k4 + step]),
    left_four(left[start + min(row + lane + 16u, last) * k4 + step]),
    left_four(left[start + min(row + lane + 24u, last) * k4 + step]));
}

// Column j: B[4 step + j, 4 columns of C].
fn right_block(matrix: u32, column4: u32, step: u32) -> mat4x4f {
  let n4 = params.n / 4u;
  let k4 = params.k / 4u;
  let start = matrix * params.k * n4;
  if (RIGHT_TRANSPOSED) {
    let place = start + column4 * params.k + step;
    return transpose(mat4x4f(right_four(right[place]), right_four(right[place + k4]), right_four(right[place + 2u * k4]),
      right_four(right[place + 3u * k4])));
  }
  let place = start + step * params.n + column4;
  return mat4x4f(right_four(right[place]), right_four(right[place + n4]), right_four(right[place + 2u * n4]),
    right_four(right[place + 3u * n4]));
}

@compute @workgroup_size(8)
fn contract_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n4 = params.n / 4u;
  let row = group.y * 32u;
  let column4 = group.x * 8u + lane;
  let steps = params.k / 4u;
  var total = array<vec4f, 32>();
  var whole = array<Compensated, 32>();
  veil = params.k >> 31u;
  for (var first = 0u; first < steps; first += BLOCK / 4u) {
    for (var step = first; step < select(steps, min(steps, first + BLOCK / 4u), LONG); step++) {
      let a = left_block(group.z, row, lane, step);
      let b = right_block(group.z, min(column4, n4 - 1u), step);
      for (var r = 0u; r < 8u; r++) { total[r] = combine(total[r], subgroupShuffle(a[0], r), b); }
      for (var r = 0u; r < 8u; r++) { total[r + 8u] = combine(total[r + 8u], subgroupShuffle(a[1], r), b); }
      for (var r = 0u; r < 8u; r++) { total[r + 16u] = combine(total[r + 16u], subgroupShuffle(a[2], r), b); }
      for (var r = 0u; r < 8u; r++) { total[r + 24u] = combine(total[r + 24u], subgroupShuffle(a[3], r), b); }
    }
    if (!LONG) { break; }
    for (var r = 0u; r < 8u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    for (var r = 8u; r < 16u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    for (var r = 16u; r < 24u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    for (var r = 24u; r < 32u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
  }
  for (var r = 0u; r < 32u; r++) {
    let m = row + select(r, (r % 8u) * 4u + r / 8u, LEFT_TRANSPOSED);
    if (m < params.m && column4 < n4) { result[(group.z * params.m + m) * n4 + column4] = select(total[r], compensated(whole[r]), LONG); }
  }
}
