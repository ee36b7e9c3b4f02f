/**
 * Pairs of a context and a thing as tables of numbers, with draws of r(·|C) for every context that occurs: what a conditional GAM is
 * trained on.
 */
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import { effect, fail } from '../../effect.ts'
import { featureRows } from '../../energy/features.ts'
import type { Base, Features } from '../../energy/index.ts'
import { type Failure, failure } from '../../errors.ts'
import type { Feeds } from '../../executor.ts'
import { type Key, fold } from '../../key.ts'

/** A context and a thing that was found in it. */
export interface Pair<C, X> {
  readonly context: C
  readonly thing: X
}

/** A base and features for each context (the same names for all), and the finite numbers by which λ knows a context. */
export interface ConditionalProblem<C, X> {
  readonly base: (context: C) => Base<X>
  readonly features: (context: C) => Features<X>
  readonly encode: (context: C) => ArrayLike<number>
}

/** Feature rows of pairs and of their contexts' draws, laid out as feeds want them. */
export interface Table {
  readonly count: number
  readonly context: Float32Array
  readonly data: Float32Array
  /** Draws of each context that occurs, and which one a pair has. */
  readonly banks: readonly Float32Array[]
  readonly bankOf: Int32Array
}

/** The numbers of a context, as many as there must be and finite; ends the effect that it is called in with `Shape` otherwise. */
export const encoded = <C, X>({ encode }: ConditionalProblem<C, X>, context: C, inputs: number): readonly number[] => {
  const numbers = Array.from(encode(context))
  return numbers.length === inputs && numbers.every(Number.isFinite)
    ? numbers
    : fail(
        failure(
          'Shape',
          `a context is told by ${numbers.join(', ')}, not by ${inputs} finite numbers`,
          'let encode give as many finite numbers for every context',
          { numbers, inputs },
        ),
      )
}

/** The pairs as numbers, with draws for each context that occurs: those whose numbers agree are one. */
export const tableOf = <C, X>(
  problem: ConditionalProblem<C, X>,
  pairs: readonly Pair<C, X>[],
  { key, draws, inputs }: { readonly key: Key; readonly draws: number; readonly inputs: number },
): TE.TaskEither<Failure, Table> =>
  effect(async (run) => {
    const places = new Map<string, number>()
    const banks: Float32Array[] = []
    const numbers = pairs.map(({ context }) => encoded(problem, context, inputs))
    const own: number[] = []
    for (const [i, { context }] of pairs.entries()) {
      const name = at(numbers, i).join()
      const place = places.get(name) ?? places.size
      if (place === banks.length) {
        const drawn = await run(problem.base(context).sample(fold(key, place), draws))
        banks.push(Float32Array.from(featureRows(problem.features(context))(drawn).values))
      }
      places.set(name, place)
      own.push(place)
    }
    return {
      count: pairs.length,
      context: Float32Array.from(numbers.flat()),
      data: Float32Array.from(pairs.flatMap(({ context, thing }) => Array.from(problem.features(context).of(thing)))),
      banks,
      bankOf: Int32Array.from(own),
    }
  })

const joined = (parts: readonly Float32Array[]): Float32Array => {
  const out = new Float32Array(parts.reduce((n, part) => n + part.length, 0))
  let position = 0
  for (const part of parts) {
    out.set(part, position)
    position += part.length
  }
  return out
}

/** The rows of a table as a batch. */
export const tableFeeds = ({ count, context, data, banks, bankOf: own }: Table, rows: readonly number[]): Feeds => {
  const part = (values: Float32Array, i: number): Float32Array => {
    const width = values.length / count
    return values.subarray(i * width, (i + 1) * width)
  }
  return {
    context: joined(rows.map((i) => part(context, i))),
    data: joined(rows.map((i) => part(data, i))),
    draws: joined(rows.map((i) => at(banks, at(own, i)))),
  }
}

/** Batches of all rows in order, the last one filled up from the front. */
export const batchesOf = (count: number, batch: number): readonly (readonly number[])[] =>
  Array.from({ length: Math.ceil(count / batch) }, (_, b) =>
    Array.from({ length: batch }, (__, i) => (b * batch + i) % count),
  )
