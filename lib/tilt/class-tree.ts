/**
 * A vocabulary as a tree over classes of bytes: tokens that nothing can tell apart end at one node. It is made of the vocabulary's own
 * tree in one pass, and much smaller.
 */
import { outside } from '../at.ts'
import type { Trie } from './trie.ts'

/** Node 0 is the root; 0 as a child or sibling is none. */
export interface ClassTree {
  readonly nodes: number
  /** The first child of each node, the next child of its parent (classes rise), and its class. */
  readonly heads: Int32Array
  readonly siblings: Int32Array
  readonly classes: Uint8Array
  /** The node that each node of the vocabulary's tree is. */
  readonly places: Int32Array
  /** The node at which each token ends (the root: none that is in the tree), and how many do. */
  readonly ends: Int32Array
  readonly counts: Int32Array
}

/** The tree of a vocabulary of so many symbols, where `groups` says the class of each byte. */
export const classTree = (trie: Trie, symbols: number, groups: Uint8Array): ClassTree => {
  const { bytes, depths, first, tokens } = trie
  const size = bytes.length + 1
  const [heads, siblings, classes] = [new Int32Array(size), new Int32Array(size), new Uint8Array(size)]
  const [places, path, ends] = [new Int32Array(bytes.length), new Int32Array(trie.depth + 1), new Int32Array(symbols)]
  let nodes = 1
  /** The child of a node by a class, put among the others where it is new. */
  const childOf = (parent: number, own: number): number => {
    let [before, child] = [0, heads[parent] ?? outside(heads, parent)]
    while (child !== 0 && (classes[child] ?? outside(classes, child)) < own)
      [before, child] = [child, siblings[child] ?? outside(siblings, child)]
    if (child !== 0 && classes[child] === own) return child
    const made = nodes++
    classes[made] = own
    siblings[made] = child
    if (before === 0) heads[parent] = made
    else siblings[before] = made
    return made
  }
  for (let node = 0; node < bytes.length; node++) {
    const depth = depths[node] ?? outside(depths, node)
    const byte = bytes[node] ?? outside(bytes, node)
    const place = childOf(path[depth] ?? outside(path, depth), groups[byte] ?? outside(groups, byte))
    path[depth + 1] = place
    places[node] = place
    const last = first[node + 1] ?? outside(first, node + 1)
    for (let i = first[node] ?? outside(first, node); i < last; i++) ends[tokens[i] ?? outside(tokens, i)] = place
  }
  const counts = new Int32Array(nodes)
  for (let token = 0; token < symbols; token++) {
    const place = ends[token] ?? outside(ends, token)
    if (place !== 0) counts[place] = (counts[place] ?? outside(counts, place)) + 1
  }
  return { nodes, heads, siblings, classes, places, ends, counts }
}

/** The same tree in depth-first order, whose bytes are classes and whose tokens are the nodes at which some end. */
export const asTrie = ({ nodes, heads, siblings, classes, counts }: ClassTree): Trie => {
  const [bytes, depths] = [new Uint8Array(nodes - 1), new Uint16Array(nodes - 1)]
  const [after, first] = [new Int32Array(nodes - 1), new Int32Array(nodes)]
  const tokens: number[] = []
  let [place, deepest] = [0, 0]
  const visit = (parent: number, depth: number): void => {
    for (
      let node = heads[parent] ?? outside(heads, parent);
      node !== 0;
      node = siblings[node] ?? outside(siblings, node)
    ) {
      const own = place++
      bytes[own] = classes[node] ?? outside(classes, node)
      depths[own] = depth
      first[own] = tokens.length
      deepest = Math.max(deepest, depth + 1)
      if (counts[node] !== 0) tokens.push(node)
      visit(node, depth + 1)
      after[own] = place
    }
  }
  visit(0, 0)
  first[nodes - 1] = tokens.length
  return { bytes, depths, after, first, tokens: Int32Array.from(tokens), depth: deepest }
}
