/** An expression as an energy of things: what turns a network of one's own into the `Energy` that every estimator takes. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { type Axis, axis } from '../axis.ts'
import { type Energy } from '../energy/energy.ts'
import type { Failure } from '../errors.ts'
import type { Executor, Feeds, Prepared } from '../executor.ts'
import type { Tensor } from '../expr.ts'
import { outputs, runAll } from '../program.ts'
import { requireBatch } from './row-checks.ts'

/** What is computed, and from what. */
export interface ExpressionEnergyOptions<X> {
  readonly executor: Executor
  /** E of a batch of things (nats), from inputs over it. */
  readonly energy: (batch: Axis<'batch'>) => Tensor<'batch' | '1'>
  /** The values of the inputs for as many things as a batch has: parameters, and the things themselves. */
  readonly feeds: (things: readonly X[]) => Feeds
  /** Things at once: 64 by default. A program for so many is prepared once; the last batch is filled up. */
  readonly batch?: number
}

/** Batches of a size, the last one filled up with its first thing. */
const batches = <X>(things: readonly X[], size: number): readonly (readonly X[])[] =>
  Array.from({ length: Math.ceil(things.length / size) }, (_, i) => {
    const own = things.slice(i * size, (i + 1) * size)
    return [...own, ...Array.from({ length: size - own.length }, () => at(own, 0))]
  })

/**
 * The energy whose values an expression has. The program is prepared once, with the first things that are asked for, and stays on
 * the executor until that is released; where that failed, the next call tries anew. Fails with what the executor fails with.
 *
 * @example
 * const bit = axis('bit', 2)
 * const energy = expressionEnergy<readonly number[]>({
 *   executor: reference,
 *   energy: (batch) => sum(bit)(multiply(input('x', batch, bit), input('w', bit))),
 *   feeds: (things) => ({ x: Float64Array.from(things.flat()), w: Float64Array.of(1, -2) }),
 * })
 * energy([[1, 1], [0, 1]]) // => [-1, -2]
 */
export const expressionEnergy = <X>({ executor, energy, feeds, batch = 64 }: ExpressionEnergyOptions<X>): Energy<X> => {
  requireBatch(batch)
  const program = outputs({ energy: energy(axis('batch', batch)) })
  let prepared: Promise<E.Either<Failure, Prepared<never, 'energy'>>> | undefined
  const ready: TE.TaskEither<Failure, Prepared<never, 'energy'>> = async () => {
    const found = await (prepared ??= executor.prepare(program)())
    if (E.isLeft(found)) prepared = undefined
    return found
  }
  return (things) =>
    pipe(
      ready,
      TE.chain((own) => TE.traverseSeqArray((some: readonly X[]) => runAll(own)(feeds(some)))(batches(things, batch))),
      TE.map((found) =>
        Float64Array.from(found.flatMap((out) => Array.from(out.energy.data))).subarray(0, things.length),
      ),
    )
}
