/**
 * Made from `shaders/*.wgsl` by `scripts/shaders.ts`; change those files and run it again.
 */

/** The bodies: every file with an entry point. */
export const SHADERS = {
  arg_columns: {
    entryPoint: 'arg_columns',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['element_f32', 'element_i32', 'element_u32'], ['best_largest', 'best_smallest'], ['reduce_axes']],
    bindings: [
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<i32>' },
    ],
    overrides: { FOLDED: 'bool' },
    params: {
      outputs: { type: 'u32', offset: 0 },
      kept: { type: 'u32', offset: 4 },
      keptOuter: { type: 'u32', offset: 8 },
      keptInner: { type: 'u32', offset: 12 },
      reduced: { type: 'u32', offset: 16 },
      folded: { type: 'u32', offset: 20 },
      foldedOuter: { type: 'u32', offset: 24 },
      foldedInner: { type: 'u32', offset: 28 },
      parts: { type: 'u32', offset: 32 },
      chunk: { type: 'u32', offset: 36 },
    },
    paramsBytes: 48,
    text: `// arg_columns: y[o] = the first r whose x[o, r] is the best, one invocation for each result.
// Preludes: element_f32 | element_i32 | element_u32, best_largest | best_smallest, reduce_axes
//
// values: any layout that reduce_axes can describe, reduced >= 1, parts = 1; result [outputs].
// A workgroup computes 64 results. Dispatch: ceil(outputs / 64), split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read_write> result: array<i32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn arg_columns(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let o = (group.y * groups.x + group.x) * 64u + lane;
  if (o < params.outputs) {
    let start = start_of(o);
    var best = values[start];
    var place = 0u;
    for (var r = 1u; r < params.reduced; r++) {
      let x = values[start + place_of(r)];
      if (is_better(x, best)) {
        best = x;
        place = r;
      }
    }
    result[o] = i32(place);
  }
}
`,
  },
  arg_rows: {
    entryPoint: 'arg_rows',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['element_f32', 'element_i32', 'element_u32'], ['best_largest', 'best_smallest'], ['reduce_axes']],
    bindings: [
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<i32>' },
    ],
    overrides: { FOLDED: 'bool' },
    params: {
      outputs: { type: 'u32', offset: 0 },
      kept: { type: 'u32', offset: 4 },
      keptOuter: { type: 'u32', offset: 8 },
      keptInner: { type: 'u32', offset: 12 },
      reduced: { type: 'u32', offset: 16 },
      folded: { type: 'u32', offset: 20 },
      foldedOuter: { type: 'u32', offset: 24 },
      foldedInner: { type: 'u32', offset: 28 },
      parts: { type: 'u32', offset: 32 },
      chunk: { type: 'u32', offset: 36 },
    },
    paramsBytes: 48,
    text: `// arg_rows: y[o] = the first r whose x[o, r] is the best, one workgroup for each result.
// Preludes: element_f32 | element_i32 | element_u32, best_largest | best_smallest, reduce_axes
//
// values: any layout that reduce_axes can describe, reduced >= 1, parts = 1; result [outputs]. Lane l of 64 takes elements
// l, l + 64, ...; lane 0 then chooses among the lanes' best, the lowest index at a tie.
// Dispatch: outputs workgroups, split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read_write> result: array<i32>;
@group(0) @binding(2) var<uniform> params: Params;

var<workgroup> bests: array<Element, 64>;
var<workgroup> places: array<u32, 64>;

@compute @workgroup_size(64)
fn arg_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let o = group.y * groups.x + group.x;
  let start = start_of(min(o, params.outputs - 1u));
  var place = min(lane, params.reduced - 1u);
  var best = values[start + place_of(place)];
  for (var r = lane + 64u; r < params.reduced; r += 64u) {
    let x = values[start + place_of(r)];
    if (is_better(x, best)) {
      best = x;
      place = r;
    }
  }
  bests[lane] = best;
  places[lane] = place;
  workgroupBarrier();
  if (lane == 0u && o < params.outputs) {
    for (var l = 1u; l < 64u; l++) {
      let x = bests[l];
      if (is_better(x, best) || (!is_better(best, x) && places[l] < place)) {
        best = x;
        place = places[l];
      }
    }
    result[o] = i32(place);
  }
}
`,
  },
  attention: {
    entryPoint: 'attention',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [
      ['pointwise'],
      ['compensated'],
      ['attention_depth_32', 'attention_depth_64', 'attention_depth_128'],
      ['attention_sizes'],
      ['attention_rows'],
    ],
    bindings: [
      { name: 'queries', access: 'read', type: 'array<f32>' },
      { name: 'keys', access: 'read', type: 'array<f32>' },
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'lengths', access: 'read', type: 'array<i32>' },
      { name: 'context', access: 'read_write', type: 'array<f32>' },
      { name: 'sums', access: 'read_write', type: 'array<vec2f>' },
    ],
    overrides: { LONG: 'bool', WHOLE: 'bool' },
    params: {
      rows: { type: 'u32', offset: 0 },
      heads: { type: 'u32', offset: 4 },
      time: { type: 'u32', offset: 8 },
      keyTime: { type: 'u32', offset: 12 },
      depth: { type: 'u32', offset: 16 },
      causal: { type: 'u32', offset: 20 },
      masked: { type: 'u32', offset: 24 },
      scale: { type: 'f32', offset: 28 },
    },
    paramsBytes: 32,
    text: `// attention: context = softmax(scale q kT) v, the largest score of a query and the sum of e^(score - largest); no
// matrix of scores is kept.
// Preludes: pointwise, compensated, attention_depth_32 | attention_depth_64 | attention_depth_128, attention_sizes, attention_rows
//
// queries [rows, time, depth] with rows = batch heads, keys and values [rows, keyTime, depth], lengths [batch] (read with
// \`masked\` only), context [rows, time, depth], sums [rows, time] (largest, sum). Depth up to 4 QUADS, any times.
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
  var settled = high;                          // the maximum that \`whole\` and \`mass\` are relative to
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
`,
  },
  attention_keys: {
    entryPoint: 'attention_keys',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [
      ['pointwise'],
      ['compensated'],
      ['attention_depth_32', 'attention_depth_64', 'attention_depth_128'],
      ['attention_sizes'],
      ['attention_rows'],
    ],
    bindings: [
      { name: 'queries', access: 'read', type: 'array<f32>' },
      { name: 'keys', access: 'read', type: 'array<f32>' },
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'sums', access: 'read', type: 'array<vec2f>' },
      { name: 'slopes', access: 'read', type: 'array<f32>' },
      { name: 'delta', access: 'read', type: 'array<f32>' },
      { name: 'lengths', access: 'read', type: 'array<i32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LONG: 'bool', WHOLE: 'bool', VALUES: 'bool' },
    params: {
      rows: { type: 'u32', offset: 0 },
      heads: { type: 'u32', offset: 4 },
      time: { type: 'u32', offset: 8 },
      keyTime: { type: 'u32', offset: 12 },
      depth: { type: 'u32', offset: 16 },
      causal: { type: 'u32', offset: 20 },
      masked: { type: 'u32', offset: 24 },
      scale: { type: 'f32', offset: 28 },
    },
    paramsBytes: 32,
    text: `// attention_keys: the gradient of attention for its keys, dk = scale sum over queries of p (do v - delta) q, or with VALUES
// for its values, dv = sum over queries of p do.
// Preludes: pointwise, compensated, attention_depth_32 | attention_depth_64 | attention_depth_128, attention_sizes, attention_rows
//
// queries, slopes (do) [rows, time, depth] with rows = batch heads, keys, values, result [rows, keyTime, depth], sums
// (largest score, sum of e^(score - largest)) and delta [rows, time], lengths [batch] (read with \`masked\` only).
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
`,
  },
  attention_keys_subgroup: {
    entryPoint: 'attention_keys_subgroup',
    workgroupSize: ['8', '1', '1'],
    enables: ['subgroups'],
    preludes: [['tile8'], ['pointwise'], ['compensated'], ['attention_sizes'], ['attention_tile']],
    bindings: [
      { name: 'queries', access: 'read', type: 'array<vec4f>' },
      { name: 'keys', access: 'read', type: 'array<vec4f>' },
      { name: 'values', access: 'read', type: 'array<vec4f>' },
      { name: 'sums', access: 'read', type: 'array<vec2f>' },
      { name: 'slopes', access: 'read', type: 'array<vec4f>' },
      { name: 'delta', access: 'read', type: 'array<f32>' },
      { name: 'lengths', access: 'read', type: 'array<i32>' },
      { name: 'result', access: 'read_write', type: 'array<vec4f>' },
    ],
    overrides: { LONG: 'bool', VALUES: 'bool' },
    params: {
      rows: { type: 'u32', offset: 0 },
      heads: { type: 'u32', offset: 4 },
      time: { type: 'u32', offset: 8 },
      keyTime: { type: 'u32', offset: 12 },
      depth: { type: 'u32', offset: 16 },
      causal: { type: 'u32', offset: 20 },
      masked: { type: 'u32', offset: 24 },
      scale: { type: 'f32', offset: 28 },
    },
    paramsBytes: 32,
    text: `// attention_keys_subgroup: attention_keys (dk = scale sum over queries of p (do v - delta) q, or with VALUES dv = sum over
// queries of p do) on software adapters with subgroups of 8 lanes or more, for depths that are multiples of 4.
// Preludes: tile8, pointwise, compensated, attention_sizes, attention_tile
//
// queries, slopes (do) [rows, time, depth] with rows = batch heads, keys, values, result [rows, keyTime, depth], sums
// (largest score, sum of e^(score - largest)) and delta [rows, time], lengths [batch] (read with \`masked\` only).
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
`,
  },
  attention_queries: {
    entryPoint: 'attention_queries',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [
      ['pointwise'],
      ['compensated'],
      ['attention_depth_32', 'attention_depth_64', 'attention_depth_128'],
      ['attention_sizes'],
      ['attention_rows'],
    ],
    bindings: [
      { name: 'queries', access: 'read', type: 'array<f32>' },
      { name: 'keys', access: 'read', type: 'array<f32>' },
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'sums', access: 'read', type: 'array<vec2f>' },
      { name: 'slopes', access: 'read', type: 'array<f32>' },
      { name: 'delta', access: 'read', type: 'array<f32>' },
      { name: 'lengths', access: 'read', type: 'array<i32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LONG: 'bool', WHOLE: 'bool' },
    params: {
      rows: { type: 'u32', offset: 0 },
      heads: { type: 'u32', offset: 4 },
      time: { type: 'u32', offset: 8 },
      keyTime: { type: 'u32', offset: 12 },
      depth: { type: 'u32', offset: 16 },
      causal: { type: 'u32', offset: 20 },
      masked: { type: 'u32', offset: 24 },
      scale: { type: 'f32', offset: 28 },
    },
    paramsBytes: 32,
    text: `// attention_queries: the gradient of attention for its queries, dq = scale sum over keys of p (do v - delta) k.
// Preludes: pointwise, compensated, attention_depth_32 | attention_depth_64 | attention_depth_128, attention_sizes, attention_rows
//
// queries, slopes (do), result [rows, time, depth] with rows = batch heads, keys and values [rows, keyTime, depth], sums
// (largest score, sum of e^(score - largest)) and delta [rows, time], lengths [batch] (read with \`masked\` only).
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
`,
  },
  attention_queries_subgroup: {
    entryPoint: 'attention_queries_subgroup',
    workgroupSize: ['8', '1', '1'],
    enables: ['subgroups'],
    preludes: [['tile8'], ['pointwise'], ['compensated'], ['attention_sizes'], ['attention_tile']],
    bindings: [
      { name: 'queries', access: 'read', type: 'array<vec4f>' },
      { name: 'keys', access: 'read', type: 'array<vec4f>' },
      { name: 'values', access: 'read', type: 'array<vec4f>' },
      { name: 'sums', access: 'read', type: 'array<vec2f>' },
      { name: 'slopes', access: 'read', type: 'array<vec4f>' },
      { name: 'delta', access: 'read', type: 'array<f32>' },
      { name: 'lengths', access: 'read', type: 'array<i32>' },
      { name: 'result', access: 'read_write', type: 'array<vec4f>' },
    ],
    overrides: { LONG: 'bool' },
    params: {
      rows: { type: 'u32', offset: 0 },
      heads: { type: 'u32', offset: 4 },
      time: { type: 'u32', offset: 8 },
      keyTime: { type: 'u32', offset: 12 },
      depth: { type: 'u32', offset: 16 },
      causal: { type: 'u32', offset: 20 },
      masked: { type: 'u32', offset: 24 },
      scale: { type: 'f32', offset: 28 },
    },
    paramsBytes: 32,
    text: `// attention_queries_subgroup: attention_queries (dq = scale sum over keys of p (do v - delta) k) on software adapters with
// subgroups of 8 lanes or more, for depths that are multiples of 4.
// Preludes: tile8, pointwise, compensated, attention_sizes, attention_tile
//
// queries, slopes (do), result [rows, time, depth] with rows = batch heads, keys and values [rows, keyTime, depth], sums
// (largest score, sum of e^(score - largest)) and delta [rows, time], lengths [batch] (read with \`masked\` only).
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
`,
  },
  attention_step: {
    entryPoint: 'attention_step',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['pointwise'], ['tree'], ['compensated']],
    bindings: [
      { name: 'queries', access: 'read', type: 'array<f32>' },
      { name: 'keys', access: 'read', type: 'array<f32>' },
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'position', access: 'read', type: 'array<i32>' },
      { name: 'ownKeys', access: 'read', type: 'array<f32>' },
      { name: 'ownValues', access: 'read', type: 'array<f32>' },
      { name: 'context', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: {
      rows: { type: 'u32', offset: 0 },
      time: { type: 'u32', offset: 4 },
      depth: { type: 'u32', offset: 8 },
      own: { type: 'u32', offset: 12 },
      scale: { type: 'f32', offset: 16 },
    },
    paramsBytes: 32,
    text: `// attention_step: one query over cached keys and values, context = sum of softmax(scale q k)_j v_j.
// Preludes: pointwise, tree, compensated
//
// queries, ownKeys, ownValues, context [rows, depth] with rows = batch heads, keys and values [time, rows, depth], position
// [1]: the cached rows below it count and the own key and value beside them (with \`own\`), or those up to it. Depth up to
// 128; any values, and those of rows that do not count are not read. No key at all gives context 0.
// A workgroup computes one row: a lane the score of one of 64 keys, then two elements of the context. Maximum, sum and
// context run along the keys. Dispatch: rows workgroups, split over x and y past 65 535.
struct Params { rows: u32, time: u32, depth: u32, own: u32, scale: f32 }

@group(0) @binding(0) var<storage, read> queries: array<f32>;
@group(0) @binding(1) var<storage, read> keys: array<f32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> position: array<i32>;
@group(0) @binding(4) var<storage, read> ownKeys: array<f32>;
@group(0) @binding(5) var<storage, read> ownValues: array<f32>;
@group(0) @binding(6) var<storage, read_write> context: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

var<workgroup> query: array<f32, 128>;
var<workgroup> weights: array<f32, 64>;

@compute @workgroup_size(64)
fn attention_step(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let row = min(index, params.rows - 1u);
  let start = row * params.depth;
  for (var d = lane; d < params.depth; d += 64u) { query[d] = params.scale * queries[start + d]; }
  workgroupBarrier();
  let last = i32(params.time);
  let limit = u32(clamp(position[0] + select(1, 0, params.own != 0u), 0, last));
  let all = limit == params.time;
  let low = -3.4e38;                           // no score is below
  var high = low;
  var weight = 0.0;
  var sum = vec2f();                           // elements lane and lane + 64 of the context
  var whole: Compensated;                      // sums of BLOCK keys: the two elements, then the weight, at a maximum of \`settled\`
  veil = params.rows >> 31u;
  let places = min(vec2u(lane, lane + 64u), vec2u(params.depth - 1u));
  if (params.own != 0u) {
    var part = 0.0;
    for (var d = lane; d < params.depth; d += 64u) { part += query[d] * ownKeys[start + d]; }
    high = tree_sum(lane, part);
    weight = select(nan_(high), select(0.0, 1.0, high > low), is_finite_(high) || high < 0.0);
    sum = weight * vec2f(ownValues[start + places.x], ownValues[start + places.y]);
    high = max_(high, low);
  }
  var settled = high;
  for (var first = 0u; first < limit; first += 64u) {
    let counts = first + lane < limit;
    let place = (min(first + lane, limit - 1u) * params.rows + row) * params.depth;
    var score = 0.0;
    for (var d = 0u; d < params.depth; d++) { score += query[d] * keys[place + d]; }
    workgroupBarrier();
    let next = max_(high, tree_max(lane, select(low, score, counts)));
    let p = select(0.0, exp_(score - next), counts);
    weights[lane] = p;
    let kept = exp_(high - next);
    weight = kept * weight + tree_sum(lane, p);
    sum *= kept;
    for (var k = 0u; k < min(64u, limit - first); k++) {
      let at = ((first + k) * params.rows + row) * params.depth;
      sum += weights[k] * vec2f(values[at + places.x], values[at + places.y]);
    }
    high = next;
    if ((first + 64u) % BLOCK == 0u) {
      whole = compensate(rescaled(whole, exp_(settled - high)), vec4f(sum, weight, 0.0));
      sum = vec2f();
      weight = 0.0;
      settled = high;
    }
  }
  whole = compensate(rescaled(whole, exp_(settled - high)), vec4f(sum, weight, 0.0));
  let total = compensated(whole);
  let share = select(1.0 / total.z, 0.0, total.z == 0.0 && !all);
  if (index < params.rows) {
    if (lane < params.depth) { context[start + lane] = share * total.x; }
    if (lane + 64u < params.depth) { context[start + lane + 64u] = share * total.y; }
  }
}
`,
  },
  attention_subgroup: {
    entryPoint: 'attention_subgroup',
    workgroupSize: ['8', '1', '1'],
    enables: ['subgroups'],
    preludes: [['tile8'], ['pointwise'], ['compensated'], ['attention_sizes'], ['attention_tile']],
    bindings: [
      { name: 'queries', access: 'read', type: 'array<vec4f>' },
      { name: 'keys', access: 'read', type: 'array<vec4f>' },
      { name: 'values', access: 'read', type: 'array<vec4f>' },
      { name: 'lengths', access: 'read', type: 'array<i32>' },
      { name: 'context', access: 'read_write', type: 'array<vec4f>' },
      { name: 'sums', access: 'read_write', type: 'array<vec2f>' },
    ],
    overrides: { LONG: 'bool' },
    params: {
      rows: { type: 'u32', offset: 0 },
      heads: { type: 'u32', offset: 4 },
      time: { type: 'u32', offset: 8 },
      keyTime: { type: 'u32', offset: 12 },
      depth: { type: 'u32', offset: 16 },
      causal: { type: 'u32', offset: 20 },
      masked: { type: 'u32', offset: 24 },
      scale: { type: 'f32', offset: 28 },
    },
    paramsBytes: 32,
    text: `// attention_subgroup: attention (context = softmax(scale q kT) v; the largest score and the sum of e^(score - largest)) on
// software adapters with subgroups of 8 lanes or more, for depths that are multiples of 4.
// Preludes: tile8, pointwise, compensated, attention_sizes, attention_tile
//
// queries [rows, time, depth] with rows = batch heads, keys and values [rows, keyTime, depth], lengths [batch] (read with
// \`masked\` only), context [rows, time, depth], sums [rows, time] (largest, sum).
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
`,
  },
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
`,
  },
  contract_subgroup: {
    entryPoint: 'contract_subgroup',
    workgroupSize: ['8', '1', '1'],
    enables: ['subgroups'],
    preludes: [['tile8'], ['compensated'], ['left_f32', 'left_f16'], ['right_f32', 'right_f16']],
    bindings: [
      { name: 'left', access: 'read', type: 'array<vec4f>' },
      { name: 'right', access: 'read', type: 'array<vec4f>' },
      { name: 'result', access: 'read_write', type: 'array<vec4f>' },
    ],
    overrides: { LEFT_TRANSPOSED: 'bool', RIGHT_TRANSPOSED: 'bool', LONG: 'bool' },
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
// other sizes: contract_subgroup_any. Rows and columns past the edge are clamped, and not stored.
//
// A workgroup is 8 lanes and computes 32 rows by 32 columns of C: a lane owns 4 columns, and all 32 rows. For 4 steps
// of k a lane loads 4 vec4s of B, and 4 vec4s of A that the others receive by a shuffle, since loads are what costs on a
// software adapter; 32 rows share each load of B. Loops of 8 are unrolled by the driver: keep them short and constant.
// With LONG (k above BLOCK) sums of BLOCK terms are added up with compensation: the error does not grow with k.
// Dispatch: (ceil(n / 32), ceil(m / 32), batch). tile8 comes first, for its \`enable\`.
// Preludes: tile8, compensated, left_f32 | left_f16, right_f32 | right_f16
//
// Which contraction: subgroupMinSize >= 8 and a software adapter: this one, or contract_subgroup_any; a GPU, an adapter
// without subgroups, or another semiring: contract_tiled; contract_naive only to test the others.
struct Params { batch: u32, m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> left: array<LeftQuad>;
@group(0) @binding(1) var<storage, read> right: array<RightQuad>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

override LEFT_TRANSPOSED: bool = false;
override RIGHT_TRANSPOSED: bool = false;
override LONG: bool = false;

// Column i: A[row i, 4 steps of k], where row i is 8 i + lane (4 lane + i when transposed) of the tile.
fn left_block(matrix: u32, row: u32, lane: u32, step: u32) -> mat4x4f {
  let m4 = params.m / 4u;
  let k4 = params.k / 4u;
  let start = matrix * params.m * k4;
  if (LEFT_TRANSPOSED) {
    let place = start + step * params.m + min(row / 4u + lane, m4 - 1u);
    return transpose(mat4x4f(left_four(left[place]), left_four(left[place + m4]), left_four(left[place + 2u * m4]),
      left_four(left[place + 3u * m4])));
  }
  let last = params.m - 1u;
  return mat4x4f(left_four(left[start + min(row + lane, last) * k4 + step]),
    left_four(left[start + min(row + lane + 8u, last) * k4 + step]),
    left_four(left[start + min(row + lane + 16u, last) * k4 + step]),
    left_four(left[start + min(row + lane + 24u, last) * k4 + step]));
}

// Column j: B[4 step + j, 4 columns of C].
fn right_block(matrix: u32, column4: u32, step: u32) -> mat4x4f {
  let n4 = params.n / 4u;
  let k4 = params.k / 4u;
  let start = matrix * params.k * n4;
  if (RIGHT_TRANSPOSED) {
    let place = start + column4 * params.k + step;
    return transpose(mat4x4f(right_four(right[place]), right_four(right[place + k4]), right_four(right[place + 2u * k4]),
      right_four(right[place + 3u * k4])));
  }
  let place = start + step * params.n + column4;
  return mat4x4f(right_four(right[place]), right_four(right[place + n4]), right_four(right[place + 2u * n4]),
    right_four(right[place + 3u * n4]));
}

@compute @workgroup_size(8)
fn contract_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let n4 = params.n / 4u;
  let row = group.y * 32u;
  let column4 = group.x * 8u + lane;
  let steps = params.k / 4u;
  var total = array<vec4f, 32>();
  var whole = array<Compensated, 32>();
  veil = params.k >> 31u;
  for (var first = 0u; first < steps; first += BLOCK / 4u) {
    for (var step = first; step < select(steps, min(steps, first + BLOCK / 4u), LONG); step++) {
      let a = left_block(group.z, row, lane, step);
      let b = right_block(group.z, min(column4, n4 - 1u), step);
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
  for (var r = 0u; r < 32u; r++) {
    let m = row + select(r, (r % 8u) * 4u + r / 8u, LEFT_TRANSPOSED);
    if (m < params.m && column4 < n4) { result[(group.z * params.m + m) * n4 + column4] = select(total[r], compensated(whole[r]), LONG); }
  }
}
`,
  },
  contract_subgroup_any: {
    entryPoint: 'contract_subgroup_any',
    workgroupSize: ['8', '1', '1'],
    enables: ['subgroups'],
    preludes: [['tile8'], ['compensated'], ['left_f32', 'left_f16'], ['right_f32', 'right_f16']],
    bindings: [
      { name: 'left', access: 'read', type: 'array<f32>' },
      { name: 'right', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LEFT_TRANSPOSED: 'bool', RIGHT_TRANSPOSED: 'bool', LONG: 'bool' },
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
// RIGHT_TRANSPOSED), result C [batch, m, n], row-major, any sizes >= 1. Subgroups of 8 lanes or more.
// A workgroup is 8 lanes and computes 32 rows by 32 columns of C; a lane owns columns lane, lane + 8, + 16, + 24.
// With LONG (k above BLOCK) sums of BLOCK terms are added up with compensation: the error does not grow with k.
// Dispatch: (ceil(n / 32), ceil(m / 32), batch). tile8 comes first, for its \`enable\`.
// Preludes: tile8, compensated, left_f32 | left_f16, right_f32 | right_f16
struct Params { batch: u32, m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> left: array<LeftOne>;
@group(0) @binding(1) var<storage, read> right: array<RightOne>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override LEFT_TRANSPOSED: bool = false;
override RIGHT_TRANSPOSED: bool = false;
override LONG: bool = false;

fn left_at(matrix: u32, row: u32, k: u32) -> f32 {
  let m = min(row, params.m - 1u);
  let step = min(k, params.k - 1u);
  let i = matrix * params.m * params.k + select(m * params.k + step, step * params.m + m, LEFT_TRANSPOSED);
  return select(0.0, left_one(left[left_word(i)], i), k < params.k);
}

fn right_at(matrix: u32, k: u32, column: u32) -> f32 {
  let n = min(column, params.n - 1u);
  let step = min(k, params.k - 1u);
  let i = matrix * params.k * params.n + select(step * params.n + n, n * params.k + step, RIGHT_TRANSPOSED);
  return select(0.0, right_one(right[right_word(i)], i), k < params.k);
}

// A[row, k .. k + 3], zero past the end.
fn left_quad(matrix: u32, row: u32, k: u32) -> vec4f {
  return vec4f(left_at(matrix, row, k), left_at(matrix, row, k + 1u), left_at(matrix, row, k + 2u), left_at(matrix, row, k + 3u));
}

// B[k, columns n, n + 8, n + 16, n + 24].
fn right_quad(matrix: u32, k: u32, n: u32) -> vec4f {
  return vec4f(right_at(matrix, k, n), right_at(matrix, k, n + 8u), right_at(matrix, k, n + 16u), right_at(matrix, k, n + 24u));
}

@compute @workgroup_size(8)
fn contract_subgroup_any(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * 32u;
  let column = group.x * 32u + lane;
  var total = array<vec4f, 32>();
  var whole = array<Compensated, 32>();
  veil = params.k >> 31u;
  for (var first = 0u; first < params.k; first += BLOCK) {
    for (var k = first; k < select(params.k, min(params.k, first + BLOCK), LONG); k += 4u) {
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
    if (!LONG) { break; }
    for (var r = 0u; r < 8u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    for (var r = 8u; r < 16u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    for (var r = 16u; r < 24u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    for (var r = 24u; r < 32u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
  }
  for (var r = 0u; r < 32u; r++) {
    let sum = select(total[r], compensated(whole[r]), LONG);
    for (var c = 0u; c < 4u; c++) {
      let m = row + r;
      let n = column + c * 8u;
      if (m < params.m && n < params.n) { result[(group.z * params.m + m) * params.n + n] = sum[c]; }
    }
  }
}
`,
  },
  contract_tiled: {
    entryPoint: 'contract_tiled',
    workgroupSize: ['8', '8', '1'],
    enables: [],
    preludes: [
      ['semiring_real', 'semiring_log', 'semiring_maxplus'],
      ['pointwise'],
      ['compensated'],
      ['left_f32', 'left_f16'],
      ['right_f32', 'right_f16'],
    ],
    bindings: [
      { name: 'left', access: 'read', type: 'array<f32>' },
      { name: 'right', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { LEFT_TRANSPOSED: 'bool', RIGHT_TRANSPOSED: 'bool', LONG: 'bool' },
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
// A workgroup of 8 x 8 lanes computes a 64 x 64 tile of C, a lane 8 x 8 of it: rows and columns 4 y and 4 x and the next
// three, and the same 32 further on. Both operands pass through workgroup memory in slices of 16 along k, as vec4s.
// Portable: 64 invocations, 8 704 bytes of workgroup memory, no subgroups. The variant for a real GPU.
// With LONG (the real semiring, k above BLOCK) sums of BLOCK terms are added up with compensation: the error does not grow with k.
// Dispatch: (ceil(n / 64), ceil(m / 64), batch). Any values.
// Preludes: semiring_real | semiring_log | semiring_maxplus, pointwise, compensated, left_f32 | left_f16, right_f32 | right_f16
struct Params { batch: u32, m: u32, k: u32, n: u32 }

@group(0) @binding(0) var<storage, read> left: array<LeftOne>;
@group(0) @binding(1) var<storage, read> right: array<RightOne>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override LEFT_TRANSPOSED: bool = false;
override RIGHT_TRANSPOSED: bool = false;
override LONG: bool = false;

const DEPTH: u32 = 16u;
const STRIDE: u32 = 17u;                                  // quads of a row of a tile, one more than 64 / 4: fewer bank conflicts
var<workgroup> left_tile: array<vec4f, 272>;              // [DEPTH, STRIDE] quads of rows
var<workgroup> right_tile: array<vec4f, 272>;             // [DEPTH, STRIDE] quads of columns

fn left_at(matrix: u32, m: u32, k: u32) -> f32 {
  let inside = m < params.m && k < params.k;
  let place = select(m * params.k + k, k * params.m + m, LEFT_TRANSPOSED);
  let i = matrix * params.m * params.k + select(0u, place, inside);
  return select(semiring_zero(params.n), left_one(left[left_word(i)], i), inside);
}

fn right_at(matrix: u32, k: u32, n: u32) -> f32 {
  let inside = n < params.n && k < params.k;
  let place = select(k * params.n + n, n * params.k + k, RIGHT_TRANSPOSED);
  let i = matrix * params.k * params.n + select(0u, place, inside);
  return select(semiring_zero(params.n), right_one(right[right_word(i)], i), inside);
}

// What a lane copies: x the quad along m or n, y the step along k; consecutive lanes read consecutive words.
fn place_in_slice(index: u32, along_k: bool) -> vec2u {
  return select(vec2u(index % 16u, index / 16u), vec2u(index / DEPTH, index % DEPTH), along_k);
}

@compute @workgroup_size(8, 8)
fn contract_tiled(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u,
  @builtin(local_invocation_index) index: u32) {
  var total = array<vec4f, 16>();                           // row r, columns 4 x .. and 32 + 4 x ..: 2 r and 2 r + 1
  var whole = array<Compensated, 16>();
  veil = params.k >> 31u;
  for (var r = 0u; r < 16u; r++) { total[r] = vec4f(semiring_zero(params.n)); }
  for (var slice = 0u; slice < params.k; slice += DEPTH) {
    for (var part = 0u; part < 256u; part += 64u) {
      let at = place_in_slice(index + part, !LEFT_TRANSPOSED);
      let m = group.y * 64u + at.x * 4u;
      let k = slice + at.y;
      left_tile[at.y * STRIDE + at.x] = vec4f(left_at(group.z, m, k), left_at(group.z, m + 1u, k),
        left_at(group.z, m + 2u, k), left_at(group.z, m + 3u, k));
    }
    for (var part = 0u; part < 256u; part += 64u) {
      let at = place_in_slice(index + part, RIGHT_TRANSPOSED);
      let n = group.x * 64u + at.x * 4u;
      let k = slice + at.y;
      right_tile[at.y * STRIDE + at.x] = vec4f(right_at(group.z, k, n), right_at(group.z, k, n + 1u),
        right_at(group.z, k, n + 2u), right_at(group.z, k, n + 3u));
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let b0 = right_tile[k * STRIDE + lane.x];
      let b1 = right_tile[k * STRIDE + lane.x + 8u];
      let a0 = left_tile[k * STRIDE + lane.y];
      let a1 = left_tile[k * STRIDE + lane.y + 8u];
      for (var r = 0u; r < 4u; r++) {
        total[2u * r] = semiring_plus4(total[2u * r], semiring_times4(a0[r], b0));
        total[2u * r + 1u] = semiring_plus4(total[2u * r + 1u], semiring_times4(a0[r], b1));
        total[2u * r + 8u] = semiring_plus4(total[2u * r + 8u], semiring_times4(a1[r], b0));
        total[2u * r + 9u] = semiring_plus4(total[2u * r + 9u], semiring_times4(a1[r], b1));
      }
    }
    workgroupBarrier();
    if (LONG && ((slice + DEPTH) % BLOCK == 0u || slice + DEPTH >= params.k)) {
      for (var r = 0u; r < 16u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    }
  }
  for (var r = 0u; r < 16u; r++) {
    let sum = select(total[r], compensated(whole[r]), LONG);
    for (var c = 0u; c < 4u; c++) {
      let m = group.y * 64u + lane.y * 4u + (r / 8u) * 32u + (r % 8u) / 2u;
      let n = group.x * 64u + lane.x * 4u + (r % 2u) * 32u + c;
      if (m < params.m && n < params.n) { result[(group.z * params.m + m) * params.n + n] = sum[c]; }
    }
  }
}
`,
  },
  cross_entropy: {
    entryPoint: 'cross_entropy',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['pointwise'], ['tree', 'tree_subgroup']],
    bindings: [
      { name: 'logits', access: 'read', type: 'array<f32>' },
      { name: 'targets', access: 'read', type: 'array<i32>' },
      { name: 'loss', access: 'read_write', type: 'array<f32>' },
      { name: 'highs', access: 'read_write', type: 'array<f32>' },
      { name: 'weights', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: {
      rows: { type: 'u32', offset: 0 },
      size: { type: 'u32', offset: 4 },
      smoothing: { type: 'f32', offset: 8 },
    },
    paramsBytes: 16,
    text: `// cross_entropy: loss = (1 - e) (high - z_target + log weight) + e mean(high - z + log weight) (nats), high the largest of a
// row z and weight the sum of e^(z - high).
// Preludes: pointwise, tree | tree_subgroup
//
// logits [rows, size], targets [rows] clamped to [0, size), loss, high and weight [rows]; e = smoothing; size >= 1; any values.
// A workgroup computes one row; a lane adds up blocks of 64 elements, and fixed trees join the lanes, so equal rows give
// equal bits. Dispatch: rows workgroups, split over x and y past 65 535.
struct Params { rows: u32, size: u32, smoothing: f32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> highs: array<f32>;
@group(0) @binding(4) var<storage, read_write> weights: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(TREE_LANES)
fn cross_entropy(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let row = min(index, params.rows - 1u);
  let start = row * params.size;
  var part = logits[start + min(lane, params.size - 1u)];
  for (var i = lane; i < params.size; i += TREE_LANES) { part = max_(part, logits[start + i]); }
  let high = tree_max(lane, part);
  var weight = 0.0;
  var below = 0.0;
  for (var first = lane; first < params.size; first += 64u * TREE_LANES) {
    var weight_block = 0.0;
    var below_block = 0.0;
    for (var i = first; i < min(first + 64u * TREE_LANES, params.size); i += TREE_LANES) {
      weight_block += exp_(logits[start + i] - high);
      below_block += high - logits[start + i];
    }
    weight += weight_block;
    below += below_block;
  }
  let total = tree_sum(lane, weight);
  let rest = log_(total);
  tree_again();
  let even = tree_sum(lane, below) / f32(params.size) + rest;
  if (lane == 0u && index < params.rows) {
    let z = logits[start + u32(clamp(targets[row], 0, i32(params.size) - 1))];
    loss[row] = (1.0 - params.smoothing) * (high - z + rest);
    if (params.smoothing > 0.0) { loss[row] += params.smoothing * even; }
    highs[row] = high;
    weights[row] = total;
  }
}
`,
  },
  cross_entropy_backward: {
    entryPoint: 'cross_entropy_backward',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [['pointwise']],
    bindings: [
      { name: 'logits', access: 'read', type: 'array<f32>' },
      { name: 'targets', access: 'read', type: 'array<i32>' },
      { name: 'highs', access: 'read', type: 'array<f32>' },
      { name: 'weights', access: 'read', type: 'array<f32>' },
      { name: 'slopes', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: {
      count: { type: 'u32', offset: 0 },
      size: { type: 'u32', offset: 4 },
      even: { type: 'f32', offset: 8 },
      full: { type: 'f32', offset: 12 },
    },
    paramsBytes: 16,
    text: `// cross_entropy_backward: dz = (e^(z - high)/weight - (1 - e) [target] - e / size) g, the gradient of cross_entropy.
// Preludes: pointwise
//
// logits, result [rows, size], targets [rows] clamped to [0, size), high, weight (the sum of
// e^(z - high)) and slopes (g) [rows];
// even = e / size, full = 1 - e + e / size, e the smoothing; count = rows size. A lane computes one element.
// Dispatch: ceil(count / 256), split over x and y past 65 535.
struct Params { count: u32, size: u32, even: f32, full: f32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read> highs: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> slopes: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(256)
fn cross_entropy_backward(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i < params.count) {
    let row = i / params.size;
    let target_place = u32(clamp(targets[row], 0, i32(params.size) - 1));
    let wanted = select(params.even, params.full, i % params.size == target_place);
    result[i] = (exp_(logits[i] - highs[row]) / weights[row] - wanted) * slopes[row];
  }
}
`,
  },
  cross_entropy_backward_rows: {
    entryPoint: 'cross_entropy_backward_rows',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['pointwise']],
    bindings: [
      { name: 'logits', access: 'read', type: 'array<f32>' },
      { name: 'targets', access: 'read', type: 'array<i32>' },
      { name: 'highs', access: 'read', type: 'array<f32>' },
      { name: 'weights', access: 'read', type: 'array<f32>' },
      { name: 'slopes', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: {
      rows: { type: 'u32', offset: 0 },
      size: { type: 'u32', offset: 4 },
      spans: { type: 'u32', offset: 8 },
      even: { type: 'f32', offset: 12 },
      full: { type: 'f32', offset: 16 },
    },
    paramsBytes: 32,
    text: `// cross_entropy_backward_rows: cross_entropy_backward (dz = (e^(z - high)/weight - (1 - e) [target] - e / size) g) for rows of 64
// elements or more: what a row has once is loaded once, and no place is divided by the size.
// Preludes: pointwise
//
// Buffers as in cross_entropy_backward; spans = ceil(size / 1024). A workgroup computes 1024 elements of one row.
// Dispatch: rows spans workgroups, split over x and y past 65 535.
struct Params { rows: u32, size: u32, spans: u32, even: f32, full: f32 }

@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<i32>;
@group(0) @binding(2) var<storage, read> highs: array<f32>;
@group(0) @binding(3) var<storage, read> weights: array<f32>;
@group(0) @binding(4) var<storage, read> slopes: array<f32>;
@group(0) @binding(5) var<storage, read_write> result: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn cross_entropy_backward_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let row = index / params.spans;
  if (row >= params.rows) { return; }
  let first = (index % params.spans) * 1024u;
  let start = row * params.size;
  let target_place = u32(clamp(targets[row], 0, i32(params.size) - 1));
  let high = highs[row];
  let weight = weights[row];
  let slope = slopes[row];
  for (var i = first + lane; i < min(first + 1024u, params.size); i += 64u) {
    let wanted = select(params.even, params.full, i == target_place);
    result[start + i] = (exp_(logits[start + i] - high) / weight - wanted) * slope;
  }
}
`,
  },
  cumulative_sum: {
    entryPoint: 'cumulative_sum',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['element_f32', 'element_i32', 'element_u32']],
    bindings: [
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: {
      outer: { type: 'u32', offset: 0 },
      size: { type: 'u32', offset: 4 },
      inner: { type: 'u32', offset: 8 },
      backward: { type: 'u32', offset: 12 },
    },
    paramsBytes: 16,
    text: `// cumulative_sum: y[o, j, i] = x[o, 0, i] + ... + x[o, j, i], or from the end backwards.
// Preludes: element_f32 | element_i32 | element_u32
//
// values, result [outer, size, inner]; \`backward\` is 1 for running sums from the end. One invocation walks one column in
// order; a workgroup 64. Totals are kept of the last 1, 16, 256, ... elements like the digits of a number, so that none is
// ever added to more than 16 others: the error grows with log16 size. Where a sum leaves the range of its type the column is
// walked once more with smaller elements, so that a sum that comes back into it is what it is. Dispatch: ceil(outer inner / 64), split
// over x and y past 65 535. Any sizes.
struct Params { outer: u32, size: u32, inner: u32, backward: u32 }

@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read_write> result: array<Element>;
@group(0) @binding(2) var<uniform> params: Params;

const DIGITS: u32 = 8u;                          // 16^8 = 2^32 elements

// Writes the sums of a column, or \`again\` those that had left the range; whether any has.
fn column_sums(start: u32, again: bool) -> bool {
  var totals = array<Element, DIGITS>();
  var before = Element();                        // the sum of all totals but that of the last few elements
  var left = false;
  for (var j = 0u; j < params.size; j++) {
    if (j % 16u == 0u && j > 0u) {
      var digit = 0u;
      for (var rest = j; rest % 16u == 0u && digit + 1u < DIGITS; rest /= 16u) {
        totals[digit + 1u] += totals[digit];
        totals[digit] = Element();
        digit++;
      }
      before = Element();
      for (var d = 1u; d < DIGITS; d++) { before += totals[d]; }
    }
    let place = start + select(j, params.size - 1u - j, params.backward == 1u) * params.inner;
    totals[0] += select(values[place], smaller(values[place]), again);
    let sum = before + totals[0];
    if (!again) {
      result[place] = sum;
      left = left || is_outside(sum);
    } else if (is_outside(result[place])) {
      result[place] = larger(sum);
    }
  }
  return left;
}

@compute @workgroup_size(64)
fn cumulative_sum(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let column = (group.y * groups.x + group.x) * 64u + lane;
  if (column < params.outer * params.inner) {
    let start = (column / params.inner) * params.size * params.inner + column % params.inner;
    if (column_sums(start, false)) { _ = column_sums(start, true); }
  }
}
`,
  },
  entropy_sweep: {
    entryPoint: 'entropy_sweep',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [],
    bindings: [
      { name: 'rowPointers', access: 'read', type: 'array<u32>' },
      { name: 'targets', access: 'read', type: 'array<u32>' },
      { name: 'weights', access: 'read', type: 'array<f32>' },
      { name: 'localEntropy', access: 'read', type: 'array<f32>' },
      { name: 'previous', access: 'read', type: 'array<f32>' },
      { name: 'next', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: { states: { type: 'u32', offset: 0 } },
    paramsBytes: 16,
    text: `// One sweep of the entropy fixpoint over sparse rows (GAM paper, Eq. 7):
//
//   H'(p) = h(p) + sum over k in [rowPointers[p], rowPointers[p + 1]) of weights[k] * H(targets[k])
//
// Axes:   rowPointers [states + 1], targets [arcs], weights [arcs], localEntropy [states] (nats),
//         previous [states], next [states].
// Work:   one lane per state, 64 states a workgroup; no lane talks to another, so any grid gives the same bits.
// Inputs: finite weights >= 0, targets < states, rowPointers not decreasing and at most arrayLength(targets).
//         Finite in, finite out as long as the sums stay below the largest f32; the CPU checks convergence.

struct Params {
  states: u32,
}

@group(0) @binding(0) var<storage, read> rowPointers: array<u32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> weights: array<f32>;
@group(0) @binding(3) var<storage, read> localEntropy: array<f32>;
@group(0) @binding(4) var<storage, read> previous: array<f32>;
@group(0) @binding(5) var<storage, read_write> next: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

@compute @workgroup_size(64)
fn entropy_sweep(@builtin(global_invocation_id) gid: vec3<u32>, @builtin(num_workgroups) numWorkgroups: vec3<u32>) {
  let i = gid.y * numWorkgroups.x * 64u + gid.x;
  if (i < params.states) {
    var total = localEntropy[i];
    let end = rowPointers[i + 1u];
    for (var k = rowPointers[i]; k < end; k++) {
      total += weights[k] * previous[targets[k]];
    }
    next[i] = total;
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
  exponential_sums_columns: {
    entryPoint: 'exponential_sums_columns',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['element_f32'], ['pairwise'], ['pointwise'], ['reduce_axes']],
    bindings: [
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'highs', access: 'read_write', type: 'array<f32>' },
      { name: 'weights', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { FOLDED: 'bool' },
    params: {
      outputs: { type: 'u32', offset: 0 },
      kept: { type: 'u32', offset: 4 },
      keptOuter: { type: 'u32', offset: 8 },
      keptInner: { type: 'u32', offset: 12 },
      reduced: { type: 'u32', offset: 16 },
      folded: { type: 'u32', offset: 20 },
      foldedOuter: { type: 'u32', offset: 24 },
      foldedInner: { type: 'u32', offset: 28 },
      parts: { type: 'u32', offset: 32 },
      chunk: { type: 'u32', offset: 36 },
    },
    paramsBytes: 48,
    text: `// exponential_sums_columns: high[o] = max of x[o, r], weight[o] = sum of e^(x[o, r] - high[o]), one invocation for each o.
// Preludes: element_f32, pairwise, pointwise, reduce_axes
//
// values: any layout that reduce_axes can describe, reduced >= 1, parts = 1; high, weight [outputs]. NaN
// makes both NaN, an infinite largest element the weight. Runs of 64 exponentials are added up in pairs. A workgroup
// computes 64 results.
// Dispatch: ceil(outputs / 64), split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> highs: array<f32>;
@group(0) @binding(2) var<storage, read_write> weights: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn exponential_sums_columns(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let o = (group.y * groups.x + group.x) * 64u + lane;
  if (o < params.outputs) {
    let start = start_of(o);
    var high = values[start];
    for (var r = 1u; r < params.reduced; r++) { high = max_(high, values[start + place_of(r)]); }
    var terms = 0.0;
    for (var r = 0u; r < params.reduced; r++) {
      terms += exp_(values[start + place_of(r)] - high);
      if (r % RUN == RUN - 1u) {
        carry(terms, r / RUN);
        terms = 0.0;
      }
    }
    highs[o] = high;
    weights[o] = gathered(terms, params.reduced / RUN);
  }
}
`,
  },
  exponential_sums_rows: {
    entryPoint: 'exponential_sums_rows',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['pointwise'], ['tree', 'tree_subgroup'], ['reduce_axes']],
    bindings: [
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'highs', access: 'read_write', type: 'array<f32>' },
      { name: 'weights', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { FOLDED: 'bool' },
    params: {
      outputs: { type: 'u32', offset: 0 },
      kept: { type: 'u32', offset: 4 },
      keptOuter: { type: 'u32', offset: 8 },
      keptInner: { type: 'u32', offset: 12 },
      reduced: { type: 'u32', offset: 16 },
      folded: { type: 'u32', offset: 20 },
      foldedOuter: { type: 'u32', offset: 24 },
      foldedInner: { type: 'u32', offset: 28 },
      parts: { type: 'u32', offset: 32 },
      chunk: { type: 'u32', offset: 36 },
    },
    paramsBytes: 48,
    text: `// exponential_sums_rows: high[o] = max of x[o, r], weight[o] = sum of e^(x[o, r] - high[o]), one workgroup for each o.
// Preludes: pointwise, tree | tree_subgroup, reduce_axes
//
// values: any layout that reduce_axes can describe, reduced >= 1, parts = 1; high, weight [outputs]. Lane l of TREE_LANES takes
// elements l, l + TREE_LANES, ..., in four runs, 64 of them summed before they are added to its total; fixed trees join the lanes. NaN makes both NaN,
// an infinite largest element the weight.
// Dispatch: outputs workgroups, split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> highs: array<f32>;
@group(0) @binding(2) var<storage, read_write> weights: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

// Elements r, r + TREE_LANES and so on, none after the last.
fn block_at(start: u32, r: u32, last: u32) -> vec4f {
  return vec4f(values[start + place_of(r)], values[start + place_of(min(r + TREE_LANES, last))],
    values[start + place_of(min(r + 2u * TREE_LANES, last))], values[start + place_of(min(r + 3u * TREE_LANES, last))]);
}

@compute @workgroup_size(TREE_LANES)
fn exponential_sums_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let o = group.y * groups.x + group.x;
  let start = start_of(min(o, params.outputs - 1u));
  let last = params.reduced - 1u;
  var a = values[start + place_of(min(lane, last))];
  var b = a;
  var c = a;
  var d = a;
  // The largest size, by which NaN is told afterwards.
  var size = vec4u();
  for (var r = lane; r < params.reduced; r += 4u * TREE_LANES) {
    let x = block_at(start, r, last);
    a = max(a, x.x);
    b = max(b, x.y);
    c = max(c, x.z);
    d = max(d, x.w);
    size = max(size, bitcast<vec4u>(x) & vec4u(0x7fffffffu));
  }
  let high = max(max(a, b), max(c, d));
  let unknown = max(max(size.x, size.y), max(size.z, size.w));
  let largest = tree_max(lane, select(high, bitcast<f32>(unknown), unknown > 0x7f800000u));
  var part = 0.0;
  for (var first = lane; first < params.reduced; first += 64u * TREE_LANES) {
    let end = min(first + 64u * TREE_LANES, params.reduced);
    var block = vec4f();
    for (var r = first; r < end; r += 4u * TREE_LANES) {
      let x = block_at(start, r, last);
      let there = vec4u(r) + vec4u(0u, TREE_LANES, 2u * TREE_LANES, 3u * TREE_LANES) < vec4u(params.reduced);
      block += select(vec4f(), vec4f(exp_(x.x - largest), exp_(x.y - largest), exp_(x.z - largest), exp_(x.w - largest)), there);
    }
    part += (block.x + block.y) + (block.z + block.w);
  }
  tree_again();
  let total = tree_sum(lane, part);
  if (lane == 0u && o < params.outputs) {
    highs[o] = largest;
    weights[o] = total;
  }
}
`,
  },
  fill: {
    entryPoint: 'fill',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [],
    bindings: [{ name: 'result', access: 'read_write', type: 'array<u32>' }],
    overrides: {},
    params: { count: { type: 'u32', offset: 0 }, word: { type: 'u32', offset: 4 } },
    paramsBytes: 16,
    text: `// fill: y[i] = word (32 bits of any element type), i < count.
// Preludes: none
//
// result [count]. A workgroup fills 256 elements. Dispatch: ceil(count / 256), split over x and y past 65 535.
struct Params { count: u32, word: u32 }

@group(0) @binding(0) var<storage, read_write> result: array<u32>;
@group(0) @binding(1) var<uniform> params: Params;

@compute @workgroup_size(256)
fn fill(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i < params.count) { result[i] = params.word; }
}
`,
  },
  filter_logits: {
    entryPoint: 'filter_logits',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [['lane_totals', 'lane_totals_subgroup'], ['pointwise'], ['ordered']],
    bindings: [
      { name: 'logits', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: {
      rows: { type: 'u32', offset: 0 },
      size: { type: 'u32', offset: 4 },
      k: { type: 'u32', offset: 8 },
      p: { type: 'f32', offset: 12 },
    },
    paramsBytes: 16,
    text: `// filter_logits: keeps the k largest logits of a row, and of those the smallest set whose probability reaches p.
// Preludes: lane_totals | lane_totals_subgroup, pointwise, ordered
//
// logits, result [rows, size]; k = 0 keeps all, p = 1 keeps all of the k; others become -3.4e38. The lower index wins a tie;
// NaN is above all, and where the largest is not finite, a nucleus is the first such element alone.
// One workgroup of LANES for each row; lane l takes elements l, l + LANES, ... Bit patterns of floats, made monotone,
// are found two bits at a time: 16 counts find the k-th largest value exactly, 16 sums of probabilities (fixed trees, which are
// monotone in the threshold) the smallest value of the nucleus, and 20 more counts the last index that is kept at a tie. The
// probabilities are computed once, into the result, where each lane reads its own; 64 are summed before they are added to a total.
// Dispatch: rows workgroups, split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;
struct Params { rows: u32, size: u32, k: u32, p: f32 }

// What is kept: greater patterns, and equal ones up to an index.
struct Cut { pattern: u32, last: u32 }

fn kept(cut: Cut, pattern: u32, i: u32) -> bool {
  return pattern > cut.pattern || (pattern == cut.pattern && i <= cut.last);
}

// The patterns that two bits more may give, least first, and the last of them that is enough.
fn trials(pattern: u32, shift: u32) -> vec4u { return pattern + (vec4u(0u, 1u, 2u, 3u) << vec4u(shift)); }
fn last_of(x: vec4u, enough: vec4<bool>) -> u32 { return select(select(select(x.x, x.y, enough.y), x.z, enough.z), x.w, enough.w); }

// How many elements of the row have at least each of these patterns.
fn counts_from(lane: u32, start: u32, patterns: vec4u) -> vec4u {
  var n = vec4u();
  for (var i = lane; i < params.size; i += LANES) {
    n += select(vec4u(), vec4u(1u), vec4u(ordered(logits[start + i])) >= patterns);
  }
  return total_counts(lane, n);
}

// How many elements up to an index have exactly this pattern.
fn count_equal(lane: u32, start: u32, pattern: u32, last: u32) -> u32 {
  var n = 0u;
  for (var i = lane; i < params.size; i += LANES) {
    n += select(0u, 1u, i <= last && ordered(logits[start + i]) == pattern);
  }
  return total_counts(lane, vec4u(n)).x;
}

// The weights of the elements that a cut keeps, 0 of the others, in the place of the results.
fn weigh(lane: u32, start: u32, high: f32, cut: Cut) {
  for (var i = lane; i < params.size; i += LANES) {
    let x = logits[start + i];
    result[start + i] = select(0.0, exp_(x - high), kept(cut, ordered(x), i));
  }
}

// The weights of the elements that have at least each of these patterns.
fn masses_from(lane: u32, start: u32, patterns: vec4u) -> vec4f {
  var part = vec4f();
  for (var first = lane; first < params.size; first += 64u * LANES) {
    var block = vec4f();
    for (var i = first; i < min(first + 64u * LANES, params.size); i += LANES) {
      block += select(vec4f(), vec4f(result[start + i]), vec4u(ordered(logits[start + i])) >= patterns);
    }
    part += block;
  }
  return total_sums(lane, part);
}

// The index of the n-th element with this pattern, n >= 1: the last one of all without a search.
fn place_of_equal(lane: u32, start: u32, pattern: u32, n: u32) -> u32 {
  if (alike(lane, count_equal(lane, start, pattern, params.size - 1u)) <= alike(lane, n)) { return params.size - 1u; }
  var last = 0u;
  for (var bit = 20u; bit > 0u; bit--) {
    let step = 1u << (bit - 1u);
    // The largest index before which fewer than n lie.
    let enough = count_equal(lane, start, pattern, last + step - 1u) >= n;
    last = select(last + step, last, enough);
  }
  return last;
}

// The k largest.
fn cut_count(lane: u32, start: u32) -> Cut {
  var pattern = 0u;
  for (var shift = 32u; shift > 0u; shift -= 2u) {
    let tried = trials(pattern, shift - 2u);
    pattern = last_of(tried, counts_from(lane, start, tried) >= vec4u(params.k));
  }
  let more = counts_from(lane, start, vec4u(pattern + 1u)).x;
  return Cut(pattern, place_of_equal(lane, start, pattern, params.k - more));
}

// The smallest set, within a cut, that weighs at least p of it: those above a pattern weigh too little, each at it adds the same.
fn cut_mass(lane: u32, start: u32, high: f32, cut: Cut) -> Cut {
  let wanted = params.p * masses_from(lane, start, vec4u()).x;
  var pattern = 0u;
  for (var shift = 32u; shift > 0u; shift -= 2u) {
    let tried = trials(pattern, shift - 2u);
    pattern = last_of(tried, masses_from(lane, start, tried) >= vec4f(wanted));
  }
  let lacking = wanted - masses_from(lane, start, vec4u(pattern + 1u)).x;
  let bits = select(~pattern, pattern & 0x7fffffffu, (pattern & 0x80000000u) != 0u);
  let each = max(exp_(bitcast<f32>(bits) - high), 1e-37);
  let needed = u32(clamp(ceil(lacking / each), 1.0, f32(params.size)));
  let at_most = select(cut.last, params.size - 1u, pattern > cut.pattern);
  return Cut(pattern, min(place_of_equal(lane, start, pattern, needed), at_most));
}

@compute @workgroup_size(LANES)
fn filter_logits(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  let start = min(row, params.rows - 1u) * params.size;
  var cut = Cut(0u, params.size - 1u);
  if (params.k > 0u) { cut = cut_count(lane, start); }
  if (params.p < 1.0) {
    var best = 0u;
    for (var i = lane; i < params.size; i += LANES) { best = max(best, ordered(logits[start + i])); }
    let top = largest(lane, best);
    let bits = select(~top, top & 0x7fffffffu, (top & 0x80000000u) != 0u);
    if (row < params.rows) { weigh(lane, start, bitcast<f32>(bits), cut); }
    let nucleus = cut_mass(lane, start, bitcast<f32>(bits), cut);
    cut = Cut(top, place_of_equal(lane, start, top, 1u));
    if (is_finite_(bitcast<f32>(bits))) { cut = nucleus; }
  }
  if (row < params.rows) {
    for (var i = lane; i < params.size; i += LANES) {
      let x = logits[start + i];
      result[start + i] = select(-3.4e38, x, kept(cut, ordered(x), i));
    }
  }
}
`,
  },
  fold_key: {
    entryPoint: 'fold_key',
    workgroupSize: ['1', '1', '1'],
    enables: [],
    preludes: [['threefry']],
    bindings: [
      { name: 'key', access: 'read', type: 'array<u32>' },
      { name: 'child', access: 'read_write', type: 'array<u32>' },
    ],
    overrides: {},
    params: { number: { type: 'u32', offset: 0 } },
    paramsBytes: 16,
    text: `// fold_key: child = threefry(key, (number, 2^31)): the child key of that number.
// Preludes: threefry
//
// key [2], child [2]. One workgroup of one invocation. Any key, any number.
struct Params { number: u32 }

@group(0) @binding(0) var<storage, read> key: array<u32>;
@group(0) @binding(1) var<storage, read_write> child: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(1)
fn fold_key() {
  let block = threefry(vec2u(key[0], key[1]), vec2u(params.number, 0x80000000u));
  child[0] = block.x;
  child[1] = block.y;
}
`,
  },
  gather: {
    entryPoint: 'gather',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [['words', 'quads'], ['spans']],
    bindings: [
      { name: 'source', access: 'read', type: 'array<u32>' },
      { name: 'picked', access: 'read', type: 'array<i32>' },
      { name: 'result', access: 'read_write', type: 'array<u32>' },
    ],
    overrides: {},
    params: {
      count: { type: 'u32', offset: 0 },
      picks: { type: 'u32', offset: 4 },
      size: { type: 'u32', offset: 8 },
      inner: { type: 'u32', offset: 12 },
    },
    paramsBytes: 16,
    text: `// gather: y[b, p, i] = x[b, index[b, p], i], the index clamped to [0, size).
// Preludes: words | quads, spans
//
// source [batch, size, inner] of any type, moved bit by bit, picked [batch, picks], result [batch, picks, inner]; \`inner\`
// and \`count\` = batch picks inner count Words of the prelude; size >= 1.
// Workgroups share the Words, 256 at a time. Dispatch: at most ceil(count / 256), split over x and y past 65 535.
struct Params { count: u32, picks: u32, size: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> source: array<Word>;
@group(0) @binding(1) var<storage, read> picked: array<i32>;
@group(0) @binding(2) var<storage, read_write> result: array<Word>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(256)
fn gather(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let span = span_of(params.count, 256u, group, groups);
  let first = (span.first + lane) / params.inner;
  var column = (span.first + lane) % params.inner;
  var row = first / params.picks;
  var pick = first % params.picks;
  let picks = 256u / params.inner;
  let turn = vec3u(picks / params.picks, picks % params.picks, 256u % params.inner);
  for (var i = span.first + lane; i < span.end; i += 256u) {
    let at = u32(clamp(picked[row * params.picks + pick], 0, i32(params.size) - 1));
    result[i] = source[(row * params.size + at) * params.inner + column];
    let next = gone_on(column, turn.z, params.inner);
    let after = gone_on(pick, turn.y + next.carry, params.picks);
    column = next.place;
    pick = after.place;
    row += turn.x + after.carry;
  }
}
`,
  },
  gather_halves: {
    entryPoint: 'gather_halves',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [],
    bindings: [
      { name: 'source', access: 'read', type: 'array<vec2u>' },
      { name: 'picked', access: 'read', type: 'array<i32>' },
      { name: 'result', access: 'read_write', type: 'array<vec4f>' },
    ],
    overrides: {},
    params: {
      count: { type: 'u32', offset: 0 },
      picks: { type: 'u32', offset: 4 },
      size: { type: 'u32', offset: 8 },
      inner: { type: 'u32', offset: 12 },
    },
    paramsBytes: 16,
    text: `// gather_halves: gather from rows that are stored as halves: y[b, p, i] = x[b, index[b, p], i], the index clamped to [0, size).
// Preludes: none
//
// source [batch, size, inner] in quads of halves, picked [batch, picks], result [batch, picks, inner] in quads of f32; \`inner\`
// and \`count\` = batch picks inner count quads; size >= 1.
// A workgroup writes 256 quads. Dispatch: ceil(count / 256), split over x and y past 65 535.
struct Params { count: u32, picks: u32, size: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> source: array<vec2u>;
@group(0) @binding(1) var<storage, read> picked: array<i32>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(256)
fn gather_halves(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i < params.count) {
    let pick = i / params.inner;
    let at = u32(clamp(picked[pick], 0, i32(params.size) - 1));
    let words = source[((pick / params.picks) * params.size + at) * params.inner + i % params.inner];
    result[i] = vec4f(unpack2x16float(words.x), unpack2x16float(words.y));
  }
}
`,
  },
  largest_rows: {
    entryPoint: 'largest_rows',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [['lane_totals', 'lane_totals_subgroup'], ['ordered']],
    bindings: [
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<i32>' },
    ],
    overrides: {},
    params: { rows: { type: 'u32', offset: 0 }, size: { type: 'u32', offset: 4 }, k: { type: 'u32', offset: 8 } },
    paramsBytes: 16,
    text: `// largest_rows: the indices of the k largest elements of a row, the largest first; the lower index wins a tie.
// Preludes: lane_totals | lane_totals_subgroup, ordered
//
// values [rows, size], result [rows, k], 1 <= k <= size. One workgroup of LANES for each row; lane l takes elements l,
// l + LANES, ... and knows its best one, by its pattern and then by its index. Each of k rounds finds the best of all lanes, and
// the lane that had it looks for its next.
// Dispatch: rows workgroups, split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<f32>;
@group(0) @binding(1) var<storage, read_write> result: array<i32>;
@group(0) @binding(2) var<uniform> params: Params;

struct Params { rows: u32, size: u32, k: u32 }

// The best element of a lane after \`last\` at \`place\`, and where it lies; 0 at no place where it has none.
fn next_best(lane: u32, start: u32, last: u32, place: u32) -> vec2u {
  var best = vec2u(0u, 0xffffffffu);
  for (var i = lane; i < params.size; i += LANES) {
    let own = ordered(values[start + i]);
    let follows = own < last || (own == last && i > place);
    if (follows && own > best.x) { best = vec2u(own, i); }
  }
  return best;
}

@compute @workgroup_size(LANES)
fn largest_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  let start = min(row, params.rows - 1u) * params.size;
  var best = next_best(lane, start, 0xffffffffu, 0u);
  for (var n = 0u; n < params.k; n++) {
    let last = largest(lane, best.x);
    // Complements of indices: the largest one belongs to the lowest index, and 0 to a lane that has none.
    let place = ~largest(lane, select(0u, ~best.y, best.x == last));
    if (lane == 0u && row < params.rows) { result[row * params.k + n] = i32(place); }
    if (place % LANES == lane) { best = next_best(lane, start, last, place); }
  }
}
`,
  },
  layer_norm: {
    entryPoint: 'layer_norm',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['pointwise'], ['tree', 'tree_subgroup'], ['row_one', 'row_four']],
    bindings: [
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'gain', access: 'read', type: 'array<f32>' },
      { name: 'bias', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
      { name: 'centre', access: 'read_write', type: 'array<f32>' },
      { name: 'inverse', access: 'read_write', type: 'array<f32>' },
      { name: 'scales', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: { rows: { type: 'u32', offset: 0 }, size: { type: 'u32', offset: 4 }, epsilon: { type: 'f32', offset: 8 } },
    paramsBytes: 16,
    text: `// layer_norm: y = (x - mean) / sqrt(variance + epsilon) gain + bias along rows, with the mean and the inverse deviation.
// Preludes: pointwise, tree | tree_subgroup, row_one | row_four
//
// values, result [rows, size], gain and bias [size], centre, inverse and scales [rows]; size >= 1. A row with elements
// above 2^54 is multiplied by a power of two, its scale; means are those of differences to the first element, so that a
// constant row has none. A workgroup normalises one row in four passes; a lane adds up blocks of 64 Elements of the prelude, and fixed
// trees join the 64 lanes, so equal rows give equal bits. Dispatch: rows workgroups, split over x and y past 65 535.
struct Params { rows: u32, size: u32, epsilon: f32 }

@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read> gain: array<Element>;
@group(0) @binding(2) var<storage, read> bias: array<Element>;
@group(0) @binding(3) var<storage, read_write> result: array<Element>;
@group(0) @binding(4) var<storage, read_write> centre: array<f32>;
@group(0) @binding(5) var<storage, read_write> inverse: array<f32>;
@group(0) @binding(6) var<storage, read_write> scales: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(TREE_LANES)
fn layer_norm(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  let width = params.size / WIDTH;
  let start = min(row, params.rows - 1u) * width;
  var highest = Pattern();
  for (var i = lane; i < width; i += TREE_LANES) { highest = max(highest, pattern_of(values[start + i])); }
  let high = tree_max(lane, highest_of(highest));
  let power = select(select(1.0, 0x1p-37, high > 0x1p54), 0x1p-74, high > 0x1p91);
  tree_again();
  let origin = first_of(values[start]) * power;
  var part = Element();
  for (var first = lane; first < width; first += 64u * TREE_LANES) {
    var block = Element();
    for (var i = first; i < min(first + 64u * TREE_LANES, width); i += TREE_LANES) { block += values[start + i] * power - origin; }
    part += block;
  }
  let average = origin + tree_sum(lane, total_of(part)) / f32(params.size);
  var squares = Element();
  for (var first = lane; first < width; first += 64u * TREE_LANES) {
    var block = Element();
    for (var i = first; i < min(first + 64u * TREE_LANES, width); i += TREE_LANES) {
      let difference = values[start + i] * power - average;
      block += difference * difference;
    }
    squares += block;
  }
  tree_again();
  let scale = 1.0 / sqrt(tree_sum(lane, total_of(squares)) / f32(params.size) + params.epsilon);
  if (row < params.rows) {
    for (var i = lane; i < width; i += TREE_LANES) {
      result[start + i] = (values[start + i] * power - average) * scale * gain[i] + bias[i];
    }
    if (lane == 0u) {
      centre[row] = average;
      inverse[row] = scale;
      scales[row] = power;
    }
  }
}
`,
  },
  layer_norm_columns: {
    entryPoint: 'layer_norm_columns',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['row_one', 'row_four']],
    bindings: [
      { name: 'slopes', access: 'read', type: 'array<f32>' },
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'centre', access: 'read', type: 'array<f32>' },
      { name: 'inverse', access: 'read', type: 'array<f32>' },
      { name: 'scales', access: 'read', type: 'array<f32>' },
      { name: 'gains', access: 'read_write', type: 'array<f32>' },
      { name: 'biases', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: {
      rows: { type: 'u32', offset: 0 },
      size: { type: 'u32', offset: 4 },
      parts: { type: 'u32', offset: 8 },
      chunk: { type: 'u32', offset: 12 },
    },
    paramsBytes: 16,
    text: `// layer_norm_columns: the gradients of layer_norm for gain and bias, sums over rows of dy n and dy, n = (x scale - centre) inverse.
// Preludes: row_one | row_four
//
// slopes (dy), values [rows, size], centre, inverse and scales [rows]; gains and biases [parts, size]: partial sums over \`chunk\` rows
// each, one invocation for each, so equal inputs give equal bits.
// A workgroup computes 64 Elements of them. Dispatch: ceil(parts size / (64 WIDTH)), split over x and y past 65 535.
struct Params { rows: u32, size: u32, parts: u32, chunk: u32 }

@group(0) @binding(0) var<storage, read> slopes: array<Element>;
@group(0) @binding(1) var<storage, read> values: array<Element>;
@group(0) @binding(2) var<storage, read> centre: array<f32>;
@group(0) @binding(3) var<storage, read> inverse: array<f32>;
@group(0) @binding(4) var<storage, read> scales: array<f32>;
@group(0) @binding(5) var<storage, read_write> gains: array<Element>;
@group(0) @binding(6) var<storage, read_write> biases: array<Element>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(64)
fn layer_norm_columns(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  let width = params.size / WIDTH;
  if (i < params.parts * width) {
    let column = i % width;
    let first = (i / width) * params.chunk;
    var along = Element();
    var plain = Element();
    for (var row = first; row < min(first + params.chunk, params.rows); row++) {
      let dy = slopes[row * width + column];
      plain += dy;
      along += dy * (values[row * width + column] * scales[row] - centre[row]) * inverse[row];
    }
    gains[i] = along;
    biases[i] = plain;
  }
}
`,
  },
  layer_norm_rows: {
    entryPoint: 'layer_norm_rows',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['pointwise'], ['tree', 'tree_subgroup'], ['row_one', 'row_four']],
    bindings: [
      { name: 'slopes', access: 'read', type: 'array<f32>' },
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'gain', access: 'read', type: 'array<f32>' },
      { name: 'centre', access: 'read', type: 'array<f32>' },
      { name: 'inverse', access: 'read', type: 'array<f32>' },
      { name: 'scales', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: { rows: { type: 'u32', offset: 0 }, size: { type: 'u32', offset: 4 } },
    paramsBytes: 16,
    text: `// layer_norm_rows: the gradient of layer_norm for its values, dx = scale inverse (d - mean(d) - n mean(d n)), d = dy gain and
// n = (x scale - centre) inverse.
// Preludes: pointwise, tree | tree_subgroup, row_one | row_four
//
// slopes (dy), values, result [rows, size], gain [size], centre, inverse and scales [rows]; size >= 1.
// A workgroup computes one row; a lane adds up blocks of 64 Elements of the prelude, and fixed trees join the lanes. Dispatch: rows workgroups, split over x and y past 65 535.
struct Params { rows: u32, size: u32 }

@group(0) @binding(0) var<storage, read> slopes: array<Element>;
@group(0) @binding(1) var<storage, read> values: array<Element>;
@group(0) @binding(2) var<storage, read> gain: array<Element>;
@group(0) @binding(3) var<storage, read> centre: array<f32>;
@group(0) @binding(4) var<storage, read> inverse: array<f32>;
@group(0) @binding(5) var<storage, read> scales: array<f32>;
@group(0) @binding(6) var<storage, read_write> result: array<Element>;
@group(0) @binding(7) var<uniform> params: Params;

@compute @workgroup_size(TREE_LANES)
fn layer_norm_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let index = group.y * groups.x + group.x;
  let row = min(index, params.rows - 1u);
  let width = params.size / WIDTH;
  let start = row * width;
  let mean = centre[row];
  let scale = inverse[row];
  let power = scales[row];
  var plain = Element();
  var along = Element();
  for (var first = lane; first < width; first += 64u * TREE_LANES) {
    var plain_block = Element();
    var along_block = Element();
    for (var i = first; i < min(first + 64u * TREE_LANES, width); i += TREE_LANES) {
      let d = slopes[start + i] * gain[i];
      plain_block += d;
      along_block += d * (values[start + i] * power - mean) * scale;
    }
    plain += plain_block;
    along += along_block;
  }
  let average = tree_sum(lane, total_of(plain)) / f32(params.size);
  tree_again();
  let slope = tree_sum(lane, total_of(along)) / f32(params.size);
  if (index < params.rows) {
    for (var i = lane; i < width; i += TREE_LANES) {
      let n = (values[start + i] * power - mean) * scale;
      result[start + i] = power * (scale * (slopes[start + i] * gain[i] - average - n * slope));
    }
  }
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
// gates [time, batch, 4, hidden] after their activations. Any sizes >= 1.
//
// A workgroup runs all time steps of 4 rows of the batch; a lane owns a unit (then unit + LANES, ...) and holds its four
// gates for the 4 rows as vec4s. The previous hidden state is staged in workgroup memory, LANES units at a time.
// Dispatch: (ceil(batch / 4), 1, 1). Workgroup memory 16 LANES bytes; LANES = min(256, hidden rounded up to 8).
//
// Which variant: subgroupMinSize >= 8, hidden a multiple of 4, software adapter (llvmpipe): lstm_subgroup; a GPU, no
// subgroups (Deno), subgroups of 4 (SwiftShader), or another hidden: this one. The same holds for lstm_backward.
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
        var part = mat4x4f();
        for (var k = 0u; k < count; k++) {
          let h = tile[k];
          let start = (chunk + k) * 4u * params.hidden + unit;
          part[0] += weight[start] * h;
          part[1] += weight[start + params.hidden] * h;
          part[2] += weight[start + 2u * params.hidden] * h;
          part[3] += weight[start + 3u * params.hidden] * h;
        }
        z += part;
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
// LANES = min(256, hidden rounded up to 8), STAGED = 4 LANES (at most 16 KiB). Which variant: see lstm.wgsl.
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
        var part = mat4x4f();                    // by gate
        for (var j = 0u; j < count; j++) {
          let start = (chunk + j) * size + unit;
          part[0] += tile[j * 4u] * weightTransposed[start];
          part[1] += tile[j * 4u + 1u] * weightTransposed[start + size * size];
          part[2] += tile[j * 4u + 2u] * weightTransposed[start + 2u * size * size];
          part[3] += tile[j * 4u + 3u] * weightTransposed[start + 3u * size * size];
        }
        dh += (part[0] + part[1]) + (part[2] + part[3]);
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
  lstm_backward_subgroup: {
    entryPoint: 'lstm_backward_subgroup',
    workgroupSize: ['8', '1', '1'],
    enables: ['subgroups'],
    preludes: [['pointwise'], ['tile8']],
    bindings: [
      { name: 'weightTransposed', access: 'read', type: 'array<vec4f>' },
      { name: 'gates', access: 'read', type: 'array<vec4f>' },
      { name: 'cell', access: 'read', type: 'array<vec4f>' },
      { name: 'initialCell', access: 'read', type: 'array<vec4f>' },
      { name: 'dHidden', access: 'read', type: 'array<vec4f>' },
      { name: 'dCell', access: 'read', type: 'array<vec4f>' },
      { name: 'dPre', access: 'read_write', type: 'array<vec4f>' },
      { name: 'dInitial', access: 'read_write', type: 'array<vec4f>' },
    ],
    overrides: {},
    params: { time: { type: 'u32', offset: 0 }, batch: { type: 'u32', offset: 4 }, hidden: { type: 'u32', offset: 8 } },
    paramsBytes: 16,
    text: `// lstm_backward_subgroup: lstm_backward for adapters with subgroups of 8 lanes or more (llvmpipe), hidden a multiple of 4.
//
//   dh = dHidden_t + dz_(t+1) W^T,     dc = dCell_t + dc_(t+1) f_(t+1) + dh o (1 - tanh(c_t)^2)
//   dz_i = dc g i (1 - i),  dz_f = dc c_(t-1) f (1 - f),  dz_g = dc i (1 - g^2),  dz_o = dh tanh(c_t) o (1 - o)
//
// weightTransposed [4, hidden, hidden (previous)], gates [time, batch, 4, hidden], cell [time, batch, hidden],
// initialCell [batch, hidden]; dHidden, dCell [time, batch, hidden]; dPre [time, batch, 4, hidden];
// dInitial [2, batch, hidden]: of initialHidden, then of initialCell (also the carry between steps).
//
// As in lstm_subgroup, a workgroup is one subgroup of 8 lanes with 32 rows of the batch; a lane stores and reads only
// its own rows, products are transposed by shuffles, and there is no barrier.
// Dispatch: (ceil(batch / 32), 1, 1). Preludes: tile8.wgsl (first, for its \`enable\`), pointwise.wgsl.
struct Params { time: u32, batch: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> weightTransposed: array<vec4f>;
@group(0) @binding(1) var<storage, read> gates: array<vec4f>;
@group(0) @binding(2) var<storage, read> cell: array<vec4f>;
@group(0) @binding(3) var<storage, read> initialCell: array<vec4f>;
@group(0) @binding(4) var<storage, read> dHidden: array<vec4f>;
@group(0) @binding(5) var<storage, read> dCell: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> dPre: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> dInitial: array<vec4f>;
@group(0) @binding(8) var<uniform> params: Params;

fn tanh4(x: vec4f) -> vec4f { return vec4f(tanh_(x.x), tanh_(x.y), tanh_(x.z), tanh_(x.w)); }

// Stores the carried dh of one of the lane's rows, 8 quads from \`column\`; \`more\` adds to what is there.
fn store_row(row: u32, column: u32, dh: array<vec4f, 8>, more: bool) {
  let quads = params.hidden / 4u;
  for (var q = 0u; q < 8u; q++) {
    if (row < params.batch && column + q < quads) {
      if (more) { dInitial[row * quads + column + q] += dh[q]; } else { dInitial[row * quads + column + q] = dh[q]; }
    }
  }
}

// dz of one row, and the cell's carry.
fn differentiate(t: u32, row: u32) {
  let quads = params.hidden / 4u;
  let carried = t + 1u < params.time;
  for (var q = 0u; q < quads; q++) {
    let carry = row * quads + q;
    let cell_carry = carry + params.batch * quads;
    let place = (t * params.batch + row) * quads + q;
    let start = (t * params.batch + row) * params.hidden + q;
    let i = gates[start];
    let f = gates[start + quads];
    let g = gates[start + 2u * quads];
    let o = gates[start + 3u * quads];
    var dh = dHidden[place];
    var dc = dCell[place];
    if (carried) {
      dh += dInitial[carry];
      dc += dInitial[cell_carry];
    }
    var previous = initialCell[carry];
    if (t > 0u) { previous = cell[place - params.batch * quads]; }
    let squashed = tanh4(cell[place]);
    dc += dh * o * (1.0 - squashed * squashed);
    dPre[start] = dc * g * i * (1.0 - i);
    dPre[start + quads] = dc * previous * f * (1.0 - f);
    dPre[start + 2u * quads] = dc * i * (1.0 - g * g);
    dPre[start + 3u * quads] = dh * squashed * o * (1.0 - o);
    dInitial[cell_carry] = dc * f;
  }
}

@compute @workgroup_size(8)
fn lstm_backward_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let quads = params.hidden / 4u;
  let first = group.x * 32u + lane;
  let own_rows = min(vec4u(first, first + 8u, first + 16u, first + 24u), vec4u(params.batch - 1u));
  for (var back = 0u; back < params.time; back++) {
    let t = params.time - 1u - back;
    for (var row = first; row < min(first + 32u, params.batch); row += 8u) { differentiate(t, row); }
    let rows = (vec4u(t * params.batch) + own_rows) * params.hidden;
    for (var column = 0u; column < quads; column += 8u) {
      let own = min(column + lane, quads - 1u);
      for (var block = 0u; block < params.hidden; block += 64u) {   // sums of 256 of the 4 hidden columns of z
        var d0 = array<vec4f, 8>();
        var d1 = array<vec4f, 8>();
        var d2 = array<vec4f, 8>();
        var d3 = array<vec4f, 8>();
        for (var k = block; k < min(block + 64u, params.hidden); k++) {            // 4 columns
          let w = k * params.hidden + own;
          let b = mat4x4f(weightTransposed[w], weightTransposed[w + quads], weightTransposed[w + 2u * quads],
            weightTransposed[w + 3u * quads]);
          let a = mat4x4f(dPre[rows[0] + k], dPre[rows[1] + k], dPre[rows[2] + k], dPre[rows[3] + k]);
          for (var r = 0u; r < 8u; r++) { d0[r] = combine(d0[r], subgroupShuffle(a[0], r), b); }
          for (var r = 0u; r < 8u; r++) { d1[r] = combine(d1[r], subgroupShuffle(a[1], r), b); }
          for (var r = 0u; r < 8u; r++) { d2[r] = combine(d2[r], subgroupShuffle(a[2], r), b); }
          for (var r = 0u; r < 8u; r++) { d3[r] = combine(d3[r], subgroupShuffle(a[3], r), b); }
        }
        store_row(first, column, transpose8(d0, lane), block > 0u);
        store_row(first + 8u, column, transpose8(d1, lane), block > 0u);
        store_row(first + 16u, column, transpose8(d2, lane), block > 0u);
        store_row(first + 24u, column, transpose8(d3, lane), block > 0u);
      }
    }
  }
}
`,
  },
  lstm_pack: {
    entryPoint: 'lstm_pack',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [],
    bindings: [
      { name: 'source', access: 'read', type: 'array<f32>' },
      { name: 'packed', access: 'read_write', type: 'array<vec4f>' },
    ],
    overrides: {},
    params: { rows: { type: 'u32', offset: 0 }, hidden: { type: 'u32', offset: 4 }, at: { type: 'u32', offset: 8 } },
    paramsBytes: 16,
    text: `// lstm_pack: packed[at + r, j] = (source[r, i, j], source[r, f, j], source[r, g, j], source[r, o, j]).
// Preludes: none
//
// Lays the four gates of a neuron side by side. source [rows, 4, hidden]: one or more parameters of an LSTM; packed
// [total rows, hidden] of vec4: the \`weights\` of lstm_tile, filled by one or more dispatches.
// One invocation writes one vec4; a workgroup 256. Dispatch: ceil(rows hidden / 256), split over x and y past 65 535.
// Any values.
struct Params { rows: u32, hidden: u32, at: u32 }

@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn lstm_pack(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  let hidden = params.hidden;
  if (i < params.rows * hidden) {
    let gate = (i / hidden) * 4u * hidden + i % hidden;
    packed[params.at * hidden + i] =
      vec4<f32>(source[gate], source[gate + hidden], source[gate + 2u * hidden], source[gate + 3u * hidden]);
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
      { name: 'weights', access: 'read', type: 'array<vec4f>' },
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
      first_row: { type: 'u32', offset: 20 },
      row_offset: { type: 'u32', offset: 24 },
      temperature: { type: 'f32', offset: 28 },
    },
    paramsBytes: 32,
    text: `// lstm_sample: ancestral sampling from an L-layer LSTM language model, the whole loop over time in one dispatch.
// Preludes: lstm_rows_16 | lstm_rows_8 | lstm_rows_4, pointwise, threefry, lstm_gates, lstm_tile, lstm_draw
//
//   x_t ~ softmax(logits_t / temperature), by inverse distribution function at uniform number
//   (row_offset + row) time + t of the key. The symbol before the first is EOS = V - 1; a row ends with EOS, or
//   after \`time\` symbols.
//
// weights, output, state: see lstm_tile. key [2]. tokens [batch, time]: symbols, EOS after the first EOS.
// log_probability [batch]: nats, of the drawn symbols, EOS included if drawn. length [batch]: how many these are.
// One workgroup samples a tile of TILE_ROWS rows. Dispatch: ceil(batch / TILE_ROWS), split over x and y past 65 535;
// or, to bound the time of a dispatch and the size of \`state\`, ceil(n / TILE_ROWS) for n rows from first_row on.
// SCRATCH >= max(hidden TILE_ROWS, V TILE_ROWS, LANES).
// Allowed: temperature > 0, (row_offset + batch) time <= 2^32.
struct Params {
  batch: u32, time: u32, hidden: u32, layers: u32, vocabulary: u32, first_row: u32, row_offset: u32, temperature: f32
}

override LANES: u32 = 64u;
override SCRATCH: u32 = 64u;

@group(0) @binding(0) var<storage, read> weights: array<vec4<f32>>;
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
  let first = params.first_row + tile * TILE_ROWS;
  let row = first + lane;
  let end = params.vocabulary - 1u;
  let scale = 1.0 / params.temperature;
  let mine = lane < TILE_ROWS && row < params.batch;
  var count = 0u;
  var total = 0.0;
  var done = !mine;
  if (lane < TILE_ROWS) { tile_previous[lane] = end; }
  if (lane == 0u) { atomicStore(&alive, min(TILE_ROWS, max(params.batch, first) - first)); }
  tile_begin(tile, lane);
  for (var time = 0u; time < params.time; time++) {
    workgroupBarrier();
    if (lane == 0u) { running = atomicLoad(&alive); }
    if (workgroupUniformLoad(&running) == 0u) { break; }
    tile_advance(tile, lane, time);
    tile_logits(tile, lane, time);
    if (!done) {
      let softmax = tile_softmax(lane, scale);
      let word = random_word(vec2<u32>(key[0], key[1]), (params.row_offset + row) * params.time + time);
      let symbol = tile_draw(lane, scale, softmax, unit(word));
      total += tile_log_softmax(lane, scale, softmax, symbol);
      tokens[row * params.time + time] = i32(symbol);
      tile_previous[lane] = symbol;
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
      { name: 'weights', access: 'read', type: 'array<vec4f>' },
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
      first_row: { type: 'u32', offset: 20 },
      row_offset: { type: 'u32', offset: 24 },
      temperature: { type: 'f32', offset: 28 },
    },
    paramsBytes: 32,
    text: `// lstm_sample_subgroup: the same as lstm_sample for subgroups of at least 8 lanes, faster on software adapters:
// ancestral sampling from an L-layer LSTM language model, the whole loop over time in one dispatch.
// Preludes: lstm_gates_subgroup, lstm_rows_16, pointwise, threefry, lstm_tile, lstm_draw
//
//   x_t ~ softmax(logits_t / temperature), by inverse distribution function at uniform number
//   (row_offset + row) time + t of the key. The symbol before the first is EOS = V - 1; a row ends with EOS, or
//   after \`time\` symbols.
//
// weights, output, state: see lstm_tile. key [2]. tokens [batch, time]: symbols, EOS after the first EOS.
// log_probability [batch]: nats, of the drawn symbols, EOS included if drawn. length [batch]: how many these are.
// One workgroup samples a tile of TILE_ROWS rows. Dispatch: ceil(batch / TILE_ROWS), split over x and y past 65 535;
// or, to bound the time of a dispatch and the size of \`state\`, ceil(n / TILE_ROWS) for n rows from first_row on.
// SCRATCH >= max(V TILE_ROWS, LANES).
// Allowed: temperature > 0, (row_offset + batch) time <= 2^32.
struct Params {
  batch: u32, time: u32, hidden: u32, layers: u32, vocabulary: u32, first_row: u32, row_offset: u32, temperature: f32
}

override LANES: u32 = 64u;
override SCRATCH: u32 = 64u;

@group(0) @binding(0) var<storage, read> weights: array<vec4<f32>>;
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
  tile_subgroup_lane = own;
  let tile = group.y * groups.x + group.x;
  let first = params.first_row + tile * TILE_ROWS;
  let row = first + lane;
  let end = params.vocabulary - 1u;
  let scale = 1.0 / params.temperature;
  let mine = lane < TILE_ROWS && row < params.batch;
  var count = 0u;
  var total = 0.0;
  var done = !mine;
  if (lane < TILE_ROWS) { tile_previous[lane] = end; }
  if (lane == 0u) { atomicStore(&alive, min(TILE_ROWS, max(params.batch, first) - first)); }
  tile_begin(tile, lane);
  for (var time = 0u; time < params.time; time++) {
    workgroupBarrier();
    if (lane == 0u) { running = atomicLoad(&alive); }
    if (workgroupUniformLoad(&running) == 0u) { break; }
    tile_advance(tile, lane, time);
    tile_logits(tile, lane, time);
    if (!done) {
      let softmax = tile_softmax(lane, scale);
      let word = random_word(vec2<u32>(key[0], key[1]), (params.row_offset + row) * params.time + time);
      let symbol = tile_draw(lane, scale, softmax, unit(word));
      total += tile_log_softmax(lane, scale, softmax, symbol);
      tokens[row * params.time + time] = i32(symbol);
      tile_previous[lane] = symbol;
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
      { name: 'weights', access: 'read', type: 'array<vec4f>' },
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
      first_row: { type: 'u32', offset: 20 },
      temperature: { type: 'f32', offset: 24 },
    },
    paramsBytes: 32,
    text: `// lstm_score: log-probability of strings under an L-layer LSTM language model, all time steps in one dispatch.
// Preludes: lstm_rows_16 | lstm_rows_8 | lstm_rows_4, pointwise, lstm_gates, lstm_tile, lstm_draw
//
//   log p(x) = sum over t of log softmax(logits_t / temperature)[x_t], up to and with the first EOS = V - 1; the symbol
//   before the first is EOS. A string without EOS is a prefix: all \`time\` symbols count.
//
// weights, output, state: see lstm_tile. tokens [batch, time]: symbols in [0, V), ignored after the first EOS.
// log_probability [batch]: nats. steps [batch, time]: its terms, 0 after EOS.
// One workgroup scores a tile of TILE_ROWS rows. Dispatch: ceil(batch / TILE_ROWS), split over x and y past 65 535;
// or, to bound the time of a dispatch and the size of \`state\`, ceil(n / TILE_ROWS) for n rows from first_row on.
// SCRATCH >= max(hidden TILE_ROWS, V TILE_ROWS, LANES). Allowed: temperature > 0.
struct Params { batch: u32, time: u32, hidden: u32, layers: u32, vocabulary: u32, first_row: u32, temperature: f32 }

override LANES: u32 = 64u;
override SCRATCH: u32 = 64u;

@group(0) @binding(0) var<storage, read> weights: array<vec4<f32>>;
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
  let first = params.first_row + tile * TILE_ROWS;
  let row = first + lane;
  let end = params.vocabulary - 1u;
  let scale = 1.0 / params.temperature;
  let mine = lane < TILE_ROWS && row < params.batch;
  var count = 0u;
  var total = 0.0;
  var done = !mine;
  if (lane < TILE_ROWS) { tile_previous[lane] = end; }
  if (lane == 0u) { atomicStore(&alive, min(TILE_ROWS, max(params.batch, first) - first)); }
  tile_begin(tile, lane);
  for (var time = 0u; time < params.time; time++) {
    workgroupBarrier();
    if (lane == 0u) { running = atomicLoad(&alive); }
    if (workgroupUniformLoad(&running) == 0u) { break; }
    tile_advance(tile, lane, time);
    tile_logits(tile, lane, time);
    if (!done) {
      let symbol = min(u32(tokens[row * params.time + time]), end);
      let term = tile_log_softmax(lane, scale, tile_softmax(lane, scale), symbol);
      total += term;
      steps[row * params.time + time] = term;
      tile_previous[lane] = symbol;
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
      { name: 'weights', access: 'read', type: 'array<vec4f>' },
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
      first_row: { type: 'u32', offset: 20 },
      temperature: { type: 'f32', offset: 24 },
    },
    paramsBytes: 32,
    text: `// lstm_score_subgroup: the same as lstm_score for subgroups of at least 8 lanes, faster on software adapters:
// log-probability of strings under an L-layer LSTM language model, all time steps in one dispatch.
// Preludes: lstm_gates_subgroup, lstm_rows_16, pointwise, lstm_tile, lstm_draw
//
//   log p(x) = sum over t of log softmax(logits_t / temperature)[x_t], up to and with the first EOS = V - 1; the symbol
//   before the first is EOS. A string without EOS is a prefix: all \`time\` symbols count.
//
// weights, output, state: see lstm_tile. tokens [batch, time]: symbols in [0, V), ignored after the first EOS.
// log_probability [batch]: nats. steps [batch, time]: its terms, 0 after EOS.
// One workgroup scores a tile of TILE_ROWS rows. Dispatch: ceil(batch / TILE_ROWS), split over x and y past 65 535;
// or, to bound the time of a dispatch and the size of \`state\`, ceil(n / TILE_ROWS) for n rows from first_row on.
// SCRATCH >= max(V TILE_ROWS, LANES). Allowed: temperature > 0.
struct Params { batch: u32, time: u32, hidden: u32, layers: u32, vocabulary: u32, first_row: u32, temperature: f32 }

override LANES: u32 = 64u;
override SCRATCH: u32 = 64u;

@group(0) @binding(0) var<storage, read> weights: array<vec4<f32>>;
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
  tile_subgroup_lane = own;
  let tile = group.y * groups.x + group.x;
  let first = params.first_row + tile * TILE_ROWS;
  let row = first + lane;
  let end = params.vocabulary - 1u;
  let scale = 1.0 / params.temperature;
  let mine = lane < TILE_ROWS && row < params.batch;
  var count = 0u;
  var total = 0.0;
  var done = !mine;
  if (lane < TILE_ROWS) { tile_previous[lane] = end; }
  if (lane == 0u) { atomicStore(&alive, min(TILE_ROWS, max(params.batch, first) - first)); }
  tile_begin(tile, lane);
  for (var time = 0u; time < params.time; time++) {
    workgroupBarrier();
    if (lane == 0u) { running = atomicLoad(&alive); }
    if (workgroupUniformLoad(&running) == 0u) { break; }
    tile_advance(tile, lane, time);
    tile_logits(tile, lane, time);
    if (!done) {
      let symbol = min(u32(tokens[row * params.time + time]), end);
      let term = tile_log_softmax(lane, scale, tile_softmax(lane, scale), symbol);
      total += term;
      steps[row * params.time + time] = term;
      tile_previous[lane] = symbol;
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
  lstm_subgroup: {
    entryPoint: 'lstm_subgroup',
    workgroupSize: ['8', '1', '1'],
    enables: ['subgroups'],
    preludes: [['pointwise'], ['tile8']],
    bindings: [
      { name: 'pre', access: 'read', type: 'array<vec4f>' },
      { name: 'weight', access: 'read', type: 'array<vec4f>' },
      { name: 'initialHidden', access: 'read', type: 'array<vec4f>' },
      { name: 'initialCell', access: 'read', type: 'array<vec4f>' },
      { name: 'hidden', access: 'read_write', type: 'array<vec4f>' },
      { name: 'cell', access: 'read_write', type: 'array<vec4f>' },
      { name: 'gates', access: 'read_write', type: 'array<vec4f>' },
    ],
    overrides: {},
    params: { time: { type: 'u32', offset: 0 }, batch: { type: 'u32', offset: 4 }, hidden: { type: 'u32', offset: 8 } },
    paramsBytes: 16,
    text: `// lstm_subgroup: lstm for adapters with subgroups of 8 lanes or more (llvmpipe), hidden a multiple of 4.
//
//   z_t = pre_t + h_(t-1) W,   i, f, o = sigmoid(z_i, z_f, z_o),   g = tanh(z_g)
//   c_t = f c_(t-1) + i g,     h_t = o tanh(c_t)                   (gate order i, f, g, o)
//
// pre [time, batch, 4, hidden], weight [hidden (previous), 4, hidden], initialHidden, initialCell [batch, hidden];
// hidden, cell [time, batch, hidden], gates [time, batch, 4, hidden] after their activations.
//
// A workgroup is one subgroup of 8 lanes and runs all time steps of 32 rows of the batch. The product is that of
// contract_subgroup: a lane owns 4 columns, 32 rows share a load of the weight. Its result is transposed by shuffles, so
// that a lane stores, and later reads, only its own rows (lane, lane + 8, + 16, + 24). Hence no barrier is needed, and
// none is used: a barrier makes llvmpipe a coroutine of the shader, which doubles the price of a load. The initial state
// waits in the last time slot of hidden and cell, so that every step reads the slot before its own.
// Dispatch: (ceil(batch / 32), 1, 1). Preludes: tile8.wgsl (first, for its \`enable\`), pointwise.wgsl.
struct Params { time: u32, batch: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> pre: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read> initialHidden: array<vec4f>;
@group(0) @binding(3) var<storage, read> initialCell: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> hidden: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> cell: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> gates: array<vec4f>;
@group(0) @binding(7) var<uniform> params: Params;

fn sigmoid4(x: vec4f) -> vec4f { return vec4f(sigmoid_(x.x), sigmoid_(x.y), sigmoid_(x.z), sigmoid_(x.w)); }
fn tanh4(x: vec4f) -> vec4f { return vec4f(tanh_(x.x), tanh_(x.y), tanh_(x.z), tanh_(x.w)); }

// Stores z of one of the lane's rows, 8 quads of the 4 hidden columns, from \`column\`; \`more\` adds to what is there.
fn store_row(t: u32, row: u32, column: u32, z: array<vec4f, 8>, more: bool) {
  let start = (t * params.batch + row) * params.hidden;
  for (var q = 0u; q < 8u; q++) {
    if (row < params.batch && column + q < params.hidden) {
      if (more) { gates[start + column + q] += z[q]; } else { gates[start + column + q] = z[q]; }
    }
  }
}

// Activations and state of one row.
fn update(t: u32, before: u32, row: u32) {
  let quads = params.hidden / 4u;
  let place = (t * params.batch + row) * quads;
  let previous = (before * params.batch + row) * quads;
  for (var q = 0u; q < quads; q++) {
    let start = place * 4u + q;
    let i = sigmoid4(gates[start] + pre[start]);
    let f = sigmoid4(gates[start + quads] + pre[start + quads]);
    let g = tanh4(gates[start + 2u * quads] + pre[start + 2u * quads]);
    let o = sigmoid4(gates[start + 3u * quads] + pre[start + 3u * quads]);
    let c = f * cell[previous + q] + i * g;
    gates[start] = i;
    gates[start + quads] = f;
    gates[start + 2u * quads] = g;
    gates[start + 3u * quads] = o;
    cell[place + q] = c;
    hidden[place + q] = o * tanh4(c);
  }
}

@compute @workgroup_size(8)
fn lstm_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let quads = params.hidden / 4u;
  let first = group.x * 32u + lane;
  let last = params.batch - 1u;
  for (var row = first; row < min(first + 32u, params.batch); row += 8u) {
    for (var q = 0u; q < quads; q++) {
      hidden[((params.time - 1u) * params.batch + row) * quads + q] = initialHidden[row * quads + q];
      cell[((params.time - 1u) * params.batch + row) * quads + q] = initialCell[row * quads + q];
    }
  }
  for (var t = 0u; t < params.time; t++) {
    let before = select(t, params.time, t == 0u) - 1u;
    let rows = (vec4u(before * params.batch) + min(vec4u(first, first + 8u, first + 16u, first + 24u), vec4u(last))) * quads;
    for (var column = 0u; column < params.hidden; column += 8u) {      // in quads: 4 gates of hidden / 4
      let own = min(column + lane, params.hidden - 1u);
      for (var block = 0u; block < quads; block += 64u) {              // sums of 256 units
        var z0 = array<vec4f, 8>();
        var z1 = array<vec4f, 8>();
        var z2 = array<vec4f, 8>();
        var z3 = array<vec4f, 8>();
        for (var k = block; k < min(block + 64u, quads); k++) {
          let w = k * 4u * params.hidden + own;
          let b = mat4x4f(weight[w], weight[w + params.hidden], weight[w + 2u * params.hidden], weight[w + 3u * params.hidden]);
          let a = mat4x4f(hidden[rows[0] + k], hidden[rows[1] + k], hidden[rows[2] + k], hidden[rows[3] + k]);
          for (var r = 0u; r < 8u; r++) { z0[r] = combine(z0[r], subgroupShuffle(a[0], r), b); }
          for (var r = 0u; r < 8u; r++) { z1[r] = combine(z1[r], subgroupShuffle(a[1], r), b); }
          for (var r = 0u; r < 8u; r++) { z2[r] = combine(z2[r], subgroupShuffle(a[2], r), b); }
          for (var r = 0u; r < 8u; r++) { z3[r] = combine(z3[r], subgroupShuffle(a[3], r), b); }
        }
        store_row(t, first, column, transpose8(z0, lane), block > 0u);
        store_row(t, first + 8u, column, transpose8(z1, lane), block > 0u);
        store_row(t, first + 16u, column, transpose8(z2, lane), block > 0u);
        store_row(t, first + 24u, column, transpose8(z3, lane), block > 0u);
      }
    }
    for (var row = first; row < min(first + 32u, params.batch); row += 8u) { update(t, before, row); }
  }
}
`,
  },
  masked_convolution: {
    entryPoint: 'masked_convolution',
    workgroupSize: ['8', '8', '1'],
    enables: [],
    preludes: [['compensated']],
    bindings: [
      { name: 'image', access: 'read', type: 'array<f32>' },
      { name: 'weight', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { TURNED: 'bool' },
    params: {
      pixels: { type: 'u32', offset: 0 },
      rows: { type: 'u32', offset: 4 },
      columns: { type: 'u32', offset: 8 },
      input: { type: 'u32', offset: 12 },
      output: { type: 'u32', offset: 16 },
      taps: { type: 'u32', offset: 20 },
      across: { type: 'u32', offset: 24 },
      up: { type: 'u32', offset: 28 },
      left: { type: 'u32', offset: 32 },
    },
    paramsBytes: 48,
    text: `// masked_convolution: Y[p, o] = sum over taps f and channels i of X[p + offset_f, i] * W[f, i, o], 0 outside the image.
//
// image [batch, rows, columns, input], weight [taps, input, output], result [batch, rows, columns, output], row-major, all
// sizes >= 1; pixels = batch rows columns. Tap f lies f / across - up rows and f % across - left columns from
// its pixel; with TURNED the other way (the gradient with respect to the image, with the weight's channels exchanged).
// The product of the patches [pixels, taps input], which are never stored, and the weight [taps input, output]: a workgroup
// of 8 x 8 lanes computes 32 pixels by 32 channels, a lane 4 x 4; both operands pass through workgroup memory in slices of
// 16 rows of patches; sums of BLOCK terms are added up with compensation.
// Dispatch: (ceil(output / 32), ceil(pixels / 32), 1), rows of workgroups past 65 535 in z.
struct Params {
  pixels: u32, rows: u32, columns: u32, input: u32, output: u32, taps: u32, across: u32, up: u32, left: u32,
}

@group(0) @binding(0) var<storage, read> image: array<f32>;
@group(0) @binding(1) var<storage, read> weight: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override TURNED: bool = false;

const DEPTH: u32 = 16u;
var<workgroup> pixel_tile: array<vec4f, 144>;               // [DEPTH, 9] quads of pixels, one more than 32 / 4
var<workgroup> weight_tile: array<vec4f, 144>;              // [DEPTH, 9] quads of output channels

// Row k of the patches of 4 pixels, 0 past the last row and outside the image.
fn patches_at(pixel: vec4u, k: u32) -> vec4f {
  let tap = k / params.input;
  let shift = select(1u, 0xffffffffu, TURNED) * vec2u(tap / params.across - params.up, tap % params.across - params.left);
  let row = (pixel / params.columns) % params.rows + shift.x;
  let column = pixel % params.columns + shift.y;
  let some = (pixel < vec4u(params.pixels)) & vec4<bool>(tap < params.taps);
  let inside = some & (row < vec4u(params.rows)) & (column < vec4u(params.columns));
  let place = (pixel + shift.x * params.columns + shift.y) * params.input + k % params.input;
  let at = select(vec4u(), place, inside);
  return select(vec4f(), vec4f(image[at.x], image[at.y], image[at.z], image[at.w]), inside);
}

fn weight_at(k: u32, output: u32) -> f32 {
  if (k >= params.taps * params.input || output >= params.output) { return 0.0; }
  return weight[k * params.output + output];
}

@compute @workgroup_size(8, 8)
fn masked_convolution(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_id) lane: vec3u, @builtin(local_invocation_index) index: u32) {
  let first = (group.z * groups.y + group.y) * 32u;
  let output = group.x * 32u + lane.x * 4u;
  var total = array<vec4f, 4>();
  var whole = array<Compensated, 4>();
  veil = params.pixels >> 31u;
  for (var slice = 0u; slice < params.taps * params.input; slice += DEPTH) {
    for (var part = index; part < 128u; part += 64u) {
      let quad = part / DEPTH;
      pixel_tile[(part % DEPTH) * 9u + quad] = patches_at(first + 4u * quad + vec4u(0u, 1u, 2u, 3u), slice + part % DEPTH);
      let row = slice + part / 8u;
      let column = group.x * 32u + (part % 8u) * 4u;
      weight_tile[(part / 8u) * 9u + part % 8u] = vec4f(weight_at(row, column), weight_at(row, column + 1u),
        weight_at(row, column + 2u), weight_at(row, column + 3u));
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let w = weight_tile[k * 9u + lane.x];
      let x = pixel_tile[k * 9u + lane.y];
      total[0] += x.x * w;
      total[1] += x.y * w;
      total[2] += x.z * w;
      total[3] += x.w * w;
    }
    workgroupBarrier();
    if ((slice + DEPTH) % BLOCK == 0u) {
      for (var r = 0u; r < 4u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    }
  }
  for (var r = 0u; r < 4u; r++) {
    let sum = compensated(compensate(whole[r], total[r]));
    let pixel = first + lane.y * 4u + r;
    for (var c = 0u; c < 4u; c++) {
      if (pixel < params.pixels && output + c < params.output) { result[pixel * params.output + output + c] = sum[c]; }
    }
  }
}
`,
  },
  masked_convolution_step: {
    entryPoint: 'masked_convolution_step',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [],
    bindings: [
      { name: 'cache', access: 'read', type: 'array<f32>' },
      { name: 'current', access: 'read', type: 'array<f32>' },
      { name: 'position', access: 'read', type: 'array<i32>' },
      { name: 'weight', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: {
      batch: { type: 'u32', offset: 0 },
      input: { type: 'u32', offset: 4 },
      output: { type: 'u32', offset: 8 },
      taps: { type: 'u32', offset: 12 },
      across: { type: 'u32', offset: 16 },
      up: { type: 'u32', offset: 20 },
      left: { type: 'u32', offset: 24 },
      columns: { type: 'u32', offset: 28 },
      channels: { type: 'u32', offset: 32 },
      delay: { type: 'u32', offset: 36 },
      source: { type: 'u32', offset: 40 },
      last: { type: 'u32', offset: 44 },
    },
    paramsBytes: 48,
    text: `// masked_convolution_step: y[b, o] = sum over taps f and channels i of x_f[b, i] * W[f, i, o] for one pixel of each image, the
// pixels that the taps see taken from a cache of rows: sampling pixel by pixel.
//
// cache [time, batch, input], current [batch, input] (the row that this step adds), position [1], weight [taps, input, output],
// result [batch, output]; last = time - 1; all sizes >= 1. The pixel is q = position / channels - delay (0 for q < 0); what was
// computed for pixel u stands in row (u + source) channels + channels - 1; u + source = position / channels is \`current\`.
// Taps as in masked_convolution; none outside the image or further on than \`current\`.
// A workgroup computes 64 results. Dispatch: ceil(batch output / 64), split over x and y past 65 535.
struct Params {
  batch: u32, input: u32, output: u32, taps: u32, across: u32, up: u32, left: u32,
  columns: u32, channels: u32, delay: u32, source: u32, last: u32,
}

@group(0) @binding(0) var<storage, read> cache: array<f32>;
@group(0) @binding(1) var<storage, read> current: array<f32>;
@group(0) @binding(2) var<storage, read> position: array<i32>;
@group(0) @binding(3) var<storage, read> weight: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<f32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn masked_convolution_step(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let at = (group.y * groups.x + group.x) * 64u + lane;
  if (at >= params.batch * params.output) { return; }
  let row = at / params.output;
  let output = at % params.output;
  let now = clamp(position[0], 0, i32(params.last)) / i32(params.channels);
  let pixel = now - i32(params.delay);
  let columns = i32(params.columns);
  var total = 0.0;
  for (var tap = 0u; tap < params.taps; tap++) {
    let down = i32(tap / params.across) - i32(params.up);
    let along = i32(tap % params.across) - i32(params.left);
    let column = pixel % columns + along;
    let inside = pixel >= 0 && pixel / columns + down >= 0 && column >= 0 && column < columns;
    let step = select(0, pixel + down * columns + along + i32(params.source), inside);
    let start = row * params.input;
    let stored = (u32(step) * params.channels + params.channels - 1u) * params.batch * params.input + start;
    var part = 0.0;
    for (var i = 0u; i < params.input; i++) {
      var x = 0.0;                               // outside the image
      if (inside) { if (step >= now) { x = current[start + i]; } else { x = cache[stored + i]; } }
      part = fma(x, weight[(tap * params.input + i) * params.output + output], part);
    }
    total += part;
  }
  result[at] = total;
}
`,
  },
  masked_convolution_subgroup: {
    entryPoint: 'masked_convolution_subgroup',
    workgroupSize: ['8', '1', '1'],
    enables: ['subgroups'],
    preludes: [['tile8'], ['window_quads', 'window_any'], ['compensated']],
    bindings: [
      { name: 'image', access: 'read', type: 'array<vec4f>' },
      { name: 'weight', access: 'read', type: 'array<vec4f>' },
      { name: 'result', access: 'read_write', type: 'array<vec4f>' },
    ],
    overrides: { TURNED: 'bool', LONG: 'bool' },
    params: {
      pixels: { type: 'u32', offset: 0 },
      rows: { type: 'u32', offset: 4 },
      columns: { type: 'u32', offset: 8 },
      input: { type: 'u32', offset: 12 },
      output: { type: 'u32', offset: 16 },
      taps: { type: 'u32', offset: 20 },
      across: { type: 'u32', offset: 24 },
      up: { type: 'u32', offset: 28 },
      left: { type: 'u32', offset: 32 },
    },
    paramsBytes: 48,
    text: `// masked_convolution_subgroup: masked_convolution (Y[p, o] = sum over taps f and channels i of X[p + offset_f, i] W[f, i, o])
// on software adapters with subgroups of 8 lanes or more, for multiples of 4 output channels.
// Preludes: tile8, window_quads | window_any, compensated
//
// The weight is a matrix [taps input, output], and the image one of patches [pixels, taps input] that is never stored: the
// product is that of contract_subgroup. A workgroup is 8 lanes and computes 32 pixels by 32 channels: a lane owns 4
// channels, and loads the patches of 4 pixels, which the others receive by a shuffle.
// With LONG (taps input above BLOCK) sums of BLOCK terms are added up with compensation.
// Dispatch: (ceil(output / 32), ceil(pixels / 32), 1), rows of workgroups past 65 535 in z.
struct Params {
  pixels: u32, rows: u32, columns: u32, input: u32, output: u32, taps: u32, across: u32, up: u32, left: u32,
}

@group(0) @binding(0) var<storage, read> image: array<Pixel>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4f>;
@group(0) @binding(3) var<uniform> params: Params;

override TURNED: bool = false;
override LONG: bool = false;

fn weight_at(k: u32, column4: u32) -> vec4f {
  let some = k < params.taps * params.input;
  return select(vec4f(), weight[select(0u, k, some) * (params.output / 4u) + column4], some);
}

@compute @workgroup_size(8)
fn masked_convolution_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let first = (group.z * groups.y + group.y) * 32u;
  let pixel = min(first + lane + vec4u(0u, 8u, 16u, 24u), vec4u(params.pixels - 1u));
  let row = (pixel / params.columns) % params.rows;
  let column = pixel % params.columns;
  let o4 = params.output / 4u;
  let column4 = group.x * 8u + lane;
  let from4 = min(column4, o4 - 1u);
  let depth = params.taps * params.input;
  var total = array<vec4f, 32>();
  var whole = array<Compensated, 32>();
  veil = params.pixels >> 31u;
  for (var block = 0u; block < depth; block += BLOCK) {
    for (var k = block; k < select(depth, min(depth, block + BLOCK), LONG); k += 4u) {
      let a = next_rows(row, column, pixel);
      let b = mat4x4f(weight_at(k, from4), weight_at(k + 1u, from4), weight_at(k + 2u, from4), weight_at(k + 3u, from4));
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
  for (var r = 0u; r < 32u; r++) {
    if (first + r < params.pixels && column4 < o4) {
      result[(first + r) * o4 + column4] = select(total[r], compensated(whole[r]), LONG);
    }
  }
}
`,
  },
  masked_convolution_sum: {
    entryPoint: 'masked_convolution_sum',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['spans']],
    bindings: [
      { name: 'products', access: 'read', type: 'array<f32>' },
      { name: 'outside', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { TURNED: 'bool' },
    params: {
      pixels: { type: 'u32', offset: 0 },
      rows: { type: 'u32', offset: 4 },
      columns: { type: 'u32', offset: 8 },
      taps: { type: 'u32', offset: 12 },
      across: { type: 'u32', offset: 16 },
      up: { type: 'u32', offset: 20 },
      left: { type: 'u32', offset: 24 },
    },
    paramsBytes: 32,
    text: `// masked_convolution_sum: y[p] = sum over taps f of P[p + offset_f, f], O[f] outside the image: the last step of a masked
// convolution to one channel, after the product P of all pixels with the weights of all taps.
//
// products P [batch, rows, columns, taps], outside O [taps], the products of a pixel of zeros: 0, and NaN where a weight is not
// finite; result [batch, rows, columns], row-major, all sizes >= 1. Taps as in masked_convolution.
// A lane sums a pixel a turn; workgroups share the pixels. Dispatch: at most ceil(pixels / 64), split over x and y past 65 535.
struct Params { pixels: u32, rows: u32, columns: u32, taps: u32, across: u32, up: u32, left: u32 }

@group(0) @binding(0) var<storage, read> products: array<f32>;
@group(0) @binding(1) var<storage, read> outside: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override TURNED: bool = false;

// The sum for one pixel, tap by tap, row by row of the window.
fn total_of(pixel: u32) -> f32 {
  let row = (pixel / params.columns) % params.rows;
  let column = pixel % params.columns;
  let way = select(1u, 0xffffffffu, TURNED);
  var down = 0u - way * params.up;
  var along = 0u - way * params.left;
  var sum = 0.0;
  for (var tap = 0u; tap < params.taps; tap++) {
    let inside = row + down < params.rows && column + along < params.columns;
    let place = select(0u, (pixel + down * params.columns + along) * params.taps + tap, inside);
    sum += select(outside[tap], products[place], inside);
    along += way;
    if (along == way * (params.across - params.left)) {
      along = 0u - way * params.left;
      down += way;
    }
  }
  return sum;
}

@compute @workgroup_size(64)
fn masked_convolution_sum(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let span = span_of(params.pixels, 64u, group, groups);
  for (var pixel = span.first + lane; pixel < span.end; pixel += 64u) { result[pixel] = total_of(pixel); }
}
`,
  },
  masked_convolution_weight: {
    entryPoint: 'masked_convolution_weight',
    workgroupSize: ['8', '8', '1'],
    enables: [],
    preludes: [['window_quads', 'window_any'], ['compensated']],
    bindings: [
      { name: 'image', access: 'read', type: 'array<vec4f>' },
      { name: 'cotangent', access: 'read', type: 'array<f32>' },
      { name: 'partial', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { TURNED: 'bool' },
    params: {
      pixels: { type: 'u32', offset: 0 },
      rows: { type: 'u32', offset: 4 },
      columns: { type: 'u32', offset: 8 },
      input: { type: 'u32', offset: 12 },
      output: { type: 'u32', offset: 16 },
      taps: { type: 'u32', offset: 20 },
      across: { type: 'u32', offset: 24 },
      up: { type: 'u32', offset: 28 },
      left: { type: 'u32', offset: 32 },
      chunk: { type: 'u32', offset: 36 },
    },
    paramsBytes: 48,
    text: `// masked_convolution_weight: P[s, f, i, o] = sum over the pixels p of part s of X[p + offset_f, i] * G[p, o]; the sum of all
// parts is the gradient of masked_convolution with respect to its weight. Sums of BLOCK pixels are added up with compensation.
//
// Preludes: window_quads | window_any, compensated
// image [batch, rows, columns, input], cotangent [batch, rows, columns, output], partial [parts, taps, input, output],
// row-major, all sizes >= 1; pixels = batch rows columns, part s has the pixels from s chunk on. Taps as in
// masked_convolution. No atomics: equal inputs give equal bits.
// A workgroup of 8 x 8 lanes computes 32 rows of patches (taps input of them) by 32 output channels of one part, a lane 4 x 4,
// in slices of 16 pixels.
// Dispatch: (ceil(output / 32), ceil(taps input / 32), parts).
struct Params {
  pixels: u32, rows: u32, columns: u32, input: u32, output: u32, taps: u32, across: u32, up: u32, left: u32, chunk: u32,
}

@group(0) @binding(0) var<storage, read> image: array<Pixel>;
@group(0) @binding(1) var<storage, read> cotangent: array<f32>;
@group(0) @binding(2) var<storage, read_write> partial: array<f32>;
@group(0) @binding(3) var<uniform> params: Params;

override TURNED: bool = false;

const DEPTH: u32 = 16u;
var<workgroup> pixel_tile: array<vec4f, 144>;               // [DEPTH pixels, 9] quads of rows of patches
var<workgroup> cotangent_tile: array<vec4f, 144>;           // [DEPTH pixels, 9] quads of output channels

fn cotangent_at(pixel: u32, channel: u32) -> vec4f {
  var quad = vec4f();
  for (var c = 0u; c < 4u; c++) {
    if (channel + c < params.output) { quad[c] = cotangent[pixel * params.output + channel + c]; }
  }
  return quad;
}

@compute @workgroup_size(8, 8)
fn masked_convolution_weight(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_id) lane: vec3u,
  @builtin(local_invocation_index) index: u32) {
  let first = group.y * 32u;
  let rows = rows_from(first + (index % 8u) * 4u);
  let output = group.x * 32u;
  let end = min(params.pixels, (group.z + 1u) * params.chunk);
  var total = array<vec4f, 4>();
  var whole = array<Compensated, 4>();
  veil = params.pixels >> 31u;
  for (var slice = group.z * params.chunk; slice < end; slice += DEPTH) {
    for (var part = index; part < 128u; part += 64u) {
      let pixel = slice + part / 8u;
      let quad = part % 8u;
      var x = vec4f();
      var g = vec4f();
      if (pixel < end) {
        x = rows_of(rows, (pixel / params.columns) % params.rows, pixel % params.columns, pixel);
        g = cotangent_at(pixel, output + quad * 4u);
      }
      pixel_tile[(part / 8u) * 9u + quad] = x;
      cotangent_tile[(part / 8u) * 9u + quad] = g;
    }
    workgroupBarrier();
    for (var k = 0u; k < DEPTH; k++) {
      let g = cotangent_tile[k * 9u + lane.x];
      let x = pixel_tile[k * 9u + lane.y];
      total[0] += x.x * g;
      total[1] += x.y * g;
      total[2] += x.z * g;
      total[3] += x.w * g;
    }
    workgroupBarrier();
    if ((slice + DEPTH) % BLOCK == 0u) {
      for (var r = 0u; r < 4u; r++) { whole[r] = compensate(whole[r], total[r]); total[r] = vec4f(); }
    }
  }
  for (var r = 0u; r < 4u; r++) {
    let sum = compensated(compensate(whole[r], total[r]));
    let k = first + lane.y * 4u + r;
    for (var c = 0u; c < 4u; c++) {
      let o = output + lane.x * 4u + c;
      if (k < params.taps * params.input && o < params.output) {
        partial[(group.z * params.taps * params.input + k) * params.output + o] = sum[c];
      }
    }
  }
}
`,
  },
  masked_convolution_weight_subgroup: {
    entryPoint: 'masked_convolution_weight_subgroup',
    workgroupSize: ['8', '1', '1'],
    enables: ['subgroups'],
    preludes: [['tile8'], ['window_quads', 'window_any'], ['compensated']],
    bindings: [
      { name: 'image', access: 'read', type: 'array<vec4f>' },
      { name: 'cotangent', access: 'read', type: 'array<vec4f>' },
      { name: 'partial', access: 'read_write', type: 'array<vec4f>' },
    ],
    overrides: { TURNED: 'bool', LONG: 'bool' },
    params: {
      pixels: { type: 'u32', offset: 0 },
      rows: { type: 'u32', offset: 4 },
      columns: { type: 'u32', offset: 8 },
      input: { type: 'u32', offset: 12 },
      output: { type: 'u32', offset: 16 },
      taps: { type: 'u32', offset: 20 },
      across: { type: 'u32', offset: 24 },
      up: { type: 'u32', offset: 28 },
      left: { type: 'u32', offset: 32 },
      chunk: { type: 'u32', offset: 36 },
    },
    paramsBytes: 48,
    text: `// masked_convolution_weight_subgroup: masked_convolution_weight (P[s, f, i, o] = sum over the pixels p of part s of
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
`,
  },
  random_bits: {
    entryPoint: 'random_bits',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [['spans'], ['threefry']],
    bindings: [
      { name: 'key', access: 'read', type: 'array<u32>' },
      { name: 'words', access: 'read_write', type: 'array<vec4u>' },
    ],
    overrides: {},
    params: { count: { type: 'u32', offset: 0 } },
    paramsBytes: 16,
    text: `// random_bits: words[i] = word i of the key (Threefry-2x32, prelude threefry), i < count.
//
// key [2] u32; words [count] u32, in quads: buffers are multiples of 16 bytes, and what lies past the end is nobody's. A turn
// writes two blocks (four words) a lane; workgroups share the turns.
// Dispatch: at most ceil(count / 1024) workgroups, split over x and y past 65 535. Any key, count <= 2^31.
struct Params { count: u32 }

@group(0) @binding(0) var<storage, read> key: array<u32>;
@group(0) @binding(1) var<storage, read_write> words: array<vec4u>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn random_bits(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let quads = (params.count + 3u) / 4u;
  let span = span_of(quads, 256u, group, groups);
  let own = vec2u(key[0], key[1]);
  for (var i = span.first + lane; i < span.end; i += 256u) {
    words[i] = vec4u(threefry(own, vec2u(2u * i, 0u)), threefry(own, vec2u(2u * i + 1u, 0u)));
  }
}
`,
  },
  reduce_columns: {
    entryPoint: 'reduce_columns',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [
      ['element_f32', 'element_i32', 'element_u32'],
      ['reduce_sum', 'reduce_max', 'reduce_min'],
      ['reduce_axes'],
    ],
    bindings: [
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { FOLDED: 'bool' },
    params: {
      outputs: { type: 'u32', offset: 0 },
      kept: { type: 'u32', offset: 4 },
      keptOuter: { type: 'u32', offset: 8 },
      keptInner: { type: 'u32', offset: 12 },
      reduced: { type: 'u32', offset: 16 },
      folded: { type: 'u32', offset: 20 },
      foldedOuter: { type: 'u32', offset: 24 },
      foldedInner: { type: 'u32', offset: 28 },
      parts: { type: 'u32', offset: 32 },
      chunk: { type: 'u32', offset: 36 },
    },
    paramsBytes: 48,
    text: `// reduce_columns: y[o] = x[o, 0] + x[o, 1] + ... under the reduction of the prelude, one invocation for each result.
// Preludes: element_f32 | element_i32 | element_u32, reduce_sum | reduce_max | reduce_min, reduce_axes
//
// values: any layout that reduce_axes can describe; result [parts, outputs]. Sums of 64 elements are added to the total
// one by one, so the error grows with 64 + n / 64. Empty sums are 0; extremes need one element or more.
// A workgroup computes 64 results. Dispatch: ceil(outputs parts / 64), split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read_write> result: array<Element>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn reduce_columns(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.outputs * params.parts) {
    let start = start_of(i % params.outputs);
    let first = (i / params.outputs) * params.chunk;
    let end = min(first + params.chunk, params.reduced);
    var total = reduce_start(values[start + place_of(first)]);
    for (var block = first; block < end; block += 64u) {
      var part = reduce_start(values[start + place_of(block)]);
      let last = min(block + 64u, end);
      var r = block;
      for (; r + 3u < last; r += 4u) {           // turns of a loop are dear on software adapters
        let next = vec4u(place_of(r), place_of(r + 1u), place_of(r + 2u), place_of(r + 3u)) + start;
        let two = reduce_pair(reduce_pair(part, values[next.x]), values[next.y]);
        part = reduce_pair(reduce_pair(two, values[next.z]), values[next.w]);
      }
      for (; r < last; r++) { part = reduce_pair(part, values[start + place_of(r)]); }
      total = reduce_pair(total, part);
    }
    result[i] = total;
  }
}
`,
  },
  reduce_rows: {
    entryPoint: 'reduce_rows',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [
      ['element_f32', 'element_i32', 'element_u32'],
      ['reduce_sum', 'reduce_max', 'reduce_min'],
      ['join_tree', 'join_subgroup'],
      ['reduce_axes'],
    ],
    bindings: [
      { name: 'values', access: 'read', type: 'array<f32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { FOLDED: 'bool' },
    params: {
      outputs: { type: 'u32', offset: 0 },
      kept: { type: 'u32', offset: 4 },
      keptOuter: { type: 'u32', offset: 8 },
      keptInner: { type: 'u32', offset: 12 },
      reduced: { type: 'u32', offset: 16 },
      folded: { type: 'u32', offset: 20 },
      foldedOuter: { type: 'u32', offset: 24 },
      foldedInner: { type: 'u32', offset: 28 },
      parts: { type: 'u32', offset: 32 },
      chunk: { type: 'u32', offset: 36 },
    },
    paramsBytes: 48,
    text: `// reduce_rows: y[o] = x[o, 0] + x[o, 1] + ... under the reduction of the prelude, one workgroup for each result.
// Preludes: element_f32 | element_i32 | element_u32, reduce_sum | reduce_max | reduce_min, join_tree | join_subgroup, reduce_axes
//
// values: any layout that reduce_axes can describe; result [outputs, parts]. Lane l of JOINED reduces elements l, l + JOINED, ...
// in four runs that are joined in order, then a fixed tree joins the lanes, so equal inputs give equal bits. Empty sums are 0;
// extremes need one element or more. Dispatch: outputs parts workgroups, split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read_write> result: array<Element>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(JOINED)
fn reduce_rows(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = group.y * groups.x + group.x;
  let start = start_of(min(i / params.parts, params.outputs - 1u));
  let first = (i % params.parts) * params.chunk;
  let end = min(first + params.chunk, params.reduced);
  let empty = reduce_start(values[start + place_of(min(first + lane, end - 1u))]);
  var a = empty;
  var b = empty;
  var c = empty;
  var d = empty;
  var r = first + lane;
  for (; r + 3u * JOINED < end; r += 4u * JOINED) {
    a = reduce_pair(a, values[start + place_of(r)]);
    b = reduce_pair(b, values[start + place_of(r + JOINED)]);
    c = reduce_pair(c, values[start + place_of(r + 2u * JOINED)]);
    d = reduce_pair(d, values[start + place_of(r + 3u * JOINED)]);
  }
  for (; r < end; r += JOINED) { a = reduce_pair(a, values[start + place_of(r)]); }
  let total = joined(lane, reduce_pair(reduce_pair(a, b), reduce_pair(c, d)));
  if (lane == 0u && i < params.outputs * params.parts) { result[i] = total; }
}
`,
  },
  reverse: {
    entryPoint: 'reverse',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [['words', 'quads']],
    bindings: [
      { name: 'source', access: 'read', type: 'array<u32>' },
      { name: 'result', access: 'read_write', type: 'array<u32>' },
    ],
    overrides: {},
    params: { count: { type: 'u32', offset: 0 }, size: { type: 'u32', offset: 4 }, inner: { type: 'u32', offset: 8 } },
    paramsBytes: 16,
    text: `// reverse: y[o, j, i] = x[o, size - 1 - j, i].
// Preludes: words | quads
//
// source, result [outer, size, inner] of any type, moved bit by bit; \`inner\` and \`count\` = outer size inner count Words of
// the prelude. A workgroup moves 256 Words. Dispatch: ceil(count / 256), split over x and y past 65 535.
struct Params { count: u32, size: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> source: array<Word>;
@group(0) @binding(1) var<storage, read_write> result: array<Word>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn reverse(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i < params.count) {
    let row = i / params.inner;
    let origin = row - row % params.size + (params.size - 1u - row % params.size);
    result[i] = source[origin * params.inner + i % params.inner];
  }
}
`,
  },
  scatter_add: {
    entryPoint: 'scatter_add',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['element_f32', 'element_i32', 'element_u32', 'element_quad'], ['pairwise']],
    bindings: [
      { name: 'updates', access: 'read', type: 'array<f32>' },
      { name: 'picked', access: 'read', type: 'array<i32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: {
      count: { type: 'u32', offset: 0 },
      picks: { type: 'u32', offset: 4 },
      size: { type: 'u32', offset: 8 },
      inner: { type: 'u32', offset: 12 },
    },
    paramsBytes: 16,
    text: `// scatter_add: y[b, k, i] = sum over p with index[b, p] = k of x[b, p, i], pairwise in the order of p; the adjoint of gather.
// Preludes: element_f32 | element_i32 | element_u32 | element_quad, pairwise
//
// updates [batch, picks, inner], picked [batch, picks] (clamped to [0, size)), result [batch, size, inner]; \`inner\` and
// \`count\` = batch size inner count Elements of the prelude. One invocation sums one result over all picks, so no two write
// the same place and equal inputs give equal bits. A workgroup computes 64 results.
// Dispatch: ceil(count / 64), split over x and y past 65 535.
struct Params { count: u32, picks: u32, size: u32, inner: u32 }

@group(0) @binding(0) var<storage, read> updates: array<Element>;
@group(0) @binding(1) var<storage, read> picked: array<i32>;
@group(0) @binding(2) var<storage, read_write> result: array<Element>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter_add(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.count) {
    let row = i / params.inner;
    let column = i % params.inner;
    let wanted = i32(row % params.size);
    let first = (row / params.size) * params.picks;
    var terms = Element();
    var taken = 0u;
    for (var p = first; p < first + params.picks; p++) {
      if (clamp(picked[p], 0, i32(params.size) - 1) == wanted) {
        terms += updates[p * params.inner + column];
        taken++;
        if (taken % RUN == 0u) { carry(terms, taken / RUN - 1u); terms = Element(); }
      }
    }
    result[i] = gathered(terms, taken / RUN);
  }
}
`,
  },
  scatter_count: {
    entryPoint: 'scatter_count',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['scatter_digit']],
    bindings: [
      { name: 'picked', access: 'read', type: 'array<i32>' },
      { name: 'order', access: 'read', type: 'array<u32>' },
      { name: 'counts', access: 'read_write', type: 'array<u32>' },
    ],
    overrides: { FIRST: 'bool' },
    params: {
      count: { type: 'u32', offset: 0 },
      picks: { type: 'u32', offset: 4 },
      size: { type: 'u32', offset: 8 },
      chunk: { type: 'u32', offset: 12 },
      chunks: { type: 'u32', offset: 16 },
      digits: { type: 'u32', offset: 20 },
      shift: { type: 'u32', offset: 24 },
    },
    paramsBytes: 32,
    text: `// scatter_count: counts[b, d, c] = how many picks of chunk c of b have the digit d: the first step of sorting them by it.
// Preludes: scatter_digit
//
// picked [batch, picks] (clamped to [0, size)), order [batch, picks] (the picks as sorted so far, unless FIRST), counts
// [batch, digits, chunks]. An invocation counts a chunk of \`chunk\` neighbours, and nobody else writes its counts; a workgroup
// counts 64 chunks. \`count\` = batch chunks. Dispatch: ceil(count / 64), split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> picked: array<i32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter_count(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.count) {
    let batch = i / params.chunks;
    let first = (i % params.chunks) * params.chunk;
    let own = batch * params.digits * params.chunks + i % params.chunks;
    for (var d = 0u; d < params.digits; d++) { counts[own + d * params.chunks] = 0u; }
    for (var s = first; s < min(first + params.chunk, params.picks); s++) {
      let place = batch * params.picks + s;
      var p = place;
      if (!FIRST) { p = order[place]; }
      counts[own + digit_of(picked[p]) * params.chunks] += 1u;
    }
  }
}
`,
  },
  scatter_place: {
    entryPoint: 'scatter_place',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['scatter_digit']],
    bindings: [
      { name: 'picked', access: 'read', type: 'array<i32>' },
      { name: 'order', access: 'read', type: 'array<u32>' },
      { name: 'totals', access: 'read', type: 'array<u32>' },
      { name: 'counts', access: 'read_write', type: 'array<u32>' },
      { name: 'sorted', access: 'read_write', type: 'array<u32>' },
    ],
    overrides: { FIRST: 'bool' },
    params: {
      count: { type: 'u32', offset: 0 },
      picks: { type: 'u32', offset: 4 },
      size: { type: 'u32', offset: 8 },
      chunk: { type: 'u32', offset: 12 },
      chunks: { type: 'u32', offset: 16 },
      digits: { type: 'u32', offset: 20 },
      shift: { type: 'u32', offset: 24 },
    },
    paramsBytes: 32,
    text: `// scatter_place: sorted[b, r] = the pick with rank r by one digit of its index, and by its place in \`order\` among equal ones.
// Preludes: scatter_digit
//
// picked [batch, picks] (clamped to [0, size)), order [batch, picks] (the picks as sorted so far, unless FIRST), totals and
// counts of scatter_totals, sorted [batch, picks]. An invocation places a chunk of \`chunk\` neighbours, with counts that are
// its own; a workgroup 64 chunks. \`count\` = batch chunks. Dispatch: ceil(count / 64), split over x and y past 65 535.
@group(0) @binding(0) var<storage, read> picked: array<i32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> totals: array<u32>;
@group(0) @binding(3) var<storage, read_write> counts: array<u32>;
@group(0) @binding(4) var<storage, read_write> sorted: array<u32>;
@group(0) @binding(5) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter_place(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.count) {
    let batch = i / params.chunks;
    let first = (i % params.chunks) * params.chunk;
    let own = batch * params.digits * params.chunks + i % params.chunks;
    var before = batch * params.picks;
    for (var d = 0u; d < params.digits; d++) {
      counts[own + d * params.chunks] += before;
      before += totals[batch * params.digits + d];
    }
    for (var s = first; s < min(first + params.chunk, params.picks); s++) {
      let place = batch * params.picks + s;
      var p = place;
      if (!FIRST) { p = order[place]; }
      let counter = own + digit_of(picked[p]) * params.chunks;
      let rank = counts[counter];
      counts[counter] = rank + 1u;
      sorted[rank] = p;
    }
  }
}
`,
  },
  scatter_segments: {
    entryPoint: 'scatter_segments',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['element_f32', 'element_i32', 'element_u32', 'element_quad'], ['pairwise']],
    bindings: [
      { name: 'updates', access: 'read', type: 'array<f32>' },
      { name: 'order', access: 'read', type: 'array<u32>' },
      { name: 'starts', access: 'read', type: 'array<u32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: { ROWS: 'u32' },
    params: {
      count: { type: 'u32', offset: 0 },
      picks: { type: 'u32', offset: 4 },
      size: { type: 'u32', offset: 8 },
      inner: { type: 'u32', offset: 12 },
    },
    paramsBytes: 16,
    text: `// scatter_segments: y[b, k, i] = sum over p with index[b, p] = k of x[b, p, i], as scatter_add adds them up: over picks
// that are sorted already, for many results.
// Preludes: element_f32 | element_i32 | element_u32 | element_quad, pairwise
//
// updates [batch, picks, inner], order [batch, picks] of scatter_place and starts [batch, size + 1] of scatter_starts,
// result [batch, size, inner]; \`inner\` in Elements of the prelude. An invocation sums one column of ROWS rows, since what it
// sets up costs more than a short sum; a workgroup computes 64 columns. \`count\` = batch ceil(size / ROWS) inner.
// Dispatch: ceil(count / 64), split over x and y past 65 535.
struct Params { count: u32, picks: u32, size: u32, inner: u32 }

override ROWS: u32 = 1u;

@group(0) @binding(0) var<storage, read> updates: array<Element>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> result: array<Element>;
@group(0) @binding(4) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter_segments(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.count) {
    let column = i % params.inner;
    let blocks = (params.size + ROWS - 1u) / ROWS;
    let batch = i / params.inner / blocks;
    let top = (i / params.inner % blocks) * ROWS;
    var next = starts[batch * (params.size + 1u) + top];
    for (var row = top; row < min(top + ROWS, params.size); row++) {
      let to = starts[batch * (params.size + 1u) + row + 1u];
      var terms = Element();
      var taken = 0u;
      for (var s = next; s < to; s++) {
        terms += updates[order[batch * params.picks + s] * params.inner + column];
        taken++;
        if (taken % RUN == 0u) { carry(terms, taken / RUN - 1u); terms = Element(); }
      }
      result[(batch * params.size + row) * params.inner + column] = gathered(terms, taken / RUN);
      next = to;
    }
  }
}
`,
  },
  scatter_starts: {
    entryPoint: 'scatter_starts',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [],
    bindings: [
      { name: 'picked', access: 'read', type: 'array<i32>' },
      { name: 'order', access: 'read', type: 'array<u32>' },
      { name: 'starts', access: 'read_write', type: 'array<u32>' },
    ],
    overrides: {},
    params: { count: { type: 'u32', offset: 0 }, picks: { type: 'u32', offset: 4 }, size: { type: 'u32', offset: 8 } },
    paramsBytes: 16,
    text: `// scatter_starts: starts[b, k] = the number of picks of b with an index below k, k = 0 .. size, by bisection.
// Preludes: none
//
// picked [batch, picks] (clamped to [0, size)), order [batch, picks] of scatter_place, starts [batch, size + 1]. One
// invocation finds one start; a workgroup 64. \`count\` = batch (size + 1).
// Dispatch: ceil(count / 64), split over x and y past 65 535.
struct Params { count: u32, picks: u32, size: u32 }

@group(0) @binding(0) var<storage, read> picked: array<i32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read_write> starts: array<u32>;
@group(0) @binding(3) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter_starts(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.count) {
    let wanted = i32(i % (params.size + 1u));
    let first = (i / (params.size + 1u)) * params.picks;
    var low = 0u;
    var high = params.picks;
    while (low < high) {
      let middle = (low + high) / 2u;
      if (clamp(picked[order[first + middle]], 0, i32(params.size) - 1) < wanted) { low = middle + 1u; }
      else { high = middle; }
    }
    starts[i] = low;
  }
}
`,
  },
  scatter_totals: {
    entryPoint: 'scatter_totals',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [],
    bindings: [
      { name: 'counts', access: 'read_write', type: 'array<u32>' },
      { name: 'totals', access: 'read_write', type: 'array<u32>' },
    ],
    overrides: {},
    params: { count: { type: 'u32', offset: 0 }, chunks: { type: 'u32', offset: 4 } },
    paramsBytes: 16,
    text: `// scatter_totals: totals[b, d] = sum over c of counts[b, d, c], each of which becomes the sum of those before it.
// Preludes: none
//
// counts [batch, digits, chunks] of scatter_count, totals [batch, digits]. One invocation walks along one digit of one batch
// element; a workgroup 64. \`count\` = batch digits. Dispatch: ceil(count / 64), split over x and y past 65 535.
struct Params { count: u32, chunks: u32 }

@group(0) @binding(0) var<storage, read_write> counts: array<u32>;
@group(0) @binding(1) var<storage, read_write> totals: array<u32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn scatter_totals(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 64u + lane;
  if (i < params.count) {
    var total = 0u;
    for (var c = i * params.chunks; c < (i + 1u) * params.chunks; c++) {
      let own = counts[c];
      counts[c] = total;
      total += own;
    }
    totals[i] = total;
  }
}
`,
  },
  self_test: {
    entryPoint: 'self_test',
    workgroupSize: ['64', '1', '1'],
    enables: [],
    preludes: [['threefry'], ['pointwise'], ['tree', 'tree_subgroup']],
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
  widen: {
    entryPoint: 'widen',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [],
    bindings: [
      { name: 'halves', access: 'read', type: 'array<u32>' },
      { name: 'result', access: 'read_write', type: 'array<f32>' },
    ],
    overrides: {},
    params: { count: { type: 'u32', offset: 0 } },
    paramsBytes: 16,
    text: `// widen: y[i] = x[i], from halves (two in a word) to f32, for kernels that read no halves.
// Preludes: none
//
// halves [ceil(count / 2)] words, result [count]. An invocation writes one element, a workgroup 256.
// Dispatch: ceil(count / 256), split over x and y past 65 535.
struct Params { count: u32 }

@group(0) @binding(0) var<storage, read> halves: array<u32>;
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn widen(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  if (i < params.count) { result[i] = unpack2x16float(halves[i / 2u])[i % 2u]; }
}
`,
  },
  window_copy: {
    entryPoint: 'window_copy',
    workgroupSize: ['256', '1', '1'],
    enables: [],
    preludes: [['words', 'quads'], ['spans']],
    bindings: [
      { name: 'source', access: 'read', type: 'array<u32>' },
      { name: 'result', access: 'read_write', type: 'array<u32>' },
    ],
    overrides: {},
    params: {
      rows: { type: 'u32', offset: 0 },
      width: { type: 'u32', offset: 4 },
      fromStart: { type: 'u32', offset: 8 },
      fromPitch: { type: 'u32', offset: 12 },
      toStart: { type: 'u32', offset: 16 },
      toPitch: { type: 'u32', offset: 20 },
    },
    paramsBytes: 32,
    text: `// window_copy: y[toStart + r toPitch + i] = x[fromStart + r fromPitch + i], r < rows, i < width: slice, pad and concat.
// Preludes: words | quads, spans
//
// source, result: elements of any type, moved bit by bit; all sizes count Words of the prelude. The rest of \`result\` is
// left as it is. Workgroups share the Words, 256 at a time. Dispatch: at most ceil(rows width / 256), split over x and y past 65 535.
struct Params { rows: u32, width: u32, fromStart: u32, fromPitch: u32, toStart: u32, toPitch: u32 }

@group(0) @binding(0) var<storage, read> source: array<Word>;
@group(0) @binding(1) var<storage, read_write> result: array<Word>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn window_copy(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let count = params.rows * params.width;
  let span = span_of(count, 256u, group, groups);
  var row = (span.first + lane) / params.width;
  var column = (span.first + lane) % params.width;
  let turn = vec2u(256u / params.width, 256u % params.width);
  for (var i = span.first + lane; i < span.end; i += 256u) {
    result[params.toStart + row * params.toPitch + column] = source[params.fromStart + row * params.fromPitch + column];
    let next = gone_on(column, turn.y, params.width);
    column = next.place;
    row += turn.x + next.carry;
  }
}
`,
  },
} as const

/** The preludes: whole files that are joined before a body. */
export const PRELUDES = {
  attention_depth_128: `// Prelude: attention of depth up to 128: rows of 32 vec4s, staged 8 at a time.
const QUADS: u32 = 32u;
const STAGED: u32 = 8u;
`,
  attention_depth_32: `// Prelude: attention of depth up to 32: rows of 8 vec4s, staged 32 at a time.
const QUADS: u32 = 8u;
const STAGED: u32 = 32u;
`,
  attention_depth_64: `// Prelude: attention of depth up to 64: rows of 16 vec4s, staged 16 at a time.
const QUADS: u32 = 16u;
const STAGED: u32 = 16u;
`,
  attention_rows: `// Prelude: what the attention kernels of one row a lane share: rows of vec4s padded with zeros.
//
// A kernel gives every lane of a workgroup of 64 one row (a query or a key) in registers, and passes the rows of the other
// side through workgroup memory, STAGED at a time (preludes attention_depth_32, _64, _128).

// Whether loops over a row run over all of its registers, as a GPU wants, or stop at the depth: a driver that compiles for
// a processor unrolls constant loops, which took it 50 s for depth 128.
override WHOLE: bool = true;

const TILE: u32 = 256u;                        // STAGED QUADS, whatever the depth
var<workgroup> tile: array<vec4f, TILE>;
var<workgroup> other: array<vec4f, TILE>;

fn quads() -> u32 {
  return select((params.depth + 3u) / 4u, QUADS, WHOLE);
}

// Workgroup \`index\` of the batch and its heads, and the first row of its block of 64.
fn place_of(index: u32, size: u32) -> vec2u {
  let blocks = (size + 63u) / 64u;
  return vec2u(min(index / blocks, params.rows - 1u), (index % blocks) * 64u);
}
`,
  attention_sizes: `// Prelude: what all attention kernels are told, and which keys count: query t sees the keys below seen_by(t, length), with
// \`causal\` up to t + keyTime - time, with \`masked\` below the length of its row of the batch.
struct Params {
  rows: u32, heads: u32, time: u32, keyTime: u32, depth: u32, causal: u32, masked: u32, scale: f32,
}

// Whether more than BLOCK terms are added up.
override LONG: bool = false;

// Keys that count for query t, at most \`length\` of them.
fn seen_by(t: u32, length: u32) -> u32 {
  return select(length, min(length, t + 1u + params.keyTime - params.time), params.causal != 0u);
}
`,
  attention_tile: `// Prelude: what the attention kernels of one subgroup share. A workgroup of 8 lanes takes 32 rows of one side, 4 a lane, and
// passes over the other side 32 rows at a time: their products are the tiles of contract_subgroup, and no lane needs another's
// numbers but by a shuffle. Results have depths of a block of 32; a deeper attention computes its scores again for each block.

// Workgroup \`index\` of the batch and its heads: row, first of its 32 rows, first of its quads of the depth.
fn tile_of(index: u32, size: u32) -> vec3u {
  let tiles = (size + 31u) / 32u;
  let blocks = (params.depth + 31u) / 32u;
  let place = index / blocks;
  return vec3u(place / tiles, (place % tiles) * 32u, (index % blocks) * 8u);
}

fn quad(x: u32) -> vec4u { return x + vec4u(0u, 1u, 2u, 3u); }
fn exp4(x: vec4f) -> vec4f { return vec4f(exp_(x.x), exp_(x.y), exp_(x.z), exp_(x.w)); }
fn max4(a: vec4f, b: vec4f) -> vec4f { return vec4f(max_(a.x, b.x), max_(a.y, b.y), max_(a.z, b.z), max_(a.w, b.w)); }
`,
  best_largest: `// Prelude (after an element prelude): the largest element is the best, and NaN before all.
fn is_better(a: Element, b: Element) -> bool {
  return !is_undefined(b) && (is_undefined(a) || a > b);
}
`,
  best_smallest: `// Prelude (after an element prelude): the smallest element is the best, and NaN before all.
fn is_better(a: Element, b: Element) -> bool {
  return !is_undefined(b) && (is_undefined(a) || a < b);
}
`,
  compensated: `// Prelude: sums of blocks with what their roundings lost: the error of the whole does not grow with the number of blocks.
//
// The compilers may take (x + y) - x for y, so the sum passes through \`veil\`, which a body sets to a zero that is known at
// run time only. A sum that is infinite or NaN has a rest of NaN, and stays as it is.
const BLOCK: u32 = 256u;                        // terms that are added up one after the other

struct Compensated { sum: vec4f, rest: vec4f }

var<private> veil: u32;

fn compensate(whole: Compensated, part: vec4f) -> Compensated {
  let sum = bitcast<vec4f>(bitcast<vec4u>(whole.sum + part) | vec4u(veil));
  return Compensated(sum, whole.rest + (part - (sum - whole.sum)));
}

// The sum times a factor.
fn rescaled(whole: Compensated, factor: f32) -> Compensated {
  return Compensated(factor * whole.sum, factor * whole.rest);
}

fn compensated(whole: Compensated) -> vec4f {
  let finite = (bitcast<vec4u>(whole.rest) & vec4u(0x7f800000u)) != vec4u(0x7f800000u);
  return select(whole.sum, whole.sum + whole.rest, finite);
}
`,
  element_f32: `// Prelude: the element type of a kernel that is the same for several types, and whether an element is NaN, by its pattern.
alias Element = f32;
fn is_undefined(x: Element) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
// Whether a sum has left f32; terms so small that no sum of them does, and their sum made larger again.
fn is_outside(x: Element) -> bool { return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u; }
fn smaller(x: Element) -> Element { return x * 0x1p-32; }
fn larger(x: Element) -> Element { return x * 0x1p32; }
`,
  element_i32: `// Prelude: the element type of a kernel that is the same for several types, and whether an element is NaN: never.
alias Element = i32;
fn is_undefined(_x: Element) -> bool { return false; }
// Sums of integers wrap, and leave nothing.
fn is_outside(_x: Element) -> bool { return false; }
fn smaller(x: Element) -> Element { return x; }
fn larger(x: Element) -> Element { return x; }
`,
  element_quad: `// Prelude: four f32 at a time as the element type of a kernel, where rows are multiples of 4.
alias Element = vec4f;
`,
  element_u32: `// Prelude: the element type of a kernel that is the same for several types, and whether an element is NaN: never.
alias Element = u32;
fn is_undefined(_x: Element) -> bool { return false; }
// Sums of integers wrap, and leave nothing.
fn is_outside(_x: Element) -> bool { return false; }
fn smaller(x: Element) -> Element { return x; }
fn larger(x: Element) -> Element { return x; }
`,
  join_subgroup: `// Prelude (after a reduction): join_tree.wgsl for workgroups of one subgroup of 8 lanes, on software adapters: no barrier, no
// workgroup memory.
enable subgroups;
const JOINED: u32 = 8u;

fn joined(_lane: u32, x: Element) -> Element {
  let a = reduce_pair(x, subgroupShuffleXor(x, 1u));
  let b = reduce_pair(a, subgroupShuffleXor(a, 2u));
  return reduce_pair(b, subgroupShuffleXor(b, 4u));
}
`,
  join_tree: `// Prelude (after a reduction): one value per lane of 64 under the reduction, by a fixed tree; lane 0 has the result.
const JOINED: u32 = 64u;

var<workgroup> leaves: array<Element, 64>;

fn joined(lane: u32, x: Element) -> Element {
  leaves[lane] = x;
  workgroupBarrier();
  for (var half = 32u; half > 0u; half /= 2u) {
    if (lane < half) { leaves[lane] = reduce_pair(leaves[lane], leaves[lane + half]); }
    workgroupBarrier();
  }
  return leaves[0];
}
`,
  lane_totals: `// Prelude: totals of one value per lane over a workgroup of 256 lanes.
//
// Totals are fixed trees, so equal inputs give equal bits, and a sum is monotone in each of its terms. Call from uniform
// control flow with \`lane\` = local_invocation_index; every lane has the result.
const LANES: u32 = 256u;

var<workgroup> sums: array<vec4f, 256>;
var<workgroup> counts: array<vec4u, 256>;

fn total_counts(lane: u32, x: vec4u) -> vec4u {
  counts[lane] = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { counts[lane] += counts[lane + half]; }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&counts[0]);
}

fn total_sums(lane: u32, x: vec4f) -> vec4f {
  sums[lane] = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { sums[lane] += sums[lane + half]; }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&sums[0]);
}

fn largest(lane: u32, x: u32) -> u32 {
  counts[lane].x = x;
  workgroupBarrier();
  for (var half = LANES / 2u; half > 0u; half /= 2u) {
    if (lane < half) { counts[lane].x = max(counts[lane].x, counts[lane + half].x); }
    workgroupBarrier();
  }
  return workgroupUniformLoad(&counts[0]).x;
}

// A total as one that control flow may depend on: it is so already.
fn alike(_lane: u32, x: u32) -> u32 { return x; }
`,
  lane_totals_subgroup: `// Prelude: lane_totals.wgsl for workgroups of one subgroup of 8 lanes, on software adapters: no barrier but in \`alike\`.
//
// Fixed trees again, monotone in each term. Call from uniform control flow; every lane has the result, and \`alike\` makes it one
// that control flow may depend on.
enable subgroups;
const LANES: u32 = 8u;

var<workgroup> agreed: u32;

fn total_counts(_lane: u32, x: vec4u) -> vec4u {
  let a = x + subgroupShuffleXor(x, 1u);
  let b = a + subgroupShuffleXor(a, 2u);
  return b + subgroupShuffleXor(b, 4u);
}

fn total_sums(_lane: u32, x: vec4f) -> vec4f {
  let a = x + subgroupShuffleXor(x, 1u);
  let b = a + subgroupShuffleXor(a, 2u);
  return b + subgroupShuffleXor(b, 4u);
}

fn largest(_lane: u32, x: u32) -> u32 {
  let a = max(x, subgroupShuffleXor(x, 1u));
  let b = max(a, subgroupShuffleXor(a, 2u));
  return max(b, subgroupShuffleXor(b, 4u));
}

fn alike(lane: u32, x: u32) -> u32 {
  if (lane == 0u) { agreed = x; }
  return workgroupUniformLoad(&agreed);
}
`,
  left_f16: `// Prelude: the left operand of a contraction as halves, two in a word, which no feature is needed to read.
alias LeftOne = u32;
alias LeftQuad = vec2u;
fn left_word(i: u32) -> u32 { return i / 2u; }
fn left_one(word: LeftOne, i: u32) -> f32 { return unpack2x16float(word)[i % 2u]; }
fn left_four(words: LeftQuad) -> vec4f { return vec4f(unpack2x16float(words.x), unpack2x16float(words.y)); }
`,
  left_f32: `// Prelude: the left operand of a contraction as it is: f32, alone or four at a time.
alias LeftOne = f32;
alias LeftQuad = vec4f;
fn left_word(i: u32) -> u32 { return i; }
fn left_one(word: LeftOne, _i: u32) -> f32 { return word; }
fn left_four(words: LeftQuad) -> vec4f { return words; }
`,
  lstm_draw: `// Prelude: drawing from, and scoring under, softmax(logits / temperature) for one row of a tile (lstm_tile).
//
// The logits [V, TILE_ROWS] lie in \`tile_scratch\`. Sums run over symbols in order.

// (max, sum of e^(logit - max)) of a row, logits divided by the temperature.
fn tile_softmax(row: u32, scale: f32) -> vec2<f32> {
  var largest = tile_scratch[row] * scale;
  for (var v = 1u; v < params.vocabulary; v++) { largest = max_(largest, tile_scratch[v * TILE_ROWS + row] * scale); }
  var total = 0.0;
  for (var v = 0u; v < params.vocabulary; v++) { total += exp_(tile_scratch[v * TILE_ROWS + row] * scale - largest); }
  return vec2<f32>(largest, total);
}

// Inverse distribution function: the first v with u total < w_0 + ... + w_v. The comparison is strict and u > 0, so a
// symbol of weight 0 is never drawn; rounding at the upper end falls back to the last symbol of positive weight.
fn tile_draw(row: u32, scale: f32, softmax: vec2<f32>, u: f32) -> u32 {
  var cumulative = 0.0;
  var drawn = 0u;
  for (var v = 0u; v < params.vocabulary; v++) {
    let w = exp_(tile_scratch[v * TILE_ROWS + row] * scale - softmax.x);
    if (w > 0.0 && cumulative <= u * softmax.y) { drawn = v; }
    cumulative += w;
  }
  return drawn;
}

fn tile_log_softmax(row: u32, scale: f32, softmax: vec2<f32>, symbol: u32) -> f32 {
  return tile_scratch[symbol * TILE_ROWS + row] * scale - softmax.x - log_(softmax.y);
}
`,
  lstm_gates: `// Prelude: gates[r] += sum over k of h[k, r] weights[row + k, neuron], h [hidden, TILE_ROWS] at \`base\` in \`state\`.
//
// Portable: h is staged in workgroup memory, so SCRATCH >= hidden TILE_ROWS. Call it in uniform control flow.
fn tile_accumulate(gates: ptr<function, TileGates>, base: u32, row: u32, neuron: u32, lane: u32) {
  workgroupBarrier();
  for (var i = lane; i < params.hidden * TILE_ROWS; i += LANES) { tile_scratch[i] = state[base + i]; }
  workgroupBarrier();
  for (var block = 0u; block < params.hidden; block += 256u) {
    var part = TileGates();
    for (var k = block; k < min(block + 256u, params.hidden); k++) {
      let w = tile_weight(row + k, neuron);
      for (var r = 0u; r < TILE_ROWS; r++) { part[r] = fma(vec4<f32>(tile_scratch[k * TILE_ROWS + r]), w, part[r]); }
    }
    for (var r = 0u; r < TILE_ROWS; r++) { (*gates)[r] += part[r]; }
  }
}
`,
  lstm_gates_subgroup: `// Prelude: gates[r] += sum over k of h[k, r] weights[row + k, neuron], h [hidden, 16] at \`base\` in \`state\`.
//
// For subgroups of at least 8 (written for software adapters, where a load costs more than eight products): lane s of a
// subgroup loads rows s mod 8 and 8 + s mod 8, and all broadcast. TILE_ROWS = 16; call it in uniform control flow.
enable subgroups;

var<private> tile_subgroup_lane: u32;   // set at entry

fn tile_broadcast(v: f32) -> mat2x4<f32> {
  return mat2x4<f32>(
    subgroupBroadcast(v, 0u), subgroupBroadcast(v, 1u), subgroupBroadcast(v, 2u), subgroupBroadcast(v, 3u),
    subgroupBroadcast(v, 4u), subgroupBroadcast(v, 5u), subgroupBroadcast(v, 6u), subgroupBroadcast(v, 7u));
}

fn tile_accumulate(gates: ptr<function, TileGates>, base: u32, row: u32, neuron: u32, lane: u32) {
  let mine = base + (tile_subgroup_lane & 7u);
  for (var block = 0u; block < params.hidden; block += 256u) {
    var part = TileGates();
    for (var k = block; k < min(block + 256u, params.hidden); k++) {
      let w = tile_weight(row + k, neuron);
      let low = tile_broadcast(state[mine + k * 16u]);
      let high = tile_broadcast(state[mine + k * 16u + 8u]);
      for (var r = 0u; r < 8u; r++) {
        part[r] = fma(vec4<f32>(low[r / 4u][r % 4u]), w, part[r]);
        part[r + 8u] = fma(vec4<f32>(high[r / 4u][r % 4u]), w, part[r + 8u]);
      }
    }
    for (var r = 0u; r < 16u; r++) { (*gates)[r] += part[r]; }
  }
}
`,
  lstm_rows_16: `// Prelude: 16 rows of the batch in a tile of lstm_tile.
const TILE_ROWS = 16u;
`,
  lstm_rows_4: `// Prelude: 4 rows of the batch in a tile of lstm_tile.
const TILE_ROWS = 4u;
`,
  lstm_rows_8: `// Prelude: 8 rows of the batch in a tile of lstm_tile.
const TILE_ROWS = 8u;
`,
  lstm_tile: `// Prelude: one time step of an L-layer LSTM for a tile of TILE_ROWS rows, by one workgroup; and the logits above it.
//
//   (i, f, g, o) = x U + h W + b,  c' = sigmoid(f) c + sigmoid(i) tanh(g),  h' = sigmoid(o) tanh(c'),
//   logits = h'_top outputWeight + outputBias.  Layer 0 reads a symbol (a row of U), layer l > 0 the h' of layer l - 1.
//
// The body declares LANES, SCRATCH, weights, output, state, params; the prelude lstm_gates (or lstm_gates_subgroup)
// tile_accumulate. Layouts, row-major:
//   weights [V + L + (2L - 1) hidden, hidden] of vec4 (i, f, g, o), made by lstm_pack: the V rows of U of layer 0; the
//           L biases; W of layer 0; then U, W of layer 1, of layer 2, ...: U of layer l > 0 starts at row
//           V + L + (2l - 1) hidden, W of layer l at row V + L + 2l hidden.
//   output  [hidden + 1, V]: outputWeight, then outputBias.
//   state   [tiles, L, 3, hidden, TILE_ROWS]: scratch memory of any contents: h at even times, h at odd times, c.
// Each lane computes all gates of one neuron (of every LANES-th) for the whole tile. Control flow is uniform.
alias TileGates = array<vec4<f32>, TILE_ROWS>;

var<workgroup> tile_scratch: array<f32, SCRATCH>;
var<workgroup> tile_previous: array<u32, TILE_ROWS>;       // the symbol that each row reads

fn tile_plane(tile: u32, layer: u32, which: u32) -> u32 {
  return ((tile * params.layers + layer) * 3u + which) * params.hidden * TILE_ROWS;
}

fn tile_weight(row: u32, neuron: u32) -> vec4<f32> {
  return weights[row * params.hidden + neuron];
}

// Updates h and c of one neuron from its gates.
fn tile_update(gates: ptr<function, TileGates>, cells: u32, hiddens: u32) {
  for (var r = 0u; r < TILE_ROWS; r++) {
    let gate = (*gates)[r];
    let cell = sigmoid_(gate.y) * state[cells + r] + sigmoid_(gate.x) * tanh_(gate.z);
    state[cells + r] = cell;
    state[hiddens + r] = sigmoid_(gate.w) * tanh_(cell);
  }
}

// The state before time 0: zero. It is multiplied like any other, so that a weight that is NaN shows at once.
fn tile_begin(tile: u32, lane: u32) {
  for (var layer = 0u; layer < params.layers; layer++) {
    for (var i = lane; i < params.hidden * TILE_ROWS; i += LANES) {
      state[tile_plane(tile, layer, 1u) + i] = 0.0;
      state[tile_plane(tile, layer, 2u) + i] = 0.0;
    }
  }
  storageBarrier();
  workgroupBarrier();
}

// All layers at time \`time\`: reads \`tile_previous\` and the state of time - 1.
fn tile_advance(tile: u32, lane: u32, time: u32) {
  let now = time & 1u;
  let matrices = params.vocabulary + params.layers;
  for (var layer = 0u; layer < params.layers; layer++) {
    for (var start = 0u; start < params.hidden; start += LANES) {
      let neuron = min(start + lane, params.hidden - 1u);
      let bias = tile_weight(params.vocabulary + layer, neuron);
      var gates: TileGates;
      for (var r = 0u; r < TILE_ROWS; r++) { gates[r] = bias; }
      if (layer == 0u) {
        for (var r = 0u; r < TILE_ROWS; r++) { gates[r] += tile_weight(tile_previous[r], neuron); }
      } else {
        let input = matrices + (2u * layer - 1u) * params.hidden;
        tile_accumulate(&gates, tile_plane(tile, layer - 1u, now), input, neuron, lane);
      }
      let recurrent = matrices + 2u * layer * params.hidden;
      tile_accumulate(&gates, tile_plane(tile, layer, 1u - now), recurrent, neuron, lane);
      if (start + lane < params.hidden) {
        let at = neuron * TILE_ROWS;
        tile_update(&gates, tile_plane(tile, layer, 2u) + at, tile_plane(tile, layer, now) + at);
      }
    }
    storageBarrier();
    workgroupBarrier();
  }
}

// Writes the logits [V, TILE_ROWS] of time \`time\` to \`tile_scratch\`. When lanes abound, a sum over hidden is split.
fn tile_logits(tile: u32, lane: u32, time: u32) {
  let top = tile_plane(tile, params.layers - 1u, time & 1u);
  let items = TILE_ROWS * params.vocabulary;
  let parts = max(1u, LANES / items);
  for (var item = lane; item < parts * items; item += LANES) {
    let symbol = (item / TILE_ROWS) % params.vocabulary;
    let part = item / items;
    var sum = select(0.0, output[params.hidden * params.vocabulary + symbol], part == 0u);
    for (var first = part; first < params.hidden; first += 256u * parts) {
      var block = 0.0;
      for (var k = first; k < min(first + 256u * parts, params.hidden); k += parts) {
        block += state[top + k * TILE_ROWS + item % TILE_ROWS] * output[k * params.vocabulary + symbol];
      }
      sum += block;
    }
    tile_scratch[item] = sum;
  }
  workgroupBarrier();
  for (var item = lane; item < items; item += LANES) {
    for (var part = 1u; part < parts; part++) { tile_scratch[item] += tile_scratch[item + part * items]; }
  }
  workgroupBarrier();
}
`,
  ordered: `// Prelude: a pattern that is ordered like the floats; both zeros have one, and NaN one above all.
fn ordered(x: f32) -> u32 {
  let given = bitcast<u32>(x);
  let bits = select(select(given, 0x7fc00000u, (given & 0x7fffffffu) > 0x7f800000u), 0u, (given << 1u) == 0u);
  return select(bits | 0x80000000u, ~bits, (bits & 0x80000000u) != 0u);
}
`,
  pairwise: `// Prelude (after element_*.wgsl): sums of many terms, by runs of RUN terms that are added up in pairs: the error grows like log n.
//
// \`carry\` takes the run with number \`run\`, from 0 on; \`gathered\` adds what is left to all runs before it.
const RUN: u32 = 64u;

var<private> levels: array<Element, 26>;

fn carry(terms: Element, run: u32) {
  var sum = terms;
  var level = 0u;
  for (var rest = run; (rest & 1u) == 1u; rest >>= 1u) {
    sum = levels[level] + sum;
    level++;
  }
  levels[level] = sum;
}

fn gathered(terms: Element, runs: u32) -> Element {
  var sum = terms;
  for (var level = 0u; (runs >> level) > 0u; level++) {
    if (((runs >> level) & 1u) == 1u) { sum = levels[level] + sum; }
  }
  return sum;
}
`,
  pointwise: `// Prelude: elementary functions with ranges of their own, accurate over all of f32, in which NaN and infinities go through.
//
// WGSL lets a driver assume that no value is infinite or NaN: \`x != x\` and max(x, y) may lose a NaN, and a constant may not
// be one. What a bit pattern says is certain, so NaN is told from its pattern, and made from patterns that no compiler can
// know. The builtins exp, log, pow and tanh lose up to all of their digits; these are Cody-Waite reductions with
// polynomials (Moshier's Cephes, fdlibm). docs/accuracy.md has the largest errors. Names end in an underscore so that
// none shadows a builtin.

const SMALLEST_NORMAL: f32 = 1.1754944e-38;     // 2^-126
const HIGH_LOG_2: f32 = 0.693359375;            // log 2 = 0.693359375 - 2.12194440e-4; its multiples below 2^15 are exact
const LOW_LOG_2: f32 = -2.1219444e-4;

fn is_nan_(x: f32) -> bool { return (bitcast<u32>(x) & 0x7fffffffu) > 0x7f800000u; }
fn is_finite_(x: f32) -> bool { return (bitcast<u32>(x) & 0x7f800000u) != 0x7f800000u; }

// NaN and infinity, as patterns that depend on a value at run time; \`size\` is below 2^31.
fn nan_(x: f32) -> f32 { return bitcast<f32>(0x7fc00000u | (bitcast<u32>(x) & 1u)); }
fn infinity_(size: u32) -> f32 { return bitcast<f32>(0x7f800000u + (size >> 31u)); }

// The larger and the smaller of two values; NaN where one is.
fn max_(a: f32, b: f32) -> f32 { return select(select(max(a, b), b, is_nan_(b)), a, is_nan_(a)); }
fn min_(a: f32, b: f32) -> f32 { return select(select(min(a, b), b, is_nan_(b)), a, is_nan_(a)); }

// A whole number below 2^22 in size as an integer, by its pattern: a conversion goes lane by lane on software adapters.
fn whole_(n: f32) -> i32 { return bitcast<i32>(n + 12582912.0) - 0x4b400000; }

// 2^n, -126 <= n <= 127.
fn power_of_two_(n: i32) -> f32 { return bitcast<f32>(u32(n + 127) << 23u); }

// x 2^n for |n| <= 250, with overflow to infinity and underflow to 0 or a subnormal.
fn scaled_(x: f32, n: i32) -> f32 { return x * power_of_two_(n >> 1u) * power_of_two_(n - (n >> 1u)); }

// e^x: infinite above 88.73, subnormal or 0 below -87.34.
fn exp_(x: f32) -> f32 {
  let y = clamp(x, -104.0, 89.0);
  let n = round(y * 1.442695);
  let r = fma(-n, LOW_LOG_2, fma(-n, HIGH_LOG_2, y));
  let p = 0.5 + r * (0.16666667 + r * (0.041665796 + r * (0.008333452 + r * (0.0013982 + r * 0.00019875691))));
  return select(scaled_(1.0 + (r + r * r * p), whole_(n)), x, is_nan_(x));
}

// e^x - 1 = 2^n (e^r - 1 + 1 - 2^-n).
fn expm1_(x: f32) -> f32 {
  let y = clamp(x, -18.0, 89.0);
  let n = round(y * 1.442695);
  let r = fma(-n, LOW_LOG_2, fma(-n, HIGH_LOG_2, y));
  let p = 0.5 + r * (0.16666667 + r * (0.041666668 + r * (0.008333334 + r * (0.0013888889 + r * 0.0001984127))));
  let k = whole_(n);
  return select(scaled_(fma(r * r, p, r) + (1.0 - power_of_two_(-min(k, 126))), k), x, is_nan_(x));
}

// log x for x >= 2^-126; smaller, zero and negative x give log 2^-126 = -87.34.
fn log_(x: f32) -> f32 {
  let bits = bitcast<u32>(max(x, SMALLEST_NORMAL)) - 0x3f3504f3u;         // of a mantissa in [sqrt 1/2, sqrt 2)
  let n = f32(bitcast<i32>(bits) >> 23u);
  let f = bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u) - 1.0;
  let z = f * f;
  let p = 0.33333331 + f * (-0.24999994 + f * (0.20000715 + f * (-0.16668058 + f * (0.14249323 + f * (-0.12420141
    + f * (0.116769987 + f * (-0.1151461 + f * 0.070376836)))))));
  let y = n * HIGH_LOG_2 + (f + (z * (f * p - 0.5) + n * LOW_LOG_2));
  return select(y, x, is_nan_(x) || bitcast<u32>(x) == 0x7f800000u);
}

// log(1 + x), x > -1: 2 artanh(x / (2 + x)) by its series on [-0.4, 0.5]. x <= -1 gives log_(0). s is twice the argument, which
// would be subnormal, and flushed to 0, where x is not.
fn log1p_(x: f32) -> f32 {
  let s = 2.0 * x / (2.0 + max(x, -1.0));
  let z = 0.25 * s * s;
  let p = 0.33333334 + z * (0.2 + z * (0.14285715 + z * (0.11111111 + z * (0.09090909 + z * 0.07692308))));
  return select(log_(1.0 + x), s + s * z * p, abs(x - 0.05) <= 0.45);
}

// tanh x = sign(x) e / (e + 2), e = expm1(2|x|); +-1 beyond 10.
fn tanh_(x: f32) -> f32 {
  let e = expm1_(2.0 * min(abs(x), 10.0));
  return select(select(e, -e, x < 0.0) / (e + 2.0), x, is_nan_(x));
}

// 1 / (1 + e^-x).
fn sigmoid_(x: f32) -> f32 {
  let e = exp_(-abs(x));
  return select(1.0, e, x < 0.0) / (1.0 + e);
}

// log(1 + e^x) = max(x, 0) + log1p(e^-|x|).
fn softplus_(x: f32) -> f32 {
  return max(x, 0.0) + log1p_(exp_(-abs(x)));
}

// log(e^a + e^b) = max(a, b) + log1p(e^-|a - b|); minus infinity is its zero.
fn log_add_exp_(a: f32, b: f32) -> f32 {
  let gap = select(-abs(a - b), 0.0, bitcast<u32>(a) == bitcast<u32>(b));
  return max(a, b) + log1p_(exp_(gap));
}

fn sqrt_(x: f32) -> f32 {
  return select(select(0.0, sqrt(x), x > 0.0), x, is_nan_(x) || bitcast<u32>(x) == 0x7f800000u);
}

// The first 12 bits of x: squares of such numbers are exact.
fn head_(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) & 0xfffff000u); }

// e^(high + low) = 2^n (1 + m) as (m, n), for -150 <= high <= 0 and |low| <= 0.08: a sum of two keeps the digits of an exponent.
fn exp_of_sum_(high: f32, low: f32) -> vec2f {
  let n = round((high + low) * 1.442695);
  let r = fma(-n, LOW_LOG_2, fma(-n, HIGH_LOG_2, high) + low);
  let p = 0.5 + r * (0.16666667 + r * (0.041665796 + r * (0.008333452 + r * (0.0013982 + r * 0.00019875691))));
  return vec2f(r + r * r * p, n);
}

// What the rounded product p = a b lacks.
fn product_error_(a: f32, b: f32, p: f32) -> f32 {
  let ah = head_(a);
  let bh = head_(b);
  return ((ah * bh - p) + (ah * (b - bh) + (a - ah) * bh)) + (a - ah) * (b - bh);
}

// erfc(a) e^(a^2) for 0 <= a <= 11: t = 1 / (1 + a / 2) times a polynomial in t, relative error 4e-9.
fn tail_(a: f32) -> f32 {
  let t = 1.0 / (1.0 + 0.5 * a);
  let u = t - 0.5;
  return t * (0.51079136 + u * (0.6871607 + u * (0.55894346 + u * (0.14576792 + u * (-0.17204227 + u * (-0.10364048
    + u * (0.09796585 + u * (0.05358901 + u * (-0.075907324 + u * (-0.01346152 + u * 0.03715067))))))))));
}

// 1 - erf x for x >= 0: the square in the exponent is split, since its rounding would be an error of e^-x^2.
fn erfc_(x: f32) -> f32 {
  let a = min(x, 10.5);
  let h = head_(a);
  let e = exp_of_sum_(-h * h, (h - a) * (h + a));
  let tail = tail_(a);
  return scaled_(tail + tail * e.x, whole_(e.y));
}

// erf a for 0 <= a < 0.5, by its Taylor series.
fn erf_series_(a: f32) -> f32 {
  let z = min(a * a, 1.0);
  return a * (1.1283792 - z * (0.37612638 - z * (0.11283792 - z * (0.026866170 - z * (0.0052239776 - z * 0.0008548327)))));
}

fn erf_(x: f32) -> f32 {
  let a = abs(x);
  let e = select(1.0 - erfc_(a), erf_series_(a), a < 0.5);
  return select(select(e, -e, x < 0.0), x, is_nan_(x));
}

// e^(-a^2 / 2) = 2^n (1 + m) as (m, n) for 0 <= a <= 15, the square split as in erfc_.
fn bell_(a: f32) -> vec2f {
  let h = head_(a);
  return exp_of_sum_(-0.5 * h * h, 0.5 * (h - a) * (h + a));
}

// factor Phi(-a) for 0.69 <= a <= 15: t = 1 / (1 + a / 2) times a polynomial in t, relative error 8e-10, times e^(-a^2 / 2).
// t and the polynomial are sums of 12 bits and a rest, so that their product rounds once.
fn normal_tail_(a: f32, factor: f32) -> f32 {
  let d = 1.0 + 0.5 * a;
  let dh = head_(d);
  let reciprocal = 1.0 / d;
  let th = head_(reciprocal);
  let tl = reciprocal * ((1.0 - th * dh) - th * (0.5 * a - (dh - 1.0)));
  let u = (th - 0.4375) + tl;
  let v = u * (0.32249615 + u * (0.084769624 + u * (-0.1414608 + u * (-0.040490438 + u * (0.12546536 + u * (-0.028036763
    + u * (-0.11089971 + u * (0.11841664 + u * (0.048979966 + u * -0.15453565)))))))));
  let ph = head_(0.3157519 + v);
  let pl = v - (ph - 0.3157519);
  let product = th * ph;
  let rest = th * pl + tl * (ph + pl);
  let e = bell_(a);
  return scaled_(factor * (product + (rest + (product + rest) * e.x)), whole_(e.y));
}

// factor Phi(x), Phi the standard normal distribution function: exact in both tails.
fn normal_times_(x: f32, factor: f32) -> f32 {
  let a = min(abs(x), 15.0);
  let below = normal_tail_(a, factor);
  let series = 0.5 * erf_series_(0.70710677 * a);
  let far = select(factor - below, below, x < 0.0);
  return select(far, factor * select(0.5 + series, 0.5 - series, x < 0.0), a < 0.7);
}

// x Phi(x); 0 where Phi is.
fn gelu_(x: f32) -> f32 {
  return select(select(normal_times_(x, x), 0.0, x < -14.5), x, is_nan_(x) || bitcast<u32>(x) == 0x7f800000u);
}

// Phi(x) + x phi(x), phi the standard normal density: its relative error is large where it is 0, near -0.752.
fn gelu_slope_(x: f32) -> f32 {
  let y = clamp(x, -15.0, 15.0);
  let e = bell_(abs(y));
  return select(normal_times_(y, 1.0) + scaled_(0.3989423 * (y + y * e.x), whole_(e.y)), x, is_nan_(x));
}

// 2 sqrt(2 / pi) (y + 0.044715 y^3) as the sum of a number of 12 bits and a rest, |y| <= 12.
fn gelu_argument_(y: f32) -> vec2f {
  let square = y * y;
  let cube = square * y;
  let linear = 1.5957692 * y;
  let bent = 0.071354814 * cube;
  let cube_rest = product_error_(square, y, cube) + product_error_(y, y, square) * y;
  let rest = (product_error_(1.5957692, y, linear) - 4.534068e-8 * y)
    + (product_error_(0.071354814, cube, bent) + (0.071354814 * cube_rest + 2.3988323e-9 * cube));
  let high = head_(linear + bent);
  let larger = select(bent, linear, abs(linear) > abs(bent));
  let smaller = select(linear, bent, abs(linear) > abs(bent));
  return vec2f(high, ((larger - high) + smaller) + rest);
}

// e^-|z| of a value in two parts, = 2^n (1 + m) as (m, n).
fn decay_(z: vec2f) -> vec2f { return exp_of_sum_(-abs(z.x), select(-z.y, z.y, z.x < 0.0)); }

// The tanh approximation of gelu_ (Hendrycks and Gimpel 2016), as in GPT-2: (1 + tanh u) / 2 = sigmoid(2 u).
fn gelu_tanh_(x: f32) -> f32 {
  let z = gelu_argument_(clamp(x, -12.0, 12.0));
  let m = decay_(z);
  let e = scaled_(1.0 + m.x, whole_(m.y));
  let y = x * (select(1.0, e, z.x < 0.0) / (1.0 + e));
  return select(select(y, 0.0, x < -12.0), x, is_nan_(x));
}

// Its derivative s + s (1 - s) x z', z = 2 u, s = sigmoid(z) and x z' = z + 2 sqrt(2 / pi) 0.08943 x^3, over one denominator.
fn gelu_tanh_slope_(x: f32) -> f32 {
  let y = clamp(x, -12.0, 12.0);
  let z = gelu_argument_(y);
  let m = decay_(z);
  let e = scaled_(1.0 + m.x, whole_(m.y));
  let d = 1.0 + e;
  let rise = z.x + (z.y + 0.14270963 * (y * y * y));
  let whole = (d + select(e, 1.0, z.x < 0.0) * rise) / (d * d);
  let slope = select(whole, scaled_(whole + whole * m.x, whole_(m.y)), z.x < 0.0);
  return select(select(slope, 0.0, x < -12.0), x, is_nan_(x));
}
`,
  pointwise_ops: `// Prelude (after pointwise.wgsl): the functions that fused pointwise runs call, one for each operation and operand type.
//
// Named operation_type, the type being that of the first operand (of the values for \`where\`); bool is a u32, 0 or 1.
// Each follows the formula of its operation in lib/ops for every operand, NaN and infinities included.

// 0, which no compiler knows: the entry point sets it from a size. x - x, 0 x, (x + y) - x and their like may be simplified
// as if every value were finite, and are not where both operands are hidden behind it, each in another way: what is hidden
// alike is alike, and (x + y) - x would still be y.
var<private> nought: u32;
fn veiled(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) | nought); }
fn hidden(x: f32) -> f32 { return bitcast<f32>(bitcast<u32>(x) ^ nought); }

fn identity_f32(x: f32) -> f32 { return x; }
fn identity_i32(x: i32) -> i32 { return x; }
fn identity_u32(x: u32) -> u32 { return x; }
fn identity_bool(x: u32) -> u32 { return x; }

fn add_f32(x: f32, y: f32) -> f32 { return veiled(x) + hidden(y); }
fn add_i32(x: i32, y: i32) -> i32 { return x + y; }
fn add_u32(x: u32, y: u32) -> u32 { return x + y; }
fn subtract_f32(x: f32, y: f32) -> f32 { return veiled(x) - hidden(y); }
fn subtract_i32(x: i32, y: i32) -> i32 { return x - y; }
fn subtract_u32(x: u32, y: u32) -> u32 { return x - y; }
fn multiply_f32(x: f32, y: f32) -> f32 { return veiled(x) * hidden(y); }
fn multiply_i32(x: i32, y: i32) -> i32 { return x * y; }
fn multiply_u32(x: u32, y: u32) -> u32 { return x * y; }
fn maximum_f32(x: f32, y: f32) -> f32 { return max_(x, y); }
fn maximum_i32(x: i32, y: i32) -> i32 { return max(x, y); }
fn maximum_u32(x: u32, y: u32) -> u32 { return max(x, y); }
fn minimum_f32(x: f32, y: f32) -> f32 { return min_(x, y); }
fn minimum_i32(x: i32, y: i32) -> i32 { return min(x, y); }
fn minimum_u32(x: u32, y: u32) -> u32 { return min(x, y); }
fn negate_f32(x: f32) -> f32 { return -x; }
fn negate_i32(x: i32) -> i32 { return -x; }

// Integers truncate; x / 0 = 0 and x remainder 0 = 0. The remainder has the sign of y.
fn divide_f32(x: f32, y: f32) -> f32 { return veiled(x) / hidden(y); }
fn divide_i32(x: i32, y: i32) -> i32 { return select(x / select(y, 1, y == 0), 0, y == 0); }
fn divide_u32(x: u32, y: u32) -> u32 { return select(x / select(y, 1u, y == 0u), 0u, y == 0u); }
// By long division: what is taken away, y times a power of 2, is at most the rest and more than half of it, so no digit is lost.
fn remainder_f32(x: f32, y: f32) -> f32 {
  if (!is_finite_(x) || abs(y) < SMALLEST_NORMAL || is_nan_(y)) { return nan_(x); }
  var rest = abs(x);
  if (is_finite_(y)) {
    let unit = bitcast<u32>(y) & 0x7fffffffu;
    for (var i = 0u; i < 280u && rest >= abs(y); i++) {
      let bits = unit + (((bitcast<u32>(rest) >> 23u) - (unit >> 23u)) << 23u);
      rest -= bitcast<f32>(select(bits, bits - 0x800000u, bitcast<f32>(bits) > rest));
    }
  }
  let signed = select(rest, -rest, x < 0.0);
  return select(signed, signed + y, rest != 0.0 && (x < 0.0) != (y < 0.0));
}
fn remainder_i32(x: i32, y: i32) -> i32 {
  let r = select(x % select(y, 1, y == 0), 0, y == 0);
  return select(r, r + y, r != 0 && ((r < 0) != (y < 0)));
}
fn remainder_u32(x: u32, y: u32) -> u32 { return select(x % select(y, 1u, y == 0u), 0u, y == 0u); }

// g x, with 0 x = 0 for every x.
fn annihilate_f32(g: f32, x: f32) -> f32 { return select(g * hidden(x), 0.0, g == 0.0); }

// |x|^y, x^0 = 1^y = 1 and 0^y = 0; whole exponents up to 4 by multiplication.
fn power_f32(x: f32, y: f32) -> f32 {
  let base = abs(x);
  if ((y == 0.0 && !is_nan_(y)) || (base == 1.0 && !is_nan_(x))) { return 1.0; }
  if (is_nan_(x) || is_nan_(y)) { return select(y, x, is_nan_(x)); }
  if (base == 0.0) { return 0.0; }
  let size = abs(y);
  if (size == floor(size) && size <= 4.0) {
    var product = base;
    for (var i = 1u; i < u32(size); i++) { product *= base; }
    return select(product, 1.0 / product, y < 0.0);
  }
  if (!is_finite_(x)) { return select(base, 0.0, y < 0.0); }
  if (!is_finite_(y)) { return exp_((base - 1.0) * hidden(y)); }
  return general_power(base, y);
}

// base^y for finite base > 0 and y, log2 base in two parts (fdlibm's e_powf).
fn general_power(base: f32, y: f32) -> f32 {
  let small = base < SMALLEST_NORMAL;
  let bits = bitcast<u32>(select(base, base * 16777216.0, small)) - 0x3f3504f3u;
  let n = f32((bitcast<i32>(bits) >> 23u) - select(0, 24, small));
  let m = bitcast<f32>((bits & 0x007fffffu) + 0x3f3504f3u);
  let u = m - 1.0;
  let v = 1.0 / (m + 1.0);
  let s = u * v;
  let sh = head_(s);
  let dh = head_(m + 1.0);                       // the denominator in two parts
  let sl = v * ((u - sh * dh) - sh * (m - (dh - 1.0)));
  let s2 = s * s;
  let r = s2 * s2 * (0.6 + s2 * (0.42857143 + s2 * (0.33333334 + s2 * (0.27272812 + s2 * (0.23066075 + s2 * 0.20697501)))))
    + sl * (sh + s);
  let square = sh * sh;
  let th = head_(3.0 + square + r);
  let tl = r - ((th - 3.0) - square);
  let big = sh * th;
  let rest = sl * th + tl * s;
  let ph = head_(big + rest);
  let pl = rest - (ph - big);
  let zh = 0.96191406 * ph;                      // 2 / (3 log 2) = 0.96191406 - 0.00011736857
  let zl = -0.00011736857 * ph + pl * 0.9617967;
  let high = head_((zh + zl) + n);
  let low = zl - ((high - n) - zh);
  let yh = head_(y);
  let product = yh * high;
  let correction = (y - yh) * high + y * low;
  let inside = abs(product) < 155.0;             // else the power overflows or is 0
  let k = round(select(clamp(product, -160.0, 160.0), product + correction, inside));
  let t = select(0.0, (product - k) + correction, inside);
  let w = t * 0.6931472;
  let p = 0.5 + w * (0.16666667 + w * (0.041665796 + w * (0.008333452 + w * (0.0013982 + w * 0.00019875691))));
  return scaled_(1.0 + (w + w * w * p), whole_(k));
}

// By bits.
fn is_finite_f32(x: f32) -> u32 { return select(0u, 1u, is_finite_(x)); }

// No order with NaN.
fn comparable(x: f32, y: f32) -> bool { return !is_nan_(x) && !is_nan_(y); }
fn equal_f32(x: f32, y: f32) -> u32 { return select(0u, 1u, x == y && comparable(x, y)); }
fn equal_i32(x: i32, y: i32) -> u32 { return select(0u, 1u, x == y); }
fn equal_u32(x: u32, y: u32) -> u32 { return select(0u, 1u, x == y); }
fn equal_bool(x: u32, y: u32) -> u32 { return select(0u, 1u, x == y); }
fn less_f32(x: f32, y: f32) -> u32 { return select(0u, 1u, x < y && comparable(x, y)); }
fn less_i32(x: i32, y: i32) -> u32 { return select(0u, 1u, x < y); }
fn less_u32(x: u32, y: u32) -> u32 { return select(0u, 1u, x < y); }
fn less_bool(x: u32, y: u32) -> u32 { return select(0u, 1u, x < y); }
fn less_equal_f32(x: f32, y: f32) -> u32 { return select(0u, 1u, x <= y && comparable(x, y)); }
fn less_equal_i32(x: i32, y: i32) -> u32 { return select(0u, 1u, x <= y); }
fn less_equal_u32(x: u32, y: u32) -> u32 { return select(0u, 1u, x <= y); }
fn less_equal_bool(x: u32, y: u32) -> u32 { return select(0u, 1u, x <= y); }
fn and_bool(x: u32, y: u32) -> u32 { return x & y; }
fn or_bool(x: u32, y: u32) -> u32 { return x | y; }
fn not_bool(x: u32) -> u32 { return 1u - x; }

fn where_f32(c: u32, x: f32, y: f32) -> f32 { return select(y, x, c != 0u); }
fn where_i32(c: u32, x: i32, y: i32) -> i32 { return select(y, x, c != 0u); }
fn where_u32(c: u32, x: u32, y: u32) -> u32 { return select(y, x, c != 0u); }
fn where_bool(c: u32, x: u32, y: u32) -> u32 { return select(y, x, c != 0u); }

fn exp_f32(x: f32) -> f32 { return exp_(x); }
fn log_f32(x: f32) -> f32 { return log_(x); }
fn expm1_f32(x: f32) -> f32 { return expm1_(x); }
fn log1p_f32(x: f32) -> f32 { return log1p_(x); }
fn sqrt_f32(x: f32) -> f32 { return sqrt_(x); }
fn reciprocal_f32(x: f32) -> f32 { return 1.0 / x; }
fn absolute_f32(x: f32) -> f32 { return abs(x); }
fn sign_f32(x: f32) -> f32 { return select(sign(x), x, is_nan_(x)); }
fn floor_f32(x: f32) -> f32 { return select(x, floor(x), is_finite_(x)); }
fn tanh_f32(x: f32) -> f32 { return tanh_(x); }
fn sigmoid_f32(x: f32) -> f32 { return sigmoid_(x); }
fn softplus_f32(x: f32) -> f32 { return softplus_(x); }
fn erf_f32(x: f32) -> f32 { return erf_(x); }
fn gelu_f32(x: f32) -> f32 { return gelu_(x); }
fn gelu_slope_f32(x: f32) -> f32 { return gelu_slope_(x); }
fn gelu_tanh_f32(x: f32) -> f32 { return gelu_tanh_(x); }
fn gelu_tanh_slope_f32(x: f32) -> f32 { return gelu_tanh_slope_(x); }

// sin of r in [-1.6, 1.6], by its Taylor polynomial.
fn sine_near(r: f32) -> f32 {
  let z = r * r;
  let p = -0.16666667 + z * (0.008333334 + z * (-0.0001984127 + z * (2.7557319e-6 + z * (-2.5052108e-8 + z * 1.6059044e-10))));
  return r + r * z * p;
}

// The product of two words, its high half first.
fn product_(a: u32, b: u32) -> vec2u {
  let low = (a & 0xffffu) * (b & 0xffffu);
  let left = (a >> 16u) * (b & 0xffffu);
  let right = (a & 0xffffu) * (b >> 16u);
  let middle = (low >> 16u) + (left & 0xffffu) + (right & 0xffffu);
  return vec2u((a >> 16u) * (b >> 16u) + (left >> 16u) + (right >> 16u) + (middle >> 16u), a * b);
}

// sin(x + quarters pi/2) for finite x > 1 (Payne and Hanek 1983): 96 bits of 2/pi from the place on where their products with the
// whole number of x stop being multiples of 4 quarter turns; what is above a half turn gives the sign.
fn sine_far(x: f32, quarters: u32) -> f32 {
  var words = array<u32, 8>(0u, 0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u, 0xfe5163abu);
  let bits = bitcast<u32>(x);
  let whole = (bits & 0x7fffffu) | 0x800000u;
  let place = (bits >> 23u) - 120u;
  let word = place / 32u;
  let shift = place % 32u;
  let over = (32u - shift) % 32u;
  let kept = select(0xffffffffu, 0u, shift == 0u);
  let a = (words[word] << shift) | ((words[word + 1u] >> over) & kept);
  let b = (words[word + 1u] << shift) | ((words[word + 2u] >> over) & kept);
  let c = (words[word + 2u] << shift) | ((words[word + 3u] >> over) & kept);
  let last = product_(c, whole);
  let middle = product_(b, whole);
  let p1 = middle.y + last.x;
  let p0 = a * whole + middle.x + select(0u, 1u, p1 < last.x) + (quarters << 30u);
  let turn = f32(bitcast<i32>((p0 << 1u) | (p1 >> 31u))) * 2.3283064e-10 + f32((p1 << 1u) | (last.y >> 31u)) * 5.421011e-20;
  let s = sine_near(3.1415927 * turn);
  return select(s, -s, ((p0 >> 31u) ^ ((p0 >> 30u) & 1u)) == 1u);
}

// sin x and cos x, for every finite x.
fn sine_f32(x: f32) -> f32 {
  if (!is_finite_(x)) { return nan_(x); }
  if (abs(x) <= 1.0) { return sine_near(x); }
  let s = sine_far(abs(x), 0u);
  return select(s, -s, x < 0.0);
}
fn cosine_f32(x: f32) -> f32 {
  if (!is_finite_(x)) { return nan_(x); }
  if (abs(x) <= 1.0) { return sine_near(1.5707964 - abs(x)); }
  return sine_far(abs(x), 1u);
}

// The standard normal's quantile at p: infinite at 0 and 1, else 2p - 1 times polynomials of -log(4p(1 - p)) (numeric.ts).
fn normal_quantile_f32(p: f32) -> f32 {
  let share = 4.0 * p * (1.0 - p);
  let x = 2.0 * p - 1.0;
  if (abs(share) < SMALLEST_NORMAL) { return x * infinity_(bitcast<u32>(abs(p))); }
  if (!(share > 0.0 && is_finite_(p))) { return nan_(p); }
  let w = -log_(share);
  let a = w - 2.5;
  if (w < 5.0) {
    return x * fma(a, fma(a, fma(a, fma(a, fma(a, fma(a, fma(a, fma(a, fma(a, fma(a, 4.74631139e-10, -1.2406508e-8), 2.55068857e-8),
      6.58869022e-7), -4.85726645e-6), -7.01719436e-6), 3.08698241e-4), -1.7716485e-3), -5.90765003e-3), 0.34880204), 2.12331347);
  }
  let root = sqrt_(w);
  let b = root - 3.0;
  if (root < 4.3) {
    return x * fma(b, fma(b, fma(b, fma(b, fma(b, fma(b, fma(b, fma(b, fma(b, fma(b, -4.37893875e-5, 2.28856776e-4), -3.88875722e-4),
      -1.72281419e-4), 2.08376728e-3), -5.04351328e-3), 8.04430329e-3), -1.08086664e-2), 1.33576047e-2), 1.41658271), 4.00643422);
  }
  let c = root - 6.5;
  return x * fma(c, fma(c, fma(c, fma(c, fma(c, fma(c, fma(c, fma(c, 2.41908744e-8, -2.05919794e-7), 8.83853327e-7), -3.86549953e-6),
    1.60872647e-5), -1.57154795e-5), -7.21865611e-4), 1.42709641), 9.00089416);
}

// ((word >> 9) + 1/2) 2^-23, in the open interval (0, 1).
fn unit_u32(word: u32) -> f32 { return (f32(word >> 9u) + 0.5) * 1.1920928955078125e-7; }

// Conversions: f32 to integers truncates and saturates, NaN to 0; anything to bool is "not 0".
fn cast_f32_f32(x: f32) -> f32 { return x; }
fn cast_f32_i32(x: f32) -> i32 {
  return select(select(i32(clamp(x, -2147483648.0, 2147483520.0)), 2147483647, x >= 2147483648.0), 0, is_nan_(x));
}
fn cast_f32_u32(x: f32) -> u32 {
  return select(select(u32(clamp(x, 0.0, 4294967040.0)), 4294967295u, x >= 4294967296.0), 0u, is_nan_(x));
}
fn cast_f32_bool(x: f32) -> u32 { return select(0u, 1u, (bitcast<u32>(x) << 1u) != 0u); }
fn cast_i32_f32(x: i32) -> f32 { return f32(x); }
fn cast_i32_i32(x: i32) -> i32 { return x; }
fn cast_i32_u32(x: i32) -> u32 { return u32(max(x, 0)); }
fn cast_i32_bool(x: i32) -> u32 { return select(0u, 1u, x != 0); }
fn cast_u32_f32(x: u32) -> f32 { return f32(x); }
fn cast_u32_i32(x: u32) -> i32 { return i32(min(x, 2147483647u)); }
fn cast_u32_u32(x: u32) -> u32 { return x; }
fn cast_u32_bool(x: u32) -> u32 { return select(0u, 1u, x != 0u); }
fn cast_bool_f32(x: u32) -> f32 { return f32(x); }
fn cast_bool_i32(x: u32) -> i32 { return i32(x); }
fn cast_bool_u32(x: u32) -> u32 { return x; }
fn cast_bool_bool(x: u32) -> u32 { return x; }
`,
  quads: `// Prelude: what a copying kernel moves: four elements of any type, where rows are multiples of 4.
alias Word = vec4u;
`,
  reduce_axes: `// Prelude: where the elements of a reduction lie, for up to two groups of kept and two of reduced axes.
//
// Result o starts at (o / kept) keptOuter + (o % kept) keptInner; its element r lies (r / folded) foldedOuter
// + (r % folded) foldedInner further on, r < reduced. A reduction is cut into \`parts\` of \`chunk\` elements: with more than
// one, the kernel writes a partial result for each, and a second dispatch reduces those.
struct Params {
  outputs: u32, kept: u32, keptOuter: u32, keptInner: u32,
  reduced: u32, folded: u32, foldedOuter: u32, foldedInner: u32,
  parts: u32, chunk: u32,
}

override FOLDED: bool = false;             // whether the reduced axes are two groups

fn start_of(o: u32) -> u32 {
  return (o / params.kept) * params.keptOuter + (o % params.kept) * params.keptInner;
}

fn place_of(r: u32) -> u32 {
  if (FOLDED) { return (r / params.folded) * params.foldedOuter + (r % params.folded) * params.foldedInner; }
  return r * params.foldedInner;
}
`,
  reduce_max: `// Prelude (after an element prelude): the maximum, of one element or more; NaN where one is.
fn reduce_start(first: Element) -> Element { return first; }
fn reduce_pair(a: Element, b: Element) -> Element {
  return select(select(max(a, b), b, is_undefined(b)), a, is_undefined(a));
}
`,
  reduce_min: `// Prelude (after an element prelude): the minimum, of one element or more; NaN where one is.
fn reduce_start(first: Element) -> Element { return first; }
fn reduce_pair(a: Element, b: Element) -> Element {
  return select(select(min(a, b), b, is_undefined(b)), a, is_undefined(a));
}
`,
  reduce_sum: `// Prelude (after an element prelude): the sum.
fn reduce_start(_first: Element) -> Element { return Element(); }
fn reduce_pair(a: Element, b: Element) -> Element { return a + b; }
`,
  right_f16: `// Prelude: the right operand of a contraction as halves, two in a word, which no feature is needed to read.
alias RightOne = u32;
alias RightQuad = vec2u;
fn right_word(i: u32) -> u32 { return i / 2u; }
fn right_one(word: RightOne, i: u32) -> f32 { return unpack2x16float(word)[i % 2u]; }
fn right_four(words: RightQuad) -> vec4f { return vec4f(unpack2x16float(words.x), unpack2x16float(words.y)); }
`,
  right_f32: `// Prelude: the right operand of a contraction as it is: f32, alone or four at a time.
alias RightOne = f32;
alias RightQuad = vec4f;
fn right_word(i: u32) -> u32 { return i; }
fn right_one(word: RightOne, _i: u32) -> f32 { return word; }
fn right_four(words: RightQuad) -> vec4f { return words; }
`,
  row_four: `// Prelude: how rows of f32 are read: four elements at a time, where they are multiples of 4.
alias Element = vec4f;
const WIDTH: u32 = 4u;
fn total_of(x: Element) -> f32 { return (x.x + x.y) + (x.z + x.w); }
fn first_of(x: Element) -> f32 { return x.x; }
// Moduli as whole numbers: in their order, infinity and NaN above all.
alias Pattern = vec4u;
fn pattern_of(x: Element) -> Pattern { return bitcast<vec4u>(x) & vec4u(0x7fffffffu); }
fn highest_of(x: Pattern) -> f32 { return bitcast<f32>(max(max(x.x, x.y), max(x.z, x.w))); }
`,
  row_one: `// Prelude: how rows of f32 are read: one element at a time.
alias Element = f32;
const WIDTH: u32 = 1u;
fn total_of(x: Element) -> f32 { return x; }
fn first_of(x: Element) -> f32 { return x; }
// Moduli as whole numbers: in their order, infinity and NaN above all.
alias Pattern = u32;
fn pattern_of(x: Element) -> Pattern { return bitcast<u32>(x) & 0x7fffffffu; }
fn highest_of(x: Pattern) -> f32 { return bitcast<f32>(x); }
`,
  scatter_digit: `// Prelude: the sizes of a stable sort of picks by one digit of their index, and that digit.
struct Params { count: u32, picks: u32, size: u32, chunk: u32, chunks: u32, digits: u32, shift: u32 }

override FIRST: bool = false;

fn digit_of(index: i32) -> u32 {
  return (u32(clamp(index, 0, i32(params.size) - 1)) >> params.shift) & (params.digits - 1u);
}
`,
  semiring_log: `// Prelude (after pointwise.wgsl): the log semiring (logaddexp, +). contract is then the forward algorithm.
//
// Zero is minus infinity; \`size\` is any size known at run time only, since no constant may be infinite.
fn semiring_zero(size: u32) -> f32 { return -infinity_(size); }
fn semiring_plus(a: f32, b: f32) -> f32 { return log_add_exp_(a, b); }
fn semiring_times(a: f32, b: f32) -> f32 { return a + b; }

fn semiring_plus4(a: vec4f, b: vec4f) -> vec4f {
  return vec4f(semiring_plus(a.x, b.x), semiring_plus(a.y, b.y), semiring_plus(a.z, b.z), semiring_plus(a.w, b.w));
}

fn semiring_times4(a: f32, b: vec4f) -> vec4f { return a + b; }
`,
  semiring_maxplus: `// Prelude (after pointwise.wgsl): the max-plus (tropical) semiring (max, +). contract is then the Viterbi algorithm.
//
// Zero is minus infinity: see semiring_log.wgsl.
fn semiring_zero(size: u32) -> f32 { return -infinity_(size); }
fn semiring_plus(a: f32, b: f32) -> f32 { return max_(a, b); }
fn semiring_times(a: f32, b: f32) -> f32 { return a + b; }

fn semiring_plus4(a: vec4f, b: vec4f) -> vec4f {
  return vec4f(semiring_plus(a.x, b.x), semiring_plus(a.y, b.y), semiring_plus(a.z, b.z), semiring_plus(a.w, b.w));
}

fn semiring_times4(a: f32, b: vec4f) -> vec4f { return a + b; }
`,
  semiring_real: `// Prelude: the real semiring (+, *). contract is then the matrix product.
fn semiring_zero(_size: u32) -> f32 { return 0.0; }
fn semiring_plus(a: f32, b: f32) -> f32 { return a + b; }
fn semiring_times(a: f32, b: f32) -> f32 { return a * b; }
fn semiring_plus4(a: vec4f, b: vec4f) -> vec4f { return a + b; }
fn semiring_times4(a: f32, b: vec4f) -> vec4f { return a * b; }
`,
  spans: `// Prelude: which of \`count\` elements a workgroup of \`lanes\` invocations takes, where as many workgroups as there are share them:
// a span of whole turns each.
struct Span { first: u32, end: u32 }

fn span_of(count: u32, lanes: u32, group: vec3u, groups: vec3u) -> Span {
  let size = (max(count, 1u) - 1u) / (groups.x * groups.y * lanes) * lanes + lanes;
  let first = (group.y * groups.x + group.x) * size;
  return Span(first, min(first + size, count));
}

// A place along an axis of \`size\` that goes on by at most as much, and what it carries to the axis before: places go on from turn to
// turn by this, since divisions go lane by lane on software adapters.
struct Along { place: u32, carry: u32 }

fn gone_on(place: u32, by: u32, size: u32) -> Along {
  let over = place + by >= size;
  return Along(place + by - select(0u, size, over), select(0u, 1u, over));
}
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
  tile8: `// Prelude: a tile of 8 rows by 8 lanes in registers, for the *_subgroup kernels. Subgroups of 8 lanes or more, of which
// the first 8 are active.
enable subgroups;

// total + a B, B's rows being the columns of b: 4 steps of a contraction for one row and 4 columns.
fn combine(total: vec4f, a: vec4f, b: mat4x4f) -> vec4f {
  return fma(a.xxxx, b[0], fma(a.yyyy, b[1], fma(a.zzzz, b[2], fma(a.wwww, b[3], total))));
}

// The 8 x 8 transpose: v[r] of lane l becomes v[l] of lane r, in three rounds of exchanges.
fn transpose8(v: array<vec4f, 8>, lane: u32) -> array<vec4f, 8> {
  var a = array<vec4f, 8>();
  var b = array<vec4f, 8>();
  var c = array<vec4f, 8>();
  for (var r = 0u; r < 8u; r++) { a[r] = select(subgroupShuffleXor(v[r ^ 1u], 1u), v[r], (r & 1u) == (lane & 1u)); }
  for (var r = 0u; r < 8u; r++) { b[r] = select(subgroupShuffleXor(a[r ^ 2u], 2u), a[r], (r & 2u) == (lane & 2u)); }
  for (var r = 0u; r < 8u; r++) { c[r] = select(subgroupShuffleXor(b[r ^ 4u], 4u), b[r], (r & 4u) == (lane & 4u)); }
  return c;
}
`,
  tree: `// Prelude (after pointwise.wgsl): reductions of one value per lane over a workgroup of 64 lanes, by a fixed tree of 8 x 8 leaves.
//
// The tree is the same on every device, so equal inputs give equal bits; its error grows with log2 64 = 6 roundings.
// Two barriers a reduction: lanes 0 to 7 each reduce 8 leaves pairwise, then every lane reduces the 8 parts, so that
// every lane has the result; a maximum is NaN where a value is. Call from uniform control flow with \`lane\` = local_invocation_index.
const TREE_LANES: u32 = 64u;

var<workgroup> tree_leaves: array<f32, 64>;
var<workgroup> tree_parts: array<f32, 8>;

// Between two reductions: whoever reads the parts of the first has read them.
fn tree_again() { workgroupBarrier(); }

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
    tree_parts[lane] = max_(
      max_(max_(tree_leaves[lane], tree_leaves[lane + 8u]), max_(tree_leaves[lane + 16u], tree_leaves[lane + 24u])),
      max_(max_(tree_leaves[lane + 32u], tree_leaves[lane + 40u]), max_(tree_leaves[lane + 48u], tree_leaves[lane + 56u])));
  }
  workgroupBarrier();
  return max_(max_(max_(tree_parts[0], tree_parts[1]), max_(tree_parts[2], tree_parts[3])),
    max_(max_(tree_parts[4], tree_parts[5]), max_(tree_parts[6], tree_parts[7])));
}
`,
  tree_subgroup: `// Prelude (after pointwise.wgsl): tree.wgsl for workgroups of one subgroup of 8 lanes, on software adapters: no barrier, no
// workgroup memory. A lane adds up eight times as many elements, so it is for rows of at most 4096.
enable subgroups;
const TREE_LANES: u32 = 8u;

fn tree_again() {}

fn tree_sum(_lane: u32, x: f32) -> f32 {
  let a = x + subgroupShuffleXor(x, 1u);
  let b = a + subgroupShuffleXor(a, 2u);
  return b + subgroupShuffleXor(b, 4u);
}

fn tree_max(_lane: u32, x: f32) -> f32 {
  let a = max_(x, subgroupShuffleXor(x, 1u));
  let b = max_(a, subgroupShuffleXor(a, 2u));
  return max_(b, subgroupShuffleXor(b, 4u));
}
`,
  window_any: `// Prelude: window_quads for any number of channels: rows of a patch are loaded one by one.
alias Pixel = f32;

var<private> down: u32;
var<private> along: u32;
var<private> channel: u32;

// The next row of the patches of 4 pixels, 0 past the last.
fn next_row(row: vec4u, column: vec4u, pixel: vec4u) -> vec4f {
  let shift = select(1u, 0xffffffffu, TURNED) * vec2u(down - params.up, along - params.left);
  let some = down * params.across + along < params.taps;
  let inside = (row + shift.x < vec4u(params.rows)) & (column + shift.y < vec4u(params.columns)) & vec4<bool>(some);
  let place = select(vec4u(), (pixel + shift.x * params.columns + shift.y) * params.input + channel, inside);
  channel++;
  if (channel == params.input) {
    channel = 0u;
    along++;
    if (along == params.across) { along = 0u; down++; }
  }
  return select(vec4f(), vec4f(image[place.x], image[place.y], image[place.z], image[place.w]), inside);
}

fn next_rows(row: vec4u, column: vec4u, pixel: vec4u) -> mat4x4f {
  let a = next_row(row, column, pixel);
  let b = next_row(row, column, pixel);
  let c = next_row(row, column, pixel);
  return transpose(mat4x4f(a, b, c, next_row(row, column, pixel)));
}

struct Rows { down: vec4u, along: vec4u, channel: vec4u, some: vec4<bool> }

fn rows_from(k: u32) -> Rows {
  let each = k + vec4u(0u, 1u, 2u, 3u);
  let tap = each / params.input;
  let way = select(1u, 0xffffffffu, TURNED);
  return Rows(way * (tap / params.across - params.up), way * (tap % params.across - params.left), each % params.input,
    tap < vec4u(params.taps));
}

fn rows_of(rows: Rows, row: u32, column: u32, pixel: u32) -> vec4f {
  let within = rows.some & (row + rows.down < vec4u(params.rows)) & (column + rows.along < vec4u(params.columns));
  let place = (pixel + rows.down * params.columns + rows.along) * params.input + rows.channel;
  let at = select(vec4u(), place, within);
  return select(vec4f(), vec4f(image[at.x], image[at.y], image[at.z], image[at.w]), within);
}
`,
  window_quads: `// Prelude: patches of an image of 4 n channels, for the masked convolutions of one subgroup: row k of a patch is channel
// k % input of the pixel that tap k / input sees, and 0 outside the image. Four rows are of one tap: they are one load.
alias Pixel = vec4f;

// The tap and the quad of its channels that comes next, and the pixels that the tap sees from a lane's four.
var<private> down: u32;
var<private> along: u32;
var<private> channel: u32;
var<private> seen: vec4u;
var<private> inside: vec4<bool>;

// Column i: the next 4 rows of the patch of pixel i.
fn next_rows(row: vec4u, column: vec4u, pixel: vec4u) -> mat4x4f {
  if (channel == 0u) {
    let shift = select(1u, 0xffffffffu, TURNED) * vec2u(down - params.up, along - params.left);
    inside = (row + shift.x < vec4u(params.rows)) & (column + shift.y < vec4u(params.columns));
    seen = select(vec4u(), (pixel + shift.x * params.columns + shift.y) * (params.input / 4u), inside);
  }
  let place = seen + channel;
  let zero = vec4f();
  let found = mat4x4f(select(zero, image[place.x], inside.x), select(zero, image[place.y], inside.y),
    select(zero, image[place.z], inside.z), select(zero, image[place.w], inside.w));
  channel++;
  if (channel == params.input / 4u) {
    channel = 0u;
    along++;
    if (along == params.across) { along = 0u; down++; }
  }
  return found;
}

// The tap of 4 rows of a patch, and their quad of channels.
struct Rows { shift: vec2u, channel: u32, some: bool }

fn rows_from(k: u32) -> Rows {
  let tap = k / params.input;
  let shift = vec2u(tap / params.across - params.up, tap % params.across - params.left);
  return Rows(select(1u, 0xffffffffu, TURNED) * shift, (k % params.input) / 4u, tap < params.taps);
}

// These rows of the patch of one pixel.
fn rows_of(rows: Rows, row: u32, column: u32, pixel: u32) -> vec4f {
  let within = rows.some && row + rows.shift.x < params.rows && column + rows.shift.y < params.columns;
  let place = (pixel + rows.shift.x * params.columns + rows.shift.y) * (params.input / 4u) + rows.channel;
  return select(vec4f(), image[select(0u, place, within)], within);
}
`,
  words: `// Prelude: what a copying kernel moves: one element of any type, bit by bit.
alias Word = u32;
`,
} as const
