// lstm_score: log-probability of strings under an L-layer LSTM language model, all time steps in one dispatch.
// Preludes: lstm_rows_16 | lstm_rows_8 | lstm_rows_4, pointwise, lstm_gates, lstm_tile, lstm_draw
//
//   log p(x) = sum over t of log softmax(logits_t / temperature)[x_t], up to and with the first EOS = V - 1; the symbol
//   before the first is EOS. A string without EOS is a prefix: all `time` symbols count.
//
// weights, output, state: see lstm_tile. tokens [batch, time]: symbols in [0, V), ignored after the first EOS.
// log_probability [batch]: nats. steps [batch, time]: its terms, 0 after EOS.
// One workgroup scores a tile of TILE_ROWS rows. Dispatch: ceil(batch / TILE_ROWS), split over x and y past 65 535;
// or, to bound the time of a dispatch and the size of `state`, ceil(n / TILE_ROWS) for n rows from first_row on.
// SCRATCH >= max(hidden TILE_ROWS, V TILE_ROWS, LANES). Allowed: temperature > 0.
struct Params { batch: u32, time: u32, hidden: u32, layers: u32, vocabulary: u32, first_row: u32, temperature: f32 }

override LANES: u32 = 64u;
override SCRATCH: u32 = 64u;

@group(0) @binding(0) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> output: array<f32>;
@group(0) @binding(2) var<storage, read> tokens: array<i32>;
@group(0) @binding(3) var<storage, read_write> log_probability: array<f32>;
@group(0) @binding(4) var<storage, read_write> steps: array<f32>;
@group(0) @binding(5) var<storage, read_write> state: array<f32>;
@group(0) @binding(6) var<uniform> params: Params;

var<workgroup> alive: atomic<u32>;
var<workgroup> running: u32;

@compute @workgroup_size(LANES)
fn lstm_score(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let tile = group.y * groups.x + group.x;
  let first = params.first_row + tile * TILE_ROWS;
  let row = first + lane;
  let end = params.vocabulary - 1u;
  let scale = 1.0 / params.temperature;
  let mine = lane < TILE_ROWS && row < params.batch;
  var count = 0u;
  var total = 0.0;
  var done = !mine;
  if (lane < TILE_ROWS) { tile_previous[lane] = end; }
  if (lane == 0u) { atomicStore(&alive, min(TILE_ROWS, max(params.batch, first) - first)); }
  tile_begin(tile, lane);
  for (var time = 0u; time < params.time; time++) {
    workgroupBarrier();
    if (lane == 0u) { running = atomicLoad(&alive); }
    if (workgroupUniformLoad(&running) == 0u) { break; }
    tile_advance(tile, lane, time);
    tile_logits(tile, lane, time);
    if (!done) {
      let symbol = min(u32(tokens[row * params.time + time]), end);
      let term = tile_log_softmax(lane, scale, tile_softmax(lane, scale), symbol);
      total += term;
      steps[row * params.time + time] = term;
      tile_previous[lane] = symbol;
      count++;
      done = symbol == end;
      if (done) { atomicSub(&alive, 1u); }
    }
  }
  if (mine) {
    for (var time = count; time < params.time; time++) { steps[row * params.time + time] = 0.0; }
    log_probability[row] = total;
  }
}
