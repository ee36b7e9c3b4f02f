/**
 * A large computation as a list of shards and a way to join what they give. A shard depends on its input alone (a key that is
 * the fold of its number among it), and results are joined in the order of the shards: so the result is the same to the bit for
 * any number of lanes, in whatever order they end, and however often one is done again.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { heeding } from '../breath.ts'
import { effect, fail } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { Executor, Lane, Lanes } from '../executor.ts'

/** How often a shard is begun again whose worker was lost. */
const RETRIES = 3

/** Shards that a lane may be ahead of the first one that is not done: results beyond it would only wait in memory. */
const AHEAD = 4

/** Results that come in any order, some of them more than once. */
interface InOrder<A> {
  readonly put: (index: number, result: A) => void
  /** How many were taken. */
  readonly taken: () => number
}

/** Takes each result once, in the order of the shards. */
export const inOrder = <A>(take: (result: A, index: number) => void): InOrder<A> => {
  const waiting = new Map<number, { readonly result: A }>()
  let next = 0
  return {
    put: (index, result) => {
      if (index >= next && !waiting.has(index)) waiting.set(index, { result })
      for (let first = waiting.get(next); first !== undefined; first = waiting.get(next)) {
        waiting.delete(next)
        take(first.result, next)
        next += 1
      }
    },
    taken: () => next,
  }
}

/** What one shard gives, of what is at its lane. */
export type Shard<L, I, A> = (at: L, input: I, index: number) => TaskEither<Failure, A>

/** Lanes that computations share which are under way at once: each shard takes one that is free, and gives it back. */
export interface Crew<L> {
  readonly size: number
  readonly on: <A>(use: (lane: Lane<L>) => Promise<A>) => Promise<A>
}

/** Lanes as a crew. */
export const crewOf = <L>(lanes: Lanes<L>): Crew<L> => {
  const free = [...lanes]
  const waiting: ((lane: Lane<L>) => void)[] = []
  return {
    size: lanes.length,
    on: async (use) => {
      const lane = free.length > 0 ? at(free.splice(0, 1), 0) : await new Promise<Lane<L>>((go) => waiting.push(go))
      try {
        return await use(lane)
      } finally {
        const next = waiting.shift()
        if (next === undefined) free.push(lane)
        else next(lane)
      }
    },
  }
}

/** Where shards run, and what stops them: no shard is begun once the signal was aborted. */
export interface Spreading<L> {
  readonly lanes: Lanes<L> | Crew<L>
  readonly signal?: AbortSignal | undefined
}

/** What is begun again, three times at most, where its worker was lost. */
export const begunAgain =
  <A>(once: TaskEither<Failure, A>): TaskEither<Failure, A> =>
  async () => {
    for (let retry = 0; ; retry++) {
      const outcome = await once()
      if (E.isRight(outcome) || outcome.left.tag !== 'WorkerLost' || retry === RETRIES) return outcome
    }
  }

/** One shard on a lane, begun again where the lane's worker was lost. */
const tried = <L, I, A>(lane: Lane<L>, shard: Shard<L, I, A>, input: I, index: number): Promise<E.Either<Failure, A>> =>
  begunAgain(
    pipe(
      lane,
      TE.chain((there) => shard(there, input, index)),
    ),
  )()

/**
 * Does shards on lanes, each lane one at a time; `take` hears of each result once, in the order of the shards. Left: the
 * failure of the first shard that failed (no further one is then begun), `WorkerLost` where a shard lost its worker four times,
 * `Interrupted`.
 *
 * @example
 * import { run } from 'exptilt'
 * const found: number[] = []
 * const squared = eachShard({ lanes: [TE.right('a'), TE.right('b')] })((_, x: number) => TE.right(x * x))
 * await run(squared([1, 2, 3], (y) => found.push(y)))
 * found // => [1, 4, 9]
 */
export const eachShard =
  <L>({ lanes, signal }: Spreading<L>) =>
  <I, A>(shard: Shard<L, I, A>) =>
  (inputs: readonly I[], take: (result: A, index: number) => void): TaskEither<Failure, void> =>
    effect(async () => {
      const crew = 'on' in lanes ? lanes : crewOf(lanes)
      const order = inOrder(take)
      const failed: { readonly index: number; readonly why: Failure }[] = []
      const waiting: (() => void)[] = []
      let begun = 0
      const turn = async (): Promise<void> => {
        const index = begun
        begun += 1
        const outcome = await crew.on((lane) => heeding(signal)(() => tried(lane, shard, at(inputs, index), index))())
        if (E.isLeft(outcome)) failed.push({ index, why: outcome.left })
        else order.put(index, outcome.right)
        for (const go of waiting.splice(0)) go()
      }
      const along = async (): Promise<void> => {
        while (failed.length === 0 && begun < inputs.length)
          if (begun < order.taken() + AHEAD * crew.size) await turn()
          else await new Promise<void>((go) => waiting.push(go))
      }
      await Promise.all(Array.from({ length: crew.size }, along))
      const [first] = failed.toSorted((a, b) => a.index - b.index)
      if (first !== undefined) fail(first.why)
    })

/**
 * What shards give together: `concat` of their results, in the order of the shards.
 *
 * @example
 * import { MonoidSum } from 'fp-ts/lib/number.js'
 * const summed = joinShards({ lanes: [TE.right('a'), TE.right('b')] })((_, x: number) => TE.right(x * x), MonoidSum)
 * summed([1, 2, 3]) // => 14
 */
export const joinShards =
  <L>(spreading: Spreading<L>) =>
  <I, A>(shard: Shard<L, I, A>, { concat, empty }: Monoid<A>) =>
  (inputs: readonly I[]): TaskEither<Failure, A> =>
    effect(async (run) => {
      let total = empty
      await run(
        eachShard(spreading)(shard)(inputs, (result) => {
          total = concat(total, result)
        }),
      )
      return total
    })

/** The lanes of an executor: those beside it, or itself where it has none. */
export const lanesOf = (executor: Executor): Lanes => executor.lanes ?? [TE.right(executor)]

/** The first of each of the batches of so many things, as inputs of shards; the last batch may be smaller. */
export const startsOf = (count: number, size: number): readonly number[] =>
  Array.from({ length: Math.ceil(count / size) }, (_, i) => i * size)

/** So many places where nothing is: for shards that find their lanes by themselves. */
export const places = (count: number): Lanes<undefined> => [
  TE.right(undefined),
  ...Array.from({ length: count - 1 }, () => TE.right(undefined)),
]

/** Lanes seen through a function of what is there. */
export const mapLanes =
  <L, M>(f: (at: L) => M) =>
  ([first, ...others]: Lanes<L>): Lanes<M> => [TE.map(f)(first), ...others.map(TE.map(f))]

/** What is made once for each executor, when it is first asked for. */
interface ByExecutor<A> {
  readonly of: (executor: Executor) => A
  readonly all: () => readonly A[]
}

/** Things by executor: what a lane needs more than once. */
export const byExecutor = <A>(make: (executor: Executor) => A): ByExecutor<A> => {
  const made = new Map<Executor, A>()
  return {
    of: (executor) => {
      const known = made.get(executor) ?? make(executor)
      made.set(executor, known)
      return known
    },
    all: () => [...made.values()],
  }
}
