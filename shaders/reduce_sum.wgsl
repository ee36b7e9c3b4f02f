// Prelude (after an element prelude): the sum.
fn reduce_start(_first: Element) -> Element { return Element(); }
fn reduce_pair(a: Element, b: Element) -> Element { return a + b; }
