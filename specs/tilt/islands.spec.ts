/** Populations whose shares grow elsewhere, in any order: the same texts, weights, steps and deaths to the bit. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { energyOf } from '../../lib/energy/energy.ts'
import { key } from '../../lib/key.ts'
import { softmax } from '../../lib/math.ts'
import { silentProgress } from '../../lib/progress.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { fittedTwist } from '../../lib/tilt/fitted.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import type { Share } from '../../lib/tilt/population.ts'
import { tempered } from '../../lib/tilt/proposing.ts'
import {
  type Ahead,
  type Elsewhere,
  masking,
  type PopulationSize,
  samplerFor,
  shareFor,
} from '../../lib/tilt/samplers.ts'
import type { Target } from '../../lib/tilt/target.ts'
import { containingAll } from '../../lib/tilt/words.ts'
import { left, right, run } from '../either.ts'
import { bigram } from './small.ts'

const model = ngramModel(bigram(['a', 'b', 'ab', 'c'], 7))
const plain: Target = { model, constraint: right(containingAll(['ca'])), limit: 9 }
const tilted: Target = {
  ...plain,
  energy: energyOf((text: string) => (text.includes('bb') ? Infinity : text.length / 3)),
}
const seldom: Target = { model, constraint: right(matching(/(ab)*c{3}/u)), limit: 12, power: 1.5 }
const bold: Target = { ...plain, model: right(tempered(1.4)(model)), least: 3 }

const rows: readonly (readonly [string, PopulationSize, Target, Ahead])[] = [
  ['smc that looks ahead', { sampler: 'smc', particles: 40, islands: 8 }, plain, 'surrogate'],
  [
    'smc of an energy, proposed by a temperature',
    { sampler: 'smc', particles: 30, islands: 6 },
    { ...tilted, ...bold },
    'surrogate',
  ],
  ['smc with dead islands', { sampler: 'smc', particles: 24, islands: 12 }, seldom, 'none'],
  ['smc with a fitted twist', { sampler: 'smc', particles: 24, islands: 3 }, plain, fittedTwist([[0, 1], [3, 0], [2]])],
  ['masking', { sampler: 'masking', particles: 150, islands: 1 }, tilted, 'none'],
  ['adaptive rejection', { sampler: 'adaptive rejection', particles: 70, islands: 1 }, plain, 'none'],
  ['the model itself', { sampler: 'sir', particles: 129, islands: 1 }, plain, 'none'],
  ['fewer texts than a share has', { sampler: 'sir', particles: 50, islands: 1 }, plain, 'none'],
]

/** Grows the shares last to first, each from a target of its own; hears of them. */
const byOthers =
  (target: Target, twist: Ahead, heard: (share: Share) => void): Elsewhere =>
  (own, size) =>
  (shares) =>
    TE.map((found: readonly Awaited<ReturnType<typeof grownBy>>[]) => found.toReversed())(
      TE.fromTask(async () => {
        const found: Awaited<ReturnType<typeof grownBy>>[] = []
        for (const share of shares.toReversed()) {
          heard(share)
          found.push(await grownBy(target, twist, size, own, share))
        }
        return found
      }),
    )

const grownBy = (target: Target, twist: Ahead, size: PopulationSize, own: Parameters<Elsewhere>[0], share: Share) =>
  run(
    shareFor(size, twist, { progress: silentProgress, signal: new AbortController().signal })(own, share)({
      ...target,
    }),
  )

describe('S25: shares of a population grown by others', () => {
  it.each(rows)('%s: nothing tells who grew it', async (_, size, target, twist) => {
    const shares: Share[] = []
    const here = await samplerFor(size, twist, { progress: silentProgress })(key(5))(target)()
    const elsewhere = byOthers(target, twist, (share) => shares.push(share))
    const there = await samplerFor(size, twist, { progress: silentProgress, elsewhere })(key(5))(target)()
    expect(there).toEqual(here)
    expect(shares.length).toBe(size.sampler === 'smc' ? size.islands : Math.ceil(size.particles / 64))
    if (here._tag === 'Right') expect(here.right.texts.length).toBe(size.particles)
  })

  it('the effective number of texts in several shares is that of all weights', async () => {
    const { steps, logWeights } = await run(masking(key(3), { particles: 300 })({ ...plain, limit: 6 }))
    const weights = softmax(logWeights)
    const effective = 1 / weights.reduce((sum, w) => sum + w * w, 0)
    expect(at(steps, steps.length - 1).effectiveSampleSize).toBeCloseTo(effective, 8)
  })

  it('what keeps a share from its end is the failure of all', async () => {
    const elsewhere: Elsewhere = () => () => TE.left({ tag: 'Queue', what: 'gone', remedy: 'start it', facts: {} })
    const found = await samplerFor(at(rows, 0)[1], 'none', { progress: silentProgress, elsewhere })(key(1))(plain)()
    expect(left(found).what).toBe('gone')
  })
})
