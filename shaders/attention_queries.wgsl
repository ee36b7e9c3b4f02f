// attention_queries: the gradient of attention for its queries, dq = scale sum over keys of p (do v - delta) k.
// Preludes: pointwise, compensated, attention_depth_32 | attention_depth_64 | attention_depth_128, attention_sizes, attention_rows
//
// queries, slopes (do), result [rows, time, depth] with rows = batch heads, keys and values [rows, keyTime, depth], sums
// (largest score, sum of e^(score - largest)) and delta [rows, time], lengths [batch] (read with `masked` only).
// p = e^(scale q k - largest)/sum // is computed again, key by key (Dao et al. 2022, algorithm 4). Depth up to 4 QUADS.
// Each lane owns a query. Dispatch: rows ceil(time / 64), split over x and y past 65 535. Workgroup memory 8 KiB.
@group(0) @binding(0) var<storage, read> queries: array<f32>;
@group(0) @binding(1) var<storage, read> keys: array<f32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> sums: array<vec2f>;
@group(0) @binding(4) var<storage, read> slopes: array<f32>;
@group(0) @binding(5) var<storage, read> delta: array<f32>;
@group(0) @binding(6) var<storage, read> lengths: array<i32>;
@group(0) @binding(7) var<storage, read_write> result: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

// Keys and values [first, first + STAGED) of a row into workgroup memory; past the end, whatever the last one is.
fn stage(row: u32, first: u32, lane: u32) {
  for (var at = lane; at < TILE; at += 64u) {
    let quad = at % QUADS;
    let start = (row * params.keyTime + min(first + at / QUADS, params.keyTime - 1u)) * params.depth + 4u * quad;
    var k = vec4f();
    var v = vec4f();
    for (var i = 0u; i < 4u; i++) {
      if (4u * quad + i < params.depth) {
        k[i] = keys[start + i];
        v[i] = values[start + i];
      }
    }
    tile[at] = k;
    other[at] = v;
  }
}

@compute @workgroup_size(64)
fn attention_queries(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let width = quads();
  let place = place_of(index, params.time);
  let row = place.x;
  let t = place.y + lane;
  let inside = t < params.time && index / ((params.time + 63u) / 64u) < params.rows;
  var length = params.keyTime;
  if (params.masked != 0u) { length = u32(clamp(lengths[row / params.heads], 0, i32(params.keyTime))); }
  let seen = select(0u, seen_by(t, length), inside);
  let own = row * params.time + min(t, params.time - 1u);
  var q: array<vec4f, QUADS>;
  var g: array<vec4f, QUADS>;
  var sum: array<vec4f, QUADS>;
  var whole: array<Compensated, QUADS>;
  veil = params.time >> 31u;
  for (var d = 0u; d < params.depth; d++) {
    q[d / 4u][d % 4u] = params.scale * queries[own * params.depth + d];
    g[d / 4u][d % 4u] = slopes[own * params.depth + d];
  }
  let kept = sums[own];
  let limit = min(length, seen_by(min(place.y + 63u, params.time - 1u), length));
  for (var first = 0u; first < limit; first += STAGED) {
    workgroupBarrier();
    stage(row, first, lane);
    workgroupBarrier();
    let count = min(STAGED, max(seen, first) - first);
    for (var k = 0u; k < count; k++) {
      var s = vec4f();
      var r = vec4f();
      for (var i = 0u; i < width; i++) {
        s += q[i] * tile[k * QUADS + i];
        r += g[i] * other[k * QUADS + i];
      }
      let p = exp_((s.x + s.y) + (s.z + s.w) - kept.x) / kept.y;
      let slope = p * ((r.x + r.y) + (r.z + r.w) - delta[own]);
      for (var i = 0u; i < width; i++) { sum[i] += slope * tile[k * QUADS + i]; }
    }
    if (LONG && ((first + STAGED) % BLOCK == 0u || first + STAGED >= limit)) {
      for (var i = 0u; i < width; i++) { whole[i] = compensate(whole[i], sum[i]); sum[i] = vec4f(); }
    }
  }
  if (LONG) {
    for (var i = 0u; i < width; i++) { sum[i] = compensated(whole[i]); }
  }
  if (inside) {
    for (var d = 0u; d < params.depth; d++) { result[own * params.depth + d] = params.scale * sum[d / 4u][d % 4u]; }
  }
}
