/** An expression as an energy: the laws of energies, one preparation, batches of any size, failures. */
import fc from 'fast-check'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { failure } from '../../lib/errors.ts'
import type { Executor } from '../../lib/executor.ts'
import { energyLaws } from '../../lib/laws/energy.ts'
import { expressionEnergy } from '../../lib/models/expression-energy.ts'
import { input } from '../../lib/ops/layout.ts'
import { multiply, square } from '../../lib/ops/pointwise.ts'
import { sum } from '../../lib/ops/reduce.ts'
import { openReference, reference } from '../../lib/reference.ts'
import { left, run } from '../either.ts'
import { keepsLaws } from '../laws/kept.ts'

const bit = axis('bit', 2)

const quadratic = (executor: Executor, batch?: number) =>
  expressionEnergy<readonly [number, number]>({
    executor,
    energy: (own) => sum(bit)(square(multiply(input('x', own, bit), input('w', bit)))),
    feeds: (things) => ({ x: Float64Array.from(things.flat()), w: Float64Array.of(1, 2) }),
    ...(batch === undefined ? {} : { batch }),
  })

const pairs = fc.tuple(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }))

describe('an expression as an energy', () => {
  keepsLaws(energyLaws({ energy: quadratic(reference, 3), things: pairs, tolerance: 0 }))

  it('has the values of the expression, however many things there are', async () => {
    const energy = quadratic(reference, 3)
    const things = Array.from({ length: 7 }, (_, i) => [i, 1] as const)
    for (const n of [0, 1, 3, 4, 7])
      expect(Array.from(await run(energy(things.slice(0, n))))).toEqual(things.slice(0, n).map(([x]) => x * x + 4))
    expect(Array.from(await run(quadratic(reference)(things)))).toEqual(things.map(([x]) => x * x + 4))
  })

  it('is prepared once, and fails as its executor does', async () => {
    let prepared = 0
    const own = openReference()
    const counting: Executor = {
      ...own,
      prepare: (program, beside) => {
        prepared += 1
        return own.prepare(program, beside)
      },
    }
    const energy = quadratic(counting, 2)
    await run(energy([[1, 0]]))
    await run(
      energy([
        [2, 0],
        [3, 0],
        [4, 0],
      ]),
    )
    expect(prepared).toBe(1)
    own.release()
    expect(left(await energy([[1, 0]])()).tag).toBe('Runtime')
  })

  it('is prepared anew where that failed', async () => {
    const own = openReference()
    let failures = 1
    const failing: Executor = {
      ...own,
      prepare: (program, beside) =>
        failures-- > 0 ? TE.left(failure('OutOfMemory', 'no room', 'wait')) : own.prepare(program, beside),
    }
    const energy = quadratic(failing, 2)
    expect(left(await energy([[1, 0]])()).tag).toBe('OutOfMemory')
    expect(Array.from(await run(energy([[1, 0]])))).toEqual([1])
  })
})
