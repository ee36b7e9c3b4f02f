/**
 * The best strings and paths of an automaton, in order: a search from the front that knows exactly what is still to come, so
 * that nothing is looked at that is worse than what is asked for (A*, Hart, Nilsson and Raphael 1968; Mohri and Riley 2002).
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { unknownName } from '../names.ts'
import { backwardWeights } from './allsum.ts'
import { type Automaton, automaton, eachArcFrom, entriesOf, mapWeights, partsOf } from './automaton.ts'
import { negativeWeight } from './pfsa.ts'
import { removeEpsilon } from './reverse.ts'
import { log, maxPlus, real } from './star.ts'
import { trim } from './trim.ts'
import type { Star } from './weights.ts'

/** How strings are ranked: by the sum over their paths (their weight, `total`) or by the best of them (`path`). */
export interface BestOptions {
  readonly by: 'total' | 'path'
  /** How many; fewer where there are no more. */
  readonly count: number
  /** Most prefixes that are looked at; 10⁶ unless given. */
  readonly budget?: number
}

/** A string and the log of its weight, or of its best path's (nats). */
export interface RankedWord {
  readonly word: readonly number[]
  readonly logWeight: number
}

/** The log-weight of each state that a beginning reaches. */
type Reached = ReadonlyMap<number, number>

/** A beginning (log of its mass with all that may follow) or a whole string (log of its weight). */
interface Candidate {
  readonly word: readonly number[]
  /** None for a whole string. */
  readonly reached: Reached | undefined
  readonly score: number
  /** The order in which it was found: what is as good and older comes first. */
  readonly age: number
}

/** Better first; of equals whole strings, then the older ones. */
const before = (a: Candidate, b: Candidate): boolean =>
  a.score !== b.score
    ? a.score > b.score
    : (a.reached === undefined) !== (b.reached === undefined)
      ? a.reached === undefined
      : a.age < b.age

/** A binary heap of candidates. */
const queue = () => {
  const heap: Candidate[] = []
  const swap = (i: number, j: number): void => {
    const [x, y] = [at(heap, i), at(heap, j)]
    heap[i] = y
    heap[j] = x
  }
  return {
    push: (candidate: Candidate): void => {
      let i = heap.push(candidate) - 1
      for (let up = (i - 1) >> 1; i > 0 && before(at(heap, i), at(heap, up)); up = (i - 1) >> 1) {
        swap(i, up)
        i = up
      }
    },
    pop: (): Candidate | undefined => {
      if (heap.length > 1) swap(0, heap.length - 1)
      const best = heap.pop()
      for (let i = 0; ; ) {
        const children = [2 * i + 1, 2 * i + 2].filter((child) => child < heap.length)
        const child = children.reduce((c, d) => (c < 0 || before(at(heap, d), at(heap, c)) ? d : c), -1)
        if (child < 0 || !before(at(heap, child), at(heap, i))) return best
        swap(i, child)
        i = child
      }
    },
  }
}

/** The states after each symbol, from those reached so far. */
const onwards = (
  { add, mul, zero }: Star<number>,
  a: Automaton<number>,
  reached: Reached,
): ReadonlyMap<number, Reached> => {
  const out = new Map<number, Map<number, number>>()
  for (const [state, mass] of reached)
    eachArcFrom(a, state, (symbol, to, weight) => {
      const next = out.get(symbol) ?? new Map<number, number>()
      next.set(to, add(next.get(to) ?? zero, mul(mass, weight)))
      out.set(symbol, next)
    })
  return out
}

const search = (
  star: Star<number>,
  a: Automaton<number>,
  backward: readonly number[],
  { count, budget = 1e6 }: BestOptions,
): E.Either<Failure, readonly RankedWord[]> => {
  const { push, pop } = queue()
  let age = 0
  const ranked = (reached: Reached, ahead: ArrayLike<number>): number =>
    [...reached].reduce((sum, [state, mass]) => star.add(sum, star.mul(mass, at(ahead, state))), star.zero)
  const begin = (word: readonly number[], reached: Reached): void => {
    const score = ranked(reached, backward)
    if (score > Number.NEGATIVE_INFINITY) push({ word, reached, score, age: age++ })
  }
  begin([], new Map(entriesOf(a.start, (weight) => weight > Number.NEGATIVE_INFINITY)))
  const found: RankedWord[] = []
  for (let looked = 0; found.length < count; looked++) {
    const best = pop()
    if (best === undefined) break
    if (best.reached === undefined) {
      found.push({ word: best.word, logWeight: best.score })
      continue
    }
    if (looked > budget)
      return E.left(
        failure(
          'Limit',
          `${found.length} of the ${count} best strings were found among ${budget} beginnings`,
          'ask for fewer, rank by paths, or raise the budget',
          { found: found.length, count, budget },
        ),
      )
    const score = ranked(best.reached, a.stop)
    if (score > Number.NEGATIVE_INFINITY) push({ word: best.word, reached: undefined, score, age: age++ })
    for (const [symbol, reached] of onwards(star, a, best.reached)) begin([...best.word, symbol], reached)
  }
  return E.right(found)
}

/**
 * The strings of most weight, best first, of an automaton whose weights are not negative, ε-arcs allowed; of equally good ones
 * the shorter. `Diverges` where a cycle gains (`path`) or sums have no end (`total`), `Automaton` for a negative weight,
 * `Limit` past the budget, `Domain` for a count that is none.
 *
 * @example
 * const q = right(geometricNoise(0.5)(['a']))
 * right(bestWords({ by: 'total', count: 2 })(q)).map(({ word }) => word) // => [[], [0]]
 */
export const bestWords =
  (options: BestOptions) =>
  (a: Automaton<number>): E.Either<Failure, readonly RankedWord[]> => {
    const { by, count } = options
    const unknown = unknownName({ ranking: [by, ['total', 'path']] })
    if (unknown !== undefined) return E.left(unknown)
    if (!Number.isInteger(count) || count < 1)
      return E.left(failure('Domain', `${count} best strings`, 'ask for a whole number from 1', { count }))
    const negative = negativeWeight(a)
    if (negative !== undefined) return E.left(negative)
    const star = by === 'total' ? log : maxPlus
    return pipe(
      removeEpsilon(star)(mapWeights(Math.log)(a)),
      E.map(trim(star)),
      E.flatMap((own) =>
        pipe(
          backwardWeights(star)(own),
          E.flatMap((backward) => search(star, own, backward, options)),
        ),
      ),
    )
  }

/** A path: its arcs, as places in `arcsOf(a)`, and the log of its weight, start and stop included. */
export interface RankedPath {
  readonly arcs: readonly number[]
  readonly logWeight: number
}

/**
 * The paths of most weight, best first; failures as those of `bestWords`. The path of no arcs counts once, from its best state.
 *
 * @example
 * right(bestPaths(1)(right(geometricNoise(0.5)(['a']))))[0]?.logWeight // => -0.693147
 */
export const bestPaths =
  (count: number) =>
  (a: Automaton<number>): E.Either<Failure, readonly RankedPath[]> => {
    const parts = partsOf(a)
    return pipe(
      automaton(real)({
        ...parts,
        alphabet: parts.arcs.map((_, k) => String(k)),
        arcs: parts.arcs.map((arc, k) => ({ ...arc, symbol: k })),
      }),
      bestWords({ by: 'path', count }),
      E.map((found) => found.map(({ word, logWeight }) => ({ arcs: word, logWeight }))),
    )
  }
