// contract_subgroup_any: contract_subgroup for sizes that are no multiples of 4 (scalar loads, about half its speed).
//
// left A [batch, m, k] ([batch, k, m] with LEFT_TRANSPOSED), right B [batch, k, n] ([batch, n, k] with
// RIGHT_TRANSPOSED), result C [batch, m, n], row-major, any sizes >= 1. Subgroups of 8 lanes or more.
// A workgroup is 8 lanes and computes 32 rows by 32 columns of C; a lane owns columns lane, lane + 8, + 16, + 24.
// With LONG (k above BLOCK) sums of BLOCK terms are added up with compensation: the error does not grow with k.
// Dispatch: (ceil(n / 32), ceil(m / 32), batch). tile8 comes first, for its `enable`.
// Preludes: tile8, compensated, left_f32 | left_f16, right_f32 | right_f16
struct Params { batch: u32, m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> left: array<LeftOne>;
@group(0) @binding(1) var<storage, read> right: array<RightOne>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override LEFT_TRANSPOSED: bool = false;
override RIGHT_TRANSPOSED: bool = false;
override LONG: bool = false;

fn left_at(matrix: u32, row: u32, k: u32) -> f32 {
  let m = min(row, params.m - 1u);
  let step = min(k, params.k - 1u);
  let i = matrix * params.m * params.k + select(m * params.k + step, step * params.m + m, LEFT_TRANSPOSED);
  return select(0.0, left_one(left[left_word(i)], i), k < params.k);
}

fn right_at(matrix: u32, k: u32, column: u32) -> f32 {
  let n = min(column, params.n - 1u);
  let step = min(k, params.k - 1u);
  let i = matrix * params.k * params.n + select(step * params.n + n, n * params.k + step, RIGHT_TRANSPOSED);
  return select(0.0, right_one(right[right_word(i)], i), k < params.k);
}

// A[row, k .. k + 3], zero past the end.
fn left_quad(matrix: u32, row: u32, k: u32) -> vec4f {
  return vec4f(left_at(matrix, row, k), left_at(matrix, row, k + 1u), left_at(matrix, row, k + 2u), left_at(matrix, row, k + 3u));
}

// B[k, columns n, n + 8, n + 16, n + 24].
fn right_quad(matrix: u32, k: u32, n: u32) -> vec4f {
  return vec4f(right_at(matrix, k, n), right_at(matrix, k, n + 8u), right_at(matrix, k, n + 16u), right_at(matrix, k, n + 24u));
}

@compute @workgroup_size(8)
fn contract_subgroup_any(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * 32u;
  let column = group.x * 32u + lane;
  var total = array<vec4f, 32>();
  var whole = array<Compensated, 32>();
  veil = params.k >> 31u;
  for (var first = 0u; first < params.k; first += BLOCK) {
    for (var k = first; k < select(params.k, min(params.k, first + BLOCK), LONG); k += 4u) {
      let b = mat4x4f(right_quad(group.z, k, column), right_quad(group.z, k + 1u, column),
        right_quad(group.z, k + 2u, column), right_quad(group.z, k + 3u, column));
      let a0 = left_quad(group.z, row + lane, k);
      let a1 = left_quad(group.z, row + lane + 8u, k);
      let a2 = left_quad(group.z, row + lane + 16u, k);
      let a3 = left_quad(group.z, row + lane + 24u, k);
      for (var r = 0u; r < 8u; r++) { total[r] = combine(total[r], subgroupShuffle(a0, r), b); }
      for (var r = 0u; r < 8u; r++) { total[r + 8u] = combine(total[r + 8u], subgroupShuffle(a1, r), b); }
      for (var r = 0u; r < 8u; r++) { total[r + 16u] = combine(total[r + 16u], subgroupShuffle(a2, r), b); }
      for (var r = 0u; r < 8u; r++) { total[r + 24u] = combine(total[r + 24u], subgroupShuffle(a3, r), b); }
    }
    if (!LONG) { break; }
    for (var r = 0u; r < 8u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    for (var r = 8u; r < 16u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    for (var r = 16u; r < 24u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    for (var r = 24u; r < 32u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
  }
  for (var r = 0u; r < 32u; r++) {
    let sum = select(total[r], compensated(whole[r]), LONG);
    for (var c = 0u; c < 4u; c++) {
      let m = row + r;
      let n = column + c * 8u;
      if (m < params.m && n < params.n) { result[(group.z * params.m + m) * params.n + n] = sum[c]; }
    }
  }
}
