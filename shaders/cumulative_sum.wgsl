// cumulative_sum: y[o, j, i] = x[o, 0, i] + ... + x[o, j, i], or from the end backwards.
// Preludes: element_f32 | element_i32 | element_u32
//
// values, result [outer, size, inner]; `backward` is 1 for running sums from the end. One invocation walks one column in
// order; a workgroup 64. Dispatch: ceil(outer inner / 64), split over x and y past 65 535. Any sizes.
struct Params { outer: u32, size: u32, inner: u32, backward: u32 }

@group(0) @binding(0) var<storage, read> values: array<Element>;
@group(0) @binding(1) var<storage, read_write> result: array<Element>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(64)
fn cumulative_sum(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) lane: u32) {
  let column = (group.y * groups.x + group.x) * 64u + lane;
  if (column < params.outer * params.inner) {
    let start = (column / params.inner) * params.size * params.inner + column % params.inner;
    var total = Element();
    for (var j = 0u; j < params.size; j++) {
      let place = start + select(j, params.size - 1u - j, params.backward == 1u) * params.inner;
      total += values[place];
      result[place] = total;
    }
  }
}
