// Prelude (after an element prelude): the largest element is the best.
fn is_better(a: Element, b: Element) -> bool { return a > b; }
