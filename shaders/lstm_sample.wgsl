// lstm_sample: ancestral sampling from an L-layer LSTM language model, the whole loop over time in one dispatch.
// Preludes: lstm_rows_16 | lstm_rows_8 | lstm_rows_4, pointwise, threefry, lstm_gates, lstm_tile, lstm_draw
//
//   x_t ~ softmax(logits_t / temperature), by inverse distribution function at uniform number
//   (row_offset + row) time + t of the key. The symbol before the first is EOS = V - 1; a row ends with EOS, or
//   after `time` symbols.
//
// weights, output, state: see lstm_tile. key [2]. tokens [batch, time]: symbols, EOS after the first EOS.
// log_probability [batch]: nats, of the drawn symbols, EOS included if drawn. length [batch]: how many these are.
// One workgroup samples a tile of TILE_ROWS rows. Dispatch: ceil(batch / TILE_ROWS), split over x and y past 65 535;
// or, to bound the time of a dispatch and the size of `state`, ceil(n / TILE_ROWS) for n rows from first_row on.
// SCRATCH >= max(hidden TILE_ROWS, V TILE_ROWS, LANES).
// Allowed: temperature > 0, (row_offset + batch) time <= 2^32.
struct Params {
  batch: u32, time: u32, hidden: u32, layers: u32, vocabulary: u32, first_row: u32, row_offset: u32, temperature: f32
}

override LANES: u32 = 64u;
override SCRATCH: u32 = 64u;

@group(0) @binding(0) var<storage, read> weights: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> output: array<f32>;
@group(0) @binding(2) var<storage, read> key: array<u32>;
@group(0) @binding(3) var<storage, read_write> tokens: array<i32>;
@group(0) @binding(4) var<storage, read_write> log_probability: array<f32>;
@group(0) @binding(5) var<storage, read_write> length: array<i32>;
@group(0) @binding(6) var<storage, read_write> state: array<f32>;
@group(0) @binding(7) var<uniform> params: Params;

var<workgroup> alive: atomic<u32>;
var<workgroup> running: u32;

@compute @workgroup_size(LANES)
fn lstm_sample(
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
      let softmax = tile_softmax(lane, scale);
      let word = random_word(vec2<u32>(key[0], key[1]), (params.row_offset + row) * params.time + time);
      let symbol = tile_draw(lane, scale, softmax, unit(word));
      total += tile_log_softmax(lane, scale, softmax, symbol);
      tokens[row * params.time + time] = i32(symbol);
      tile_previous[lane] = symbol;
      count++;
      done = symbol == end;
      if (done) { atomicSub(&alive, 1u); }
    }
  }
  if (mine) {
    for (var time = count; time < params.time; time++) { tokens[row * params.time + time] = i32(end); }
    log_probability[row] = total;
    length[row] = i32(count);
  }
}
