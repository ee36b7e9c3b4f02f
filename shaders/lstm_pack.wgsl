// lstm_pack: packed[at + r, j] = (source[r, i, j], source[r, f, j], source[r, g, j], source[r, o, j]).
// Preludes: none
//
// Lays the four gates of a neuron side by side. source [rows, 4, hidden]: one or more parameters of an LSTM; packed
// [total rows, hidden] of vec4: the `weights` of lstm_tile, filled by one or more dispatches.
// One invocation writes one vec4; a workgroup 256. Dispatch: ceil(rows hidden / 256), split over x and y past 65 535.
// Any values.
struct Params { rows: u32, hidden: u32, at: u32 }

@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read_write> packed: array<vec4<f32>>;
@group(0) @binding(2) var<uniform> params: Params;

@compute @workgroup_size(256)
fn lstm_pack(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = (group.y * groups.x + group.x) * 256u + lane;
  let hidden = params.hidden;
  if (i < params.rows * hidden) {
    let gate = (i / hidden) * 4u * hidden + i % hidden;
    packed[params.at * hidden + i] =
      vec4<f32>(source[gate], source[gate + hidden], source[gate + 2u * hidden], source[gate + 3u * hidden]);
  }
}
