// Prelude (after an element prelude): the minimum, of one element or more.
fn reduce_start(first: Element) -> Element { return first; }
fn reduce_pair(a: Element, b: Element) -> Element { return min(a, b); }
