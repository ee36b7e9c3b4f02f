// attention: context = softmax(scale q kT) v, the largest score of a query and the sum of e^(score - largest); no
// matrix of scores is kept.
// Preludes: pointwise, compensated, attention_depth_32 | attention_depth_64 | attention_depth_128, attention_sizes, attention_rows
//
// queries [rows, time, depth] with rows = batch heads, keys and values [rows, keyTime, depth], lengths [batch] (read with
// `masked` only), context [rows, time, depth], sums [rows, time] (largest, sum). Depth up to 4 QUADS, any times.
// Each lane owns a query and keeps a running maximum, sum and context (Milakov and Gimelshein 2018; Dao et al. 2022); the
// maximum moves once for every STAGED keys. With LONG (more than BLOCK keys) sums of BLOCK keys are added up with compensation. A key that does not count is not touched. A query without keys gives context 0
// and sums (-3.4e38, 1). Dispatch: rows ceil(time / 64), split over x and y past 65 535. Workgroup memory 8 KiB.
@group(0) @binding(0) var<storage, read> queries: array<f32>;
@group(0) @binding(1) var<storage, read> keys: array<f32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> lengths: array<i32>;
@group(0) @binding(4) var<storage, read_write> context: array<f32>;
@group(0) @binding(5) var<storage, read_write> sums: array<vec2f>;
@group(0) @binding(6) var<uniform> params: Params;

fn query_at(row: u32, t: u32, quad: u32) -> vec4f {
  var x = vec4f();
  let start = (row * params.time + t) * params.depth + 4u * quad;
  for (var i = 0u; i < 4u; i++) {
    if (4u * quad + i < params.depth) { x[i] = queries[start + i]; }
  }
  return x;
}

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
fn attention(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
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
  var q: array<vec4f, QUADS>;
  var sum: array<vec4f, QUADS>;
  for (var i = 0u; i < width; i++) { q[i] = params.scale * query_at(row, min(t, params.time - 1u), i); }
  var whole: array<Compensated, QUADS>;
  var mass: Compensated;
  veil = params.time >> 31u;
  let all = seen == params.keyTime;
  var high = -3.4e38;                          // no score is below
  var settled = high;                          // the maximum that `whole` and `mass` are relative to
  var weight = 0.0;
  let limit = min(length, seen_by(min(place.y + 63u, params.time - 1u), length));
  for (var first = 0u; first < limit; first += STAGED) {
    workgroupBarrier();
    stage(row, first, lane);
    workgroupBarrier();
    let count = min(STAGED, max(seen, first) - first);
    var scores: array<f32, STAGED>;
    var next = high;
    for (var k = 0u; k < count; k++) {
      var s = vec4f();
      for (var i = 0u; i < width; i++) { s += q[i] * tile[k * QUADS + i]; }
      scores[k] = (s.x + s.y) + (s.z + s.w);
      next = max_(next, scores[k]);
    }
    let kept = exp_(high - next);
    weight *= kept;
    for (var i = 0u; i < width; i++) { sum[i] *= kept; }
    for (var k = 0u; k < count; k++) {
      let p = exp_(scores[k] - next);
      weight += p;
      for (var i = 0u; i < width; i++) { sum[i] += p * other[k * QUADS + i]; }
    }
    high = next;
    if (LONG && ((first + STAGED) % BLOCK == 0u || first + STAGED >= limit)) {
      let moved = exp_(settled - high);
      for (var i = 0u; i < width; i++) { whole[i] = compensate(rescaled(whole[i], moved), sum[i]); sum[i] = vec4f(); }
      mass = compensate(rescaled(mass, moved), vec4f(weight));
      weight = 0.0;
      settled = high;
    }
  }
  if (LONG) {
    for (var i = 0u; i < width; i++) { sum[i] = compensated(whole[i]); }
    weight = compensated(mass).x;
  }
  if (inside) {
    let none = weight == 0.0;                    // every score is minus infinity
    let share = select(1.0 / weight, 0.0, none && !all);
    for (var d = 0u; d < params.depth; d++) { context[(row * params.time + t) * params.depth + d] = share * sum[d / 4u][d % 4u]; }
    sums[row * params.time + t] = 
      select(select(vec2f(high, weight), vec2f(high, 1.0), none), vec2f(-infinity_(params.time), nan_(high)), none && all);
  }
}
