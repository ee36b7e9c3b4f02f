// epoch: e := e + 1, the last kernel of every submit.
//
// e [1], the number of submits that ran (modulo 2^32). The host compares it with the number that it sent, so that a
// submit which was skipped can never pass for one that ran. One workgroup of one invocation. Allowed inputs: any.
@group(0) @binding(0) var<storage, read_write> e: array<u32>;

@compute @workgroup_size(1)
fn epoch() {
  e[0] = e[0] + 1u;
}
