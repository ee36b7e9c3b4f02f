// Prelude: gates[r] += sum over k of h[k, r] weights[row + k, neuron], h [hidden, 16] at `base` in `state`.
//
// For subgroups of at least 8 (written for software adapters, where a load costs more than eight products): lane s of a
// subgroup loads rows s mod 8 and 8 + s mod 8, and all broadcast. ROWS = 16; call it in uniform control flow.
enable subgroups;

var<private> subgroup_lane: u32;   // set at entry

fn broadcast_8(v: f32) -> mat2x4<f32> {
  return mat2x4<f32>(
    subgroupBroadcast(v, 0u), subgroupBroadcast(v, 1u), subgroupBroadcast(v, 2u), subgroupBroadcast(v, 3u),
    subgroupBroadcast(v, 4u), subgroupBroadcast(v, 5u), subgroupBroadcast(v, 6u), subgroupBroadcast(v, 7u));
}

fn accumulate(gates: ptr<function, Gates>, base: u32, row: u32, neuron: u32, lane: u32) {
  let mine = base + (subgroup_lane & 7u);
  for (var k = 0u; k < params.hidden; k++) {
    let w = weight(row + k, neuron);
    let low = broadcast_8(state[mine + k * 16u]);
    let high = broadcast_8(state[mine + k * 16u + 8u]);
    for (var r = 0u; r < 8u; r++) {
      (*gates)[r] = fma(vec4<f32>(low[r / 4u][r % 4u]), w, (*gates)[r]);
      (*gates)[r + 8u] = fma(vec4<f32>(high[r / 4u][r % 4u]), w, (*gates)[r + 8u]);
    }
  }
}
