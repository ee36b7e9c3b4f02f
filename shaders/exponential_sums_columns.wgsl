// exponential_sums_columns: high[o] = max of x[o, r], weight[o] = sum of e^(x[o, r] - high[o]), one invocation for each o.
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
