/** The samplers against exact laws, and what they answer when things go wrong. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { energyOf } from '../../lib/energy/energy.ts'
import { key } from '../../lib/key.ts'
import { sum } from '../../lib/math.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { all, type Constraint, named, not } from '../../lib/tilt/constraint.ts'
import { exactLaw } from '../../lib/tilt/exact.ts'
import { characters } from '../../lib/tilt/lengths.ts'
import { compile, meets } from '../../lib/tilt/compile.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { drawTexts, resultOf, type Tilted } from '../../lib/tilt/result.ts'
import { adaptiveRejection, masking, sir, smc } from '../../lib/tilt/samplers.ts'
import type { Target } from '../../lib/tilt/target.ts'
import { containingAll, containingNone } from '../../lib/tilt/words.ts'
import { left, right, run } from '../either.ts'
import { bigram, byText, everyString } from './small.ts'

const letters = bigram(['a', 'b', 'c'], 11)
const pattern = right(matching(/c?(ab|b|ca)*/u))
const inPattern = (text: string): boolean => /^c?(ab|b|ca)*$/u.test(text)
const target: Target = { model: ngramModel(letters), constraint: pattern, limit: 4 }

/** p by writing down every string. */
const lawOf = (
  { limit, power = 1, ending }: Pick<Target, 'limit' | 'power' | 'ending'>,
  inside: (text: string) => boolean,
): ReadonlyMap<string, number> => {
  const masses = byText(
    everyString(letters, limit)
      .filter(({ text }) => inside(text))
      .map(({ tokens, text, open, ended }) => [
        text,
        (ending === 'forced' && tokens.length === limit ? open : ended) ** power,
      ]),
  )
  const Z = sum([...masses.values()])
  return new Map([...masses].map(([text, mass]) => [text, mass / Z]))
}

/** The largest deviation of a weighted population's shares from p of at least 1 %, in standard errors of independent weights. */
const deviation = ({ texts, weights }: Tilted, law: ReadonlyMap<string, number>): number =>
  Math.max(
    ...[...law]
      .filter(([, p]) => p >= 0.01)
      .map(([text, p]) => {
        const terms = Array.from(weights, (w, i) => w * (Number(texts[i] === text) - p))
        return Math.abs(sum(terms)) / Math.sqrt(sum(terms.map((x) => x * x)))
      }),
  )

describe('independent particles', () => {
  const options = { particles: 20_000 }

  it('S5 masking with its weights has the law p, and without them another', { timeout: 60_000 }, async () => {
    const law = lawOf(target, inPattern)
    const found = await run(masking(key(1), options)(target))
    expect(deviation(found, law)).toBeLessThan(5)
    expect(deviation({ ...found, weights: found.weights.map(() => 1 / options.particles) }, law)).toBeGreaterThan(20)
  })

  it('sir and adaptive rejection have the law p', { timeout: 60_000 }, async () => {
    const law = lawOf(target, inPattern)
    expect(deviation(await run(sir(key(2), options)(target)), law)).toBeLessThan(5)
    expect(deviation(await run(adaptiveRejection(key(3), options)(target)), law)).toBeLessThan(5)
  })

  it('give log Z within its interval', { timeout: 60_000 }, async () => {
    const { logPartition } = await run(exactLaw({ model: letters, constraint: pattern, limit: 4 }))
    for (const sampler of [masking, sir, adaptiveRejection]) {
      const { logPartition: found, reliable } = await run(sampler(key(4), options)(target))
      expect(reliable).toBe(true)
      expect(Math.abs(found.value - logPartition)).toBeLessThan(4 * found.standardError)
      expect(found.standardError).toBeLessThan(0.05)
    }
  })

  it('S14 adaptive rejection asks the check of few tokens, masking of all', async () => {
    const calls = { masking: 0, rejection: 0 }
    const many = bigram(
      Array.from({ length: 60 }, (_, i) => String.fromCodePoint(0x100 + i)),
      2,
    )
    const counted = (name: 'masking' | 'rejection') => ({
      name: 'an even letter',
      allows: (text: string) => {
        calls[name]++
        return [...text].every((c) => (c.codePointAt(0) ?? 0) % 2 === 0)
      },
    })
    const wide: Target = { model: ngramModel(many), limit: 5 }
    await run(masking(key(5), { particles: 30, check: counted('masking') })(wide))
    await run(adaptiveRejection(key(5), { particles: 30, check: counted('rejection') })(wide))
    expect(calls.rejection).toBeLessThan(calls.masking / 4)
    expect(calls.rejection).toBeGreaterThan(0)
  })
})

describe('sequential Monte Carlo', () => {
  const both = all([right(containingAll(['cab', 'bb'])), characters({ most: 9 })])

  it('S8 agrees with the exact intersection: log Z, moments, next tokens', { timeout: 60_000 }, async () => {
    const exact = await run(exactLaw({ model: letters, constraint: both, limit: 9 }))
    const found = await run(smc(key(6), { particles: 12_000, islands: 100 })({ ...target, constraint: both, limit: 9 }))
    const { value, standardError } = found.logPartition
    expect(Math.abs(value - exact.logPartition)).toBeLessThan(4 * standardError)
    expect(standardError).toBeLessThan(0.05)
    const first = exact.next([])
    const third = exact.next([2, 0])
    const share = (when: (tokens: readonly number[]) => boolean): number =>
      sum(found.tokens.map((tokens, i) => (when(tokens) ? at(found.weights, i) : 0)))
    for (const v of [0, 1, 2]) {
      expect(Math.abs(share((tokens) => tokens[0] === v) - at(first, v))).toBeLessThan(0.04)
      const begun = share((tokens) => tokens[0] === 2 && tokens[1] === 0)
      expect(
        Math.abs(share((tokens) => tokens[0] === 2 && tokens[1] === 0 && tokens[2] === v) / begun - at(third, v)),
      ).toBeLessThan(0.06)
    }
    const length = sum(found.tokens.map((tokens, i) => tokens.length * at(found.weights, i)))
    const wanted = sum(
      everyString(letters, 9).map(({ tokens }) => tokens.length * Math.exp(exact.logProbability(tokens))),
    )
    expect(Math.abs(length - wanted)).toBeLessThan(0.08)
    expect(found.reliable).toBe(true)
  })

  it('S9 a power tilts strings, not tokens: q^α normalised, unlike temperature 1/α', { timeout: 60_000 }, async () => {
    const sharp = { ...target, power: 2.5 }
    const law = lawOf(sharp, inPattern)
    expect(deviation(await run(smc(key(7), { particles: 8000, islands: 1, threshold: 0 })(sharp)), law)).toBeLessThan(5)
    // After a anything is as likely, after b the text ends: raised to a power, b gains on all that begins with a.
    const rows = [
      [0.5, 0.5, 0],
      [1 / 3, 1 / 3, 1 / 3],
      [0, 0, 1],
    ]
    const example = (of: (row: readonly number[]) => readonly number[]) => ({
      alphabet: ['a', 'b'],
      histories: [['<s>'], ['a'], ['b']],
      logProbabilities: Float64Array.from(rows.flatMap(of), Math.log),
      next: Int32Array.of(1, 2, 1, 2, 1, 2),
    })
    const cold = example((row) => {
      const powers = row.map((p) => p ** 2)
      return powers.map((p) => p / sum(powers))
    })
    const cooled = await run(exactLaw({ model: cold, limit: 3 }))
    const wanted = await run(exactLaw({ model: example((row) => row), limit: 3, power: 2 }))
    const strings = everyString(cold, 3)
    const gap = strings.map(({ tokens }) =>
      Math.abs(Math.exp(cooled.logProbability(tokens)) - Math.exp(wanted.logProbability(tokens))),
    )
    expect(sum(gap) / 2).toBeGreaterThan(0.1)
  })

  it('S10 conditioned and forced ends have each their own law', { timeout: 60_000 }, async () => {
    for (const ending of ['conditioned', 'forced'] as const) {
      const own = { ...target, ending, limit: 2 }
      const found = await run(smc(key(8), { particles: 8000, islands: 1, threshold: 0 })(own))
      expect(deviation(found, lawOf(own, inPattern))).toBeLessThan(5)
      const other = { ...own, ending: ending === 'forced' ? ('conditioned' as const) : ('forced' as const) }
      expect(deviation(found, lawOf(other, inPattern))).toBeGreaterThan(20)
    }
  })

  it('S12 the same key gives the same texts to the bit, with whatever islands beside them', async () => {
    const wide = { ...target, limit: 12 }
    const one = await run(smc(key(9), { particles: 16, islands: 2 })(wide))
    const again = await run(smc(key(9), { particles: 16, islands: 2 })(wide))
    const more = await run(smc(key(9), { particles: 64, islands: 8 })(wide))
    expect(again).toEqual(one)
    expect(more.texts.slice(0, 16)).toEqual(one.texts)
    expect(more.logPartition.islands.slice(0, 2)).toEqual(one.logPartition.islands)
    expect((await run(smc(key(10), { particles: 16, islands: 2 })(wide))).texts).not.toEqual(one.texts)
    expect(drawTexts(key(1), 5)(one)).toEqual(drawTexts(key(1), 5)(again))
    expect(drawTexts(key(1), 5)(one)).toHaveLength(5)
  })

  it('S6 every text that lives meets the constraint: 10⁵ tokens of texts and of their negations', {
    timeout: 60_000,
  }, async () => {
    const words = bigram(['a', 'b', 'ab', 'é', ' ', '€', 'ba', '.'], 21)
    const constraints: readonly Constraint[] = [
      right(matching(/(\w+ )*é.*/u)),
      not(right(matching(/.*(aa|bb).*/u))),
      all([right(containingNone(['ab', '€€'])), characters({ least: 12 })]),
    ]
    let tokens = 0
    for (const [i, constraint] of constraints.entries()) {
      const table = right(compile(constraint))
      const found = await run(
        smc(key(i), { particles: 4800, islands: 8 })({ model: ngramModel(words), constraint, limit: 24 }),
      )
      const alive = found.texts.filter((_, k) => at(found.weights, k) > 0)
      expect(alive.filter((text) => !meets(table, text))).toEqual([])
      tokens += sum(found.tokens.map((row) => row.length))
    }
    expect(tokens).toBeGreaterThan(1e5)
  })

  it('draws what the first step of the model rules out and a later one does not', async () => {
    const shy = {
      ...letters,
      logProbabilities: letters.logProbabilities.map((l, i) => (i === 1 ? Number.NEGATIVE_INFINITY : l)),
    }
    const own = { constraint: right(matching(/.*b/u)), limit: 3 }
    const exact = await run(exactLaw({ model: shy, ...own }))
    const { logPartition } = await run(
      smc(key(13), { particles: 4000, islands: 40 })({ model: ngramModel(shy), ...own }),
    )
    expect(Math.abs(logPartition.value - exact.logPartition)).toBeLessThan(4 * logPartition.standardError)
    expect(logPartition.standardError).toBeLessThan(0.05)
  })

  it('twists halve the spread of Ẑ', { timeout: 60_000 }, async () => {
    const spread = async (twist: 'none' | 'surrogate'): Promise<number> => {
      const options = { particles: 4000, islands: 1000, twist } as const
      return (await run(smc(key(12), options)({ ...target, constraint: both, limit: 9 }))).logPartition.standardError
    }
    expect(await spread('surrogate')).toBeLessThan((await spread('none')) / 2)
  })
})

describe('what goes wrong', () => {
  /** After an a there is only an end. */
  const short = {
    ...letters,
    logProbabilities: letters.logProbabilities.map((l, i) =>
      Math.floor(i / 4) === 1 ? (i % 4 === 3 ? 0 : Number.NEGATIVE_INFINITY) : l,
    ),
  }
  const model = ngramModel(short)

  it('S13 a population that died says where and by which constraint', async () => {
    const pair = all([named('the a', right(matching(/[bc]a.*/u))), named('the end', right(matching(/.*b/u)))])
    const found = left(
      await smc(key(1), { particles: 8, islands: 2 })({
        model,
        constraint: all([named('two', right(matching(/aa./u)))]),
        limit: 4,
      })(),
    )
    expect(found).toMatchObject({ tag: 'Support', facts: { step: 1, cause: 'two', particles: 8 } })
    expect(found.what).toContain('after 1 tokens')
    const other = left(await masking(key(1), { particles: 8 })({ model, constraint: pair, limit: 4 })())
    expect(other).toMatchObject({ tag: 'Support', facts: { step: 2, cause: 'the end' } })
    const late = left(
      await masking(key(1), { particles: 4 })({
        model: ngramModel(letters),
        constraint: right(matching(/c{3}.*b{9}/u)),
        limit: 12,
      })(),
    )
    expect(late.facts).toMatchObject({ cause: 'the limit of 12 tokens' })
  })

  it('some that died leave the others their weights, and their causes', async () => {
    const found = await run(
      sir(key(2), { particles: 400 })({
        ...target,
        energy: energyOf((x) => (x === 'b' ? Number.POSITIVE_INFINITY : 0)),
      }),
    )
    const causes = new Set(found.deaths.map(({ cause }) => cause))
    expect(causes).toEqual(new Set([pattern.name, 'the energy', 'the limit of 4 tokens']))
    found.deaths.forEach(({ particle }) => expect(found.weights[particle]).toBe(0))
    expect(found.deaths.length).toBe(found.weights.filter((w) => w === 0).length)
    expect(sum(found.weights)).toBeCloseTo(1, 12)
    expect(found.texts.every((text, i) => found.weights[i] === 0 || (inPattern(text) && text !== 'b'))).toBe(true)
  })

  it('refuses sizes that do not fit', async () => {
    const sizes = async (options: Parameters<typeof smc>[1]): Promise<string> =>
      left(await smc(key(1), options)(target)()).what
    expect(await sizes({ particles: 10, islands: 4 })).toBe('10 particles in 4 islands')
    expect(await sizes({ particles: 0 })).toBe('0 particles')
    expect(await sizes({ threshold: 2 })).toBe('a threshold of 2')
  })

  it('stops when it is told to, and says how far it is', async () => {
    const controller = new AbortController()
    const told: unknown[] = []
    const progress = {
      start: (...x: unknown[]) => void told.push(x),
      advance: () => controller.abort(),
      end: () => void told.push('end'),
      stop: () => undefined,
      note: () => undefined,
    }
    const stopped = await smc(key(1), { particles: 4, signal: controller.signal, progress })({
      ...target,
      limit: 30,
      constraint: right(matching(/.{20,}/u)),
    })()
    expect(left(stopped).tag).toBe('Interrupted')
    expect(told).toEqual([['smc', 31]])
  })

  it('doubts are raised', async () => {
    expect((await run(smc(key(3), { particles: 4, islands: 1 })(target))).doubts).toEqual([
      'one island',
      'few effective texts',
    ])
    const apart = resultOf({
      sampler: 'smc',
      texts: ['a', 'b'],
      tokens: [[0], [1]],
      logWeights: Float64Array.of(-1, -6),
      origins: Int32Array.of(0, 0),
      islands: Int32Array.of(0, 1),
      partitions: Float64Array.of(-1, -6, Number.NEGATIVE_INFINITY),
      independent: false,
      steps: [],
      deaths: [],
    })
    const { doubts, reliable } = right(apart)
    expect(doubts).toEqual(['few effective texts', 'one ancestor', 'islands disagree', 'dead islands'])
    expect(reliable).toBe(false)
  })
})
