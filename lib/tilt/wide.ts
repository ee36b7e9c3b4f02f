/**
 * States that many bytes may follow, such as those inside of a string: there most of the vocabulary is allowed, and one byte is
 * as good as another. The vocabulary is a tree of classes of bytes that no wide state can tell apart, a hundredth of its size; a path that
 * leaves the wide states goes on in the vocabulary's own tree.
 */
import { at, outside } from '../at.ts'
import { type ClassTree, classTree } from './class-tree.ts'
import type { ByteAutomaton } from './compile.ts'
import { DEAD } from './constraint.ts'
import { pathOf, type Trie, walkUnder } from './trie.ts'

/** Bytes that may follow a wide state, at least. */
const WIDE = 16

/** A tree of classes is used where it has at most this share of the vocabulary's nodes. */
const WORTH = 1 / 8

/** The vocabulary as the wide states of an automaton see it. */
export interface Wide {
  readonly tree: ClassTree
  /** 1 for the wide states. */
  readonly states: Uint8Array
  /** A class of the automaton for each class of bytes that wide states tell apart. */
  readonly representatives: Int32Array
  /** The nodes of the vocabulary's own tree that are node n: `own[first[n]] … own[first[n + 1] − 1]`. */
  readonly first: Int32Array
  readonly own: Int32Array
}

const wideStates = ({ states, width, next, classes }: ByteAutomaton): Uint8Array => {
  const sizes = new Int32Array(width)
  for (const own of classes) sizes[own] = (sizes[own] ?? outside(sizes, own)) + 1
  const out = new Uint8Array(states)
  for (let state = 0; state < states; state++) {
    let live = 0
    for (let k = 0; k < width; k++) {
      const to = next[state * width + k] ?? outside(next, state * width + k)
      if (to !== DEAD) live += sizes[k] ?? outside(sizes, k)
    }
    out[state] = Number(live >= WIDE)
  }
  return out
}

/** Classes of the automaton that wide states tell apart: the first of each, and of which each byte is. */
const merged = ({ width, next, classes }: ByteAutomaton, wide: Uint8Array) => {
  const states = Int32Array.from(wide.keys()).filter((state) => wide[state] === 1)
  const alike = (a: number, b: number): boolean =>
    states.every((state) => next[state * width + a] === next[state * width + b])
  const representatives: number[] = []
  const groups = Int32Array.from({ length: width }, (_, own) => {
    const known = representatives.findIndex((other) => alike(other, own))
    return known < 0 ? representatives.push(own) - 1 : known
  })
  return {
    representatives: Int32Array.from(representatives),
    groups: Uint8Array.from(classes, (own) => at(groups, own)),
  }
}

/** Numbers by place as lists: where each place's begin, and all of them. */
const listed = (places: Int32Array, count: number): Pick<Wide, 'first' | 'own'> => {
  const first = new Int32Array(count + 1)
  for (let i = 0; i < places.length; i++) {
    const place = (places[i] ?? outside(places, i)) + 1
    first[place] = (first[place] ?? outside(first, place)) + 1
  }
  for (let n = 0; n < count; n++) first[n + 1] = at(first, n + 1) + at(first, n)
  const [own, filled] = [new Int32Array(places.length), first.slice()]
  for (let i = 0; i < places.length; i++) {
    const place = places[i] ?? outside(places, i)
    const to = filled[place] ?? outside(filled, place)
    own[to] = i
    filled[place] = to + 1
  }
  return { first, own }
}

/**
 * The vocabulary for the wide states of an automaton, of whose own classes `whole` is the tree; undefined where there are none, or
 * where they tell most tokens apart.
 */
export const wideOf = (trie: Trie, automaton: ByteAutomaton, whole: ClassTree): Wide | undefined => {
  const states = wideStates(automaton)
  if (!states.includes(1)) return undefined
  const { representatives, groups } = merged(automaton, states)
  const tree = representatives.length === automaton.width ? whole : classTree(trie, whole.ends.length, groups)
  return tree.nodes > Math.max(64, WORTH * trie.bytes.length)
    ? undefined
    : { tree, states, representatives, ...listed(tree.places, tree.nodes) }
}

/** The state after each node of a wide tree before which there are wide states alone (`DEAD` elsewhere), and how many tokens end there. */
export interface Reached {
  readonly targets: Int32Array
  readonly count: number
}

/** Goes through a wide tree from a wide state; `stray` is told each token that goes on where a path has left the wide states, and the state after it. */
export const walkWide = (
  trie: Trie,
  automaton: ByteAutomaton,
  wide: Wide,
  state: number,
  stray: (token: number, target: number) => void,
): Reached => {
  const { states, representatives, first, own, tree } = wide
  const { heads, siblings, classes, counts } = tree
  const { next, width } = automaton
  const [path, targets] = [pathOf(trie), new Int32Array(tree.nodes).fill(DEAD)]
  let count = 0
  const visit = (node: number, from: number): void => {
    for (
      let child = heads[node] ?? outside(heads, node);
      child !== 0;
      child = siblings[child] ?? outside(siblings, child)
    ) {
      const k = classes[child] ?? outside(classes, child)
      const arc = from * width + (representatives[k] ?? outside(representatives, k))
      const target = next[arc] ?? outside(next, arc)
      if (target === DEAD) continue
      targets[child] = target
      count += counts[child] ?? outside(counts, child)
      if (states[target] === 1) {
        visit(child, target)
        continue
      }
      const last = first[child + 1] ?? outside(first, child + 1)
      for (let i = first[child] ?? outside(first, child); i < last; i++)
        walkUnder(trie, automaton, path, own[i] ?? outside(own, i), target, stray)
    }
  }
  visit(0, state)
  return { targets, count }
}

/** Tells the tokens that end where a wide tree was reached, node by node. */
export const eachReached = (
  { tokens, first: firstToken }: Trie,
  { first, own, tree: { counts } }: Wide,
  { targets }: Reached,
  visit: (token: number, target: number) => void,
): void => {
  for (let place = 1; place < targets.length; place++) {
    const target = targets[place] ?? outside(targets, place)
    if (target === DEAD || counts[place] === 0) continue
    const last = first[place + 1] ?? outside(first, place + 1)
    for (let i = first[place] ?? outside(first, place); i < last; i++) {
      const node = own[i] ?? outside(own, i)
      const end = firstToken[node + 1] ?? outside(firstToken, node + 1)
      for (let k = firstToken[node] ?? outside(firstToken, node); k < end; k++)
        visit(tokens[k] ?? outside(tokens, k), target)
    }
  }
}
