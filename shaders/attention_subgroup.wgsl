// attention_subgroup: attention (context = softmax(scale q kT) v; the largest score and the sum of e^(score - largest)) on
// software adapters with subgroups of 8 lanes or more, for depths that are multiples of 4.
// Preludes: tile8, pointwise, compensated, attention_sizes, attention_tile
//
// queries [rows, time, depth] with rows = batch heads, keys and values [rows, keyTime, depth], lengths [batch] (read with
// `masked` only), context [rows, time, depth], sums [rows, time] (largest, sum).
// A lane owns 4 queries: scores are [key, 4 queries], so that the softmax of a query stays in its lane, and the context is
// [depth, 4 queries], a product of values, which lanes pass on, and probabilities, which they own. The rest as in attention.
// Dispatch: rows ceil(time / 32) ceil(depth / 32), split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> queries: array<vec4f>;
@group(0) @binding(1) var<storage, read> keys: array<vec4f>;
@group(0) @binding(2) var<storage, read> values: array<vec4f>;
@group(0) @binding(3) var<storage, read> lengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> context: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> sums: array<vec2f>;
@group(0) @binding(6) var<uniform> params: Params;

// Column j: depth 4 step + j of the queries t.
fn query_block(row: u32, t: vec4u, step: u32) -> mat4x4f {
  let d4 = params.depth / 4u;
  let at = (row * params.time + min(t, vec4u(params.time - 1u))) * d4 + step;
  return params.scale * transpose(mat4x4f(queries[at.x], queries[at.y], queries[at.z], queries[at.w]));
}

// Column i: 4 depths of key 8 i + lane from the first on.
fn key_block(row: u32, first: u32, lane: u32, step: u32) -> mat4x4f {
  let d4 = params.depth / 4u;
  let at = (row * params.keyTime + min(first + lane + vec4u(0u, 8u, 16u, 24u), vec4u(params.keyTime - 1u))) * d4 + step;
  return mat4x4f(keys[at.x], keys[at.y], keys[at.z], keys[at.w]);
}

// Column i: depth 4 lane + i from the block on of 4 values; 0 for those that nobody sees.
fn value_block(row: u32, first: u32, limit: u32, column: u32) -> mat4x4f {
  let d4 = params.depth / 4u;
  let key = quad(first);
  let at = (row * params.keyTime + min(key, vec4u(params.keyTime - 1u))) * d4 + min(column, d4 - 1u);
  let zero = vec4f();
  return transpose(mat4x4f(select(zero, values[at.x], key.x < limit), select(zero, values[at.y], key.y < limit),
    select(zero, values[at.z], key.z < limit), select(zero, values[at.w], key.w < limit)));
}

@compute @workgroup_size(8)
fn attention_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let place = tile_of(group.y * groups.x + group.x, params.time);
  let row = place.x;
  if (row >= params.rows) { return; }
  let t = quad(place.y + 4u * lane);
  var length = params.keyTime;
  if (params.masked != 0u) { length = u32(clamp(lengths[row / params.heads], 0, i32(params.keyTime))); }
  let seen = vec4u(seen_by(t.x, length), seen_by(t.y, length), seen_by(t.z, length), seen_by(t.w, length));
  let limit = min(length, seen_by(min(place.y + 31u, params.time - 1u), length));
  let all = seen == vec4u(params.keyTime);
  veil = params.time >> 31u;
  var high = vec4f(-3.4e38);                     // no score is below
  var settled = high;
  var weight = vec4f();
  var mass: Compensated;
  var sum = array<vec4f, 32>();
  var whole = array<Compensated, 32>();
  for (var first = 0u; first < limit; first += 32u) {
    var s = array<vec4f, 32>();
    for (var step = 0u; step < params.depth / 4u; step++) {
      let a = key_block(row, first, lane, step);
      let b = query_block(row, t, step);
      for (var r = 0u; r < 8u; r++) { s[r] = combine(s[r], subgroupShuffle(a[0], r), b); }
      for (var r = 0u; r < 8u; r++) { s[r + 8u] = combine(s[r + 8u], subgroupShuffle(a[1], r), b); }
      for (var r = 0u; r < 8u; r++) { s[r + 16u] = combine(s[r + 16u], subgroupShuffle(a[2], r), b); }
      for (var r = 0u; r < 8u; r++) { s[r + 24u] = combine(s[r + 24u], subgroupShuffle(a[3], r), b); }
    }
    var next = high;
    for (var r = 0u; r < 32u; r++) { next = select(next, max4(next, s[r]), vec4u(first + r) < seen); }
    let kept = exp4(high - next);
    weight *= kept;
    for (var r = 0u; r < 32u; r++) {
      sum[r] *= kept;
      s[r] = select(vec4f(), exp4(s[r] - next), vec4u(first + r) < seen);
      weight += s[r];
    }
    high = next;
    for (var q = 0u; q < 8u; q++) {
      let a = value_block(row, first + 4u * q, limit, place.z + lane);
      let b = mat4x4f(s[4u * q], s[4u * q + 1u], s[4u * q + 2u], s[4u * q + 3u]);
      for (var r = 0u; r < 8u; r++) { sum[4u * r] = combine(sum[4u * r], subgroupShuffle(a[0], r), b); }
      for (var r = 0u; r < 8u; r++) { sum[4u * r + 1u] = combine(sum[4u * r + 1u], subgroupShuffle(a[1], r), b); }
      for (var r = 0u; r < 8u; r++) { sum[4u * r + 2u] = combine(sum[4u * r + 2u], subgroupShuffle(a[2], r), b); }
      for (var r = 0u; r < 8u; r++) { sum[4u * r + 3u] = combine(sum[4u * r + 3u], subgroupShuffle(a[3], r), b); }
    }
    if (LONG && ((first + 32u) % BLOCK == 0u || first + 32u >= limit)) {
      let moved = exp4(settled - high);
      for (var r = 0u; r < 32u; r++) {
        whole[r] = compensate(Compensated(moved * whole[r].sum, moved * whole[r].rest), sum[r]);
        sum[r] = vec4f();
      }
      mass = compensate(Compensated(moved * mass.sum, moved * mass.rest), weight);
      weight = vec4f();
      settled = high;
    }
  }
  if (LONG) {
    for (var r = 0u; r < 32u; r++) { sum[r] = compensated(whole[r]); }
    weight = compensated(mass);
  }
  let none = weight == vec4f();                  // every score is minus infinity
  let share = select(1.0 / weight, vec4f(), none & !all);
  let d4 = params.depth / 4u;
  let four = 4u + (params.time >> 31u);          // known at run time only, so that the stores are not unrolled
  for (var r = 0u; r < 8u; r++) {
    let rows = transpose(mat4x4f(share * sum[4u * r], share * sum[4u * r + 1u], share * sum[4u * r + 2u], share * sum[4u * r + 3u]));
    for (var i = 0u; i < four; i++) {
      if (t[i] < params.time && place.z + r < d4) { context[(row * params.time + t[i]) * d4 + place.z + r] = rows[i]; }
    }
  }
  for (var i = 0u; i < 4u; i++) {
    if (t[i] < params.time && place.z == 0u) {
      sums[row * params.time + t[i]] = select(select(vec2f(high[i], weight[i]), vec2f(high[i], 1.0), none[i]),
        vec2f(-infinity_(params.time), nan_(high[i])), none[i] && all[i]);
    }
  }
}
