// attention_queries_subgroup: attention_queries (dq = scale sum over keys of p (do v - delta) k) on software adapters with
// subgroups of 8 lanes or more, for depths that are multiples of 4.
// Preludes: tile8, pointwise, compensated, attention_sizes, attention_tile
//
// queries, slopes (do), result [rows, time, depth] with rows = batch heads, keys and values [rows, keyTime, depth], sums
// (largest score, sum of e^(score - largest)) and delta [rows, time], lengths [batch] (read with `masked` only).
// A lane owns 4 queries; scores are [key, 4 queries], results [depth, 4 queries], as in attention_subgroup.
// Dispatch: rows ceil(time / 32) ceil(depth / 32), split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> queries: array<vec4f>;
@group(0) @binding(1) var<storage, read> keys: array<vec4f>;
@group(0) @binding(2) var<storage, read> values: array<vec4f>;
@group(0) @binding(3) var<storage, read> sums: array<vec2f>;
@group(0) @binding(4) var<storage, read> slopes: array<vec4f>;
@group(0) @binding(5) var<storage, read> delta: array<f32>;
@group(0) @binding(6) var<storage, read> lengths: array<i32>;
@group(0) @binding(7) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(8) var<uniform> params: Params;

// Places of 4 rows of a matrix with so many rows, at a quad of the depth; past the last row, that one.
fn places(row: u32, size: u32, at: vec4u, step: u32) -> vec4u {
  let d4 = params.depth / 4u;
  return (row * size + min(at, vec4u(size - 1u))) * d4 + min(step, d4 - 1u);
}

// Column i: depth 4 lane + i from the block on of 4 keys; 0 for those that nobody sees.
fn key_columns(row: u32, first: u32, limit: u32, column: u32) -> mat4x4f {
  let key = quad(first);
  let at = places(row, params.keyTime, key, column);
  let zero = vec4f();
  return transpose(mat4x4f(select(zero, keys[at.x], key.x < limit), select(zero, keys[at.y], key.y < limit),
    select(zero, keys[at.z], key.z < limit), select(zero, keys[at.w], key.w < limit)));
}

@compute @workgroup_size(8)
fn attention_queries_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let place = tile_of(group.y * groups.x + group.x, params.time);
  let row = place.x;
  if (row >= params.rows) { return; }
  let t = quad(place.y + 4u * lane);
  var length = params.keyTime;
  if (params.masked != 0u) { length = u32(clamp(lengths[row / params.heads], 0, i32(params.keyTime))); }
  let seen = vec4u(seen_by(t.x, length), seen_by(t.y, length), seen_by(t.z, length), seen_by(t.w, length));
  let limit = min(length, seen_by(min(place.y + 31u, params.time - 1u), length));
  let own = row * params.time + min(t, vec4u(params.time - 1u));
  let high = vec4f(sums[own.x].x, sums[own.y].x, sums[own.z].x, sums[own.w].x);
  let weight = vec4f(sums[own.x].y, sums[own.y].y, sums[own.z].y, sums[own.w].y);
  let shift = vec4f(delta[own.x], delta[own.y], delta[own.z], delta[own.w]);
  let columns = vec4u(lane) + vec4u(0u, 8u, 16u, 24u);
  veil = params.time >> 31u;
  var sum = array<vec4f, 32>();
  var whole = array<Compensated, 32>();
  for (var first = 0u; first < limit; first += 32u) {
    var s = array<vec4f, 32>();
    for (var step = 0u; step < params.depth / 4u; step++) {
      let k = places(row, params.keyTime, first + columns, step);
      let q = places(row, params.time, t, step);
      let a = mat4x4f(keys[k.x], keys[k.y], keys[k.z], keys[k.w]);
      let b = params.scale * transpose(mat4x4f(queries[q.x], queries[q.y], queries[q.z], queries[q.w]));
      for (var r = 0u; r < 8u; r++) { s[r] = combine(s[r], subgroupShuffle(a[0], r), b); }
      for (var r = 0u; r < 8u; r++) { s[r + 8u] = combine(s[r + 8u], subgroupShuffle(a[1], r), b); }
      for (var r = 0u; r < 8u; r++) { s[r + 16u] = combine(s[r + 16u], subgroupShuffle(a[2], r), b); }
      for (var r = 0u; r < 8u; r++) { s[r + 24u] = combine(s[r + 24u], subgroupShuffle(a[3], r), b); }
    }
    var o = array<vec4f, 32>();
    for (var step = 0u; step < params.depth / 4u; step++) {
      let k = places(row, params.keyTime, first + columns, step);
      let q = places(row, params.time, t, step);
      let a = mat4x4f(values[k.x], values[k.y], values[k.z], values[k.w]);
      let b = transpose(mat4x4f(slopes[q.x], slopes[q.y], slopes[q.z], slopes[q.w]));
      for (var r = 0u; r < 8u; r++) { o[r] = combine(o[r], subgroupShuffle(a[0], r), b); }
      for (var r = 0u; r < 8u; r++) { o[r + 8u] = combine(o[r + 8u], subgroupShuffle(a[1], r), b); }
      for (var r = 0u; r < 8u; r++) { o[r + 16u] = combine(o[r + 16u], subgroupShuffle(a[2], r), b); }
      for (var r = 0u; r < 8u; r++) { o[r + 24u] = combine(o[r + 24u], subgroupShuffle(a[3], r), b); }
    }
    for (var r = 0u; r < 32u; r++) {
      s[r] = select(vec4f(), exp4(s[r] - high) / weight * (o[r] - shift), vec4u(first + r) < seen);
    }
    for (var q = 0u; q < 8u; q++) {
      let a = key_columns(row, first + 4u * q, limit, place.z + lane);
      let b = mat4x4f(s[4u * q], s[4u * q + 1u], s[4u * q + 2u], s[4u * q + 3u]);
      for (var r = 0u; r < 8u; r++) { sum[4u * r] = combine(sum[4u * r], subgroupShuffle(a[0], r), b); }
      for (var r = 0u; r < 8u; r++) { sum[4u * r + 1u] = combine(sum[4u * r + 1u], subgroupShuffle(a[1], r), b); }
      for (var r = 0u; r < 8u; r++) { sum[4u * r + 2u] = combine(sum[4u * r + 2u], subgroupShuffle(a[2], r), b); }
      for (var r = 0u; r < 8u; r++) { sum[4u * r + 3u] = combine(sum[4u * r + 3u], subgroupShuffle(a[3], r), b); }
    }
    if (LONG && ((first + 32u) % BLOCK == 0u || first + 32u >= limit)) {
      for (var r = 0u; r < 32u; r++) { whole[r] = compensate(whole[r], sum[r]); sum[r] = vec4f(); }
    }
  }
  if (LONG) {
    for (var r = 0u; r < 32u; r++) { sum[r] = compensated(whole[r]); }
  }
  let d4 = params.depth / 4u;
  let four = 4u + (params.time >> 31u);          // known at run time only, so that the stores are not unrolled
  for (var r = 0u; r < 8u; r++) {
    let rows = transpose(params.scale * mat4x4f(sum[4u * r], sum[4u * r + 1u], sum[4u * r + 2u], sum[4u * r + 3u]));
    for (var i = 0u; i < four; i++) {
      if (t[i] < params.time && place.z + r < d4) { result[own[i] * d4 + place.z + r] = rows[i]; }
    }
  }
}
