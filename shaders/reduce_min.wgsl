// Prelude (after an element prelude): the minimum, of one element or more; NaN where one is.
fn reduce_start(first: Element) -> Element { return first; }
fn reduce_pair(a: Element, b: Element) -> Element {
  return select(select(min(a, b), b, is_undefined(b)), a, is_undefined(a));
}
