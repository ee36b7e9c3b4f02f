// contract_tiled: C[b,m,n] = sum over k of A[b,m,k] * B[b,k,n] in the semiring of the prelude (semiring_*.wgsl).
//
// left A [batch, m, k] ([batch, k, m] with LEFT_TRANSPOSED), right B [batch, k, n] ([batch, n, k] with
// RIGHT_TRANSPOSED), result C [batch, m, n], row-major, any sizes >= 1.
// A workgroup of 16 x 16 lanes computes a 64 x 64 tile of C, a lane 4 x 4 of it (rows and columns 16 apart, so that
// consecutive lanes touch consecutive words). Both operands pass through workgroup memory in slices of 16 along k.
// Portable: 256 invocations, 8 448 bytes of workgroup memory, no subgroups. The variant for a real GPU.
// Dispatch: (ceil(n / 64), ceil(m / 64), batch). Allowed inputs: finite values, or the prelude's sentinel for zero.
struct Params { batch: u32, m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

const TILE: u32 = 64u;
const DEPTH: u32 = 16u;
const STRIDE: u32 = 66u;                                  // row stride of the tiles: fewer bank conflicts on writing
var<workgroup> left_tile: array<f32, 1056>;               // [DEPTH, STRIDE]
var<workgroup> right_tile: array<f32, 1056>;              // [DEPTH, STRIDE]
override LEFT_TRANSPOSED: bool = false;
override RIGHT_TRANSPOSED: bool = false;

// The place in a slice that a lane copies, x along m or n and y along k: consecutive lanes read consecutive words.
fn place_in_slice(index: u32, along_k: bool) -> vec2u {
  return select(vec2u(index % TILE, index / TILE), vec2u(index / DEPTH, index % DEPTH), along_k);
}

@compute @workgroup_size(16, 16)
fn contract_tiled(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u,
  @builtin(local_invocation_index) index: u32) {
  let row = group.y * TILE;
  let column = group.x * TILE;
  let left_matrix = group.z * params.m * params.k;
  let right_matrix = group.z * params.k * params.n;
  var total: array<vec4f, 4>;
  for (var r = 0u; r < 4u; r++) { total[r] = vec4f(semiring_zero()); }
  for (var slice = 0u; slice < params.k; slice += DEPTH) {
    for (var part = 0u; part < 4u; part++) {
      let at = place_in_slice(index + part * 256u, !LEFT_TRANSPOSED);
      let m = row + at.x;
      let k = slice + at.y;
      let inside = m < params.m && k < params.k;
      let place = select(m * params.k + k, k * params.m + m, LEFT_TRANSPOSED);
      let value = left[left_matrix + select(0u, place, inside)];
      left_tile[at.y * STRIDE + at.x] = select(semiring_zero(), value, inside);
    }
    for (var part = 0u; part < 4u; part++) {
      let at = place_in_slice(index + part * 256u, RIGHT_TRANSPOSED);
      let n = column + at.x;
      let k = slice + at.y;
      let inside = n < params.n && k < params.k;
      let place = select(k * params.n + n, n * params.k + k, RIGHT_TRANSPOSED);
      let value = right[right_matrix + select(0u, place, inside)];
      right_tile[at.y * STRIDE + at.x] = select(semiring_zero(), value, inside);
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      var b: vec4f;
      for (var c = 0u; c < 4u; c++) { b[c] = right_tile[k * STRIDE + lane.x + c * 16u]; }
      for (var r = 0u; r < 4u; r++) {
        let a = left_tile[k * STRIDE + lane.y + r * 16u];
        for (var c = 0u; c < 4u; c++) { total[r][c] = semiring_plus(total[r][c], semiring_times(a, b[c])); }
      }
    }
    workgroupBarrier();
  }
  for (var r = 0u; r < 4u; r++) {
    for (var c = 0u; c < 4u; c++) {
      let m = row + lane.y + r * 16u;
      let n = column + lane.x + c * 16u;
      if (m < params.m && n < params.n) { result[(group.z * params.m + m) * params.n + n] = total[r][c]; }
    }
  }
}
