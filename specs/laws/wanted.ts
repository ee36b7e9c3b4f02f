/** Values that every executor must give, by name: what is computed, what is fed, and what is right. Without a test framework. */
import type { Executor, Feeds } from '../../lib/executor.ts'
import type { Expr } from '../../lib/expr.ts'
import { at } from '../../lib/at.ts'
import { evaluateOn } from '../../lib/program.ts'
import { run } from '../either.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'

/** What an expression must be on every executor. */
export interface Wanted {
  readonly value: Expr
  readonly feeds: Feeds
  /** What is right, element by element, within `tolerance` of itself. */
  readonly want: readonly number[]
  readonly tolerance?: number
}

/** A value as f32 has it; integers are compared as they are. */
const valueAt = (data: ArrayLike<number>, i: number): number =>
  data instanceof Int32Array || data instanceof Uint32Array ? at(data, i) : Math.fround(at(data, i))

const close = (want: number, got: number, tolerance: number): boolean =>
  Object.is(want, got) || want === got || Math.abs(want - got) <= tolerance * Math.abs(want)

const complaintsOf =
  (all: Readonly<Record<string, Wanted>>) =>
  async (executor: Executor): Promise<readonly string[]> => {
    const feeds: Feeds = Object.fromEntries(Object.values(all).flatMap((w) => Object.entries(w.feeds)))
    const got = await run(
      evaluateOn(executor)(Object.fromEntries(Object.entries(all).map(([n, w]) => [n, w.value])), feeds),
    )
    return Object.entries(all).flatMap(([name, { want, tolerance = 0 }]) => {
      const have = got[name]?.data ?? []
      return want.length === have.length && want.every((w, i) => close(w, valueAt(have, i), tolerance))
        ? []
        : [`${name} is [${[...have].join(' ')}], not [${want.join(' ')}]`]
    })
  }

/** Values as a comparison of an executor. */
export const titled = (title: string, all: Readonly<Record<string, Wanted>>): Comparison => ({
  title: `F15: ${title}`,
  complaints: complaintsOf(all),
})
