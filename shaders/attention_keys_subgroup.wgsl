// attention_keys_subgroup: attention_keys (dk = scale sum over queries of p (do v - delta) q, or with VALUES dv = sum over
// queries of p do) on software adapters with subgroups of 8 lanes or more, for depths that are multiples of 4.
// Preludes: tile8, pointwise, compensated, attention_sizes, attention_tile
//
// queries, slopes (do) [rows, time, depth] with rows = batch heads, keys, values, result [rows, keyTime, depth], sums
// (largest score, sum of e^(score - largest)) and delta [rows, time], lengths [batch] (read with `masked` only).
// A lane owns 4 keys; scores are [query, 4 keys], results [depth, 4 keys].
// Dispatch: rows ceil(keyTime / 32) ceil(depth / 32), split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> queries: array<vec4f>;
@group(0) @binding(1) var<storage, read> keys: array<vec4f>;
@group(0) @binding(2) var<storage, read> values: array<vec4f>;
@group(0) @binding(3) var<storage, read> sums: array<vec2f>;
@group(0) @binding(4) var<storage, read> slopes: array<vec4f>;
@group(0) @binding(5) var<storage, read> delta: array<f32>;
@group(0) @binding(6) var<storage, read> lengths: array<i32>;
@group(0) @binding(7) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(8) var<uniform> params: Params;

override VALUES: bool = false;

// Places of 4 rows of a matrix with so many rows, at a quad of the depth; past the last row, that one.
fn places(row: u32, size: u32, at: vec4u, step: u32) -> vec4u {
  let d4 = params.depth / 4u;
  return (row * size + min(at, vec4u(size - 1u))) * d4 + min(step, d4 - 1u);
}

// Column i: depth 4 lane + i from the block on of 4 queries times the scale (with VALUES of their slopes), 0 past the last.
fn columns_of(row: u32, first: u32, column: u32) -> mat4x4f {
  let t = quad(first);
  let at = places(row, params.time, t, column);
  let zero = vec4f();
  var found = mat4x4f();
  if (VALUES) { found = mat4x4f(slopes[at.x], slopes[at.y], slopes[at.z], slopes[at.w]); }
  else { found = params.scale * mat4x4f(queries[at.x], queries[at.y], queries[at.z], queries[at.w]); }
  return transpose(mat4x4f(select(zero, found[0], t.x < params.time), select(zero, found[1], t.y < params.time),
    select(zero, found[2], t.z < params.time), select(zero, found[3], t.w < params.time)));
}

// The largest score, the sum and the delta of a query, the last one's past it.
fn shift_of(row: u32, t: u32) -> vec3f {
  let own = row * params.time + min(t, params.time - 1u);
  return vec3f(sums[own], delta[own]);
}

@compute @workgroup_size(8)
fn attention_keys_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let place = tile_of(group.y * groups.x + group.x, params.keyTime);
  let row = place.x;
  if (row >= params.rows) { return; }
  let j = quad(place.y + 4u * lane);
  var length = params.keyTime;
  if (params.masked != 0u) { length = u32(clamp(lengths[row / params.heads], 0, i32(params.keyTime))); }
  let columns = vec4u(lane) + vec4u(0u, 8u, 16u, 24u);
  veil = params.time >> 31u;
  // The first query that sees any key of the block: t >= j + time - keyTime.
  let before = params.keyTime - params.time;
  let start = select(0u, max(place.y, before) - before, params.causal != 0u);
  var sum = array<vec4f, 32>();
  var whole = array<Compensated, 32>();
  for (var first = start; first < params.time; first += 32u) {
    var s = array<vec4f, 32>();
    for (var step = 0u; step < params.depth / 4u; step++) {
      let q = places(row, params.time, first + columns, step);
      let k = places(row, params.keyTime, j, step);
      let a = params.scale * mat4x4f(queries[q.x], queries[q.y], queries[q.z], queries[q.w]);
      let b = transpose(mat4x4f(keys[k.x], keys[k.y], keys[k.z], keys[k.w]));
      for (var r = 0u; r < 8u; r++) { s[r] = combine(s[r], subgroupShuffle(a[0], r), b); }
      for (var r = 0u; r < 8u; r++) { s[r + 8u] = combine(s[r + 8u], subgroupShuffle(a[1], r), b); }
      for (var r = 0u; r < 8u; r++) { s[r + 16u] = combine(s[r + 16u], subgroupShuffle(a[2], r), b); }
      for (var r = 0u; r < 8u; r++) { s[r + 24u] = combine(s[r + 24u], subgroupShuffle(a[3], r), b); }
    }
    var o = array<vec4f, 32>();
    for (var step = 0u; step < select(params.depth / 4u, 0u, VALUES); step++) {
      let q = places(row, params.time, first + columns, step);
      let k = places(row, params.keyTime, j, step);
      let a = mat4x4f(slopes[q.x], slopes[q.y], slopes[q.z], slopes[q.w]);
      let b = transpose(mat4x4f(values[k.x], values[k.y], values[k.z], values[k.w]));
      for (var r = 0u; r < 8u; r++) { o[r] = combine(o[r], subgroupShuffle(a[0], r), b); }
      for (var r = 0u; r < 8u; r++) { o[r + 8u] = combine(o[r + 8u], subgroupShuffle(a[1], r), b); }
      for (var r = 0u; r < 8u; r++) { o[r + 16u] = combine(o[r + 16u], subgroupShuffle(a[2], r), b); }
      for (var r = 0u; r < 8u; r++) { o[r + 24u] = combine(o[r + 24u], subgroupShuffle(a[3], r), b); }
    }
    for (var i = 0u; i < 4u; i++) {
      let shifts = shift_of(row, first + 8u * i + lane);
      for (var r = 0u; r < 8u; r++) {
        let shift = subgroupShuffle(shifts, r);
        let t = first + 8u * i + r;
        let p = exp4(s[8u * i + r] - shift.x) / shift.y;
        let counted = j < vec4u(select(0u, seen_by(t, length), t < params.time));
        s[8u * i + r] = select(vec4f(), select(p * (o[8u * i + r] - shift.z), p, VALUES), counted);
      }
    }
    for (var q = 0u; q < 8u; q++) {
      let a = columns_of(row, first + 4u * q, place.z + lane);
      let b = mat4x4f(s[4u * q], s[4u * q + 1u], s[4u * q + 2u], s[4u * q + 3u]);
      for (var r = 0u; r < 8u; r++) { sum[4u * r] = combine(sum[4u * r], subgroupShuffle(a[0], r), b); }
      for (var r = 0u; r < 8u; r++) { sum[4u * r + 1u] = combine(sum[4u * r + 1u], subgroupShuffle(a[1], r), b); }
      for (var r = 0u; r < 8u; r++) { sum[4u * r + 2u] = combine(sum[4u * r + 2u], subgroupShuffle(a[2], r), b); }
      for (var r = 0u; r < 8u; r++) { sum[4u * r + 3u] = combine(sum[4u * r + 3u], subgroupShuffle(a[3], r), b); }
    }
    if (LONG && ((first - start + 32u) % BLOCK == 0u || first + 32u >= params.time)) {
      for (var r = 0u; r < 32u; r++) { whole[r] = compensate(whole[r], sum[r]); sum[r] = vec4f(); }
    }
  }
  if (LONG) {
    for (var r = 0u; r < 32u; r++) { sum[r] = compensated(whole[r]); }
  }
  let d4 = params.depth / 4u;
  let four = 4u + (params.time >> 31u);          // known at run time only, so that the stores are not unrolled
  for (var r = 0u; r < 8u; r++) {
    let rows = transpose(mat4x4f(sum[4u * r], sum[4u * r + 1u], sum[4u * r + 2u], sum[4u * r + 3u]));
    for (var i = 0u; i < four; i++) {
      if (j[i] < params.keyTime && place.z + r < d4) { result[(row * params.keyTime + j[i]) * d4 + place.z + r] = rows[i]; }
    }
  }
}
