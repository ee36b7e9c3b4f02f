/**
 * A constraint on bytes as one on the tokens of a model: `δ(s, v)` runs the automaton over the bytes of token v. What a state
 * allows is computed when it is first asked for, and kept while there is room.
 */
import { at, outside } from '../at.ts'
import { asTrie, type ClassTree, classTree } from './class-tree.ts'
import type { ByteAutomaton } from './compile.ts'
import { DEAD } from './constraint.ts'
import { type Trie, trieOf, walk } from './trie.ts'
import { eachReached, type Reached, type Wide, walkWide, wideOf } from './wide.ts'

/** The tokens that a state allows, in rising order, and the state after each. */
export interface Mask {
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

/** Share of the vocabulary above which tokens are put in order by looking at all of it. */
const MANY = 1 / 32

/** Takes tokens and targets in any order, and gives them as a mask; room for all is made once. */
const collector = (symbols: number) => {
  const [reached, met] = [new Int32Array(symbols).fill(DEAD), new Int32Array(symbols)]
  let count = 0
  const sorted = (): Int32Array => {
    if (count < MANY * symbols) return met.slice(0, count).sort()
    const tokens = new Int32Array(count)
    for (let token = 0, k = 0; token < symbols; token++) if (reached[token] !== DEAD) tokens[k++] = token
    return tokens
  }
  return {
    add: (token: number, target: number): void => {
      reached[token] = target
      met[count++] = token
    },
    taken: (): Mask => {
      const tokens = sorted()
      const targets = new Int32Array(count)
      for (let k = 0; k < count; k++) {
        const token = tokens[k] ?? outside(tokens, k)
        targets[k] = reached[token] ?? outside(reached, token)
        reached[token] = DEAD
      }
      count = 0
      return { tokens, targets }
    },
  }
}

/** The mask of a wide state: tokens by where they end in the tree of classes, and those few whose paths leave it. */
const wideMask = (wide: Wide, { targets: after, count }: Reached, strays: Mask): Mask => {
  const { ends } = wide.tree
  const size = count + strays.tokens.length
  const [tokens, targets] = [new Int32Array(size), new Int32Array(size)]
  const strayAt = (i: number): number => (i < strays.tokens.length ? at(strays.tokens, i) : ends.length)
  let [k, stray, next] = [0, 0, strayAt(0)]
  for (let token = 0; token < ends.length; token++) {
    const own = ends[token] ?? outside(ends, token)
    const target = after[own] ?? outside(after, own)
    if (target !== DEAD) {
      tokens[k] = token
      targets[k++] = target
    } else if (token === next) {
      tokens[k] = token
      targets[k++] = at(strays.targets, stray++)
      next = strayAt(stray)
    }
  }
  return { tokens, targets }
}

/** The bytes as they are. */
const ALONE = Uint8Array.from({ length: 256 }, (_, byte) => byte)

/** Weights of tokens, those added up that the automaton cannot tell apart. */
const classSums = (automaton: ByteAutomaton, tree: ClassTree): Lifted['sums'] => {
  const { ends, nodes } = tree
  const [words, over] = [asTrie(tree), { ...automaton, classes: ALONE }]
  return (weights) => {
    const sums = new Float64Array(nodes)
    for (let token = 0; token < ends.length; token++) {
      const place = ends[token] ?? outside(ends, token)
      sums[place] = (sums[place] ?? outside(sums, place)) + (weights[token] ?? outside(weights, token))
    }
    return (state, visit) =>
      walk(words, over, state, (place, target) => visit(target, sums[place] ?? outside(sums, place)))
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
  const { add, taken } = collector(texts.length)
  const tree = classTree(trie, texts.length, automaton.classes)
  const wide = wideOf(trie, automaton, tree)
  const maskOf = (state: number): Mask => {
    if (wide?.states[state] !== 1) walk(trie, automaton, state, add)
    else {
      const reached = walkWide(trie, automaton, wide, state, add)
      if (reached.count >= MANY * texts.length) return wideMask(wide, reached, taken())
      eachReached(trie, wide, reached, add)
    }
    return taken()
  }
  const kept = new Map<number, Mask>()
  let entries = 0
  return {
    automaton,
    sums: classSums(automaton, tree),
    mask: (state) => {
      const known = kept.get(state)
      if (known !== undefined) return known
      const mask = maskOf(state)
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
