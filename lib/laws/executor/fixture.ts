/** What the laws of executors (lib/checked.ts) are about: a program of every kind of input, state and output. */
import { field } from '../../at.ts'
import { axis } from '../../axis.ts'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import type { Values } from '../../dtype.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Prepared, Program } from '../../executor.ts'
import type { Value } from '../../expr.ts'
import { input, inputOf } from '../../ops/layout.ts'
import { add, scale, subtract } from '../../ops/pointwise.ts'
import { program } from '../../program.ts'
import { run } from '../../outcome.ts'
import { broken } from '../law.ts'

/** Opens another executor of the kind, which the law releases. */
export type Open = () => Promise<Executor>

/** A law of executors: throws where the one that is given breaks it. */
export interface ExecutorLaw {
  readonly title: string
  readonly check: (executor: Executor, open: Open) => Promise<void>
}

const [n, time] = [axis('n', 3), axis('time', 4)]
const inputs = {
  s: input('s', n),
  count: inputOf('i32')('count', n),
  log: input('log', time, n),
  x: input('x', n),
  k: inputOf('i32')('k', n),
  word: inputOf('u32')('word'),
  flag: inputOf('bool')('flag'),
  position: inputOf('i32')('position'),
}

/** s ← x − s/2 and count ← count + k, a log of x; outputs that are an input, a state, its next value, and one value twice. */
export const everything = (): Program => {
  const { s, count, log, x, k, word, flag, position } = inputs
  const next = subtract(x, scale(0.5)(s))
  return program<string, string>(
    { s, count, log },
    { s: next, count: add(count, k), log: x },
    { next, same: next, old: s, x, word, flag, count: add(count, k) },
    { log: position },
  )
}

/** Three values. */
export const three = (a: number, b: number, c: number): Float32Array => Float32Array.of(a, b, c)

/** Right feeds; those of one name may be others. */
export const feeds = (more: Readonly<Record<string, Values>> = {}): Readonly<Record<string, Values>> => ({
  x: three(1, 2, 3),
  k: Int32Array.of(1, 2, 3),
  word: Uint32Array.of(7),
  flag: Uint32Array.of(1),
  position: Int32Array.of(0),
  ...more,
})

/** `everything`, prepared. */
export const prepare = (executor: Executor, beside?: Prepared): Promise<Prepared> =>
  run(executor.prepare(everything(), beside))

/** All state as plain numbers. */
export const stateOf = async (prepared: Prepared): Promise<Readonly<Record<string, readonly number[]>>> =>
  Object.fromEntries(Object.entries(await run(prepared.readState())).map(([name, v]) => [name, Array.from(v.data)]))

/** What an output or a state holds, as plain numbers. */
export const dataOf = (found: Readonly<Partial<Record<string, Value>>>, name: string): readonly number[] =>
  Array.from(field(found, name).data)

/** The failure of a task that must fail, and not by throwing. */
export const failureOf = async (what: string, task: TaskEither<Failure, unknown>): Promise<Failure> => {
  const result = await task()
  return E.isRight(result) ? broken(`${what} is accepted`) : result.left
}

/** `everything` with the state `START`. */
export const begun = async (executor: Executor): Promise<Prepared> => {
  const prepared = await prepare(executor)
  await run(
    prepared.writeState({ s: three(2, 4, 6), count: Int32Array.of(1, 1, 1), log: new Float32Array(12).fill(5) }),
  )
  return prepared
}

/** The state of `begun`. */
export const START: Readonly<Record<'s' | 'count' | 'log', readonly number[]>> = {
  s: [2, 4, 6],
  count: [1, 1, 1],
  log: new Array<number>(12).fill(5),
}
