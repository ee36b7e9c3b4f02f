/**
 * Which way of doing independent work is fastest on a machine: one executor on all threads, or so many workers of one thread.
 * Measured by runs of a program of that work.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { effect } from '../effect.ts'
import type { Failure } from '../errors.ts'
import { type Executor, type Feeds, type Lanes, type Prepared, type Program, feedsOf, inputName } from '../executor.ts'
import { allocateStorage } from '../dtype.ts'
import { sizeOf } from '../axis.ts'
import { typeOf } from '../expr.ts'

/** A way (without `workers`: one executor), and how many runs a second it was measured to make. */
export interface Way {
  readonly workers?: number
  readonly rate: number
}

/** How long each way is timed (ms), and by which clock. */
export interface Timing {
  readonly clock: () => number
  readonly span: number
}

/** A way within this share of the best is as good. */
const AS_GOOD = 0.95

/** Zeros for every input that a program is fed. */
const zeros = (program: Program): Feeds =>
  Object.fromEntries(
    feedsOf(program).map((x) => {
      const { axes, dtype } = typeOf(x)
      return [inputName(x), allocateStorage(dtype, sizeOf(axes))]
    }),
  )

/** Runs a second of programs that run side by side, each for the span and at least once. */
const rateOf = (prepared: readonly Prepared[], feeds: Feeds, { clock, span }: Timing): TaskEither<Failure, number> =>
  effect(async (run) => {
    const each = async (one: Prepared): Promise<number> => {
      const begun = clock()
      let [runs, now] = [0, begun]
      while (runs === 0 || now - begun < span) {
        await run(one.run(feeds))
        runs += 1
        now = clock()
      }
      return runs / Math.max(now - begun, Number.EPSILON)
    }
    const rates = await Promise.all(prepared.map(each))
    return 1000 * rates.reduce((sum, rate) => sum + rate, 0)
  })

/** Numbers of workers worth trying on so many cores: one, half of them (cores may share what computes), all. */
export const triedWorkers = (cores: number): readonly number[] =>
  [...new Set([1, Math.ceil(cores / 2), cores])].toSorted((a, b) => a - b)

/** Measures the executor alone, then workers, which are there as lanes: each way after a run that does not count. */
export const measureWays = (
  executor: Executor,
  lanes: Lanes,
  program: Program,
  timing: Timing,
): TaskEither<Failure, readonly Way[]> =>
  effect(async (run) => {
    const feeds = zeros(program)
    const ready = async (on: Executor): Promise<Prepared> => {
      const prepared = await run(on.prepare(program))
      await run(prepared.run(feeds))
      return prepared
    }
    const alone = await ready(executor)
    const one: Way = { rate: await run(rateOf([alone], feeds, timing)) }
    alone.release()
    const side = await Promise.all((await run(TE.sequenceArray(lanes))).map(ready))
    const ways: Way[] = [one]
    for (const workers of triedWorkers(lanes.length))
      ways.push({ workers, rate: await run(rateOf(side.slice(0, workers), feeds, timing)) })
    for (const { release } of side) release()
    return ways
  })

/** The first way that is as good as the best: fewer workers before more, and none before any. */
export const bestWay = (ways: readonly Way[]): Way | undefined => {
  const best = Math.max(...ways.map(({ rate }) => rate))
  return ways.find(({ rate }) => rate >= AS_GOOD * best)
}
