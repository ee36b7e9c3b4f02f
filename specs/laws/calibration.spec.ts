/** Simulation-based calibration: tilting a prior by a likelihood infers rightly, and what does not is seen. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { categorical } from '../../lib/energy/uniform.ts'
import { enumerable, energyOf, fineUniforms, independentMetropolis, type Tilt } from '../../lib/energy/index.ts'
import type { Key } from '../../lib/key.ts'
import { type CalibrationSubject, calibrationLaws } from '../../lib/laws/calibration.ts'
import { complaintsOf } from '../../lib/laws/law.ts'
import { softmax } from '../../lib/math.ts'
import { keepsLaws } from './kept.ts'

/** The chance of a coin is one of seven; the data are the heads among 12 tosses. */
const chances = [1, 2, 3, 4, 5, 6, 7].map((i) => i / 8)
const prior = enumerable({ points: chances, probabilities: [3, 1, 2, 4, 2, 1, 3] })
const TOSSES = 12
const logLikelihood = (chance: number, heads: number): number =>
  heads * Math.log(chance) + (TOSSES - heads) * Math.log1p(-chance)
const posteriorOf = (heads: number): Tilt<number> => ({
  base: prior,
  energy: energyOf((chance: number) => -logLikelihood(chance, heads)),
})

/** Exact draws of softmax(log prior + c·log likelihood). */
const exactly =
  (c: number) =>
  (key: Key, heads: number, n: number): TE.TaskEither<never, readonly number[]> => {
    const logs = chances.map((chance, i) => at(prior.logProbabilities, i) + c * logLikelihood(chance, heads))
    return TE.right(Array.from(categorical(key, softmax(logs), n), (i) => at(chances, i)))
  }

const subject: CalibrationSubject<number, number> = {
  prior: (key) => at(chances, at(categorical(key, prior.logProbabilities.map(Math.exp), 1), 0)),
  data: (key, chance) => fineUniforms(key, TOSSES).filter((u) => u < chance).length,
  posterior: exactly(1),
  quantities: { chance: (chance) => chance, likelihood: logLikelihood },
}

const seen = async (other: Partial<CalibrationSubject<number, number>>): Promise<number> =>
  (await complaintsOf(calibrationLaws({ ...subject, ...other }))).length

describe('what infers', () => {
  keepsLaws(calibrationLaws(subject), 'by enumeration: ')
  keepsLaws(
    calibrationLaws({
      ...subject,
      posterior: (key, heads, n) =>
        TE.map(({ states }: { readonly states: readonly number[] }) => states)(
          independentMetropolis<number>(key, { chains: n, steps: 40 })(posteriorOf(heads)),
        ),
    }),
    'by Metropolis chains, one for each draw: ',
  )
})

describe('planted bugs', () => {
  it('a likelihood that counts half or twice, and none at all, are seen', async () => {
    expect(await seen({ posterior: exactly(0.5) })).toBeGreaterThan(0)
    expect(await seen({ posterior: exactly(2) })).toBeGreaterThan(0)
  })

  it('the prior for the posterior is seen by the likelihood alone', async () => {
    const found = await complaintsOf(calibrationLaws({ ...subject, posterior: exactly(0) }))
    expect(found.map((x) => x.split(':')[0])).toEqual([
      'the rank of likelihood among draws of the posterior is uniform',
    ])
    expect(found[0]).toMatch(/χ² of 16 cells: .* the design sees a total variation of 0\.15/)
  })

  it('one draw too few is said', async () => {
    const short = (key: Key, heads: number, n: number) => exactly(1)(key, heads, n - 1)
    expect((await complaintsOf(calibrationLaws({ ...subject, posterior: short })))[0]).toContain('gave 14 draws')
  })
})
