// Prelude: gates[r] += sum over k of h[k, r] weights[row + k, neuron], h [hidden, ROWS] at `base` in `state`.
//
// Portable: h is staged in workgroup memory, so SCRATCH >= hidden ROWS. Call it in uniform control flow.
fn accumulate(gates: ptr<function, Gates>, base: u32, row: u32, neuron: u32, lane: u32) {
  workgroupBarrier();
  for (var i = lane; i < params.hidden * ROWS; i += LANES) { scratch[i] = state[base + i]; }
  workgroupBarrier();
  for (var k = 0u; k < params.hidden; k++) {
    let w = weight(row + k, neuron);
    for (var r = 0u; r < ROWS; r++) { (*gates)[r] = fma(vec4<f32>(scratch[k * ROWS + r]), w, (*gates)[r]); }
  }
}
