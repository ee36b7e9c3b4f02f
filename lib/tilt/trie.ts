/**
 * A vocabulary as a tree of bytes, in one pass over which an automaton's state meets every token: a subtree is left out as
 * soon as a byte is not allowed.
 */
import { outside } from '../at.ts'
import type { ByteAutomaton } from './compile.ts'
import { DEAD } from './constraint.ts'

/** Nodes in depth-first order, the root left out. */
export interface Trie {
  readonly bytes: Uint8Array
  /** 0 for the first byte of a token. */
  readonly depths: Uint16Array
  /** The node after the subtree of each. */
  readonly after: Int32Array
  /** The tokens that end at node i are `tokens[first[i]] … tokens[first[i + 1] − 1]`. */
  readonly first: Int32Array
  readonly tokens: Int32Array
  /** The longest token, in bytes. */
  readonly depth: number
}

/** Bytes as a string of characters up to U+00FF: it sorts and is looked up as fast as strings are. */
const byteName = (bytes: Uint8Array): string => {
  let name = ''
  for (const byte of bytes) name += String.fromCharCode(byte)
  return name
}

/** How many bytes two names begin with alike. */
const common = (a: string, b: string): number => {
  let n = 0
  while (n < a.length && n < b.length && a.charCodeAt(n) === b.charCodeAt(n)) n++
  return n
}

/** The tree of all tokens but the given ones and those that spell nothing. */
export const trieOf = (texts: readonly Uint8Array[], without: readonly number[]): Trie => {
  const kept = texts.flatMap((text, token) =>
    text.length === 0 || without.includes(token) ? [] : [{ name: byteName(text), token }],
  )
  kept.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : a.token - b.token))
  const [bytes, depths, first, after]: [number[], number[], number[], number[]] = [[], [], [], []]
  const open: number[] = []
  const close = (depth: number): void => {
    for (const node of open.splice(depth)) after[node] = bytes.length
  }
  let before = ''
  kept.forEach(({ name }, i) => {
    const shared = common(before, name)
    close(shared)
    for (let depth = shared; depth < name.length; depth++) {
      open.push(bytes.length)
      bytes.push(name.charCodeAt(depth))
      depths.push(depth)
      after.push(0)
      first.push(i)
    }
    before = name
  })
  close(0)
  return {
    bytes: Uint8Array.from(bytes),
    depths: Uint16Array.from(depths),
    after: Int32Array.from(after),
    first: Int32Array.from([...first, kept.length]),
    tokens: Int32Array.from(kept, ({ token }) => token),
    depth: kept.reduce((n, { name }) => Math.max(n, name.length), 0),
  }
}

/** Told each token that an automaton can read, and the state after it. */
type Visit = (token: number, target: number) => void

/** Room for the states along a path of a tree, by depth. */
export const pathOf = ({ depth }: Trie): Int32Array => new Int32Array(depth + 1)

/** Visits the nodes `from … to − 1`, whole subtrees, where the automaton's states so far are on the path. */
const walkNodes = (
  trie: Trie,
  automaton: ByteAutomaton,
  path: Int32Array,
  [from, to]: readonly [number, number],
  visit: Visit,
): void => {
  const { bytes, depths, after, first, tokens } = trie
  const { next, width, classes } = automaton
  for (let node = from; node < to; ) {
    const depth = depths[node] ?? outside(depths, node)
    const byte = bytes[node] ?? outside(bytes, node)
    const k = (path[depth] ?? outside(path, depth)) * width + (classes[byte] ?? outside(classes, byte))
    const target = next[k] ?? outside(next, k)
    if (target === DEAD) {
      node = after[node] ?? outside(after, node)
      continue
    }
    path[depth + 1] = target
    const end = first[node + 1] ?? outside(first, node + 1)
    for (let i = first[node] ?? outside(first, node); i < end; i++) visit(tokens[i] ?? outside(tokens, i), target)
    node++
  }
}

/** Calls `visit` for each token that the automaton can read from a state, with the state after it. */
export const walk = (trie: Trie, automaton: ByteAutomaton, state: number, visit: Visit): void => {
  const path = pathOf(trie)
  path[0] = state
  walkNodes(trie, automaton, path, [0, trie.bytes.length], visit)
}

/** The same for the tokens that go on from a node, after whose byte the automaton is in a state. */
export const walkUnder = (
  trie: Trie,
  automaton: ByteAutomaton,
  path: Int32Array,
  node: number,
  state: number,
  visit: Visit,
): void => {
  const { depths, after } = trie
  const to = after[node] ?? outside(after, node)
  if (to === node + 1) return
  path[(depths[node] ?? outside(depths, node)) + 1] = state
  walkNodes(trie, automaton, path, [node + 1, to], visit)
}
