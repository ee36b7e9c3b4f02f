// filter_logits: keeps the k largest logits of a row, and of those the smallest set whose probability reaches p.
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
