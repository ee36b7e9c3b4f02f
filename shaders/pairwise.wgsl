// Prelude (after element_*.wgsl): sums of many terms, by runs of RUN terms that are added up in pairs: the error grows like log n.
//
// `carry` takes the run with number `run`, from 0 on; `gathered` adds what is left to all runs before it.
const RUN: u32 = 64u;

var<private> levels: array<Element, 26>;

fn carry(terms: Element, run: u32) {
  var sum = terms;
  var level = 0u;
  for (var rest = run; (rest & 1u) == 1u; rest >>= 1u) {
    sum = levels[level] + sum;
    level++;
  }
  levels[level] = sum;
}

fn gathered(terms: Element, runs: u32) -> Element {
  var sum = terms;
  for (var level = 0u; (runs >> level) > 0u; level++) {
    if (((runs >> level) & 1u) == 1u) { sum = levels[level] + sum; }
  }
  return sum;
}
