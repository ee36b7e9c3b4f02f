/** The exact law of a tilted n-gram model against all strings written down. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { sum } from '../../lib/math.ts'
import { all } from '../../lib/tilt/constraint.ts'
import { exactLaw } from '../../lib/tilt/exact.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { containingAny } from '../../lib/tilt/words.ts'
import { left, right, run } from '../either.ts'
import { bigram, everyString } from './small.ts'

const model = bigram(['a', 'b', 'ab'], 8)
const constraint = all([right(matching(/[ab]*b/u)), right(containingAny(['aa', 'bb']))])
const inside = (text: string): boolean => /^[ab]*b$/u.test(text) && /aa|bb/u.test(text)

describe('the exact law', () => {
  it.each([
    { power: 1, ending: 'conditioned' as const },
    { power: 0.4, ending: 'forced' as const },
    { power: 3, ending: 'conditioned' as const },
    { power: 1, ending: 'conditioned' as const, least: 3 },
    { power: 2, ending: 'forced' as const, least: 2 },
  ])(
    'of token strings and next tokens: power $power, ends $ending, at least $least',
    async ({ power, ending, least = 0 }) => {
      const limit = 4
      const law = await run(exactLaw({ model, constraint, limit, least, power, ending }))
      const strings = everyString(model, limit).map(({ tokens, text, open, ended }) => ({
        tokens,
        mass:
          inside(text) && tokens.length >= least
            ? (ending === 'forced' && tokens.length === limit ? open : ended) ** power
            : 0,
      }))
      const Z = sum(strings.map(({ mass }) => mass))
      expect(law.logPartition).toBeCloseTo(Math.log(Z), 12)
      for (const { tokens, mass } of strings) expect(Math.exp(law.logProbability(tokens))).toBeCloseTo(mass / Z, 12)
      const begins = (prefix: readonly number[]): number =>
        sum(strings.map(({ tokens, mass }) => (prefix.every((v, i) => tokens[i] === v) ? mass : 0)))
      for (const { tokens, mass } of strings.filter((each) => each.tokens.length < 3)) {
        const total = begins(tokens)
        const next = law.next(tokens)
        for (const v of [0, 1, 2]) expect(at(next, v)).toBeCloseTo(total === 0 ? 0 : begins([...tokens, v]) / total, 12)
        expect(at(next, 3)).toBeCloseTo(total === 0 ? 0 : mass / total, 12)
      }
      expect(law.logProbability([0, 0, 0, 0, 1])).toBe(Number.NEGATIVE_INFINITY)
      expect(sum(law.next([0, 0, 0, 0, 1]))).toBe(0)
    },
  )

  it('of texts that soft constraints weigh, the end of each by all of the languages that it is in', async () => {
    const soft = [
      { of: right(containingAny(['ba'])), inside: 1.4, outside: 0 },
      { of: right(matching(/b+/u)), inside: -2, outside: 0.5 },
    ]
    const weight = (text: string): number => (text.includes('ba') ? 1.4 : 0) + (/^b+$/u.test(text) ? -2 : 0.5)
    for (const ending of ['conditioned', 'forced'] as const) {
      const law = await run(exactLaw({ model, constraint, soft, limit: 4, ending }))
      const strings = everyString(model, 4).map(({ tokens, text, open, ended }) => {
        const mass = ending === 'forced' && tokens.length === 4 ? open : ended
        return { tokens, mass: inside(text) ? mass * Math.exp(weight(text)) : 0 }
      })
      const Z = sum(strings.map(({ mass }) => mass))
      expect(law.logPartition).toBeCloseTo(Math.log(Z), 12)
      for (const { tokens, mass } of strings) expect(Math.exp(law.logProbability(tokens))).toBeCloseTo(mass / Z, 12)
    }
    const endless = [{ of: constraint, inside: Number.POSITIVE_INFINITY, outside: 0 }]
    expect(left(await exactLaw({ model, soft: endless, limit: 2 })())).toMatchObject({ tag: 'Domain' })
  })

  it('spells symbols as it is told', async () => {
    const law = await run(
      exactLaw({ model, spelling: (s) => ` ${s}`, constraint: right(matching(/ ab a/u)), limit: 3 }),
    )
    expect(law.logProbability([2, 0])).toBeCloseTo(0, 12)
  })

  it('is none where the model gives nothing', async () => {
    const mute = {
      ...model,
      logProbabilities: model.logProbabilities.map((l, i) => (i % 4 === 1 ? Number.NEGATIVE_INFINITY : l)),
    }
    expect(left(await exactLaw({ model: mute, constraint: right(matching(/b/u)), limit: 2 })()).tag).toBe('Support')
  })
})
