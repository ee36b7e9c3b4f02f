/**
 * A constraint on bytes as one on the tokens of a model: `δ(s, v)` runs the automaton over the bytes of token v. What a state
 * allows is computed when it is first asked for, and kept while there is room.
 */
import { at, outside } from '../at.ts'
import type { ByteAutomaton } from './compile.ts'
import { DEAD } from './constraint.ts'
import { byteName, type Trie, trieOf, walk } from './trie.ts'

/** The tokens that a state allows, in rising order, and the state after each. */
interface Mask {
  readonly tokens: Int32Array
  readonly targets: Int32Array
}

/** An automaton over the tokens of a vocabulary. */
export interface Lifted {
  readonly automaton: ByteAutomaton
  readonly mask: (state: number) => Mask
  /** For weights of tokens [symbols]: the states that a state leads to, each with sums of weights that add up to its own. */
  readonly sums: (weights: Float64Array) => (state: number, visit: (target: number, sum: number) => void) => void
}

/** Entries of masks that are kept, 8 bytes each. */
const MOST_ENTRIES = 2 ** 23

const maskOf = (trie: Trie, automaton: ByteAutomaton, symbols: number, state: number): Mask => {
  const reached = new Int32Array(symbols).fill(DEAD)
  let count = 0
  walk(trie, automaton, state, (token, target) => {
    reached[token] = target
    count++
  })
  const [tokens, targets] = [new Int32Array(count), new Int32Array(count)]
  for (let token = 0, k = 0; token < symbols; token++) {
    const target = reached[token] ?? outside(reached, token)
    if (target === DEAD) continue
    tokens[k] = token
    targets[k++] = target
  }
  return { tokens, targets }
}

/** The bytes as they are. */
const ALONE = Uint8Array.from({ length: 256 }, (_, byte) => byte)

/**
 * Weights of tokens, those added up that the automaton cannot tell apart: a tree over classes of bytes, which is much smaller
 * than the vocabulary's own.
 */
const classSums = (automaton: ByteAutomaton, texts: readonly Uint8Array[], ends: readonly number[]): Lifted['sums'] => {
  const words = new Map<string, { readonly text: Uint8Array; readonly tokens: number[] }>()
  for (const [token, bytes] of texts.entries()) {
    if (bytes.length === 0 || ends.includes(token)) continue
    const text = bytes.map((byte) => automaton.classes[byte] ?? outside(automaton.classes, byte))
    const name = byteName(text)
    const known = words.get(name)
    if (known === undefined) words.set(name, { text, tokens: [token] })
    else known.tokens.push(token)
  }
  const all = [...words.values()]
  const trie = trieOf(
    all.map(({ text }) => text),
    [],
  )
  const over = { ...automaton, classes: ALONE }
  return (weights) => {
    const sums = Float64Array.from(all, ({ tokens }) => tokens.reduce((sum, token) => sum + at(weights, token), 0))
    return (state, visit) => walk(trie, over, state, (word, target) => visit(target, sums[word] ?? outside(sums, word)))
  }
}

/** The last tree of each vocabulary, and the tokens that it leaves out. */
const tries = new WeakMap<readonly Uint8Array[], { readonly without: string; readonly trie: Trie }>()

const trieFor = (texts: readonly Uint8Array[], ends: readonly number[]): Trie => {
  const without = ends.join()
  const known = tries.get(texts)
  if (known?.without === without) return known.trie
  const trie = trieOf(texts, ends)
  tries.set(texts, { without, trie })
  return trie
}

/** Lifts an automaton to the tokens that spell something and do not end a text. */
export const lift = (
  automaton: ByteAutomaton,
  { texts, ends }: { readonly texts: readonly Uint8Array[]; readonly ends: readonly number[] },
): Lifted => {
  const trie = trieFor(texts, ends)
  const kept = new Map<number, Mask>()
  let entries = 0
  return {
    automaton,
    sums: classSums(automaton, texts, ends),
    mask: (state) => {
      const known = kept.get(state)
      if (known !== undefined) return known
      const mask = maskOf(trie, automaton, texts.length, state)
      entries += mask.tokens.length
      for (const [old, { tokens }] of kept) {
        if (entries <= MOST_ENTRIES) break
        kept.delete(old)
        entries -= tokens.length
      }
      kept.set(state, mask)
      return mask
    },
  }
}

/** Whether a text may end in a state. */
export const mayEnd = ({ automaton }: Lifted, state: number): boolean => at(automaton.accepts, state) === 1
