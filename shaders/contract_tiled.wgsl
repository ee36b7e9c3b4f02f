// contract_tiled: C[b,m,n] = sum over k of A[b,m,k] * B[b,k,n] in the semiring of the prelude (semiring_*.wgsl).
//
// left A [batch, m, k] ([batch, k, m] with LEFT_TRANSPOSED), right B [batch, k, n] ([batch, n, k] with
// RIGHT_TRANSPOSED), result C [batch, m, n], row-major, any sizes >= 1.
// A workgroup of 8 x 8 lanes computes a 64 x 64 tile of C, a lane 8 x 8 of it: rows and columns 4 y and 4 x and the next
// three, and the same 32 further on. Both operands pass through workgroup memory in slices of 16 along k, as vec4s.
// Portable: 64 invocations, 8 704 bytes of workgroup memory, no subgroups. The variant for a real GPU.
// With LONG (the real semiring, k above BLOCK) sums of BLOCK terms are added up with compensation: the error does not grow with k.
// Dispatch: (ceil(n / 64), ceil(m / 64), batch). Any values.
// Preludes: semiring_real | semiring_log | semiring_maxplus, pointwise, compensated, left_f32 | left_f16, right_f32 | right_f16
struct Params { batch: u32, m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> left: array<LeftOne>;
@group(0) @binding(1) var<storage, read> right: array<RightOne>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override LEFT_TRANSPOSED: bool = false;
override RIGHT_TRANSPOSED: bool = false;
override LONG: bool = false;

const DEPTH: u32 = 16u;
const STRIDE: u32 = 17u;                                  // quads of a row of a tile, one more than 64 / 4: fewer bank conflicts
var<workgroup> left_tile: array<vec4f, 272>;              // [DEPTH, STRIDE] quads of rows
var<workgroup> right_tile: array<vec4f, 272>;             // [DEPTH, STRIDE] quads of columns

fn left_at(matrix: u32, m: u32, k: u32) -> f32 {
  let inside = m < params.m && k < params.k;
  let place = select(m * params.k + k, k * params.m + m, LEFT_TRANSPOSED);
  let i = matrix * params.m * params.k + select(0u, place, inside);
  return select(semiring_zero(params.n), left_one(left[left_word(i)], i), inside);
}

fn right_at(matrix: u32, k: u32, n: u32) -> f32 {
  let inside = n < params.n && k < params.k;
  let place = select(k * params.n + n, n * params.k + k, RIGHT_TRANSPOSED);
  let i = matrix * params.k * params.n + select(0u, place, inside);
  return select(semiring_zero(params.n), right_one(right[right_word(i)], i), inside);
}

// What a lane copies: x the quad along m or n, y the step along k; consecutive lanes read consecutive words.
fn place_in_slice(index: u32, along_k: bool) -> vec2u {
  return select(vec2u(index % 16u, index / 16u), vec2u(index / DEPTH, index % DEPTH), along_k);
}

@compute @workgroup_size(8, 8)
fn contract_tiled(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u,
  @builtin(local_invocation_index) index: u32) {
  var total = array<vec4f, 16>();                           // row r, columns 4 x .. and 32 + 4 x ..: 2 r and 2 r + 1
  var whole = array<Compensated, 16>();
  veil = params.k >> 31u;
  for (var r = 0u; r < 16u; r++) { total[r] = vec4f(semiring_zero(params.n)); }
  for (var slice = 0u; slice < params.k; slice += DEPTH) {
    for (var part = 0u; part < 256u; part += 64u) {
      let at = place_in_slice(index + part, !LEFT_TRANSPOSED);
      let m = group.y * 64u + at.x * 4u;
      let k = slice + at.y;
      left_tile[at.y * STRIDE + at.x] = vec4f(left_at(group.z, m, k), left_at(group.z, m + 1u, k),
        left_at(group.z, m + 2u, k), left_at(group.z, m + 3u, k));
    }
    for (var part = 0u; part < 256u; part += 64u) {
      let at = place_in_slice(index + part, RIGHT_TRANSPOSED);
      let n = group.x * 64u + at.x * 4u;
      let k = slice + at.y;
      right_tile[at.y * STRIDE + at.x] = vec4f(right_at(group.z, k, n), right_at(group.z, k, n + 1u),
        right_at(group.z, k, n + 2u), right_at(group.z, k, n + 3u));
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let b0 = right_tile[k * STRIDE + lane.x];
      let b1 = right_tile[k * STRIDE + lane.x + 8u];
      let a0 = left_tile[k * STRIDE + lane.y];
      let a1 = left_tile[k * STRIDE + lane.y + 8u];
      for (var r = 0u; r < 4u; r++) {
        total[2u * r] = semiring_plus4(total[2u * r], semiring_times4(a0[r], b0));
        total[2u * r + 1u] = semiring_plus4(total[2u * r + 1u], semiring_times4(a0[r], b1));
        total[2u * r + 8u] = semiring_plus4(total[2u * r + 8u], semiring_times4(a1[r], b0));
        total[2u * r + 9u] = semiring_plus4(total[2u * r + 9u], semiring_times4(a1[r], b1));
      }
    }
    workgroupBarrier();
    if (LONG && ((slice + DEPTH) % BLOCK == 0u || slice + DEPTH >= params.k)) {
      for (var r = 0u; r < 16u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    }
  }
  for (var r = 0u; r < 16u; r++) {
    let sum = select(total[r], compensated(whole[r]), LONG);
    for (var c = 0u; c < 4u; c++) {
      let m = group.y * 64u + lane.y * 4u + (r / 8u) * 32u + (r % 8u) / 2u;
      let n = group.x * 64u + lane.x * 4u + (r % 2u) * 32u + c;
      if (m < params.m && n < params.n) { result[(group.z * params.m + m) * params.n + n] = sum[c]; }
    }
  }
}
