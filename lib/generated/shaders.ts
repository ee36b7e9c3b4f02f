/**
 * Made from `shaders/*.wgsl` by `scripts/shaders.ts`; change those files and run it again.
 */

/** The bodies: every file with an entry point. */
export const SHADERS = {
  contract_naive: {
    entryPoint: 'contract_naive',
    workgroupSize: ['8', '8', '1'],
    enables: [],
    preludes: [['semiring_log', 'semiring_maxplus', 'semiring_real'], ['pointwise']],
    bindings: [
      { name: 'left', access: 'read', type: 'array<f32>' },
      { name: 'right', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LEFT_TRANSPOSED: 'bool', RIGHT_TRANSPOSED: 'bool' },
    params: {
      batch: { type: 'u32', offset: 0 },
      m: { type: 'u32', offset: 4 },
      k: { type: 'u32', offset: 8 },
      n: { type: 'u32', offset: 12 },
    },
    paramsBytes: 16,
    text: `// contract_naive: C[b,m,n] = sum over k of A[b,m,k] * B[b,k,n] in the semiring of the prelude (semiring_*.wgsl).
//
// left A [batch, m, k] ([batch, k, m] with LEFT_TRANSPOSED), right B [batch, k, n] ([batch, n, k] with
// RIGHT_TRANSPOSED), result C [batch, m, n], row-major, any sizes >= 1.
// One invocation computes one element of C; a workgroup an 8 x 8 tile (x: n, y: m, z: batch).
// Dispatch: (ceil(n / 8), ceil(m / 8), batch). Allowed inputs: finite values, or the prelude's sentinel for zero.
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
  var total = semiring_zero();
  for (var k = 0u; k < params.k; k++) {
    let a = left[left_matrix + select(row * params.k + k, k * params.m + row, LEFT_TRANSPOSED)];
    let b = right[right_matrix + select(k * params.n + column, column * params.k + k, RIGHT_TRANSPOSED)];
    total = semiring_plus(total, semiring_times(a, b));
  }
  result[(id.z * params.m + row) * params.n + column] = total;
}
`,
  },
  contract_subgroup: {
    entryPoint: 'contract_subgroup',
    workgroupSize: ['8', '1', '1'],
    enables: ['subgroups'],
    preludes: [],
    bindings: [
      { name: 'left', access: 'read', type: 'array<vec4f>' },
      { name: 'right', access: 'read', type: 'array<vec4f>' },
      { name: 'result', access: 'read_write', type: 'array<vec4f>' },
    ],
    overrides: { LEFT_TRANSPOSED: 'bool', RIGHT_TRANSPOSED: 'bool' },
    params: {
      batch: { type: 'u32', offset: 0 },
      m: { type: 'u32', offset: 4 },
      k: { type: 'u32', offset: 8 },
      n: { type: 'u32', offset: 12 },
    },
    paramsBytes: 16,
    text: `// contract_subgroup: C[b,m,n] = sum over k of A[b,m,k] * B[b,k,n] on adapters with subgroups of 8 lanes or more.
//
// left A [batch, m, k] ([batch, k, m] with LEFT_TRANSPOSED), right B [batch, k, n] ([batch, n, k] with
// RIGHT_TRANSPOSED), result C [batch, m, n], row-major. k and n are multiples of 4; with LEFT_TRANSPOSED, m and n;
// other sizes: contract_subgroup_any. Finite values (rows past the edge are clamped, not masked).
//
// A workgroup is 8 lanes and computes 32 rows by 32 columns of C: a lane owns 4 columns, and all 32 rows. For 4 steps
// of k a lane loads 4 vec4s of B, and 4 vec4s of A that the others receive by a shuffle, since loads are what costs on a
// software adapter; 32 rows share each load of B. Loops of 8 are unrolled by the driver: keep them short and constant.
// Dispatch: (ceil(n / 32), ceil(m / 32), batch).
enable subgroups;
struct Params { batch: u32, m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> left: array<vec4f>;
@group(0) @binding(1) var<storage, read> right: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

override LEFT_TRANSPOSED: bool = false;
override RIGHT_TRANSPOSED: bool = false;

// Column i: A[row i, 4 steps of k], where row i is 8 i + lane (4 lane + i when transposed) of the tile.
fn left_block(matrix: u32, row: u32, lane: u32, step: u32) -> mat4x4f {
  let m4 = params.m / 4u;
  let k4 = params.k / 4u;
  let start = matrix * params.m * k4;
  if (LEFT_TRANSPOSED) {
    let place = start + step * params.m + min(row / 4u + lane, m4 - 1u);
    return transpose(mat4x4f(left[place], left[place + m4], left[place + 2u * m4], left[place + 3u * m4]));
  }
  let last = params.m - 1u;
  return mat4x4f(left[start + min(row + lane, last) * k4 + step], left[start + min(row + lane + 8u, last) * k4 + step],
    left[start + min(row + lane + 16u, last) * k4 + step], left[start + min(row + lane + 24u, last) * k4 + step]);
}

// Column j: B[4 step + j, 4 columns of C].
fn right_block(matrix: u32, column4: u32, step: u32) -> mat4x4f {
  let n4 = params.n / 4u;
  let k4 = params.k / 4u;
  let start = matrix * params.k * n4;
  if (RIGHT_TRANSPOSED) {
    let place = start + column4 * params.k + step;
    return transpose(mat4x4f(right[place], right[place + k4], right[place + 2u * k4], right[place + 3u * k4]));
  }
  let place = start + step * params.n + column4;
  return mat4x4f(right[place], right[place + n4], right[place + 2u * n4], right[place + 3u * n4]);
}

fn combine(total: vec4f, a: vec4f, b: mat4x4f) -> vec4f {
  return fma(a.xxxx, b[0], fma(a.yyyy, b[1], fma(a.zzzz, b[2], fma(a.wwww, b[3], total))));
}

@compute @workgroup_size(8)
fn contract_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n4 = params.n / 4u;
  let row = group.y * 32u;
  let column4 = group.x * 8u + lane;
  var total: array<vec4f, 32>;
  for (var step = 0u; step < params.k / 4u; step++) {
    let a = left_block(group.z, row, lane, step);
    let b = right_block(group.z, min(column4, n4 - 1u), step);
    for (var r = 0u; r < 8u; r++) { total[r] = combine(total[r], subgroupShuffle(a[0], r), b); }
    for (var r = 0u; r < 8u; r++) { total[r + 8u] = combine(total[r + 8u], subgroupShuffle(a[1], r), b); }
    for (var r = 0u; r < 8u; r++) { total[r + 16u] = combine(total[r + 16u], subgroupShuffle(a[2], r), b); }
    for (var r = 0u; r < 8u; r++) { total[r + 24u] = combine(total[r + 24u], subgroupShuffle(a[3], r), b); }
  }
  for (var r = 0u; r < 32u; r++) {
    let m = row + select(r, (r % 8u) * 4u + r / 8u, LEFT_TRANSPOSED);
    if (m < params.m && column4 < n4) { result[(group.z * params.m + m) * n4 + column4] = total[r]; }
  }
}
`,
  },
  contract_subgroup_any: {
    entryPoint: 'contract_subgroup_any',
    workgroupSize: ['8', '1', '1'],
    enables: ['subgroups'],
    preludes: [],
    bindings: [
      { name: 'left', access: 'read', type: 'array<f32>' },
      { name: 'right', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LEFT_TRANSPOSED: 'bool', RIGHT_TRANSPOSED: 'bool' },
    params: {
      batch: { type: 'u32', offset: 0 },
      m: { type: 'u32', offset: 4 },
      k: { type: 'u32', offset: 8 },
      n: { type: 'u32', offset: 12 },
    },
    paramsBytes: 16,
    text: `// contract_subgroup_any: contract_subgroup for sizes that are no multiples of 4 (scalar loads, about half its speed).
//
// left A [batch, m, k] ([batch, k, m] with LEFT_TRANSPOSED), right B [batch, k, n] ([batch, n, k] with
// RIGHT_TRANSPOSED), result C [batch, m, n], row-major, any sizes >= 1, finite values. Subgroups of 8 lanes or more.
// A workgroup is 8 lanes and computes 32 rows by 32 columns of C; a lane owns columns lane, lane + 8, + 16, + 24.
// Dispatch: (ceil(n / 32), ceil(m / 32), batch).
enable subgroups;
struct Params { batch: u32, m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override LEFT_TRANSPOSED: bool = false;
override RIGHT_TRANSPOSED: bool = false;

fn left_at(matrix: u32, row: u32, k: u32) -> f32 {
  let m = min(row, params.m - 1u);
  let step = min(k, params.k - 1u);
  let place = select(m * params.k + step, step * params.m + m, LEFT_TRANSPOSED);
  return select(0.0, left[matrix * params.m * params.k + place], k < params.k);
}

fn right_at(matrix: u32, k: u32, column: u32) -> f32 {
  let n = min(column, params.n - 1u);
  let step = min(k, params.k - 1u);
  return right[matrix * params.k * params.n + select(step * params.n + n, n * params.k + step, RIGHT_TRANSPOSED)];
}

// A[row, k .. k + 3], zero past the end.
fn left_quad(matrix: u32, row: u32, k: u32) -> vec4f {
  return vec4f(left_at(matrix, row, k), left_at(matrix, row, k + 1u), left_at(matrix, row, k + 2u), left_at(matrix, row, k + 3u));
}

// B[k, columns n, n + 8, n + 16, n + 24].
fn right_quad(matrix: u32, k: u32, n: u32) -> vec4f {
  return vec4f(right_at(matrix, k, n), right_at(matrix, k, n + 8u), right_at(matrix, k, n + 16u), right_at(matrix, k, n + 24u));
}

fn combine(total: vec4f, a: vec4f, b: mat4x4f) -> vec4f {
  return fma(a.xxxx, b[0], fma(a.yyyy, b[1], fma(a.zzzz, b[2], fma(a.wwww, b[3], total))));
}

@compute @workgroup_size(8)
fn contract_subgroup_any(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * 32u;
  let column = group.x * 32u + lane;
  var total: array<vec4f, 32>;
  for (var k = 0u; k < params.k; k += 4u) {
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
  for (var r = 0u; r < 32u; r++) {
    for (var c = 0u; c < 4u; c++) {
      let m = row + r;
      let n = column + c * 8u;
      if (m < params.m && n < params.n) { result[(group.z * params.m + m) * params.n + n] = total[r][c]; }
    }
  }
}
`,
  },
  contract_tiled: {
    entryPoint: 'contract_tiled',
    workgroupSize: ['16', '16', '1'],
    enables: [],
    preludes: [['semiring_log', 'semiring_maxplus', 'semiring_real'], ['pointwise']],
    bindings: [
      { name: 'left', access: 'read', type: 'array<f32>' },
      { name: 'right', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LEFT_TRANSPOSED: 'bool', RIGHT_TRANSPOSED: 'bool' },
    params: {
      batch: { type: 'u32', offset: 0 },
      m: { type: 'u32', offset: 4 },
      k: { type: 'u32', offset: 8 },
      n: { type: 'u32', offset: 12 },
    },
    paramsBytes: 16,
    text: `// contract_tiled: C[b,m,n] = sum over k of A[b,m,k] * B[b,k,n] in the semiring of the prelude (semiring_*.wgsl).
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
`,
  },
  epoch: {
    entryPoint: 'epoch',
    workgroupSize: ['1', '1', '1'],
    enables: [],
    preludes: [],
    bindings: [{ name: 'e', access: 'read_write', type: 'array<u32>' }],
    overrides: {},
    params: {},
    paramsBytes: 0,
    text: `// epoch: e := e + 1, the last kernel of every submit.
//
// e [1], the number of submits that ran (modulo 2^32). The host compares it with the number that it sent, so that a
// submit which was skipped can never pass for one that ran. One workgroup of one invocation. Allowed inputs: any.
@group(0) @binding(0) var<storage, read_write> e: array<u32>;

@compute @workgroup_size(1)
fn epoch() {
  e[0] = e[0] + 1u;
}
`,
  },
  lstm: {
    entryPoint: 'lstm',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [['pointwise']],
    bindings: [
      { name: 'pre', access: 'read', type: 'array<f32>' },
      { name: 'weight', access: 'read', type: 'array<f32>' },
      { name: 'initialHidden', access: 'read', type: 'array<f32>' },
      { name: 'initialCell', access: 'read', type: 'array<f32>' },
      { name: 'hidden', access: 'read_write', type: 'array<f32>' },
      { name: 'cell', access: 'read_write', type: 'array<f32>' },
      { name: 'gates', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LANES: 'u32' },
    params: { time: { type: 'u32', offset: 0 }, batch: { type: 'u32', offset: 4 }, hidden: { type: 'u32', offset: 8 } },
    paramsBytes: 16,
    text: `// lstm: the whole recurrence of one LSTM layer in one dispatch (prelude: pointwise.wgsl).
//
//   z_t = pre_t + h_(t-1) W,   i, f, o = sigmoid(z_i, z_f, z_o),   g = tanh(z_g)
//   c_t = f c_(t-1) + i g,     h_t = o tanh(c_t)                   (gate order i, f, g, o)
//
// pre [time, batch, 4, hidden] (input contribution and bias), weight [hidden (previous), 4, hidden],
// initialHidden, initialCell [batch, hidden]; hidden, cell [time, batch, hidden],
// gates [time, batch, 4, hidden] after their activations. Any sizes >= 1, finite values.
//
// A workgroup runs all time steps of 4 rows of the batch; a lane owns a unit (then unit + LANES, ...) and holds its four
// gates for the 4 rows as vec4s. The previous hidden state is staged in workgroup memory, LANES units at a time.
// Dispatch: (ceil(batch / 4), 1, 1). Workgroup memory 16 LANES bytes.
struct Params { time: u32, batch: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> pre: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read> initialHidden: array<f32>;
@group(0) @binding(3) var<storage, read> initialCell: array<f32>;
@group(0) @binding(4) var<storage, read_write> hidden: array<f32>;
@group(0) @binding(5) var<storage, read_write> cell: array<f32>;
@group(0) @binding(6) var<storage, read_write> gates: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

override LANES: u32 = 256u;
var<workgroup> tile: array<vec4f, LANES>;        // h_(t-1) of LANES units, a vec4 over the 4 rows

// h_(t-1)[row, unit], row counted in the batch.
fn previous_hidden(t: u32, row: u32, unit: u32) -> f32 {
  let place = min(row, params.batch - 1u) * params.hidden + unit;
  if (t == 0u) { return initialHidden[place]; }
  return hidden[(t - 1u) * params.batch * params.hidden + place];
}

// Activations and state of one row, from its z in gate order.
fn update(t: u32, row: u32, unit: u32, sums: vec4f) {
  let size = params.hidden;
  let place = (t * params.batch + row) * size + unit;
  let start = (t * params.batch + row) * 4u * size + unit;
  let i = sigmoid_(sums.x + pre[start]);
  let f = sigmoid_(sums.y + pre[start + size]);
  let g = tanh_(sums.z + pre[start + 2u * size]);
  let o = sigmoid_(sums.w + pre[start + 3u * size]);
  var c = initialCell[row * size + unit];
  if (t > 0u) { c = cell[place - params.batch * size]; }
  c = f * c + i * g;
  gates[start] = i;
  gates[start + size] = f;
  gates[start + 2u * size] = g;
  gates[start + 3u * size] = o;
  cell[place] = c;
  hidden[place] = o * tanh_(c);
}

@compute @workgroup_size(LANES)
fn lstm(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * 4u;
  for (var t = 0u; t < params.time; t++) {
    for (var block = 0u; block < params.hidden; block += LANES) {
      let unit = min(block + lane, params.hidden - 1u);
      var z = mat4x4f();                         // columns: gates; rows: rows of the batch
      for (var chunk = 0u; chunk < params.hidden; chunk += LANES) {
        let staged = min(chunk + lane, params.hidden - 1u);
        tile[lane] = vec4f(previous_hidden(t, first, staged), previous_hidden(t, first + 1u, staged),
          previous_hidden(t, first + 2u, staged), previous_hidden(t, first + 3u, staged));
        workgroupBarrier();
        let count = min(LANES, params.hidden - chunk);
        for (var k = 0u; k < count; k++) {
          let h = tile[k];
          let start = (chunk + k) * 4u * params.hidden + unit;
          z[0] += weight[start] * h;
          z[1] += weight[start + params.hidden] * h;
          z[2] += weight[start + 2u * params.hidden] * h;
          z[3] += weight[start + 3u * params.hidden] * h;
        }
        workgroupBarrier();
      }
      let rows = select(0u, min(4u, params.batch - first), block + lane < params.hidden);
      let sums = transpose(z);
      for (var r = 0u; r < rows; r++) { update(t, first + r, unit, sums[r]); }
    }
    storageBarrier();
  }
}
`,
  },
  lstm_backward: {
    entryPoint: 'lstm_backward',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [['pointwise']],
    bindings: [
      { name: 'weightTransposed', access: 'read', type: 'array<f32>' },
      { name: 'gates', access: 'read', type: 'array<f32>' },
      { name: 'cell', access: 'read', type: 'array<f32>' },
      { name: 'initialCell', access: 'read', type: 'array<f32>' },
      { name: 'dHidden', access: 'read', type: 'array<f32>' },
      { name: 'dCell', access: 'read', type: 'array<f32>' },
      { name: 'dPre', access: 'read_write', type: 'array<f32>' },
      { name: 'dInitial', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LANES: 'u32', STAGED: 'u32' },
    params: { time: { type: 'u32', offset: 0 }, batch: { type: 'u32', offset: 4 }, hidden: { type: 'u32', offset: 8 } },
    paramsBytes: 16,
    text: `// lstm_backward: the cotangents of lstm in one dispatch, time running backwards.
//
//   dh = dHidden_t + dz_(t+1) W^T,     dc = dCell_t + dc_(t+1) f_(t+1) + dh o (1 - tanh(c_t)^2)
//   dz_i = dc g i (1 - i),  dz_f = dc c_(t-1) f (1 - f),  dz_g = dc i (1 - g^2),  dz_o = dh tanh(c_t) o (1 - o)
//
// weightTransposed [4, hidden, hidden (previous)]: weight [hidden (previous), 4, hidden] with its first axis last, so
// that lanes read consecutive words. gates [time, batch, 4, hidden] and cell [time, batch, hidden] are lstm's outputs,
// initialCell [batch, hidden]; dHidden, dCell [time, batch, hidden] the cotangents of hidden and cell.
// dPre [time, batch, 4, hidden]; dInitial [2, batch, hidden]: of initialHidden, then of initialCell (together, to stay
// within 8 storage buffers; also the carry between steps). The weight's cotangent is a contraction of shifted hidden
// with dPre, done outside. Prelude: pointwise.wgsl.
//
// A workgroup runs all time steps of 4 rows of the batch; a lane owns a unit (then unit + LANES, ...). dz is staged in
// workgroup memory as vec4s over the rows, LANES units of 4 gates at a time. Dispatch: (ceil(batch / 4), 1, 1).
struct Params { time: u32, batch: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> weightTransposed: array<f32>;
@group(0) @binding(1) var<storage, read> gates: array<f32>;
@group(0) @binding(2) var<storage, read> cell: array<f32>;
@group(0) @binding(3) var<storage, read> initialCell: array<f32>;
@group(0) @binding(4) var<storage, read> dHidden: array<f32>;
@group(0) @binding(5) var<storage, read> dCell: array<f32>;
@group(0) @binding(6) var<storage, read_write> dPre: array<f32>;
@group(0) @binding(7) var<storage, read_write> dInitial: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

override LANES: u32 = 256u;
override STAGED: u32 = 1024u;                    // 4 LANES
var<workgroup> tile: array<vec4f, STAGED>;       // dz [LANES units, 4 gates], a vec4 over the 4 rows

// dz of one row and unit, and the cell's carry.
fn differentiate(t: u32, row: u32, unit: u32) {
  let size = params.hidden;
  let carry = row * size + unit;
  let place = (t * params.batch + row) * size + unit;
  let start = (t * params.batch + row) * 4u * size + unit;
  let i = gates[start];
  let f = gates[start + size];
  let g = gates[start + 2u * size];
  let o = gates[start + 3u * size];
  var dh = dHidden[place];
  var dc = dCell[place];
  if (t + 1u < params.time) {
    dh += dInitial[carry];
    dc += dInitial[params.batch * size + carry];
  }
  var previous = initialCell[carry];
  if (t > 0u) { previous = cell[place - params.batch * size]; }
  let squashed = tanh_(cell[place]);
  dc += dh * o * (1.0 - squashed * squashed);
  dPre[start] = dc * g * i * (1.0 - i);
  dPre[start + size] = dc * previous * f * (1.0 - f);
  dPre[start + 2u * size] = dc * i * (1.0 - g * g);
  dPre[start + 3u * size] = dh * squashed * o * (1.0 - o);
  dInitial[params.batch * size + carry] = dc * f;
}

@compute @workgroup_size(LANES)
fn lstm_backward(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = group.x * 4u;
  let rows = min(4u, params.batch - first);
  let size = params.hidden;
  for (var back = 0u; back < params.time; back++) {
    let t = params.time - 1u - back;
    for (var unit = lane; unit < size; unit += LANES) {
      for (var r = 0u; r < rows; r++) { differentiate(t, first + r, unit); }
    }
    storageBarrier();
    for (var block = 0u; block < size; block += LANES) {
      let unit = min(block + lane, size - 1u);
      var dh = vec4f();
      for (var chunk = 0u; chunk < size; chunk += LANES) {
        for (var gate = 0u; gate < 4u; gate++) {
          let start = gate * size + min(chunk + lane, size - 1u);
          let row = t * params.batch + first;
          tile[lane * 4u + gate] = vec4f(dPre[row * 4u * size + start], dPre[(row + min(1u, rows - 1u)) * 4u * size + start],
            dPre[(row + min(2u, rows - 1u)) * 4u * size + start], dPre[(row + rows - 1u) * 4u * size + start]);
        }
        workgroupBarrier();
        let count = min(LANES, size - chunk);
        for (var j = 0u; j < count; j++) {
          let start = (chunk + j) * size + unit;
          dh += tile[j * 4u] * weightTransposed[start];
          dh += tile[j * 4u + 1u] * weightTransposed[start + size * size];
          dh += tile[j * 4u + 2u] * weightTransposed[start + 2u * size * size];
          dh += tile[j * 4u + 3u] * weightTransposed[start + 3u * size * size];
        }
        workgroupBarrier();
      }
      let kept = select(0u, rows, block + lane < size);
      for (var r = 0u; r < kept; r++) { dInitial[(first + r) * size + unit] = dh[r]; }
    }
    storageBarrier();
  }
}
`,
  },
  lstm_sample: {
    entryPoint: 'lstm_sample',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [
      ['lstm_rows_16', 'lstm_rows_8', 'lstm_rows_4'],
      ['pointwise'],
      ['threefry'],
      ['lstm_gates'],
      ['lstm_tile'],
      ['lstm_draw'],
    ],
    bindings: [
      { name: 'weights', access: 'read', type: 'array<f32>' },
      { name: 'output', access: 'read', type: 'array<f32>' },
      { name: 'key', access: 'read', type: 'array<u32>' },
      { name: 'tokens', access: 'read_write', type: 'array<i32>' },
      { name: 'log_probability', access: 'read_write', type: 'array<f32>' },
      { name: 'length', access: 'read_write', type: 'array<i32>' },
      { name: 'state', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LANES: 'u32', SCRATCH: 'u32' },
    params: {
      batch: { type: 'u32', offset: 0 },
      time: { type: 'u32', offset: 4 },
      hidden: { type: 'u32', offset: 8 },
      layers: { type: 'u32', offset: 12 },
      vocabulary: { type: 'u32', offset: 16 },
      row_offset: { type: 'u32', offset: 20 },
      temperature: { type: 'f32', offset: 24 },
    },
    paramsBytes: 32,
    text: `// lstm_sample: ancestral sampling from an L-layer LSTM language model, the whole loop over time in one dispatch.
// Preludes: lstm_rows_16 | lstm_rows_8 | lstm_rows_4, pointwise, threefry, lstm_gates, lstm_tile, lstm_draw
//
//   x_t ~ softmax(logits_t / temperature), by inverse distribution function at uniform number
//   (row_offset + row) time + t of the key. The symbol before the first is EOS = V - 1; a row ends with EOS or at \`time\`.
//
// weights, output, state: see lstm_tile. key [2]. tokens [batch, time]: symbols, EOS after the first EOS.
// log_probability [batch]: nats, of the drawn symbols, EOS included if drawn. length [batch]: how many these are.
// One workgroup samples ROWS rows. Dispatch: ceil(batch / ROWS), split over x and y past 65 535.
// SCRATCH >= max(hidden ROWS, V ROWS, LANES). Allowed: finite weights, temperature > 0, (row_offset + batch) time <= 2^32.
struct Params { batch: u32, time: u32, hidden: u32, layers: u32, vocabulary: u32, row_offset: u32, temperature: f32 }

override LANES: u32 = 64u;
override SCRATCH: u32 = 64u;

@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> output: array<f32>;
@group(0) @binding(2) var<storage, read> key: array<u32>;
@group(0) @binding(3) var<storage, read_write> tokens: array<i32>;
@group(0) @binding(4) var<storage, read_write> log_probability: array<f32>;
@group(0) @binding(5) var<storage, read_write> length: array<i32>;
@group(0) @binding(6) var<storage, read_write> state: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

var<workgroup> alive: atomic<u32>;
var<workgroup> running: u32;

@compute @workgroup_size(LANES)
fn lstm_sample(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = group.y * groups.x + group.x;
  let row = tile * ROWS + lane;
  let end = params.vocabulary - 1u;
  let scale = 1.0 / params.temperature;
  let mine = lane < ROWS && row < params.batch;
  var count = 0u;
  var total = 0.0;
  var done = !mine;
  if (lane < ROWS) { previous[lane] = end; }
  if (lane == 0u) { atomicStore(&alive, min(ROWS, max(params.batch, tile * ROWS) - tile * ROWS)); }
  for (var time = 0u; time < params.time; time++) {
    workgroupBarrier();
    if (lane == 0u) { running = atomicLoad(&alive); }
    if (workgroupUniformLoad(&running) == 0u) { break; }
    advance(tile, lane, time);
    logits(tile, lane, time);
    if (!done) {
      let softmax = softmax_of(lane, scale);
      let word = random_word(vec2<u32>(key[0], key[1]), (params.row_offset + row) * params.time + time);
      let symbol = draw(lane, scale, softmax, unit(word));
      total += log_softmax_at(lane, scale, softmax, symbol);
      tokens[row * params.time + time] = i32(symbol);
      previous[lane] = symbol;
      count++;
      done = symbol == end;
      if (done) { atomicSub(&alive, 1u); }
    }
  }
  if (mine) {
    for (var time = count; time < params.time; time++) { tokens[row * params.time + time] = i32(end); }
    log_probability[row] = total;
    length[row] = i32(count);
  }
}
`,
  },
  lstm_sample_subgroup: {
    entryPoint: 'lstm_sample_subgroup',
    workgroupSize: ['64', '1', '1'],
    enables: ['subgroups'],
    preludes: [['lstm_gates_subgroup'], ['lstm_rows_16'], ['pointwise'], ['threefry'], ['lstm_tile'], ['lstm_draw']],
    bindings: [
      { name: 'weights', access: 'read', type: 'array<f32>' },
      { name: 'output', access: 'read', type: 'array<f32>' },
      { name: 'key', access: 'read', type: 'array<u32>' },
      { name: 'tokens', access: 'read_write', type: 'array<i32>' },
      { name: 'log_probability', access: 'read_write', type: 'array<f32>' },
      { name: 'length', access: 'read_write', type: 'array<i32>' },
      { name: 'state', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LANES: 'u32', SCRATCH: 'u32' },
    params: {
      batch: { type: 'u32', offset: 0 },
      time: { type: 'u32', offset: 4 },
      hidden: { type: 'u32', offset: 8 },
      layers: { type: 'u32', offset: 12 },
      vocabulary: { type: 'u32', offset: 16 },
      row_offset: { type: 'u32', offset: 20 },
      temperature: { type: 'f32', offset: 24 },
    },
    paramsBytes: 32,
    text: `// lstm_sample_subgroup: the same as lstm_sample for subgroups of at least 8 lanes, faster on software adapters:
// ancestral sampling from an L-layer LSTM language model, the whole loop over time in one dispatch.
// Preludes: lstm_gates_subgroup, lstm_rows_16, pointwise, threefry, lstm_tile, lstm_draw
//
//   x_t ~ softmax(logits_t / temperature), by inverse distribution function at uniform number
//   (row_offset + row) time + t of the key. The symbol before the first is EOS = V - 1; a row ends with EOS or at \`time\`.
//
// weights, output, state: see lstm_tile. key [2]. tokens [batch, time]: symbols, EOS after the first EOS.
// log_probability [batch]: nats, of the drawn symbols, EOS included if drawn. length [batch]: how many these are.
// One workgroup samples ROWS rows. Dispatch: ceil(batch / ROWS), split over x and y past 65 535.
// SCRATCH >= max(V ROWS, LANES). Allowed: finite weights, temperature > 0, (row_offset + batch) time <= 2^32.
struct Params { batch: u32, time: u32, hidden: u32, layers: u32, vocabulary: u32, row_offset: u32, temperature: f32 }

override LANES: u32 = 64u;
override SCRATCH: u32 = 64u;

@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> output: array<f32>;
@group(0) @binding(2) var<storage, read> key: array<u32>;
@group(0) @binding(3) var<storage, read_write> tokens: array<i32>;
@group(0) @binding(4) var<storage, read_write> log_probability: array<f32>;
@group(0) @binding(5) var<storage, read_write> length: array<i32>;
@group(0) @binding(6) var<storage, read_write> state: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

var<workgroup> alive: atomic<u32>;
var<workgroup> running: u32;

@compute @workgroup_size(LANES)
fn lstm_sample_subgroup(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) own: u32,
) {
  subgroup_lane = own;
  let tile = group.y * groups.x + group.x;
  let row = tile * ROWS + lane;
  let end = params.vocabulary - 1u;
  let scale = 1.0 / params.temperature;
  let mine = lane < ROWS && row < params.batch;
  var count = 0u;
  var total = 0.0;
  var done = !mine;
  if (lane < ROWS) { previous[lane] = end; }
  if (lane == 0u) { atomicStore(&alive, min(ROWS, max(params.batch, tile * ROWS) - tile * ROWS)); }
  for (var time = 0u; time < params.time; time++) {
    workgroupBarrier();
    if (lane == 0u) { running = atomicLoad(&alive); }
    if (workgroupUniformLoad(&running) == 0u) { break; }
    advance(tile, lane, time);
    logits(tile, lane, time);
    if (!done) {
      let softmax = softmax_of(lane, scale);
      let word = random_word(vec2<u32>(key[0], key[1]), (params.row_offset + row) * params.time + time);
      let symbol = draw(lane, scale, softmax, unit(word));
      total += log_softmax_at(lane, scale, softmax, symbol);
      tokens[row * params.time + time] = i32(symbol);
      previous[lane] = symbol;
      count++;
      done = symbol == end;
      if (done) { atomicSub(&alive, 1u); }
    }
  }
  if (mine) {
    for (var time = count; time < params.time; time++) { tokens[row * params.time + time] = i32(end); }
    log_probability[row] = total;
    length[row] = i32(count);
  }
}
`,
  },
  lstm_score: {
    entryPoint: 'lstm_score',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [
      ['lstm_rows_16', 'lstm_rows_8', 'lstm_rows_4'],
      ['pointwise'],
      ['lstm_gates'],
      ['lstm_tile'],
      ['lstm_draw'],
    ],
    bindings: [
      { name: 'weights', access: 'read', type: 'array<f32>' },
      { name: 'output', access: 'read', type: 'array<f32>' },
      { name: 'tokens', access: 'read', type: 'array<i32>' },
      { name: 'log_probability', access: 'read_write', type: 'array<f32>' },
      { name: 'steps', access: 'read_write', type: 'array<f32>' },
      { name: 'state', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LANES: 'u32', SCRATCH: 'u32' },
    params: {
      batch: { type: 'u32', offset: 0 },
      time: { type: 'u32', offset: 4 },
      hidden: { type: 'u32', offset: 8 },
      layers: { type: 'u32', offset: 12 },
      vocabulary: { type: 'u32', offset: 16 },
      temperature: { type: 'f32', offset: 20 },
    },
    paramsBytes: 32,
    text: `// lstm_score: log-probability of strings under an L-layer LSTM language model, all time steps in one dispatch.
// Preludes: lstm_rows_16 | lstm_rows_8 | lstm_rows_4, pointwise, lstm_gates, lstm_tile, lstm_draw
//
//   log p(x) = sum over t of log softmax(logits_t / temperature)[x_t], up to and with the first EOS = V - 1; the symbol
//   before the first is EOS. A string without EOS is a prefix: all \`time\` symbols count.
//
// weights, output, state: see lstm_tile. tokens [batch, time]: symbols in [0, V); what follows the first EOS is ignored.
// log_probability [batch]: nats. steps [batch, time]: its terms, 0 after EOS.
// One workgroup scores ROWS rows. Dispatch: ceil(batch / ROWS), split over x and y past 65 535.
// SCRATCH >= max(hidden ROWS, V ROWS, LANES). Allowed: finite weights, temperature > 0.
struct Params { batch: u32, time: u32, hidden: u32, layers: u32, vocabulary: u32, temperature: f32 }

override LANES: u32 = 64u;
override SCRATCH: u32 = 64u;

@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> output: array<f32>;
@group(0) @binding(2) var<storage, read> tokens: array<i32>;
@group(0) @binding(3) var<storage, read_write> log_probability: array<f32>;
@group(0) @binding(4) var<storage, read_write> steps: array<f32>;
@group(0) @binding(5) var<storage, read_write> state: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

var<workgroup> alive: atomic<u32>;
var<workgroup> running: u32;

@compute @workgroup_size(LANES)
fn lstm_score(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = group.y * groups.x + group.x;
  let row = tile * ROWS + lane;
  let end = params.vocabulary - 1u;
  let scale = 1.0 / params.temperature;
  let mine = lane < ROWS && row < params.batch;
  var count = 0u;
  var total = 0.0;
  var done = !mine;
  if (lane < ROWS) { previous[lane] = end; }
  if (lane == 0u) { atomicStore(&alive, min(ROWS, max(params.batch, tile * ROWS) - tile * ROWS)); }
  for (var time = 0u; time < params.time; time++) {
    workgroupBarrier();
    if (lane == 0u) { running = atomicLoad(&alive); }
    if (workgroupUniformLoad(&running) == 0u) { break; }
    advance(tile, lane, time);
    logits(tile, lane, time);
    if (!done) {
      let symbol = min(u32(tokens[row * params.time + time]), end);
      let term = log_softmax_at(lane, scale, softmax_of(lane, scale), symbol);
      total += term;
      steps[row * params.time + time] = term;
      previous[lane] = symbol;
      count++;
      done = symbol == end;
      if (done) { atomicSub(&alive, 1u); }
    }
  }
  if (mine) {
    for (var time = count; time < params.time; time++) { steps[row * params.time + time] = 0.0; }
    log_probability[row] = total;
  }
}
`,
  },
  lstm_score_subgroup: {
    entryPoint: 'lstm_score_subgroup',
    workgroupSize: ['64', '1', '1'],
    enables: ['subgroups'],
    preludes: [['lstm_gates_subgroup'], ['lstm_rows_16'], ['pointwise'], ['lstm_tile'], ['lstm_draw']],
    bindings: [
      { name: 'weights', access: 'read', type: 'array<f32>' },
      { name: 'output', access: 'read', type: 'array<f32>' },
      { name: 'tokens', access: 'read', type: 'array<i32>' },
      { name: 'log_probability', access: 'read_write', type: 'array<f32>' },
      { name: 'steps', access: 'read_write', type: 'array<f32>' },
      { name: 'state', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LANES: 'u32', SCRATCH: 'u32' },
    params: {
      batch: { type: 'u32', offset: 0 },
      time: { type: 'u32', offset: 4 },
      hidden: { type: 'u32', offset: 8 },
      layers: { type: 'u32', offset: 12 },
      vocabulary: { type: 'u32', offset: 16 },
      temperature: { type: 'f32', offset: 20 },
    },
    paramsBytes: 32,
    text: `// lstm_score_subgroup: the same as lstm_score for subgroups of at least 8 lanes, faster on software adapters:
// log-probability of strings under an L-layer LSTM language model, all time steps in one dispatch.
// Preludes: lstm_gates_subgroup, lstm_rows_16, pointwise, lstm_tile, lstm_draw
//
//   log p(x) = sum over t of log softmax(logits_t / temperature)[x_t], up to and with the first EOS = V - 1; the symbol
//   before the first is EOS. A string without EOS is a prefix: all \`time\` symbols count.
//
// weights, output, state: see lstm_tile. tokens [batch, time]: symbols in [0, V); what follows the first EOS is ignored.
// log_probability [batch]: nats. steps [batch, time]: its terms, 0 after EOS.
// One workgroup scores ROWS rows. Dispatch: ceil(batch / ROWS), split over x and y past 65 535.
// SCRATCH >= max(V ROWS, LANES). Allowed: finite weights, temperature > 0.
struct Params { batch: u32, time: u32, hidden: u32, layers: u32, vocabulary: u32, temperature: f32 }

override LANES: u32 = 64u;
override SCRATCH: u32 = 64u;

@group(0) @binding(0) var<storage, read> weights: array<f32>;
@group(0) @binding(1) var<storage, read> output: array<f32>;
@group(0) @binding(2) var<storage, read> tokens: array<i32>;
@group(0) @binding(3) var<storage, read_write> log_probability: array<f32>;
@group(0) @binding(4) var<storage, read_write> steps: array<f32>;
@group(0) @binding(5) var<storage, read_write> state: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

var<workgroup> alive: atomic<u32>;
var<workgroup> running: u32;

@compute @workgroup_size(LANES)
fn lstm_score_subgroup(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) own: u32,
) {
  subgroup_lane = own;
  let tile = group.y * groups.x + group.x;
  let row = tile * ROWS + lane;
  let end = params.vocabulary - 1u;
  let scale = 1.0 / params.temperature;
  let mine = lane < ROWS && row < params.batch;
  var count = 0u;
  var total = 0.0;
  var done = !mine;
  if (lane < ROWS) { previous[lane] = end; }
  if (lane == 0u) { atomicStore(&alive, min(ROWS, max(params.batch, tile * ROWS) - tile * ROWS)); }
  for (var time = 0u; time < params.time; time++) {
    workgroupBarrier();
    if (lane == 0u) { running = atomicLoad(&alive); }
    if (workgroupUniformLoad(&running) == 0u) { break; }
    advance(tile, lane, time);
    logits(tile, lane, time);
    if (!done) {
      let symbol = min(u32(tokens[row * params.time + time]), end);
      let term = log_softmax_at(lane, scale, softmax_of(lane, scale), symbol);
      total += term;
      steps[row * params.time + time] = term;
      previous[lane] = symbol;
      count++;
      done = symbol == end;
      if (done) { atomicSub(&alive, 1u); }
    }
  }
  if (mine) {
    for (var time = count; time < params.time; time++) { steps[row * params.time + time] = 0.0; }
    log_probability[row] = total;
  }
}
`,
  },
  random_bits: {
    entryPoint: 'random_bits',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [['threefry']],
    bindings: [
      { name: 'key', access: 'read', type: 'array<u32>' },
      { name: 'words', access: 'read_write', type: 'array<u32>' },
    ],
    overrides: {},
    params: { count: { type: 'u32', offset: 0 } },
    paramsBytes: 16,
    text: `// random_bits: words[i] = word i of the key (Threefry-2x32, prelude threefry), i < count.
//
// key [2] u32; words [count] u32. One invocation writes one block (two words); a workgroup 256 blocks.
// Dispatch: ceil(count / 512) workgroups, split over x and y past 65 535. Any key, count <= 2^31.
struct Params { count: u32 }

@group(0) @binding(0) var<storage, read> key: array<u32>;
@group(0) @binding(1) var<storage, read_write> words: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn random_bits(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let counter = (group.y * groups.x + group.x) * 256u + lane;
  let block = threefry(vec2<u32>(key[0], key[1]), vec2<u32>(counter, 0u));
  if (counter * 2u < params.count) { words[counter * 2u] = block.x; }
  if (counter * 2u + 1u < params.count) { words[counter * 2u + 1u] = block.y; }
}
`,
  },
  self_test: {
    entryPoint: 'self_test',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['threefry'], ['pointwise'], ['tree']],
    bindings: [
      { name: 'inputs', access: 'read', type: 'array<u32>' },
      { name: 'answers', access: 'read_write', type: 'array<u32>' },
      { name: 'groups', access: 'read_write', type: 'array<atomic<u32>>' },
    ],
    overrides: {},
    params: { groups: { type: 'u32', offset: 0 } },
    paramsBytes: 16,
    text: `// self_test: known answers of everything that the library leans on, checked on the host before a device is used.
//
// inputs [256] words: 16 points each for exp_, log1p_ and tanh_; 64 leaves of an exact sum; 64 leaves of a rounded one;
// 6 words of keys and 6 of counters; integer operands. answers [64] words: see lib/device/self_test.ts.
// groups [2]: how many of the first params.groups workgroups ran, and the last of them. Workgroup 0 computes the
// answers; every workgroup counts itself. Dispatch: params.groups workgroups, more than one dimension holds.
struct Params { groups: u32 }

@group(0) @binding(0) var<storage, read> inputs: array<u32>;
@group(0) @binding(1) var<storage, read_write> answers: array<u32>;
@group(0) @binding(2) var<storage, read_write> groups: array<atomic<u32>>;
@group(0) @binding(3) var<uniform> params: Params;

fn number(i: u32) -> f32 {
  return bitcast<f32>(inputs[i]);
}

fn integer_edges() {
  let at = 188u;
  let seven = inputs[at];
  let zero = inputs[at + 1u];
  let lowest = bitcast<i32>(inputs[at + 2u]);
  let minus_one = bitcast<i32>(inputs[at + 3u]);
  let many = inputs[at + 4u];
  let square = inputs[at + 5u];
  answers[56] = seven / zero;
  answers[57] = seven % zero;
  answers[58] = bitcast<u32>(lowest / minus_one);
  answers[59] = 1u << many;
  answers[60] = bitcast<u32>(minus_one) + 1u;
  answers[61] = square * square;
  answers[62] = bitcast<u32>(unit(bitcast<u32>(minus_one)));
  answers[63] = bitcast<u32>(unit(zero));
}

@compute @workgroup_size(64)
fn self_test(
  @builtin(workgroup_id) workgroup: vec3u,
  @builtin(num_workgroups) workgroups: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let group = workgroup.y * workgroups.x + workgroup.x;
  if (lane == 0u && group < params.groups) {
    atomicAdd(&groups[0], 1u);
    atomicMax(&groups[1], group);
  }
  if (group == 0u) {
    if (lane < 16u) {
      answers[lane] = bitcast<u32>(exp_(number(lane)));
      answers[lane + 16u] = bitcast<u32>(log1p_(number(lane + 16u)));
      answers[lane + 32u] = bitcast<u32>(tanh_(number(lane + 32u)));
    }
    for (var sum = 0u; sum < 2u; sum++) {
      let total = tree_sum(lane, number(lane + 48u + 64u * sum));
      if (lane == 0u) { answers[48u + sum] = bitcast<u32>(total); }
    }
    if (lane < 3u) {
      let first = 176u + 2u * lane;
      let block = threefry(vec2u(inputs[first], inputs[first + 1u]), vec2u(inputs[first + 6u], inputs[first + 7u]));
      answers[50u + 2u * lane] = block.x;
      answers[51u + 2u * lane] = block.y;
    }
    if (lane == 0u) { integer_edges(); }
  }
}
`,
  },
} as const

/** The preludes: whole files that are joined before a body. */
export const PRELUDES = {
  lstm_draw: `// Prelude: drawing from, and scoring under, softmax(logits / temperature) for one row of a tile (lstm_tile).
//
// The logits [V, ROWS] lie in \`scratch\`. Sums run over symbols in order, so a draw depends on its uniform alone.

// (max, sum of e^(logit - max)) of a row, logits divided by the temperature.
fn softmax_of(row: u32, scale: f32) -> vec2<f32> {
  var largest = scratch[row] * scale;
  for (var v = 1u; v < params.vocabulary; v++) { largest = max(largest, scratch[v * ROWS + row] * scale); }
  var total = 0.0;
  for (var v = 0u; v < params.vocabulary; v++) { total += exp_(scratch[v * ROWS + row] * scale - largest); }
  return vec2<f32>(largest, total);
}

// Inverse distribution function: the first v with u total < w_0 + ... + w_v. The comparison is strict and u > 0, so a
// symbol of weight 0 is never drawn; rounding at the upper end falls back to the last symbol of positive weight.
fn draw(row: u32, scale: f32, softmax: vec2<f32>, u: f32) -> u32 {
  var cumulative = 0.0;
  var drawn = 0u;
  for (var v = 0u; v < params.vocabulary; v++) {
    let w = exp_(scratch[v * ROWS + row] * scale - softmax.x);
    if (w > 0.0 && cumulative <= u * softmax.y) { drawn = v; }
    cumulative += w;
  }
  return drawn;
}

fn log_softmax_at(row: u32, scale: f32, softmax: vec2<f32>, symbol: u32) -> f32 {
  return scratch[symbol * ROWS + row] * scale - softmax.x - log_(softmax.y);
}
`,
  lstm_gates: `// Prelude: gates[r] += sum over k of h[k, r] weights[row + k, :, neuron], h [hidden, ROWS] at \`base\` in \`state\`.
//
// Portable: h is staged in workgroup memory, so SCRATCH >= hidden ROWS. Call it in uniform control flow.
fn accumulate(gates: ptr<function, Gates>, base: u32, row: u32, neuron: u32, lane: u32) {
  workgroupBarrier();
  for (var i = lane; i < params.hidden * ROWS; i += LANES) { scratch[i] = state[base + i]; }
  workgroupBarrier();
  for (var k = 0u; k < params.hidden; k++) {
    let w = weight(row + k, neuron);
    for (var r = 0u; r < ROWS; r++) { (*gates)[r] += scratch[k * ROWS + r] * w; }
  }
}
`,
  lstm_gates_subgroup: `// Prelude: gates[r] += sum over k of h[k, r] weights[row + k, :, neuron], h [hidden, 16] at \`base\` in \`state\`.
//
// For subgroups of at least 8 (written for software adapters, where a load costs more than eight products): lane s of a
// subgroup loads rows s mod 8 and 8 + s mod 8, and all broadcast. ROWS = 16; call it in uniform control flow.
enable subgroups;

var<private> subgroup_lane: u32;   // set at entry

fn broadcast_8(v: f32) -> mat2x4<f32> {
  return mat2x4<f32>(
    subgroupBroadcast(v, 0u), subgroupBroadcast(v, 1u), subgroupBroadcast(v, 2u), subgroupBroadcast(v, 3u),
    subgroupBroadcast(v, 4u), subgroupBroadcast(v, 5u), subgroupBroadcast(v, 6u), subgroupBroadcast(v, 7u));
}

fn accumulate(gates: ptr<function, Gates>, base: u32, row: u32, neuron: u32, lane: u32) {
  let mine = base + (subgroup_lane & 7u);
  for (var k = 0u; k < params.hidden; k++) {
    let w = weight(row + k, neuron);
    let low = broadcast_8(state[mine + k * 16u]);
    let high = broadcast_8(state[mine + k * 16u + 8u]);
    for (var r = 0u; r < 8u; r++) {
      (*gates)[r] += low[r / 4u][r % 4u] * w;
      (*gates)[r + 8u] += high[r / 4u][r % 4u] * w;
    }
  }
}
`,
  lstm_rows_16: `// Prelude: 16 rows of the batch in a tile of lstm_tile.
const ROWS = 16u;
`,
  lstm_rows_4: `// Prelude: 4 rows of the batch in a tile of lstm_tile.
const ROWS = 4u;
`,
  lstm_rows_8: `// Prelude: 8 rows of the batch in a tile of lstm_tile.
const ROWS = 8u;
`,
  lstm_tile: `// Prelude: one time step of an L-layer LSTM for a tile of ROWS rows, by one workgroup; and the logits above it.
//
//   (i, f, g, o) = x U + h W + b,  c' = sigmoid(f) c + sigmoid(i) tanh(g),  h' = sigmoid(o) tanh(c'),
//   logits = h'_top outputWeight + outputBias.  Layer 0 reads a symbol (a row of U), layer l > 0 the h' of layer l - 1.
//
// The body declares LANES, SCRATCH; weights, output, state, params; and a prelude (lstm_gates, or
// lstm_gates_subgroup) \`accumulate\`. Layouts, row-major:
//   weights [V + L + (2L - 1) hidden, 4, hidden]: the V rows of U of layer 0; the L biases; W of layer 0; then U, W of
//           layer 1, of layer 2, ...
//   output  [hidden + 1, V]: outputWeight, then outputBias.
//   state   [tiles, L, 3, hidden, ROWS]: scratch memory: h at even times, h at odd times, c.
// Each lane computes all gates of one neuron (of every LANES-th) for the whole tile. Control flow is uniform.
alias Gates = array<vec4<f32>, ROWS>;

var<workgroup> scratch: array<f32, SCRATCH>;
var<workgroup> previous: array<u32, ROWS>;       // the symbol that each row reads

fn plane(tile: u32, layer: u32, which: u32) -> u32 {
  return ((tile * params.layers + layer) * 3u + which) * params.hidden * ROWS;
}

fn weight(row: u32, neuron: u32) -> vec4<f32> {
  let at = row * 4u * params.hidden + neuron;
  return vec4<f32>(weights[at], weights[at + params.hidden], weights[at + 2u * params.hidden], weights[at + 3u * params.hidden]);
}

// Updates h and c of one neuron from its gates.
fn update(gates: ptr<function, Gates>, cells: u32, hiddens: u32, first: bool) {
  for (var r = 0u; r < ROWS; r++) {
    let gate = (*gates)[r];
    let old = select(state[cells + r], 0.0, first);
    let cell = sigmoid_(gate.y) * old + sigmoid_(gate.x) * tanh_(gate.z);
    state[cells + r] = cell;
    state[hiddens + r] = sigmoid_(gate.w) * tanh_(cell);
  }
}

// All layers at time \`time\`: reads \`previous\` and the state of time - 1 (zero before time 0).
fn advance(tile: u32, lane: u32, time: u32) {
  let now = time & 1u;
  let first_row = params.vocabulary + params.layers;
  for (var layer = 0u; layer < params.layers; layer++) {
    for (var start = 0u; start < params.hidden; start += LANES) {
      let neuron = min(start + lane, params.hidden - 1u);
      let bias = weight(params.vocabulary + layer, neuron);
      var gates: Gates;
      for (var r = 0u; r < ROWS; r++) { gates[r] = bias; }
      if (layer == 0u) {
        for (var r = 0u; r < ROWS; r++) { gates[r] += weight(previous[r], neuron); }
      } else {
        accumulate(&gates, plane(tile, layer - 1u, now), first_row + (2u * layer - 1u) * params.hidden, neuron, lane);
      }
      if (time > 0u) {
        accumulate(&gates, plane(tile, layer, 1u - now), first_row + 2u * layer * params.hidden, neuron, lane);
      }
      if (start + lane < params.hidden) {
        let at = neuron * ROWS;
        update(&gates, plane(tile, layer, 2u) + at, plane(tile, layer, now) + at, time == 0u);
      }
    }
    storageBarrier();
    workgroupBarrier();
  }
}

// Writes the logits [V, ROWS] of time \`time\` to \`scratch\`. When lanes abound, a sum over hidden is split in parts.
fn logits(tile: u32, lane: u32, time: u32) {
  let top = plane(tile, params.layers - 1u, time & 1u);
  let items = ROWS * params.vocabulary;
  let parts = max(1u, LANES / items);
  for (var item = lane; item < parts * items; item += LANES) {
    let symbol = (item / ROWS) % params.vocabulary;
    let part = item / items;
    var sum = select(0.0, output[params.hidden * params.vocabulary + symbol], part == 0u);
    for (var k = part; k < params.hidden; k += parts) {
      sum += state[top + k * ROWS + item % ROWS] * output[k * params.vocabulary + symbol];
    }
    scratch[item] = sum;
  }
  workgroupBarrier();
  for (var item = lane; item < items; item += LANES) {
    for (var part = 1u; part < parts; part++) { scratch[item] += scratch[item + part * items]; }
  }
  workgroupBarrier();
}
`,
  pointwise: `// Prelude: pointwise functions that are finite for every finite f32 and accurate where the builtins are not.
//
// WGSL lets a driver assume that no value is infinite or NaN, and its tanh, log(1+x) and exp(x)-1 lose all relative
// accuracy near 0. These replacements are polynomials there (errors in ULP against f64: log1p_ 5, expm1_ 10, tanh_ 7).
// Names end in an underscore so that none shadows a builtin.

const LARGEST_EXPONENT: f32 = 88.0;             // exp(88) = 1.65e38 is finite
const SMALLEST_EXPONENT: f32 = -87.0;           // exp(-87) = 1.6e-38 is normal; below it exp_ is 0
const SMALLEST_NORMAL: f32 = 1.1754944e-38;     // 2^-126

// e^x, 0 below -87 and e^88 above 88.
fn exp_(x: f32) -> f32 {
  return select(exp(clamp(x, SMALLEST_EXPONENT, LARGEST_EXPONENT)), 0.0, x < SMALLEST_EXPONENT);
}

// log x for x >= 2^-126; smaller, zero and negative x give log 2^-126 = -87.34.
fn log_(x: f32) -> f32 {
  return log(max(x, SMALLEST_NORMAL));
}

// log(1 + x), x > -1: 2 artanh(x / (2 + x)) by its series on [-0.4, 0.5]. x <= -1 gives log_(0).
fn log1p_(x: f32) -> f32 {
  let s = x / (2.0 + max(x, -1.0));
  let z = s * s;
  let p = 0.33333334 + z * (0.2 + z * (0.14285715 + z * (0.11111111 + z * (0.09090909 + z * 0.07692308))));
  return select(log_(1.0 + x), 2.0 * (s + s * z * p), abs(x - 0.05) <= 0.45);
}

// e^x - 1: Taylor to x^7 for |x| <= 0.35.
fn expm1_(x: f32) -> f32 {
  let series = x * (1.0 + x * (0.5 + x * (0.16666667 + x * (0.041666668
    + x * (0.008333334 + x * (0.0013888889 + x * 0.0001984127))))));
  return select(exp_(x) - 1.0, series, abs(x) <= 0.35);
}

// tanh x = sign(x) e / (e + 2), e = expm1(2|x|); +-1 beyond 10.
fn tanh_(x: f32) -> f32 {
  let e = expm1_(2.0 * min(abs(x), 10.0));
  return select(e, -e, x < 0.0) / (e + 2.0);
}

// 1 / (1 + e^-x).
fn sigmoid_(x: f32) -> f32 {
  return 1.0 / (1.0 + exp(-clamp(x, SMALLEST_EXPONENT, LARGEST_EXPONENT)));
}

// log(1 + e^x) = max(x, 0) + log1p(e^-|x|).
fn softplus_(x: f32) -> f32 {
  return max(x, 0.0) + log1p_(exp_(-abs(x)));
}

// log(1 / (1 + e^-x)) = -softplus(-x).
fn log_sigmoid_(x: f32) -> f32 {
  return -softplus_(-x);
}

// log(e^a + e^b) = max(a, b) + log1p(e^-|a - b|).
fn log_add_exp_(a: f32, b: f32) -> f32 {
  return max(a, b) + log1p_(exp_(-abs(a - b)));
}

// log(1 - e^x), x < 0: log(-expm1 x) above -log 2, log1p(-e^x) below (Maechler 2012).
fn log1m_exp_(x: f32) -> f32 {
  return select(log1p_(-exp_(x)), log_(-expm1_(x)), x > -0.6931472);
}

fn sqrt_(x: f32) -> f32 {
  return select(0.0, sqrt(max(x, SMALLEST_NORMAL)), x > 0.0);
}

// erf x, absolute error 1.5e-7 (Abramowitz and Stegun 7.1.26), by its Taylor series below 0.5.
fn erf_(x: f32) -> f32 {
  let a = min(abs(x), 6.0);
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let tail = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  let z = a * a;
  let series = 1.1283792 * a * (1.0 - z * (0.33333334 - z * (0.1 - z * (0.023809524 - z * (0.0046296296
    - z * 0.00075757576)))));
  let e = select(1.0 - tail * exp_(-z), series, a < 0.5);
  return select(e, -e, x < 0.0);
}

fn relu_(x: f32) -> f32 {
  return max(x, 0.0);
}

// x sigmoid(x), also called swish.
fn silu_(x: f32) -> f32 {
  return x * sigmoid_(x);
}

// x Phi(x), Phi the standard normal distribution function.
fn gelu_(x: f32) -> f32 {
  return 0.5 * x * (1.0 + erf_(0.70710677 * x));
}

// The tanh approximation of gelu_ (Hendrycks and Gimpel 2016), as in GPT-2.
fn gelu_tanh_(x: f32) -> f32 {
  let y = clamp(x, -1e4, 1e4);
  return 0.5 * x * (1.0 + tanh_(0.7978846 * (y + 0.044715 * y * y * y)));
}
`,
  semiring_log: `// Prelude (after pointwise.wgsl): the log semiring (logaddexp, +). contract is then the forward algorithm.
//
// Zero is minus infinity, represented by the finite sentinel LOG_ZERO = -1e30. The sentinel annihilates: a value at or
// below LOG_ZERO_BOUND counts as zero and is never added to, so that zero times x is exactly zero.
const LOG_ZERO: f32 = -1e30;
const LOG_ZERO_BOUND: f32 = -5e29;

fn semiring_zero() -> f32 { return LOG_ZERO; }
fn semiring_one() -> f32 { return 0.0; }

fn semiring_plus(a: f32, b: f32) -> f32 {
  let larger = max(a, b);
  let smaller = min(a, b);
  return select(larger + log1p_(exp_(max(smaller - larger, -100.0))), larger, smaller <= LOG_ZERO_BOUND);
}

fn semiring_times(a: f32, b: f32) -> f32 {
  return select(a + b, LOG_ZERO, min(a, b) <= LOG_ZERO_BOUND);
}
`,
  semiring_maxplus: `// Prelude: the max-plus (tropical) semiring (max, +). contract is then the Viterbi algorithm.
//
// Zero is minus infinity, represented by the finite sentinel TROPICAL_ZERO = -1e30, which annihilates: see
// semiring_log.wgsl.
const TROPICAL_ZERO: f32 = -1e30;
const TROPICAL_ZERO_BOUND: f32 = -5e29;

fn semiring_zero() -> f32 { return TROPICAL_ZERO; }
fn semiring_one() -> f32 { return 0.0; }
fn semiring_plus(a: f32, b: f32) -> f32 { return max(a, b); }

fn semiring_times(a: f32, b: f32) -> f32 {
  return select(a + b, TROPICAL_ZERO, min(a, b) <= TROPICAL_ZERO_BOUND);
}
`,
  semiring_real: `// Prelude: the real semiring (+, *). contract is then the matrix product.
fn semiring_zero() -> f32 { return 0.0; }
fn semiring_one() -> f32 { return 1.0; }
fn semiring_plus(a: f32, b: f32) -> f32 { return a + b; }
fn semiring_times(a: f32, b: f32) -> f32 { return a * b; }
`,
  threefry: `// Prelude: Threefry-2x32 with 20 rounds (Salmon et al. 2011), the same bits as lib/key.ts on every stack.
//
// Word i of a key is half i mod 2 of block (floor(i / 2), 0). Integer operations only, so no driver may change a bit.

fn threefry_mix(x: vec2<u32>, rotation: u32) -> vec2<u32> {
  let sum = x.x + x.y;
  return vec2<u32>(sum, ((x.y << rotation) | (x.y >> (32u - rotation))) ^ sum);
}

fn threefry_even(x: vec2<u32>) -> vec2<u32> {
  return threefry_mix(threefry_mix(threefry_mix(threefry_mix(x, 13u), 15u), 26u), 6u);
}

fn threefry_odd(x: vec2<u32>) -> vec2<u32> {
  return threefry_mix(threefry_mix(threefry_mix(threefry_mix(x, 17u), 29u), 16u), 24u);
}

// The block: \`counter\` encrypted under \`key\`.
fn threefry(key: vec2<u32>, counter: vec2<u32>) -> vec2<u32> {
  let parity = 0x1bd11bdau ^ key.x ^ key.y;
  var x = threefry_even(counter + key) + vec2<u32>(key.y, parity + 1u);
  x = threefry_odd(x) + vec2<u32>(parity, key.x + 2u);
  x = threefry_even(x) + vec2<u32>(key.x, key.y + 3u);
  x = threefry_odd(x) + vec2<u32>(key.y, parity + 4u);
  return threefry_even(x) + vec2<u32>(parity, key.x + 5u);
}

// Word \`i\` of a key.
fn random_word(key: vec2<u32>, i: u32) -> u32 {
  let block = threefry(key, vec2<u32>(i / 2u, 0u));
  return select(block.x, block.y, (i & 1u) == 1u);
}

// ((word >> 9) + 1/2) 2^-23: exact, in the open interval (0, 1).
fn unit(word: u32) -> f32 {
  return (f32(word >> 9u) + 0.5) * 1.1920928955078125e-7;
}
`,
  tree: `// Prelude: reductions of one value per lane over a workgroup of 64 lanes, by a fixed tree of 8 x 8 leaves.
//
// The tree is the same on every device, so equal inputs give equal bits; its error grows with log2 64 = 6 roundings.
// Two barriers a reduction: lanes 0 to 7 each reduce 8 leaves pairwise, then every lane reduces the 8 parts, so that
// every lane has the result. Call from uniform control flow with \`lane\` = local_invocation_index.
const TREE_LANES: u32 = 64u;

var<workgroup> tree_leaves: array<f32, 64>;
var<workgroup> tree_parts: array<f32, 8>;

fn tree_sum(lane: u32, x: f32) -> f32 {
  tree_leaves[lane] = x;
  workgroupBarrier();
  if (lane < 8u) {
    tree_parts[lane] =
      ((tree_leaves[lane] + tree_leaves[lane + 8u]) + (tree_leaves[lane + 16u] + tree_leaves[lane + 24u]))
      + ((tree_leaves[lane + 32u] + tree_leaves[lane + 40u]) + (tree_leaves[lane + 48u] + tree_leaves[lane + 56u]));
  }
  workgroupBarrier();
  return ((tree_parts[0] + tree_parts[1]) + (tree_parts[2] + tree_parts[3]))
    + ((tree_parts[4] + tree_parts[5]) + (tree_parts[6] + tree_parts[7]));
}

fn tree_max(lane: u32, x: f32) -> f32 {
  tree_leaves[lane] = x;
  workgroupBarrier();
  if (lane < 8u) {
    tree_parts[lane] = max(
      max(max(tree_leaves[lane], tree_leaves[lane + 8u]), max(tree_leaves[lane + 16u], tree_leaves[lane + 24u])),
      max(max(tree_leaves[lane + 32u], tree_leaves[lane + 40u]), max(tree_leaves[lane + 48u], tree_leaves[lane + 56u])));
  }
  workgroupBarrier();
  return max(max(max(tree_parts[0], tree_parts[1]), max(tree_parts[2], tree_parts[3])),
    max(max(tree_parts[4], tree_parts[5]), max(tree_parts[6], tree_parts[7])));
}
`,
} as const
