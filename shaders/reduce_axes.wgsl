// Prelude: where the elements of a reduction lie, for up to two groups of kept and two of reduced axes.
//
// Result o starts at (o / kept) keptOuter + (o % kept) keptInner; its element r lies (r / folded) foldedOuter
// + (r % folded) foldedInner further on, r < reduced. A reduction is cut into `parts` of `chunk` elements: with more than
// one, the kernel writes a partial result for each, and a second dispatch reduces those.
struct Params {
  outputs: u32, kept: u32, keptOuter: u32, keptInner: u32,
  reduced: u32, folded: u32, foldedOuter: u32, foldedInner: u32,
  parts: u32, chunk: u32,
}

override FOLDED: bool = false;             // whether the reduced axes are two groups

fn start_of(o: u32) -> u32 {
  return (o / params.kept) * params.keptOuter + (o % params.kept) * params.keptInner;
}

fn place_of(r: u32) -> u32 {
  if (FOLDED) { return (r / params.folded) * params.foldedOuter + (r % params.folded) * params.foldedInner; }
  return r * params.foldedInner;
}
