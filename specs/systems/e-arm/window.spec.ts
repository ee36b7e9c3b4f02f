/** The window of `q̃`: the value of q, and the gradient of its last m tokens. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../../lib/axis.ts'
import { ExptiltError } from '../../../lib/errors.ts'
import { gradient } from '../../../lib/grad.ts'
import { key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { input } from '../../../lib/ops/layout.ts'
import { sumOver } from '../../../lib/ops/reduce.ts'
import { select } from '../../../lib/ops/slice.ts'
import { evaluateOn } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import { before, prefixLogProbability } from '../../../lib/systems/e-arm/window.ts'
import { normals } from '../../../lib/laws/arbitraries/distributions.ts'
import { run } from '../../either.ts'

const [ROWS, STEPS] = [3, 24]
const [batch, time] = [axis('batch', ROWS), axis('time', STEPS)]
const x = input('x', batch, time)
const feeds = { x: normals(key(4), ROWS * STEPS).map((z) => -Math.abs(z)) }
const windows = [0, 1, 2, 3, 16, 17, 20, 22, 23, 24, Number.POSITIVE_INFINITY]

const slopesOf = async (m: number, step: number): Promise<readonly number[]> => {
  const { slope } = gradient(sumOver(batch)(select(time, step)(prefixLogProbability(m)(x))), { slope: x })
  const value = await run(evaluateOn(reference)({ slope, x }, feeds))
  return Array.from(value.slope?.data.subarray(0, STEPS) ?? [])
}

describe('the windowed prefix probability', () => {
  it('E2: has the value of log q(x_<k) to the last bit, for every window', async () => {
    for (const m of windows) {
      const value = await run(evaluateOn(reference)({ windowed: prefixLogProbability(m)(x), plain: before(x) }, feeds))
      expect(value.windowed?.data).toEqual(value.plain?.data)
      for (let r = 0; r < ROWS; r++) {
        let total = 0
        for (let k = 0; k < STEPS; k++) {
          expect(at(value.windowed?.data ?? [], r * STEPS + k)).toBe(total)
          total += at(feeds.x, r * STEPS + k)
        }
      }
    }
  })

  test.prop([fc.constantFrom(...windows), fc.nat(STEPS - 1)], { seed: 21, numRuns: 40 })(
    'E2: has the gradient of the last m tokens only; m = 0 none, m ≥ k all',
    async (m, step) => {
      const wanted = Array.from({ length: STEPS }, (_, l) => (l < step && l >= step - m ? 1 : 0))
      expect(await slopesOf(m, step)).toEqual(wanted)
    },
  )

  it('E11: without a window token l counts in K − l prefixes, not in K + 1 − l; with a window in at most m', async () => {
    for (const m of [2, 5, Number.POSITIVE_INFINITY]) {
      const { slope } = gradient(sumOver(batch, time)(prefixLogProbability(m)(x)), { slope: x })
      const value = await run(evaluateOn(reference)({ slope, x }, feeds))
      const counts = Array.from(value.slope?.data.subarray(0, STEPS) ?? [])
      expect(counts).toEqual(Array.from({ length: STEPS }, (_, l) => Math.min(m, STEPS - (l + 1))))
    }
  })

  it('refuses a window of −1 and of 1.5', () => {
    for (const m of [-1, 1.5, Number.NaN]) expect(() => prefixLogProbability(m)(x)).toThrow(ExptiltError)
  })
})
