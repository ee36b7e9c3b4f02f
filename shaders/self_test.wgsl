// self_test: known answers of everything that the library leans on, checked on the host before a device is used.
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
