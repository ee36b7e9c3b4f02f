// Prelude (after an element prelude): the smallest element is the best, and NaN before all.
fn is_better(a: Element, b: Element) -> bool {
  return !is_undefined(b) && (is_undefined(a) || a < b);
}
