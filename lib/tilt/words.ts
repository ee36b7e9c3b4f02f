/**
 * Constraints on which of some words a text holds, as parts of it anywhere: one pass over the text for all of them (Aho and
 * Corasick 1975).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { amongTexts, classesOf, type Constraint, named, not, utf8Of } from './constraint.ts'

/** Most words that must all occur: a state remembers which have. */
const MOST = 20

/** The automaton: `next[node * 256 + byte]`, and for each node the marks (bits) of the words that end there. */
interface Matcher {
  readonly next: Int32Array
  readonly ends: readonly number[]
}

/** The prefix tree of the words; 0 where there is no child. */
const treeOf = (
  words: readonly Uint8Array[],
  mark: (word: number) => number,
): { readonly children: number[]; readonly ends: number[] } => {
  const children = Array.from({ length: 256 }, () => 0)
  const ends = [0]
  for (const [i, word] of words.entries()) {
    let node = 0
    for (const byte of word) {
      const known = at(children, node * 256 + byte)
      const child = known > 0 ? known : ends.push(0) - 1
      if (known === 0) {
        children[node * 256 + byte] = child
        for (let k = 0; k < 256; k++) children.push(0)
      }
      node = child
    }
    ends[node] = at(ends, node) | mark(i)
  }
  return { children, ends }
}

/** Completes the tree, breadth first: where a node has no child, that of its longest proper end that is a node. */
const matcherOf = (words: readonly Uint8Array[], mark: (word: number) => number): Matcher => {
  const { children, ends } = treeOf(words, mark)
  const next = Int32Array.from(children)
  const shorter = new Int32Array(ends.length)
  const queue = [0]
  for (const node of queue) {
    ends[node] = at(ends, node) | at(ends, at(shorter, node))
    for (let byte = 0; byte < 256; byte++) {
      const child = at(children, node * 256 + byte)
      const fallback = node === 0 ? 0 : at(next, at(shorter, node) * 256 + byte)
      if (child > 0) {
        shorter[child] = fallback
        queue.push(child)
      } else next[node * 256 + byte] = fallback
    }
  }
  return { next, ends }
}

const encoded = (words: readonly string[]): E.Either<Failure, readonly Uint8Array[]> => {
  if (words.length === 0 || words.includes(''))
    return E.left(
      failure(
        'Usage',
        words.length === 0 ? 'no words are given' : 'an empty word is given',
        'give words of one character or more',
      ),
    )
  return E.right(words.map(utf8Of))
}

/** Most words that a constraint's name lists. */
const MOST_NAMED = 8

/** Most characters of a word that it shows. */
const MOST_SHOWN = 40

const shown = (word: string): string => {
  const characters = [...word]
  return characters.length <= MOST_SHOWN ? `'${word}'` : `'${characters.slice(0, MOST_SHOWN).join('')}…'`
}

const list = (words: readonly string[]): string => {
  const some = words.slice(0, MOST_NAMED).map(shown)
  return [...some, ...(words.length > MOST_NAMED ? [`${words.length - MOST_NAMED} more`] : [])].join(', ')
}

/** A pass that remembers which words it has met, until `done`: then nothing that follows matters. */
const meeting = (name: string, words: readonly Uint8Array[], done: (met: number) => boolean): Constraint => {
  const { next, ends } = matcherOf(words, (word) => 2 ** word)
  const sets = 2 ** words.length
  const settled = ends.length * sets
  return amongTexts({
    name,
    classes: classesOf(words),
    start: 0,
    next: (state, byte) => {
      if (state === settled) return settled
      const node = at(next, Math.floor(state / sets) * 256 + byte)
      const met = (state % sets) | at(ends, node)
      return done(met) ? settled : node * sets + (met % sets)
    },
    accepts: (state) => state === settled,
  })
}

/** A pass that remembers no word. */
const anyOf = (name: string, words: readonly Uint8Array[]): Constraint => {
  const { next, ends } = matcherOf(words, () => 1)
  return amongTexts({
    name,
    classes: classesOf(words),
    start: 0,
    next: (state, byte) => {
      const node = state === ends.length ? state : at(next, state * 256 + byte)
      return node < ends.length && at(ends, node) !== 0 ? ends.length : node
    },
    accepts: (state) => state === ends.length,
  })
}

/**
 * The texts that hold at least one of some words. `Usage` for no words or an empty one.
 *
 * @example
 * meets(right(compile(right(containingAny(['sun', 'sea'])))), 'the sea') // => true
 */
export const containingAny = (words: readonly string[]): E.Either<Failure, Constraint> =>
  pipe(
    encoded(words),
    E.map((bytes) => anyOf(`one of the words ${list(words)}`, bytes)),
  )

/**
 * The texts that hold none of some words. `Usage` for no words or an empty one.
 *
 * @example
 * meets(right(compile(right(containingNone(['sun', 'sea'])))), 'the sea') // => false
 */
export const containingNone = (words: readonly string[]): E.Either<Failure, Constraint> =>
  pipe(
    containingAny(words),
    E.map((any) => named(`none of the words ${list(words)}`, not(any))),
  )

/**
 * The texts that hold every one of some words, in any order, overlaps allowed. `Usage` for no words or an empty one,
 * `Limit` for more than 20.
 *
 * @example
 * meets(right(compile(right(containingAll(['sun', 'sea'])))), 'the sea and the sun') // => true
 */
export const containingAll = (words: readonly string[]): E.Either<Failure, Constraint> =>
  words.length > MOST
    ? E.left(
        failure('Limit', `${words.length} words that must all occur`, `give at most ${MOST}`, { words: words.length }),
      )
    : pipe(
        encoded([...new Set(words)]),
        E.map((bytes) => {
          const wanted = 2 ** bytes.length - 1
          return meeting(`all of the words ${list(words)}`, bytes, (met) => met === wanted)
        }),
      )
