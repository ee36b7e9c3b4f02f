// Prelude: gates[r] += sum over k of h[k, r] weights[row + k, neuron], h [hidden, 16] at `base` in `state`.
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
