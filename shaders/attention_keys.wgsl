// attention_keys: the gradient of attention for its keys, dk = scale sum over queries of p (do v - delta) q, or with VALUES
// for its values, dv = sum over queries of p do.
// Preludes: pointwise, compensated, attention_depth_32 | attention_depth_64 | attention_depth_128, attention_sizes, attention_rows
//
// queries, slopes (do) [rows, time, depth] with rows = batch heads, keys, values, result [rows, keyTime, depth], sums
// (largest score, sum of e^(score - largest)) and delta [rows, time], lengths [batch] (read with `masked` only).
// p = e^(scale q k - largest)/sum is computed again, query by query (Dao et al. 2022, algorithm 4). Depth up to 4 QUADS.
// Each lane owns a key. Dispatch: rows ceil(keyTime / 64), split over x and y past 65 535. Workgroup memory 8.5 KiB.
@group(0) @binding(0) var<storage, read> queries: array<f32>;
@group(0) @binding(1) var<storage, read> keys: array<f32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> sums: array<vec2f>;
@group(0) @binding(4) var<storage, read> slopes: array<f32>;
@group(0) @binding(5) var<storage, read> delta: array<f32>;
@group(0) @binding(6) var<storage, read> lengths: array<i32>;
@group(0) @binding(7) var<storage, read_write> result: array<f32>;
@group(0) @binding(8) var<uniform> params: Params;

override VALUES: bool = false;
var<workgroup> shift: array<vec3f, STAGED>;    // largest score, sum and delta of the staged queries

// Queries (times the scale) and slopes [first, first + STAGED) of a row into workgroup memory, clamped to the last one.
fn stage(row: u32, first: u32, lane: u32) {
  for (var at = lane; at < TILE; at += 64u) {
    let quad = at % QUADS;
    let start = (row * params.time + min(first + at / QUADS, params.time - 1u)) * params.depth + 4u * quad;
    var q = vec4f();
    var g = vec4f();
    for (var i = 0u; i < 4u; i++) {
      if (4u * quad + i < params.depth) {
        q[i] = params.scale * queries[start + i];
        g[i] = slopes[start + i];
      }
    }
    tile[at] = q;
    other[at] = g;
  }
  if (lane < STAGED) {
    let own = row * params.time + min(first + lane, params.time - 1u);
    shift[lane] = vec3f(sums[own], delta[own]);
  }
}

@compute @workgroup_size(64)
fn attention_keys(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let width = quads();
  let place = place_of(index, params.keyTime);
  let row = place.x;
  let j = place.y + lane;
  let inside = j < params.keyTime && index / ((params.keyTime + 63u) / 64u) < params.rows;
  var length = params.keyTime;
  if (params.masked != 0u) { length = u32(clamp(lengths[row / params.heads], 0, i32(params.keyTime))); }
  let own = (row * params.keyTime + min(j, params.keyTime - 1u)) * params.depth;
  var k: array<vec4f, QUADS>;
  var v: array<vec4f, QUADS>;
  var sum: array<vec4f, QUADS>;
  var whole: array<Compensated, QUADS>;
  veil = params.time >> 31u;
  for (var d = 0u; d < params.depth; d++) {
    k[d / 4u][d % 4u] = keys[own + d];
    v[d / 4u][d % 4u] = values[own + d];
  }
  // The first query that sees any key of the block: t >= j + time - keyTime.
  let before = params.keyTime - params.time;
  let start = select(0u, max(place.y, before) - before, params.causal != 0u);
  for (var first = start; first < params.time; first += STAGED) {
    workgroupBarrier();
    stage(row, first, lane);
    workgroupBarrier();
    for (var t = 0u; t < min(STAGED, params.time - first); t++) {
      if (j >= seen_by(first + t, length)) { continue; }
      var s = vec4f();
      var r = vec4f();
      for (var i = 0u; i < width; i++) {
        s += k[i] * tile[t * QUADS + i];
        r += v[i] * other[t * QUADS + i];
      }
      let p = exp_((s.x + s.y) + (s.z + s.w) - shift[t].x) / shift[t].y;
      if (VALUES) {
        for (var i = 0u; i < width; i++) { sum[i] += p * other[t * QUADS + i]; }
      } else {
        let slope = p * ((r.x + r.y) + (r.z + r.w) - shift[t].z);
        for (var i = 0u; i < width; i++) { sum[i] += slope * tile[t * QUADS + i]; }
      }
    }
    if (LONG && ((first - start + STAGED) % BLOCK == 0u || first + STAGED >= params.time)) {
      for (var i = 0u; i < width; i++) { whole[i] = compensate(whole[i], sum[i]); sum[i] = vec4f(); }
    }
  }
  if (LONG) {
    for (var i = 0u; i < width; i++) { sum[i] = compensated(whole[i]); }
  }
  if (inside) {
    for (var d = 0u; d < params.depth; d++) { result[own + d] = sum[d / 4u][d % 4u]; }
  }
}
