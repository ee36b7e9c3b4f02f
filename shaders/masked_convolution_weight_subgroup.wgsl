// masked_convolution_weight_subgroup: masked_convolution_weight (P[s, f, i, o] = sum over the pixels p of part s of
// X[p + offset_f, i] G[p, o]) on software adapters with subgroups of 8 lanes or more, for multiples of 4 output channels.
// Preludes: tile8, window_quads | window_any, compensated
//
// The product of the transposed matrix of patches [pixels, taps input], which is never stored, and the cotangent. A workgroup
// is 8 lanes and computes 32 rows of patches by 32 channels of one part: a lane owns 4 channels, and loads 4 rows, which
// the others receive by a shuffle. Sums of BLOCK pixels are added up with compensation where a part has more (LONG).
// Dispatch: (ceil(output / 32), ceil(taps input / 32), parts).
struct Params {
  pixels: u32, rows: u32, columns: u32, input: u32, output: u32, taps: u32, across: u32, up: u32, left: u32, chunk: u32,
}

@group(0) @binding(0) var<storage, read> image: array<Pixel>;
@group(0) @binding(1) var<storage, read> cotangent: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> partial: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

override TURNED: bool = false;
override LONG: bool = false;

@compute @workgroup_size(8)
fn masked_convolution_weight_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let o4 = params.output / 4u;
  let column4 = group.x * 8u + lane;
  let from4 = min(column4, o4 - 1u);
  let rows = rows_from((group.y * 8u + lane) * 4u);
  let start = group.z * params.chunk;
  let end = min(params.pixels, start + params.chunk);
  var row = (start / params.columns) % params.rows;
  var column = start % params.columns;
  var total = array<vec4f, 32>();
  var whole = array<Compensated, 32>();
  veil = params.pixels >> 31u;
  for (var block = start; block < end; block += BLOCK) {
    for (var pixel = block; pixel < select(end, min(end, block + BLOCK), LONG); pixel += 4u) {
      var a = mat4x4f();
      var b = mat4x4f();
      for (var j = 0u; j < 4u; j++) {
        let some = pixel + j < end;
        let own = min(pixel + j, params.pixels - 1u);
        a[j] = select(vec4f(), rows_of(rows, row, column, own), some);
        b[j] = select(vec4f(), cotangent[own * o4 + from4], some);
        column++;
        if (column == params.columns) {
          column = 0u;
          row = select(row + 1u, 0u, row + 1u == params.rows);
        }
      }
      a = transpose(a);
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
  let depth = params.taps * params.input;
  for (var r = 0u; r < 32u; r++) {
    let k = group.y * 32u + (r % 8u) * 4u + r / 8u;
    if (k < depth && column4 < o4) {
      partial[(group.z * depth + k) * o4 + column4] = select(total[r], compensated(whole[r]), LONG);
    }
  }
}
