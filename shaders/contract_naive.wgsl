// contract_naive: C[b,m,n] = sum over k of A[b,m,k] * B[b,k,n] in the semiring of the prelude (semiring_*.wgsl).
//
// left A [batch, m, k] ([batch, k, m] with LEFT_TRANSPOSED), right B [batch, k, n] ([batch, n, k] with
// RIGHT_TRANSPOSED), result C [batch, m, n], row-major, any sizes >= 1.
// One invocation computes one element of C; a workgroup an 8 x 8 tile (x: n, y: m, z: batch).
// Dispatch: (ceil(n / 8), ceil(m / 8), batch). Any values.
struct Params { batch: u32, m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override LEFT_TRANSPOSED: bool = false;
override RIGHT_TRANSPOSED: bool = false;

@compute @workgroup_size(8, 8)
fn contract_naive(@builtin(global_invocation_id) id: vec3u) {
  let row = id.y;
  let column = id.x;
  if (row >= params.m || column >= params.n) { return; }
  let left_matrix = id.z * params.m * params.k;
  let right_matrix = id.z * params.k * params.n;
  var total = semiring_zero(params.n);
  for (var k = 0u; k < params.k; k++) {
    let a = left[left_matrix + select(row * params.k + k, k * params.m + row, LEFT_TRANSPOSED)];
    let b = right[right_matrix + select(k * params.n + column, column * params.k + k, RIGHT_TRANSPOSED)];
    total = semiring_plus(total, semiring_times(a, b));
  }
  result[(id.z * params.m + row) * params.n + column] = total;
}
