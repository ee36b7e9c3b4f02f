// Prelude: what all attention kernels are told, and which keys count: query t sees the keys below seen_by(t, length), with
// `causal` up to t + keyTime - time, with `masked` below the length of its row of the batch.
struct Params {
  rows: u32, heads: u32, time: u32, keyTime: u32, depth: u32, causal: u32, masked: u32, scale: f32,
}

// Whether more than BLOCK terms are added up.
override LONG: bool = false;

// Keys that count for query t, at most `length` of them.
fn seen_by(t: u32, length: u32) -> u32 {
  return select(length, min(length, t + 1u + params.keyTime - params.time), params.causal != 0u);
}
