/** What the samplers promise, measured on models whose answer is exact. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { fold, type Key, key } from '../../lib/key.ts'
import { sum } from '../../lib/math.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { all, not } from '../../lib/tilt/constraint.ts'
import { exactLaw } from '../../lib/tilt/exact.ts'
import { characters } from '../../lib/tilt/lengths.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { resultOf, textMean, type Tilted } from '../../lib/tilt/result.ts'
import { adaptiveRejection, masking, type Sampler, sir, smc, type SmcOptions } from '../../lib/tilt/samplers.ts'
import { prepare, type Target } from '../../lib/tilt/target.ts'
import { containingAll } from '../../lib/tilt/words.ts'
import { right, run } from '../either.ts'
import { bigram, everyString } from './small.ts'

const letters = bigram(['a', 'b', 'c'], 11)

/** Asymmetric targets: what is likely at first is not what can end. */
const stored = {
  'a pattern': { constraint: right(matching(/c?(ab|b|ca)*/u)), limit: 5 },
  'two words': { constraint: right(containingAll(['ab', 'ca'])), limit: 5 },
  'a complement of some length': {
    constraint: all([not(right(matching(/.*bb.*/u))), characters({ least: 2, most: 4 })]),
    limit: 5,
  },
} as const

const targetOf = (name: keyof typeof stored): Target => ({ model: ngramModel(letters), ...stored[name] })

const lawOf = async (name: keyof typeof stored) => {
  const exact = await run(exactLaw({ model: letters, ...stored[name] }))
  return new Map(everyString(letters, 5).map(({ tokens, text }) => [text, Math.exp(exact.logProbability(tokens))]))
}

type Coverage = readonly [
  string,
  keyof typeof stored,
  { readonly runs: number; readonly particles: number; readonly islands: number },
  (key: Key, options: SmcOptions) => Sampler,
]

/** How many populations the runs of a sampler are drawn in: particles share batches, and nothing else (S12). */
const PARTS = 5

/** A population as the populations of so many runs, each with its share of the islands. */
const separate = (found: Tilted, runs: number): readonly Tilted[] =>
  Array.from({ length: runs }, (_, i) => {
    const [particles, islands] = [found.texts.length / runs, found.logPartition.islands.length / runs]
    const [from, to] = [i * particles, (i + 1) * particles]
    return right(
      resultOf({
        sampler: found.sampler,
        texts: found.texts.slice(from, to),
        tokens: found.tokens.slice(from, to),
        logWeights: found.logWeights.slice(from, to).map((log) => log + Math.log(runs)),
        origins: found.origins.slice(from, to),
        islands: found.islands.slice(from, to).map((island) => island - i * islands),
        partitions: found.logPartition.islands.slice(i * islands, (i + 1) * islands),
        independent: islands === particles,
        steps: [],
        deaths: [],
      }),
    )
  })

describe('what must hold', () => {
  // 800 runs: at 95 % two standard errors are 1.5 %, so that a sampler whose intervals cover 91 % is seen.
  it.each<Coverage>([
    ['smc', 'a pattern', { runs: 800, particles: 160, islands: 8 }, smc],
    ['masking', 'a complement of some length', { runs: 800, particles: 200, islands: 200 }, masking],
    ['adaptive rejection', 'a pattern', { runs: 800, particles: 100, islands: 100 }, adaptiveRejection],
    ['sir', 'a pattern', { runs: 800, particles: 200, islands: 200 }, sir],
  ])(
    'S19 95 %% intervals of log Z, of a moment and of a share of 2 %% cover at least 93 %%: %s, %s',
    { timeout: 240_000 },
    async (_, name, size, sampler) => {
      const { runs } = size
      const prepared = await run(prepare(targetOf(name)))
      const { logPartition } = await run(exactLaw({ model: letters, ...stored[name] }))
      const law = await lawOf(name)
      const length = sum([...law].map(([text, p]) => p * text.length))
      // Of the texts that one in 50 is: half of the islands of 20 particles never see it.
      const far = (p: number): number => Math.abs(Math.log(p / 0.02))
      const [rare, share] = [...law].reduce((best, each) => (far(each[1]) < far(best[1]) ? each : best))
      expect(far(share)).toBeLessThan(0.3)
      let [partitions, moments, shares] = [0, 0, 0]
      const inside = (x: number, [low, high]: readonly [number, number]): number => Number(x >= low && x <= high)
      for (let part = 0; part < PARTS; part++) {
        const islands = (runs / PARTS) * size.islands
        const found = await run(
          sampler(fold(key(7), part), { particles: (runs / PARTS) * size.particles, islands })(prepared),
        )
        for (const one of separate(found, runs / PARTS)) {
          partitions += inside(logPartition, one.logPartition.interval)
          shares += inside(share, textMean((text) => Number(text === rare))(one).interval)
          moments += inside(length, textMean((text) => text.length)(one).interval)
        }
      }
      expect(partitions / runs).toBeGreaterThanOrEqual(0.93)
      expect(moments / runs).toBeGreaterThanOrEqual(0.93)
      expect(shares / runs).toBeGreaterThanOrEqual(0.93)
      // Not because they are too long: 4 standard errors above 95 %.
      expect(Math.max(partitions, moments) / runs).toBeLessThanOrEqual(0.978)
    },
  )

  it.each(['a pattern', 'two words', 'a complement of some length'] as const)(
    'S19 the law of a text drawn from 512 particles is within 0.02 of p in total variation: %s',
    { timeout: 120_000 },
    async (name) => {
      const law = await lawOf(name)
      const drawn = new Map<string, number>()
      const populations = 60
      for (let i = 0; i < populations; i++) {
        const { texts, weights } = await run(smc(fold(key(8), i), { particles: 512, islands: 1 })(targetOf(name)))
        texts.forEach((text, k) => drawn.set(text, (drawn.get(text) ?? 0) + at(weights, k) / populations))
      }
      const distance = sum([...law].map(([text, p]) => Math.abs((drawn.get(text) ?? 0) - p))) / 2
      expect(distance).toBeLessThanOrEqual(0.02)
      expect(sum([...drawn.values()])).toBeCloseTo(1, 9)
    },
  )

  it('S19 with the twist a quarter of the particles has at most the error of log Z without it', {
    timeout: 120_000,
  }, async () => {
    const target: Target = { model: ngramModel(letters), constraint: right(containingAll(['abc', 'cab'])), limit: 12 }
    const error = async (particles: number, twist: 'surrogate' | 'none'): Promise<number> =>
      (await run(smc(key(9), { particles: particles * 300, islands: 300, twist })(target))).logPartition.standardError
    expect(await error(8, 'surrogate')).toBeLessThanOrEqual(await error(32, 'none'))
  })
})
