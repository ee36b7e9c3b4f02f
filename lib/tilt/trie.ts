/**
 * A vocabulary as a tree of bytes, in one pass over which an automaton's state meets every token: a subtree is left out as
 * soon as a byte is not allowed.
 */
import { at, outside } from '../at.ts'
import { type ByteAutomaton, step } from './compile.ts'
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

const compare = (a: Uint8Array, b: Uint8Array): number => {
  const n = Math.min(a.length, b.length)
  for (let i = 0; i < n; i++) if (a[i] !== b[i]) return at(a, i) - at(b, i)
  return a.length - b.length
}

/** How many bytes two tokens begin with alike. */
const common = (a: Uint8Array, b: Uint8Array): number => {
  let n = 0
  while (n < a.length && n < b.length && a[n] === b[n]) n++
  return n
}

/** The tree of all tokens but the given ones and those that spell nothing. */
export const trieOf = (texts: readonly Uint8Array[], without: readonly number[]): Trie => {
  const kept = texts.flatMap((text, token) => (text.length === 0 || without.includes(token) ? [] : [{ text, token }]))
  kept.sort((a, b) => compare(a.text, b.text) || a.token - b.token)
  const [bytes, depths, first, after]: [number[], number[], number[], number[]] = [[], [], [], []]
  const open: number[] = []
  const close = (depth: number): void => {
    for (const node of open.splice(depth)) after[node] = bytes.length
  }
  let before = new Uint8Array(0)
  kept.forEach(({ text }, i) => {
    const shared = common(before, text)
    close(shared)
    for (let depth = shared; depth < text.length; depth++) {
      open.push(bytes.length)
      bytes.push(at(text, depth))
      depths.push(depth)
      after.push(0)
      first.push(i)
    }
    before = new Uint8Array(text)
  })
  close(0)
  return {
    bytes: Uint8Array.from(bytes),
    depths: Uint16Array.from(depths),
    after: Int32Array.from(after),
    first: Int32Array.from([...first, kept.length]),
    tokens: Int32Array.from(kept, ({ token }) => token),
    depth: kept.reduce((n, { text }) => Math.max(n, text.length), 0),
  }
}

/** Calls `visit` for each token that the automaton can read from a state, with the state after it. */
export const walk = (
  trie: Trie,
  automaton: ByteAutomaton,
  state: number,
  visit: (token: number, target: number) => void,
): void => {
  const { bytes, depths, after, first, tokens } = trie
  const path = new Int32Array(trie.depth + 1)
  path[0] = state
  const nodes = bytes.length
  for (let node = 0; node < nodes; ) {
    const depth = depths[node] ?? outside(depths, node)
    const target = step(automaton, path[depth] ?? outside(path, depth), bytes[node] ?? outside(bytes, node))
    if (target === DEAD) {
      node = after[node] ?? outside(after, node)
      continue
    }
    path[depth + 1] = target
    const end = first[node + 1] ?? outside(first, node + 1)
    for (let k = first[node] ?? outside(first, node); k < end; k++) visit(tokens[k] ?? outside(tokens, k), target)
    node++
  }
}
