// Prelude: sums of blocks with what their roundings lost: the error of the whole does not grow with the number of blocks.
//
// The compilers may take (x + y) - x for y, so the sum passes through `veil`, which a body sets to a zero that is known at
// run time only. A sum that is infinite or NaN has a rest of NaN, and stays as it is.
const BLOCK: u32 = 256u;                        // terms that are added up one after the other

struct Compensated { sum: vec4f, rest: vec4f }

var<private> veil: u32;

fn compensate(whole: Compensated, part: vec4f) -> Compensated {
  let sum = bitcast<vec4f>(bitcast<vec4u>(whole.sum + part) | vec4u(veil));
  return Compensated(sum, whole.rest + (part - (sum - whole.sum)));
}

// The sum times a factor.
fn rescaled(whole: Compensated, factor: f32) -> Compensated {
  return Compensated(factor * whole.sum, factor * whole.rest);
}

fn compensated(whole: Compensated) -> vec4f {
  let finite = (bitcast<vec4u>(whole.rest) & vec4u(0x7f800000u)) != vec4u(0x7f800000u);
  return select(whole.sum, whole.sum + whole.rest, finite);
}
