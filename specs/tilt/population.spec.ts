/** The laws of weighted populations, on models of which every string and every outcome can be written down. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { energyOf } from '../../lib/energy/energy.ts'
import { fold, key } from '../../lib/key.ts'
import { logSumExp, sum } from '../../lib/math.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { chanceOf, type ResamplingKind } from '../../lib/tilt/chance.ts'
import { characters } from '../../lib/tilt/lengths.ts'
import { all, type Constraint, not } from '../../lib/tilt/constraint.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { fittedTwist } from '../../lib/tilt/fitted.ts'
import { runPopulation } from '../../lib/tilt/islands.ts'
import type { PopulationOptions } from '../../lib/tilt/population.ts'
import type { ProposalKind } from '../../lib/tilt/proposal.ts'
import { proposedBy, tempered } from '../../lib/tilt/proposing.ts'
import type { Tilted } from '../../lib/tilt/result.ts'
import { smc, tilting } from '../../lib/tilt/samplers.ts'
import type { Soft } from '../../lib/tilt/soft.ts'
import { prepare, type Target } from '../../lib/tilt/target.ts'
import type { TwistKind } from '../../lib/tilt/twist.ts'
import { containingAny } from '../../lib/tilt/words.ts'
import { left, right, run } from '../either.ts'
import { bigram, byText, chanceFrom, everyOutcome, everyString, tree } from './small.ts'

const base: PopulationOptions = {
  sampler: 'smc',
  islands: 1,
  particles: 1,
  proposal: 'adapted',
  threshold: 0.5,
  prefixes: false,
}

const energy = (text: string): number => (text.includes('ba') ? -0.7 : 0.4 * text.length)

/** P(x) of every text, by writing down all strings. */
const masses = (
  ngram: ReturnType<typeof bigram>,
  { limit, least = 0, tokenisation, power = 1, ending, energy: tilted, soft }: Target,
  inside: (text: string) => boolean,
): ReadonlyMap<string, number> =>
  byText(
    everyString(ngram, limit)
      .filter(({ tokens, text }) => inside(text) && tokens.length >= least)
      .filter(({ tokens }) => tokenisation !== 'canonical' || canonical(tokens))
      .map(({ tokens, text, open, ended }) => [
        text,
        (ending === 'forced' && tokens.length === limit ? open : ended) ** power *
          (tilted === undefined ? 1 : Math.exp(-energy(text))) *
          (soft === undefined ? 1 : Math.exp(softWeight(text))),
      ]),
  )

/** `Ẑ·Σ w·1(text)` of a population, by text. */
const estimates = ({ texts, logWeights }: Tilted): ReadonlyMap<string, number> =>
  byText(texts.map((text, i) => [text, Math.exp(at(logWeights, i))]))

const ab = tree(['a', 'b'], 4, 5)
const small: Constraint = right(matching(/b?(a|bb)*/u))
/** Two soft constraints, one of which no text of the hard one meets in every way, and what they weigh. */
const tilts: readonly Soft[] = [
  { of: right(containingAny(['bb'])), inside: 1.1, outside: -0.6 },
  { of: right(matching(/b?a*/u)), inside: -0.9, outside: 0.3 },
]
const softWeight = (text: string): number => (text.includes('bb') ? 1.1 : -0.6) + (/^b?a*$/u.test(text) ? -0.9 : 0.3)
/** Texts of the model to fit a twist to, some of which the constraint rules out. */
const samples = [[], [0], [0, 1], [1, 1], [1, 0], [0, 0, 0], [1, 1, 1, 1]]

/** A tokenizer's own spellings: what it would spell otherwise is told by the tokens. */
const canonical = (tokens: readonly number[]): boolean => !tokens.join('').includes('00')

const inSmall = (text: string): boolean => /^b?(a|bb)*$/u.test(text)

describe('model = surrogate', () => {
  /** A model without memory: every state has the law of the first. */
  const unigram = (() => {
    const model = bigram(['a', 'b', 'ab', 'é'], 3)
    const row = model.logProbabilities.subarray(0, 5)
    return { ...model, logProbabilities: Float64Array.from({ length: 25 }, (_, i) => at(row, i % 5)) }
  })()

  it.each([
    ['a pattern', right(matching(/(ab|é)*b?/u))],
    ['words and length', all([right(containingAny(['bab', 'éé'])), characters({ most: 5 })])],
    ['a complement', not(right(matching(/.*aa.*/u)))],
  ])('S1 one particle under %s: Ẑ = Z, every increment 1', async (_, constraint) => {
    for (const ending of ['conditioned', 'forced'] as const) {
      const target: Target = {
        model: ngramModel(unigram),
        constraint,
        limit: 6,
        ending,
        surrogate: unigram.logProbabilities.subarray(0, 5).map(Math.exp),
      }
      const prepared = await run(prepare(target))
      const Z = Math.exp(tilting(prepared, 'surrogate').twist(0, 6))
      const found = await run(runPopulation(tilting(prepared, 'surrogate'), base, chanceOf(key(1), 'stratified')))
      expect(Math.abs(found.logPartition.value - Math.log(Z))).toBeLessThanOrEqual(1e-12)
      const { model: _model, ...rest } = target
      const { exactLaw } = await import('../../lib/tilt/exact.ts')
      const law = await run(exactLaw({ ...rest, model: unigram }))
      expect(Math.abs(found.logPartition.value - law.logPartition)).toBeLessThanOrEqual(1e-12)
    }
  })
})

describe('unbiasedness', () => {
  interface Case {
    readonly proposal: ProposalKind
    readonly twist: TwistKind | 'fitted'
    readonly particles: number
    readonly threshold: number
    readonly limit: number
    readonly prefixes?: boolean
    readonly power?: number
    readonly ending?: 'forced'
    readonly by?: 'another model' | 'temperature'
    readonly soft?: true
    readonly least?: number
    readonly tokenisation?: 'canonical'
  }
  const cases: readonly Case[] = [
    { proposal: 'adapted', twist: 'none', particles: 2, threshold: 1, limit: 2 },
    { proposal: 'adapted', twist: 'surrogate', particles: 2, threshold: 1, limit: 2, prefixes: true },
    { proposal: 'adapted', twist: 'possible', particles: 2, threshold: 0.75, limit: 2, ending: 'forced' },
    { proposal: 'adapted', twist: 'surrogate', particles: 2, threshold: 0, limit: 3, power: 1.7 },
    { proposal: 'adapted', twist: 'none', particles: 1, threshold: 1, limit: 3 },
    { proposal: 'model', twist: 'none', particles: 2, threshold: 1, limit: 2, power: 0.6 },
    { proposal: 'model', twist: 'surrogate', particles: 1, threshold: 0, limit: 3, ending: 'forced' },
    { proposal: 'adapted', twist: 'surrogate', particles: 2, threshold: 1, limit: 2, by: 'another model', power: 1.3 },
    { proposal: 'adapted', twist: 'none', particles: 1, threshold: 0, limit: 2, by: 'temperature', ending: 'forced' },
    { proposal: 'model', twist: 'none', particles: 2, threshold: 0, limit: 2, by: 'another model', power: 0.7 },
    { proposal: 'adapted', twist: 'fitted', particles: 2, threshold: 1, limit: 2, ending: 'forced', soft: true },
    { proposal: 'adapted', twist: 'fitted', particles: 1, threshold: 0, limit: 3, soft: true, power: 1.3 },
    { proposal: 'adapted', twist: 'surrogate', particles: 2, threshold: 0.75, limit: 2, soft: true },
    { proposal: 'adapted', twist: 'surrogate', particles: 1, threshold: 1, limit: 2, soft: true, by: 'another model' },
    { proposal: 'model', twist: 'none', particles: 1, threshold: 0, limit: 3, ending: 'forced', soft: true },
    { proposal: 'rejection', twist: 'none', particles: 1, threshold: 0, limit: 2, soft: true },
    { proposal: 'rejection', twist: 'none', particles: 1, threshold: 0, limit: 2, power: 2 },
    { proposal: 'rejection', twist: 'none', particles: 1, threshold: 0, limit: 2, ending: 'forced' },
    { proposal: 'adapted', twist: 'surrogate', particles: 2, threshold: 1, limit: 2, least: 1 },
    { proposal: 'adapted', twist: 'possible', particles: 1, threshold: 0, limit: 3, least: 2, ending: 'forced' },
    { proposal: 'adapted', twist: 'fitted', particles: 1, threshold: 0, limit: 3, least: 2, soft: true },
    { proposal: 'adapted', twist: 'none', particles: 2, threshold: 1, limit: 2, tokenisation: 'canonical' },
    { proposal: 'adapted', twist: 'surrogate', particles: 1, threshold: 1, limit: 3, tokenisation: 'canonical' },
    { proposal: 'model', twist: 'none', particles: 1, threshold: 0, limit: 3, least: 1, tokenisation: 'canonical' },
    { proposal: 'rejection', twist: 'none', particles: 1, threshold: 0, limit: 2, least: 1 },
    { proposal: 'rejection', twist: 'none', particles: 1, threshold: 0, limit: 2, tokenisation: 'canonical' },
  ]

  it.each(cases)(
    'S2 E[Ẑ·f̂] = Z·E_p f by enumeration of all choices: $proposal, twist $twist, N = $particles, threshold $threshold, limit $limit, proposed by $by, soft $soft, at least $least tokens, tokenisation $tokenisation',
    { timeout: 120_000 },
    async ({ proposal, twist, particles, threshold, limit, prefixes = false, by, soft, ...rest }) => {
      const proposed = by === 'temperature' ? tempered(2) : proposedBy(ngramModel(tree(['a', 'b'], 4, 9)))
      const model = { ...(by === undefined ? ngramModel(ab) : right(proposed(ngramModel(ab)))), canonical }
      const target: Target = {
        model,
        constraint: small,
        energy: energyOf(energy),
        limit,
        ...rest,
        ...(soft ? { soft: tilts } : {}),
      }
      const prepared = tilting(await run(prepare(target)), twist === 'fitted' ? fittedTwist(samples) : twist)
      const options = { ...base, proposal, particles, threshold, prefixes }
      /** A population that died is one of weight 0. */
      const outcomes = await everyOutcome(async (choose) => {
        const found = await runPopulation(prepared, options, chanceFrom(choose))()
        return found._tag === 'Right' ? estimates(found.right) : new Map<string, number>()
      })
      expect(Math.abs(sum(outcomes.map(({ probability }) => probability)) - 1)).toBeLessThanOrEqual(1e-11)
      const wanted = masses(ab, target, inSmall)
      const Z = sum([...wanted.values()])
      const means = byText(
        outcomes.flatMap(({ probability, value }) =>
          [...value].map(([text, mass]): readonly [string, number] => [text, probability * mass]),
        ),
      )
      for (const [text, mass] of wanted)
        expect([text, Math.abs((means.get(text) ?? 0) - mass) <= 1e-11 * (1 + Z)]).toEqual([text, true])
      expect(Math.abs(sum([...means.values()]) - Z)).toBeLessThanOrEqual(1e-11 * (1 + Z))
    },
  )

  /** Ẑ·f̂ of every text, of many islands: their means against P within 5 standard errors. */
  const worst = async (
    constraint: Constraint,
    inside: (text: string) => boolean,
    options: Partial<PopulationOptions>,
    kind: ResamplingKind,
    twist: TwistKind,
    islands: number,
  ): Promise<number> => {
    const target: Target = { model: ngramModel(ab), constraint, energy: energyOf(energy), limit: 3 }
    const own = { ...base, ...options, islands }
    const found = await run(
      runPopulation(tilting(await run(prepare(target)), twist), own, chanceOf(fold(key(77), own.particles), kind)),
    )
    let high = 0
    for (const [text, mass] of masses(ab, target, inside)) {
      const values = Float64Array.from({ length: islands }, (_, island) => {
        const places = Array.from({ length: own.particles }, (_unused, i) => island * own.particles + i)
        const logs = places.filter((i) => found.texts[i] === text).map((i) => at(found.logWeights, i))
        return Math.exp(logSumExp(logs)) * islands
      })
      const mean = sum(values) / islands
      const error = Math.sqrt(sum(values.map((x) => (x - mean) ** 2)) / (islands * (islands - 1)))
      high = Math.max(high, Math.abs(mean - mass) / error)
    }
    return high
  }

  it.each(
    (['stratified', 'systematic'] as const).flatMap((kind) =>
      (['none', 'surrogate'] as const).flatMap((twist) =>
        [
          { particles: 2, threshold: 1 },
          { particles: 8, threshold: 0.5 },
        ].map((sizes) => ({ kind, twist, ...sizes })),
      ),
    ),
  )(
    'S3 $kind resampling is unbiased within 5 standard errors: N = $particles, threshold $threshold, twist $twist',
    { timeout: 120_000 },
    async ({ kind, twist, particles, threshold }) => {
      expect(await worst(small, inSmall, { particles, threshold }, kind, twist, 40_000 / particles)).toBeLessThan(5)
    },
  )

  it('S4 the law of one text drawn from a population nears p as 1/N', { timeout: 120_000 }, async () => {
    const target: Target = { model: ngramModel(ab), constraint: small, energy: energyOf(energy), limit: 3 }
    const prepared = tilting(await run(prepare(target)), 'none')
    const wanted = masses(ab, target, inSmall)
    const Z = sum([...wanted.values()])
    const distance = async (particles: number): Promise<number> => {
      const islands = 48_000 / particles
      const options = { ...base, particles, islands }
      const { texts, logWeights } = await run(runPopulation(prepared, options, chanceOf(key(particles), 'stratified')))
      const law = new Map<string, number>()
      for (let island = 0; island < islands; island++) {
        const logs = logWeights.subarray(island * particles, (island + 1) * particles)
        const total = logSumExp(logs)
        logs.forEach((log, i) => {
          const text = at(texts, island * particles + i)
          law.set(text, (law.get(text) ?? 0) + Math.exp(log - total) / islands)
        })
      }
      return sum([...wanted].map(([text, mass]) => Math.abs((law.get(text) ?? 0) - mass / Z))) / 2
    }
    const [one, four, sixteen] = [await distance(1), await distance(4), await distance(16)]
    expect(one).toBeGreaterThan(0.15)
    expect(four).toBeLessThan(one / 2)
    expect(sixteen).toBeLessThan(four / 2)
    expect(sixteen).toBeLessThan(0.03)
  })
})

describe('a population on its way', () => {
  const growing: Target = { model: ngramModel(ab), constraint: small, limit: 4 }

  it('shows texts as they grow, with weights, and stops between two steps', async () => {
    const seen: { readonly step: number; readonly texts: readonly string[]; readonly total: number }[] = []
    const options = { particles: 8, islands: 2 }
    const found = await run(
      smc(key(5), {
        ...options,
        onStep: ({ step, texts, weights, ended }) => {
          seen.push({ step, texts, total: sum(weights) })
          expect(ended).toHaveLength(8)
        },
      })(growing),
    )
    expect(seen.map(({ step }) => step)).toEqual(seen.map((_, i) => i + 1))
    expect(seen.every(({ step, texts }) => texts.every((text) => text.length <= step))).toBe(true)
    for (const { total } of seen) expect(total).toBeCloseTo(1, 12)
    expect(seen.at(-1)?.texts).toEqual(found.texts)
    expect(found).toEqual(await run(smc(key(5), options)(growing)))
    const controller = new AbortController()
    let steps = 0
    const stopped = await smc(key(5), {
      ...options,
      signal: controller.signal,
      onStep: () => {
        steps += 1
        controller.abort()
      },
    })(growing)()
    expect(left(stopped).tag).toBe('Interrupted')
    expect(steps).toBe(1)
  })
})
