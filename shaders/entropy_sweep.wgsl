// One sweep of the entropy fixpoint over sparse rows (GAM paper, Eq. 7):
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
