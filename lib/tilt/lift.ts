/**
 * A constraint on bytes as one on the tokens of a model: `δ(s, v)` runs the automaton over the bytes of token v. What a state
 * allows is computed when it is first asked for, and kept while there is room.
 */
import { at, outside } from '../at.ts'
import type { ByteAutomaton } from './compile.ts'
import { DEAD } from './constraint.ts'
import { type Trie, trieOf, walk } from './trie.ts'

/** The tokens that a state allows, in rising order, and the state after each. */
export interface Mask {
  readonly tokens: Int32Array
  readonly targets: Int32Array
}

/** An automaton over the tokens of a vocabulary. */
export interface Lifted {
  readonly automaton: ByteAutomaton
  readonly mask: (state: number) => Mask
  /** Tokens that lead from a state to each other one: `visit(token, target)`, in no order, nothing kept. */
  readonly each: (state: number, visit: (token: number, target: number) => void) => void
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

/** Lifts an automaton to the tokens that spell something and do not end a text. */
export const lift = (
  automaton: ByteAutomaton,
  { texts, ends }: { readonly texts: readonly Uint8Array[]; readonly ends: readonly number[] },
): Lifted => {
  const trie = trieOf(texts, ends)
  const kept = new Map<number, Mask>()
  let entries = 0
  return {
    automaton,
    each: (state, visit) => walk(trie, automaton, state, visit),
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
