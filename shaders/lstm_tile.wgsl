// Prelude: one time step of an L-layer LSTM for a tile of ROWS rows, by one workgroup; and the logits above it.
//
//   (i, f, g, o) = x U + h W + b,  c' = sigmoid(f) c + sigmoid(i) tanh(g),  h' = sigmoid(o) tanh(c'),
//   logits = h'_top outputWeight + outputBias.  Layer 0 reads a symbol (a row of U), layer l > 0 the h' of layer l - 1.
//
// The body declares LANES, SCRATCH; weights, output_weight, output_bias, state, params; a prelude (lstm_gates, or
// lstm_gates_subgroup) `accumulate`. Layouts, row-major:
//   weights [V + L + (2L - 1) hidden, hidden] of vec4 (i, f, g, o), made by lstm_pack: the V rows of U of layer 0; the L
//           biases; W of layer 0; then U, W of layer 1, of layer 2, ...: U of layer l > 0 starts at row
//           V + L + (2l - 1) hidden, W of layer l at row V + L + 2l hidden.
//   output_weight [hidden, V], output_bias [V].
//   state   [tiles, L, 3, hidden, ROWS]: scratch memory of any contents: h at even times, h at odd times, c.
// Each lane computes all gates of one neuron (of every LANES-th) for the whole tile. Control flow is uniform.
alias Gates = array<vec4<f32>, ROWS>;

var<workgroup> scratch: array<f32, SCRATCH>;
var<workgroup> previous: array<u32, ROWS>;       // the symbol that each row reads

fn plane(tile: u32, layer: u32, which: u32) -> u32 {
  return ((tile * params.layers + layer) * 3u + which) * params.hidden * ROWS;
}

fn weight(row: u32, neuron: u32) -> vec4<f32> {
  return weights[row * params.hidden + neuron];
}

// Updates h and c of one neuron from its gates.
fn update(gates: ptr<function, Gates>, cells: u32, hiddens: u32, first: bool) {
  for (var r = 0u; r < ROWS; r++) {
    let gate = (*gates)[r];
    let old = select(state[cells + r], 0.0, first);
    let cell = sigmoid_(gate.y) * old + sigmoid_(gate.x) * tanh_(gate.z);
    state[cells + r] = cell;
    state[hiddens + r] = sigmoid_(gate.w) * tanh_(cell);
  }
}

// All layers at time `time`: reads `previous` and the state of time - 1 (zero before time 0).
fn advance(tile: u32, lane: u32, time: u32) {
  let now = time & 1u;
  let first_row = params.vocabulary + params.layers;
  for (var layer = 0u; layer < params.layers; layer++) {
    for (var start = 0u; start < params.hidden; start += LANES) {
      let neuron = min(start + lane, params.hidden - 1u);
      let bias = weight(params.vocabulary + layer, neuron);
      var gates: Gates;
      for (var r = 0u; r < ROWS; r++) { gates[r] = bias; }
      if (layer == 0u) {
        for (var r = 0u; r < ROWS; r++) { gates[r] += weight(previous[r], neuron); }
      } else {
        accumulate(&gates, plane(tile, layer - 1u, now), first_row + (2u * layer - 1u) * params.hidden, neuron, lane);
      }
      if (time > 0u) {
        accumulate(&gates, plane(tile, layer, 1u - now), first_row + 2u * layer * params.hidden, neuron, lane);
      }
      if (start + lane < params.hidden) {
        let at = neuron * ROWS;
        update(&gates, plane(tile, layer, 2u) + at, plane(tile, layer, now) + at, time == 0u);
      }
    }
    storageBarrier();
    workgroupBarrier();
  }
}

// Writes the logits [V, ROWS] of time `time` to `scratch`. When lanes abound, a sum over hidden is split in parts.
fn logits(tile: u32, lane: u32, time: u32) {
  let top = plane(tile, params.layers - 1u, time & 1u);
  let items = ROWS * params.vocabulary;
  let parts = max(1u, LANES / items);
  for (var item = lane; item < parts * items; item += LANES) {
    let symbol = (item / ROWS) % params.vocabulary;
    let part = item / items;
    var sum = select(0.0, output_bias[symbol], part == 0u);
    for (var k = part; k < params.hidden; k += parts) {
      sum += state[top + k * ROWS + item % ROWS] * output_weight[k * params.vocabulary + symbol];
    }
    scratch[item] = sum;
  }
  workgroupBarrier();
  for (var item = lane; item < items; item += LANES) {
    for (var part = 1u; part < parts; part++) { scratch[item] += scratch[item + part * items]; }
  }
  workgroupBarrier();
}
