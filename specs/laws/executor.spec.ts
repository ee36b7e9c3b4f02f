/** A failing law of executors says which law it is, with what was found or the sequence of calls that shows it. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { describe, expect, it } from 'vitest'
import type { Executor } from '../../lib/executor.ts'
import type { Value } from '../../lib/expr.ts'
import { executorLaws } from '../../lib/laws/executor.ts'
import { complaintsOf } from '../../lib/laws/law.ts'
import { reference } from '../../lib/reference.ts'

/** Writes into what a run gives: numbers that are twice what they should be. */
const double = (found: Readonly<Record<string, Value | undefined>>): void => {
  for (const value of Object.values(found))
    if (value?.dtype === 'f32') value.data.forEach((x, i, xs) => (xs[i] = 2 * x))
}

/** An executor whose outputs in f32 are doubled. */
const twice: Executor = {
  ...reference,
  prepare: (program, beside) =>
    pipe(
      reference.prepare(program, beside),
      TE.map((prepared) => ({
        ...prepared,
        run: (feeds, read) =>
          pipe(
            prepared.run(feeds, read),
            TE.map((found) => {
              double(found)
              return found
            }),
          ),
      })),
    ),
}

describe('the laws of executors', () => {
  it('say which of them is broken', async () => {
    const laws = executorLaws({ shared: () => Promise.resolve(twice) })
    const found = await complaintsOf(laws)
    expect(found.length).toBeGreaterThan(2)
    for (const complaint of found) expect(laws.some(({ title }) => complaint.startsWith(`${title}: `))).toBe(true)
    expect(found.at(-1)).toMatch(/counterexample \[.*\] \(case \d+ of 60, seed 6/)
  })
})
