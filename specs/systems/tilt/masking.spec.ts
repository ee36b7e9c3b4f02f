/** How far masking alone is off, against the laws of both written down. */
import { describe, expect, it } from 'vitest'
import { at } from '../../../lib/at.ts'
import { key } from '../../../lib/key.ts'
import { contradicts, maskingAgainst } from '../../../lib/systems/tilt/masking.ts'
import { ngramModel } from '../../../lib/tilt/adapters.ts'
import { exactLaw } from '../../../lib/tilt/exact.ts'
import { matching } from '../../../lib/tilt/pattern.ts'
import { masking, smc } from '../../../lib/tilt/samplers.ts'
import { right, run } from '../../either.ts'
import { bigram, everyString } from '../../tilt/small.ts'

const letters = bigram(['a', 'b', 'c'], 11)
const constraint = right(matching(/c?(ab|b|ca)*/u))
const target = { model: ngramModel(letters), constraint, limit: 4 }

/** The law of masking, by walking all strings: at each step what is allowed, renormalised; what is left is dead. */
const maskingLaw = (): ReadonlyMap<string, number> => {
  const inside = (text: string, rest: string): boolean => new RegExp(`^c?(ab|b|ca)*${rest}$`, 'u').test(text)
  const begins = (text: string): boolean => inside(text, '(|a|c)')
  const out = new Map<string, number>()
  const walk = (tokens: readonly number[], state: number, mass: number): void => {
    const text = tokens.map((v) => at(letters.alphabet, v)).join('')
    const p = (v: number): number => Math.exp(at(letters.logProbabilities, state * 4 + v))
    const next = tokens.length === target.limit ? [] : [0, 1, 2].filter((v) => begins(text + at(letters.alphabet, v)))
    const end = inside(text, '') ? p(3) : 0
    const total = end + next.reduce((sum, v) => sum + p(v), 0)
    if (end > 0) out.set(text, (mass * end) / total)
    for (const v of next) walk([...tokens, v], 1 + v, (mass * p(v)) / total)
  }
  walk([], 0, 1)
  return out
}

describe('masking alone', () => {
  it('is off by its total variation, dies and has the means that enumeration gives, within errors', async () => {
    const exact = await run(exactLaw({ model: letters, constraint, limit: 4 }))
    const masked = await run(masking(key(1), { particles: 8000 })(target))
    const found = await run(smc(key(2), { particles: 8000, islands: 20 })(target))
    const record = maskingAgainst(masked, found, [{ name: 'tokens', of: (_, tokens) => tokens }])
    const law = maskingLaw()
    const strings = everyString(letters, 4).map(({ tokens, text }) => ({
      length: tokens.length,
      p: Math.exp(exact.logProbability(tokens)),
      g: law.get(text) ?? 0,
    }))
    const dead = 1 - strings.reduce((sum, { g }) => sum + g, 0)
    const distance = strings.reduce((sum, { p, g }) => sum + Math.max(0, g - p), dead)
    expect(record.particles).toBe(8000)
    expect(Math.abs(record.distance - distance)).toBeLessThan(4 * record.distanceError)
    expect(record.distanceError).toBeLessThan(0.02)
    expect(Math.abs(record.dead - dead)).toBeLessThan(0.02)
    expect(dead).toBeGreaterThan(0.03)
    const [tokens] = record.contrasts
    const means = [
      strings.reduce((sum, { g, length }) => sum + (g * length) / (1 - dead), 0),
      strings.reduce((sum, { p, length }) => sum + p * length, 0),
    ]
    expect(Math.abs((tokens?.masking ?? 0) - at(means, 0))).toBeLessThan(4 * (tokens?.maskingError ?? 0))
    expect(Math.abs((tokens?.exact ?? 0) - at(means, 1))).toBeLessThan(4 * (tokens?.exactError ?? 0))
    expect(tokens?.exactError).toBeLessThan(0.1)
    expect(record.contrasts.slice(1).every(({ name }) => /^(begins with|says nothing)/.test(name))).toBe(true)
  })

  it('is off by nothing where there is nothing to mask', async () => {
    const free = { model: ngramModel(letters), limit: 200 }
    const record = maskingAgainst(
      await run(masking(key(1), { particles: 500 })(free)),
      await run(smc(key(2), { particles: 500, islands: 5, threshold: 0 })(free)),
      [],
    )
    expect(record.distance).toBeLessThan(0.01)
    expect(record.dead).toBe(0)
  })

  it('contradicts a population that missed what weighs most, and no other', async () => {
    const masked = await run(masking(key(1), { particles: 200 })(target))
    const found = await run(smc(key(2), { particles: 200 })(target))
    expect(contradicts(masked, found)).toBe(false)
    const { logPartition } = found
    const shifted = (by: number) => ({
      ...found,
      logPartition: { ...logPartition, interval: [-99, masked.logPartition.value - by] as const },
    })
    expect(contradicts(masked, shifted(Math.log(20) - 1e-9))).toBe(false)
    expect(contradicts(masked, shifted(Math.log(20) + 1e-9))).toBe(true)
    expect(contradicts(masked, await run(smc(key(2), { particles: 50, islands: 1 })(target)))).toBe(false)
  })
})
