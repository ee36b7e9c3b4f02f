// Prelude: gates[r] += sum over k of h[k, r] weights[row + k, neuron], h [hidden, TILE_ROWS] at `base` in `state`.
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
