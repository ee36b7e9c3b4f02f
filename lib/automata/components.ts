/**
 * Strongly connected components (Tarjan 1972, with an explicit stack), and reachability. Components are numbered so
 * that successors come first, so solving them in order is back substitution.
 */
import { at, orElse, outside } from '../at.ts'

/** A directed graph by rows: the successors of p are `columns[k]`, k in [rowPointers[p], rowPointers[p + 1]). */
export interface Graph {
  readonly rowPointers: Uint32Array
  readonly columns: Uint32Array
}

/**
 * The components: `order` lists the nodes by component, successors first, each component in depth-first post-order;
 * component c is `order[begins[c]] … order[begins[c + 1] − 1]`; `component[p]` is the component of node p.
 */
export interface Components {
  readonly count: number
  readonly component: Int32Array
  readonly order: Uint32Array
  readonly begins: Uint32Array
}

interface Search {
  readonly graph: Graph
  readonly visited: Int32Array
  readonly low: Int32Array
  readonly component: Int32Array
  readonly next: Uint32Array
  readonly postOrder: number[]
  readonly open: number[]
  readonly path: number[]
}

const enter = (s: Search, node: number, time: number): void => {
  s.visited[node] = time
  s.low[node] = time
  s.next[node] = at(s.graph.rowPointers, node)
  s.open.push(node)
  s.path.push(node)
}

/** Closes the component of `root` and returns the number of components. */
const close = (s: Search, root: number, count: number): number => {
  let member = -1
  while (member !== root) {
    member = orElse(s.open.pop(), root)
    s.component[member] = count
  }
  return count + 1
}

/** Takes the next edge of the node on top of the path; the node to enter, or −1. */
const advance = (s: Search, node: number): number => {
  const end = at(s.graph.rowPointers, node + 1)
  for (let k = s.next[node] ?? outside(s.next, node); k < end; k++) {
    const to = s.graph.columns[k] ?? outside(s.graph.columns, k)
    if ((s.visited[to] ?? outside(s.visited, to)) < 0) {
      s.next[node] = k
      return to
    }
    if ((s.component[to] ?? outside(s.component, to)) < 0)
      s.low[node] = Math.min(s.low[node] ?? outside(s.low, node), s.low[to] ?? outside(s.low, to))
  }
  s.next[node] = end
  return -1
}

const searchFrom = (s: Search, root: number, time: number, components: number): readonly [number, number] => {
  let clock = time
  let count = components
  enter(s, root, clock++)
  while (s.path.length > 0) {
    const node = s.path[s.path.length - 1] ?? outside(s.path, s.path.length - 1)
    const to = advance(s, node)
    if (to >= 0) {
      enter(s, to, clock++)
      continue
    }
    s.path.pop()
    s.postOrder.push(node)
    if ((s.low[node] ?? outside(s.low, node)) === (s.visited[node] ?? outside(s.visited, node)))
      count = close(s, node, count)
  }
  return [clock, count]
}

/** The strongly connected components of a graph with `size` nodes, in O(nodes + edges). */
export const components = (size: number, graph: Graph): Components => {
  const s: Search = {
    graph,
    visited: new Int32Array(size).fill(-1),
    low: new Int32Array(size),
    component: new Int32Array(size).fill(-1),
    next: new Uint32Array(size),
    postOrder: [],
    open: [],
    path: [],
  }
  let time = 0
  let count = 0
  for (let root = 0; root < size; root++)
    if ((s.visited[root] ?? outside(s.visited, root)) < 0) [time, count] = searchFrom(s, root, time, count)
  return { count, component: s.component, ...bucket(count, s.component, s.postOrder) }
}

const bucket = (
  count: number,
  component: Int32Array,
  postOrder: readonly number[],
): { readonly order: Uint32Array; readonly begins: Uint32Array } => {
  const begins = new Uint32Array(count + 1)
  for (const node of postOrder)
    begins[(component[node] ?? outside(component, node)) + 1] =
      at(begins, (component[node] ?? outside(component, node)) + 1) + 1
  for (let c = 0; c < count; c++)
    begins[c + 1] = (begins[c + 1] ?? outside(begins, c + 1)) + (begins[c] ?? outside(begins, c))
  const next = begins.slice()
  const order = new Uint32Array(postOrder.length)
  for (const node of postOrder) {
    const c = component[node] ?? outside(component, node)
    order[next[c] ?? outside(next, c)] = node
    next[c] = (next[c] ?? outside(next, c)) + 1
  }
  return { order, begins }
}

/** Which nodes can be reached from the seeds: 1 or 0 a node. */
export const reachableFrom = (size: number, graph: Graph, seeds: Iterable<number>): Uint8Array => {
  const seen = new Uint8Array(size)
  const stack = [...seeds]
  for (const seed of stack) seen[seed] = 1
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    const end = graph.rowPointers[node + 1] ?? outside(graph.rowPointers, node + 1)
    for (let k = graph.rowPointers[node] ?? outside(graph.rowPointers, node); k < end; k++) {
      const to = graph.columns[k] ?? outside(graph.columns, k)
      if (seen[to] === 1) continue
      seen[to] = 1
      stack.push(to)
    }
  }
  return seen
}
