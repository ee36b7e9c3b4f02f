// Prelude: one time step of an L-layer LSTM for a tile of TILE_ROWS rows, by one workgroup; and the logits above it.
//
//   (i, f, g, o) = x U + h W + b,  c' = sigmoid(f) c + sigmoid(i) tanh(g),  h' = sigmoid(o) tanh(c'),
//   logits = h'_top outputWeight + outputBias.  Layer 0 reads a symbol (a row of U), layer l > 0 the h' of layer l - 1.
//
// The body declares LANES, SCRATCH, weights, output, state, params; the prelude lstm_gates (or lstm_gates_subgroup)
// tile_accumulate. Layouts, row-major:
//   weights [V + L + (2L - 1) hidden, hidden] of vec4 (i, f, g, o), made by lstm_pack: the V rows of U of layer 0; the
//           L biases; W of layer 0; then U, W of layer 1, of layer 2, ...: U of layer l > 0 starts at row
//           V + L + (2l - 1) hidden, W of layer l at row V + L + 2l hidden.
//   output  [hidden + 1, V]: outputWeight, then outputBias.
//   state   [tiles, L, 3, hidden, TILE_ROWS]: scratch memory of any contents: h at even times, h at odd times, c.
// Each lane computes all gates of one neuron (of every LANES-th) for the whole tile. Control flow is uniform.
alias TileGates = array<vec4<f32>, TILE_ROWS>;

var<workgroup> tile_scratch: array<f32, SCRATCH>;
var<workgroup> tile_previous: array<u32, TILE_ROWS>;       // the symbol that each row reads

fn tile_plane(tile: u32, layer: u32, which: u32) -> u32 {
  return ((tile * params.layers + layer) * 3u + which) * params.hidden * TILE_ROWS;
}

fn tile_weight(row: u32, neuron: u32) -> vec4<f32> {
  return weights[row * params.hidden + neuron];
}

// Updates h and c of one neuron from its gates.
fn tile_update(gates: ptr<function, TileGates>, cells: u32, hiddens: u32) {
  for (var r = 0u; r < TILE_ROWS; r++) {
    let gate = (*gates)[r];
    let cell = sigmoid_(gate.y) * state[cells + r] + sigmoid_(gate.x) * tanh_(gate.z);
    state[cells + r] = cell;
    state[hiddens + r] = sigmoid_(gate.w) * tanh_(cell);
  }
}

// The state before time 0: zero. It is multiplied like any other, so that a weight that is NaN shows at once.
fn tile_begin(tile: u32, lane: u32) {
  for (var layer = 0u; layer < params.layers; layer++) {
    for (var i = lane; i < params.hidden * TILE_ROWS; i += LANES) {
      state[tile_plane(tile, layer, 1u) + i] = 0.0;
      state[tile_plane(tile, layer, 2u) + i] = 0.0;
    }
  }
  storageBarrier();
  workgroupBarrier();
}

// All layers at time `time`: reads `tile_previous` and the state of time - 1.
fn tile_advance(tile: u32, lane: u32, time: u32) {
  let now = time & 1u;
  let matrices = params.vocabulary + params.layers;
  for (var layer = 0u; layer < params.layers; layer++) {
    for (var start = 0u; start < params.hidden; start += LANES) {
      let neuron = min(start + lane, params.hidden - 1u);
      let bias = tile_weight(params.vocabulary + layer, neuron);
      var gates: TileGates;
      for (var r = 0u; r < TILE_ROWS; r++) { gates[r] = bias; }
      if (layer == 0u) {
        for (var r = 0u; r < TILE_ROWS; r++) { gates[r] += tile_weight(tile_previous[r], neuron); }
      } else {
        let input = matrices + (2u * layer - 1u) * params.hidden;
        tile_accumulate(&gates, tile_plane(tile, layer - 1u, now), input, neuron, lane);
      }
      let recurrent = matrices + 2u * layer * params.hidden;
      tile_accumulate(&gates, tile_plane(tile, layer, 1u - now), recurrent, neuron, lane);
      if (start + lane < params.hidden) {
        let at = neuron * TILE_ROWS;
        tile_update(&gates, tile_plane(tile, layer, 2u) + at, tile_plane(tile, layer, now) + at);
      }
    }
    storageBarrier();
    workgroupBarrier();
  }
}

// Writes the logits [V, TILE_ROWS] of time `time` to `tile_scratch`. When lanes abound, a sum over hidden is split.
fn tile_logits(tile: u32, lane: u32, time: u32) {
  let top = tile_plane(tile, params.layers - 1u, time & 1u);
  let items = TILE_ROWS * params.vocabulary;
  let parts = max(1u, LANES / items);
  for (var item = lane; item < parts * items; item += LANES) {
    let symbol = (item / TILE_ROWS) % params.vocabulary;
    let part = item / items;
    var sum = select(0.0, output[params.hidden * params.vocabulary + symbol], part == 0u);
    for (var first = part; first < params.hidden; first += 256u * parts) {
      var block = 0.0;
      for (var k = first; k < min(first + 256u * parts, params.hidden); k += parts) {
        block += state[top + k * TILE_ROWS + item % TILE_ROWS] * output[k * params.vocabulary + symbol];
      }
      sum += block;
    }
    tile_scratch[item] = sum;
  }
  workgroupBarrier();
  for (var item = lane; item < items; item += LANES) {
    for (var part = 1u; part < parts; part++) { tile_scratch[item] += tile_scratch[item + part * items]; }
  }
  workgroupBarrier();
}
