// Prelude: drawing from, and scoring under, softmax(logits / temperature) for one row of a tile (lstm_tile).
//
// The logits [V, TILE_ROWS] lie in `tile_scratch`. Sums run over symbols in order.

// (max, sum of e^(logit - max)) of a row, logits divided by the temperature.
fn tile_softmax(row: u32, scale: f32) -> vec2<f32> {
  var largest = tile_scratch[row] * scale;
  for (var v = 1u; v < params.vocabulary; v++) { largest = max_(largest, tile_scratch[v * TILE_ROWS + row] * scale); }
  var total = 0.0;
  for (var v = 0u; v < params.vocabulary; v++) { total += exp_(tile_scratch[v * TILE_ROWS + row] * scale - largest); }
  return vec2<f32>(largest, total);
}

// Inverse distribution function: the first v with u total < w_0 + ... + w_v. The comparison is strict and u > 0, so a
// symbol of weight 0 is never drawn; rounding at the upper end falls back to the last symbol of positive weight.
fn tile_draw(row: u32, scale: f32, softmax: vec2<f32>, u: f32) -> u32 {
  var cumulative = 0.0;
  var drawn = 0u;
  for (var v = 0u; v < params.vocabulary; v++) {
    let w = exp_(tile_scratch[v * TILE_ROWS + row] * scale - softmax.x);
    if (w > 0.0 && cumulative <= u * softmax.y) { drawn = v; }
    cumulative += w;
  }
  return drawn;
}

fn tile_log_softmax(row: u32, scale: f32, softmax: vec2<f32>, symbol: u32) -> f32 {
  return tile_scratch[symbol * TILE_ROWS + row] * scale - softmax.x - log_(softmax.y);
}
