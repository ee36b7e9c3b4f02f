/** Chains of populations: their stationary law is p, however few particles there are. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { failure } from '../../lib/errors.ts'
import { key } from '../../lib/key.ts'
import { sum } from '../../lib/math.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { accepted, particleChain } from '../../lib/tilt/chain.ts'
import { exactLaw } from '../../lib/tilt/exact.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { runPopulation } from '../../lib/tilt/islands.ts'
import { masking, tilting } from '../../lib/tilt/samplers.ts'
import { prepare } from '../../lib/tilt/target.ts'
import { left, right, run } from '../either.ts'
import { chanceFrom, everyOutcome, everyString, tree } from './small.ts'

const ab = tree(['a', 'b'], 4, 5)
const target = { model: ngramModel(ab), constraint: right(matching(/b?(a|bb)*/u)), limit: 3 }

describe('a chain of populations', () => {
  it('S15 has p as its stationary law: the kernel over all populations of one and of two, enumerated', async () => {
    const prepared = tilting(await run(prepare(target)), 'none')
    const exact = await run(exactLaw({ ...target, model: ab }))
    for (const particles of [1, 2]) {
      const options = {
        sampler: 'smc',
        islands: 1,
        particles,
        proposal: 'adapted',
        threshold: 1,
        prefixes: false,
      } as const
      const limited = { ...options, threshold: particles === 2 ? 0 : 1 }
      /** Every population with its chance, its log Ẑ and the chance of each text. */
      const outcomes = (
        await everyOutcome(async (choose) => runPopulation(prepared, limited, chanceFrom(choose))())
      ).flatMap(({ probability, value }) => (value._tag === 'Right' ? [{ probability, found: value.right }] : []))
      const Z = sum(outcomes.map(({ probability, found }) => probability * Math.exp(found.logPartition.value)))
      /** min(1, Ẑ'/Ẑ), from how `accepted` treats a fine grid of uniforms. */
      const rate = (from: number, to: number): number => {
        const grid = 4096
        let hits = 0
        for (let i = 0; i < grid; i++) hits += Number(accepted(from, to, (i + 0.5) / grid))
        return hits / grid
      }
      const logs = [...new Set(outcomes.map(({ found }) => found.logPartition.value))].slice(0, 12)
      for (const from of logs)
        for (const to of logs)
          expect(Math.abs(rate(from, to) - Math.min(1, Math.exp(to - from)))).toBeLessThan(1 / 4096)
      /** Detailed balance holds for g·Ẑ with these rates; its marginal over texts must be p. */
      const law = new Map<string, number>()
      for (const { probability, found } of outcomes)
        found.texts.forEach((text, i) => {
          const mass = probability * Math.exp(found.logPartition.value) * at(found.weights, i)
          law.set(text, (law.get(text) ?? 0) + mass / Z)
        })
      for (const { tokens, text } of everyString(ab, 3)) {
        const p = Math.exp(exact.logProbability(tokens))
        expect([text, Math.abs((law.get(text) ?? 0) - p) < 1e-11]).toEqual([text, true])
      }
    }
  })

  it('draws p with one particle, which populations of one do not', { timeout: 60_000 }, async () => {
    const exact = await run(exactLaw({ ...target, model: ab }))
    const steps = 12_000
    const { texts, acceptance, found } = await run(
      particleChain(key(3), steps)((own) => masking(own, { particles: 1 })(target)),
    )
    expect(texts).toHaveLength(steps)
    expect(acceptance).toBeGreaterThan(0.3)
    expect(acceptance).toBeLessThan(1)
    expect(sum(found.weights.filter((_, i) => found.texts[i] === 'ab'))).toBeCloseTo(
      texts.filter((text) => text === 'ab').length / steps,
      9,
    )
    expect(found.texts.length).toBe(Math.round(acceptance * steps))
    expect(Math.abs(found.logPartition.value - exact.logPartition)).toBeLessThan(4 * found.logPartition.standardError)
    expect(found.effectiveSampleSize).toBeLessThan(found.texts.length)
    const once = await run(masking(key(4), { particles: steps })(target))
    const gap = (drawn: readonly string[]): number =>
      sum(
        everyString(ab, 3).map(({ tokens, text }) =>
          Math.abs(
            drawn.filter((each) => each === text).length / drawn.length - Math.exp(exact.logProbability(tokens)),
          ),
        ),
      ) / 2
    expect(gap(texts)).toBeLessThan(0.03)
    expect(gap(once.texts)).toBeGreaterThan(0.15)
  })

  it('passes over populations that died, and fails as they do when all did', async () => {
    const dead = TE.left(failure('Support', 'all died', 'use more'))
    const living = masking(key(1), { particles: 4 })(target)
    let calls = 0
    const found = await run(particleChain(key(1), 6)(() => (calls++ % 2 === 0 ? dead : living)))
    expect(found.texts).toHaveLength(5)
    expect(left(await particleChain(key(1), 3)(() => dead)()).what).toBe('all died')
    expect(left(await particleChain(key(1), 3)(() => TE.left(failure('Runtime', 'broken', 'mend it')))()).what).toBe(
      'broken',
    )
    expect(left(await particleChain(key(1), 0)(() => living)()).what).toBe('a chain of 0 steps')
  })
})
