/** What limits are tried with: values at them, which are taken, and values beyond, which are refused by name. */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { expect, it } from 'vitest'
import type { TokenRows } from '../../lib/data/strings.ts'
import type { Failure } from '../../lib/errors.ts'
import { thrown } from '../thrown.ts'

/** What is tried with a value: its failure, if it has one. */
type Attempt<V> = (value: V) => Promise<Failure | undefined>

/** That some values are taken and others refused. */
export const checks = <V>(name: string, attempt: Attempt<V>, taken: readonly V[], refused: readonly V[]): void => {
  it.each(taken.map((value) => ({ value })))(`${name}: $value is taken`, async ({ value }) => {
    expect(await attempt(value)).toBeUndefined()
  })
  it.each(refused.map((value) => ({ value })))(`${name}: $value is refused`, async ({ value }) => {
    expect(await attempt(value)).toMatchObject({ tag: expect.stringMatching(/^(Shape|Domain|Usage|Limit|Format)$/) })
  })
}

/** What a size throws. */
export const throwing =
  <V>(make: (value: V) => unknown): Attempt<V> =>
  async (value) =>
    thrown(() => make(value))

/** What a call fails with. */
export const failing =
  <V>(make: (value: V) => TaskEither<Failure, unknown>): Attempt<V> =>
  async (value) => {
    const found = await make(value)()
    return found._tag === 'Left' ? found.left : undefined
  }

/** Rows of so many tokens. */
export const rowsOf = (time: number, ...rows: readonly (readonly number[])[]): TokenRows => ({
  tokens: Int32Array.from(rows.flat()),
  count: rows.length,
  time,
})

/** A row of so many tokens. */
export const row = (time: number): TokenRows => rowsOf(time, new Array<number>(time).fill(1))
