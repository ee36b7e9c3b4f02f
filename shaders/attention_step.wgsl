// attention_step: one query over cached keys and values, context = sum of softmax(scale q k)_j v_j.
// Preludes: pointwise, tree, compensated
//
// queries, ownKeys, ownValues, context [rows, depth] with rows = batch heads, keys and values [time, rows, depth], position
// [1]: the cached rows below it count and the own key and value beside them (with `own`), or those up to it. Depth up to
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
  var whole: Compensated;                      // sums of BLOCK keys: the two elements, then the weight, at a maximum of `settled`
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
