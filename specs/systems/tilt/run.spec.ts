/** A tilt from options to results: every sampler, moments, powers, and that the same options give the same results. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../../lib/at.ts'
import { samplerNames } from '../../../lib/systems/tilt/options.ts'
import { tiltResultsCodec } from '../../../lib/systems/tilt/results.ts'
import { exactLaw } from '../../../lib/tilt/exact.ts'
import { matching } from '../../../lib/tilt/pattern.ts'
import { exactJson } from '../../../lib/codec/exact-json.ts'
import { decodeJson } from '../../../lib/codec/json.ts'
import { right, run } from '../../either.ts'
import { tiltOfLetters } from '../../report/tilt-example.ts'
import { bigram } from '../../tilt/small.ts'

const regex = 'c?(ab|b|ca)*'
const letters = bigram(['a', 'b', 'c'], 11)
const constraint = right(matching(new RegExp(regex, 'u')))

describe('a tilt', () => {
  it.each(samplerNames)('by %s has the exact log Z, with a power and without', async (sampler) => {
    for (const power of [1, 1.4]) {
      const { logPartition } = await run(exactLaw({ model: letters, constraint, limit: 6, power }))
      const found = await tiltOfLetters({ regex, sampler, power, particles: 400, islands: 4, samples: 12 })
      const { value, standardError } = found.logPartition
      expect([power, Math.abs(value - logPartition) / standardError < 6]).toEqual([power, true])
      expect(standardError).toBeLessThan(0.5)
      expect(found.samples.filter((text) => !/^c?(ab|b|ca)*$/u.test(text))).toEqual([])
      expect(found.samples).toHaveLength(12)
      expect(found.acceptance !== undefined).toBe(sampler === 'chain')
    }
  })

  it.each(['smc', 'sir', 'masking'] as const)('keeps its target under a temperature: %s', async (sampler) => {
    const { logPartition } = await run(exactLaw({ model: letters, constraint, limit: 6 }))
    const found = await tiltOfLetters({ regex, sampler, temperature: 1.7, particles: 2000, islands: 10 })
    expect(Math.abs(found.logPartition.value - logPartition)).toBeLessThan(5 * found.logPartition.standardError)
    expect(found.logPartition.value).not.toBe(
      (await tiltOfLetters({ regex, sampler, particles: 2000, islands: 10 })).logPartition.value,
    )
  })

  it.each(samplerNames)('matches moments by %s, shared by the samplers of the strata', async (sampler) => {
    const found = await tiltOfLetters({
      regex,
      sampler,
      particles: 400,
      samples: 20,
      moments: [{ regex: '^b', share: 0.25 }],
    })
    expect(found.moments[0]).toMatchObject({ wanted: 0.25, name: 'the regular expression /^b/u' })
    expect(found.moments[0]?.found).toBeCloseTo(0.25, 9)
    const share = found.texts.reduce((sum, { text, weight }) => sum + (text.startsWith('b') ? weight : 0), 0)
    expect(share).toBeCloseTo(0.25, 9)
    if (sampler !== 'chain') expect(found.texts).toHaveLength(400)
    expect(found.samples.filter((text) => text.startsWith('b'))).toHaveLength(5)
    const row = found.masking?.contrasts.find(({ name }) => name === 'has /^b/u')
    expect(row?.exact).toBeCloseTo(0.25, 9)
  })

  it('says how far masking is off, and nothing where all of it dies', async () => {
    const found = await tiltOfLetters({ regex: 'c?(ab|b|ca)*', particles: 64 })
    expect(found.masking?.distance).toBeGreaterThan(0.02)
    const dead = await tiltOfLetters({ regex: 'a{0,4}b{6}', particles: 4, islands: 1 })
    expect(dead.masking?.particles ?? 0).toBeLessThanOrEqual(4)
  })

  it('gives the same results for the same options, and the record survives its file', async () => {
    const options = { regex, moments: [{ regex: 'b', share: 0.5 }], particles: 16 } as const
    const [once, again] = [await tiltOfLetters(options), await tiltOfLetters(options)]
    expect(again).toEqual(once)
    expect((await tiltOfLetters({ ...options, seed: 2 })).samples).not.toEqual(once.samples)
    const text = exactJson(tiltResultsCodec.encode(once))
    expect(decodeJson(tiltResultsCodec, 'results')(text)).toEqual(E.right(once))
    expect(at(once.texts, 0).tokens).toBe(at(once.texts, 0).text.length)
  })
})
