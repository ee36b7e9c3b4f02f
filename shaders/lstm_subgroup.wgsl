// lstm_subgroup: lstm.wgsl for adapters with subgroups of 8 lanes or more and hidden a multiple of 4, at most 4 LANES.
//
//   z_t = pre_t + h_(t-1) W,   i, f, o = sigmoid(z_i, z_f, z_o),   g = tanh(z_g)
//   c_t = f c_(t-1) + i g,     h_t = o tanh(c_t)                   (gate order i, f, g, o)
//
// pre [time, batch, 4, hidden], weight [hidden (previous), 4, hidden], initialHidden, initialCell [batch, hidden];
// hidden, cell [time, batch, hidden], gates [time, batch, 4, hidden] after their activations. Finite values.
//
// A workgroup runs all time steps of 32 rows of the batch; a lane owns 4 units. Each gate's product is that of
// contract_subgroup: 32 rows share a load of the weight, and the previous hidden state arrives by shuffles. The initial
// state waits in the last time slot of hidden and cell, so that every step reads the slot before its own.
// Dispatch: (ceil(batch / 32), 1, 1); LANES >= ceil(hidden / 4), a multiple of 8. Prelude: pointwise.wgsl (this file
// must come first when joined only if `enable` is not hoisted).
enable subgroups;
struct Params { time: u32, batch: u32, hidden: u32 }

@group(0) @binding(0) var<storage, read> pre: array<vec4f>;
@group(0) @binding(1) var<storage, read> weight: array<vec4f>;
@group(0) @binding(2) var<storage, read> initialHidden: array<vec4f>;
@group(0) @binding(3) var<storage, read> initialCell: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> hidden: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> cell: array<vec4f>;
@group(0) @binding(6) var<storage, read_write> gates: array<vec4f>;
@group(0) @binding(7) var<uniform> params: Params;

override LANES: u32 = 128u;

fn combine(total: vec4f, a: vec4f, b: mat4x4f) -> vec4f {
  return fma(a.xxxx, b[0], fma(a.yyyy, b[1], fma(a.zzzz, b[2], fma(a.wwww, b[3], total))));
}

fn sigmoid4(x: vec4f) -> vec4f { return vec4f(sigmoid_(x.x), sigmoid_(x.y), sigmoid_(x.z), sigmoid_(x.w)); }
fn tanh4(x: vec4f) -> vec4f { return vec4f(tanh_(x.x), tanh_(x.y), tanh_(x.z), tanh_(x.w)); }

@compute @workgroup_size(LANES)
fn lstm_subgroup(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32,
  @builtin(subgroup_invocation_id) sublane: u32) {
  let quads = params.hidden / 4u;
  let first = group.x * 32u;
  let last = params.batch - 1u;
  let rows = select(0u, min(32u, params.batch - first), lane < quads);
  let quad = min(lane, quads - 1u);
  for (var r = 0u; r < rows; r++) {
    let slot = ((params.time - 1u) * params.batch + first + r) * quads + quad;
    hidden[slot] = initialHidden[(first + r) * quads + quad];
    cell[slot] = initialCell[(first + r) * quads + quad];
  }
  storageBarrier();
  for (var t = 0u; t < params.time; t++) {
    let before = select(t, params.time, t == 0u) - 1u;
    let row = first + sublane % 8u;
    let h0 = (before * params.batch + min(row, last)) * quads;
    let h1 = (before * params.batch + min(row + 8u, last)) * quads;
    let h2 = (before * params.batch + min(row + 16u, last)) * quads;
    let h3 = (before * params.batch + min(row + 24u, last)) * quads;
    for (var gate = 0u; gate < 4u; gate++) {
      var z: array<vec4f, 32>;
      for (var r = 0u; r < 32u; r++) { z[r] = vec4f(); }
      for (var k = 0u; k < quads; k++) {
        let w = (k * 16u + gate) * quads + quad;
        let b = mat4x4f(weight[w], weight[w + 4u * quads], weight[w + 8u * quads], weight[w + 12u * quads]);
        let a = mat4x4f(hidden[h0 + k], hidden[h1 + k], hidden[h2 + k], hidden[h3 + k]);
        for (var r = 0u; r < 8u; r++) { z[r] = combine(z[r], subgroupShuffle(a[0], r), b); }
        for (var r = 0u; r < 8u; r++) { z[r + 8u] = combine(z[r + 8u], subgroupShuffle(a[1], r), b); }
        for (var r = 0u; r < 8u; r++) { z[r + 16u] = combine(z[r + 16u], subgroupShuffle(a[2], r), b); }
        for (var r = 0u; r < 8u; r++) { z[r + 24u] = combine(z[r + 24u], subgroupShuffle(a[3], r), b); }
      }
      for (var r = 0u; r < 32u; r++) {
        if (r < rows) { gates[((t * params.batch + first + r) * 4u + gate) * quads + quad] = z[r]; }
      }
    }
    storageBarrier();
    for (var r = 0u; r < rows; r++) {
      let place = t * params.batch + first + r;
      let g0 = place * 4u * quads + quad;
      let i = sigmoid4(gates[g0] + pre[g0]);
      let f = sigmoid4(gates[g0 + quads] + pre[g0 + quads]);
      let g = tanh4(gates[g0 + 2u * quads] + pre[g0 + 2u * quads]);
      let o = sigmoid4(gates[g0 + 3u * quads] + pre[g0 + 3u * quads]);
      let c = f * cell[(before * params.batch + first + r) * quads + quad] + i * g;
      gates[g0] = i;
      gates[g0 + quads] = f;
      gates[g0 + 2u * quads] = g;
      gates[g0 + 3u * quads] = o;
      cell[place * quads + quad] = c;
      hidden[place * quads + quad] = o * tanh4(c);
    }
    storageBarrier();
  }
}
