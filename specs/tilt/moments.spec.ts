/** Matched moments against the tilt that is solved over all strings. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { energyOf } from '../../lib/energy/energy.ts'
import { indicators, linearEnergy } from '../../lib/energy/features.ts'
import { fitMoments } from '../../lib/energy/newton.ts'
import { failure } from '../../lib/errors.ts'
import { key } from '../../lib/key.ts'
import { sum } from '../../lib/math.ts'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { compile, meets } from '../../lib/tilt/compile.ts'
import { literal, not, nothing } from '../../lib/tilt/constraint.ts'
import { characters } from '../../lib/tilt/lengths.ts'
import { bankOfTexts, matchMoments } from '../../lib/tilt/moments.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { masking, sir, smc } from '../../lib/tilt/samplers.ts'
import type { Target } from '../../lib/tilt/target.ts'
import { left, right, run } from '../either.ts'
import { bigram, everyString } from './small.ts'

const letters = bigram(['a', 'b', 'c'], 11)
const within = right(matching(/c?(ab|b|ca)*/u))
const target: Target = { model: ngramModel(letters), constraint: within, limit: 5 }
const [rare, common] = [right(matching(/bbbb/u, { match: 'part' })), right(matching(/a/u, { match: 'part' }))]

const inside = everyString(letters, 5).filter(({ text }) => /^c?(ab|b|ca)*$/u.test(text))

/** Shares and log Z of `P·e^{⟨λ, φ⟩}` by writing down all strings. */
const tilted = (lambda: readonly number[], features: readonly ((text: string) => boolean)[], power = 1) => {
  const masses = inside.map(
    ({ text, ended }) => ended ** power * Math.exp(sum(features.map((has, j) => (has(text) ? at(lambda, j) : 0)))),
  )
  const Z = sum(masses)
  return {
    logZ: Math.log(Z),
    shares: features.map((has) => sum(masses.filter((_, i) => has(at(inside, i).text))) / Z),
  }
}

const has = [(text: string) => text.includes('bbbb'), (text: string) => text.includes('a')] as const

describe('matched moments', () => {
  const sampler = (particles: number) => (own: ReturnType<typeof key>) => smc(own, { particles, islands: 10 })

  it('S17 are those of the tilt, whose λ, log Z and shares without tilt are the exact ones within their errors', async () => {
    const found = await run(
      matchMoments(
        key(3),
        sampler(2000),
      )([
        { of: rare, share: 0.4 },
        { of: common, share: 0.7 },
      ])(target),
    )
    expect(found.status).toMatchObject({ kind: 'interior', certified: true })
    const lambda = found.moments.map((each) => each.lambda)
    const exact = tilted(lambda, has)
    const { value, standardError } = found.found.logPartition
    expect(Math.abs(value - exact.logZ)).toBeLessThan(4 * standardError)
    expect(standardError).toBeLessThan(0.05)
    const plain = tilted([0, 0], has)
    for (const [j, moment] of found.moments.entries()) {
      expect(moment.found).toBeCloseTo(moment.wanted, 9)
      expect(Math.abs(at(exact.shares, j) - moment.wanted)).toBeLessThan(4.5 * moment.standardError)
      expect(moment.standardError).toBeLessThan(0.02)
      expect(moment.untilted / at(plain.shares, j)).toBeGreaterThan(0.9)
      expect(moment.untilted / at(plain.shares, j)).toBeLessThan(1.1)
      const weighted = found.found.texts.map((text, i) => (at(has, j)(text) ? at(found.found.weights, i) : 0))
      expect(sum(weighted)).toBeCloseTo(moment.wanted, 9)
    }
    expect(at(plain.shares, 0)).toBeLessThan(0.01)
    expect(new Set(found.found.steps.map(({ island }) => island)).size).toBe(40)
    expect(found.found.doubts).toEqual([])
  })

  it('hold under a power, and for samplers without islands', async () => {
    for (const make of [masking, sir]) {
      const found = await run(
        matchMoments(key(4), (own) => make(own, { particles: 5000 }))([{ of: common, share: 0.3 }])({
          ...target,
          power: 1.5,
        }),
      )
      const [moment] = found.moments
      const exact = tilted([moment?.lambda ?? 0], [has[1]], 1.5)
      expect(Math.abs(at(exact.shares, 0) - 0.3)).toBeLessThan(4 * (moment?.standardError ?? 0))
      expect(moment?.standardError).toBeLessThan(0.02)
      expect(Math.abs(found.found.logPartition.value - exact.logZ)).toBeLessThan(
        4 * found.found.logPartition.standardError,
      )
    }
  })

  it('are refused where no text of the constraint can have them, and where they are none', async () => {
    const asked = (wanted: Parameters<ReturnType<typeof matchMoments>>[0], own: Target = target) =>
      matchMoments(key(1), sampler(20))(wanted)(own)()
    const dd = right(matching(/d/u, { match: 'part' }))
    expect(left(await asked([{ of: dd, share: 0.5 }]))).toMatchObject({
      tag: 'Support',
      what: 'the moments cannot be met: no text of the constraint within 5 tokens has the regular expression /d/u',
    })
    expect(left(await asked([{ of: not(dd), share: 0.5 }])).what).toMatch(/^the moments cannot be met: every text of/)
    const bbbb = { of: rare, share: 0.5 }
    const bb = { of: right(matching(/bb/u, { match: 'part' })), share: 0.3 }
    expect(left(await asked([bbbb, bb])).what).toMatch(
      /^the moments cannot be met: of the 4 combinations of properties only 3 occur, and none of their mixtures has the regular expression \/bbbb\/u in a share of 0\.5, /,
    )
    for (const share of [0, 1, -0.1, Number.NaN])
      expect(left(await asked([{ of: common, share }])).what).toMatch(/^a share of .* of texts that have/)
    expect(left(await asked([])).what).toBe('0 moments')
    expect(left(await asked(Array.from({ length: 7 }, () => bb))).what).toBe('7 moments')
    expect(left(await asked([bb], { ...target, constraint: nothing })).what).toMatch(/^no text meets/)
    expect(left(await asked([bb], { ...target, power: 0 })).what).toBe('a power of 0')
  })

  it('say first that they are not met where a stratum died, and are its failure where all did', async () => {
    const dead = TE.left(failure('Support', 'all died', 'use more'))
    const automaton = right(compile(common))
    const only = (alive: boolean) => (own: ReturnType<typeof key>) => (given: Parameters<ReturnType<typeof smc>>[0]) =>
      'lifted' in given && meets(right(compile(given.constraint)), 'ab') === alive
        ? dead
        : smc(own, { particles: 20 })(given)
    expect(meets(automaton, 'ab')).toBe(true)
    const found = await run(matchMoments(key(1), only(true))([{ of: common, share: 0.5 }])(target))
    expect(found.found.doubts.slice(0, 2)).toEqual(['moments not met', 'dead strata'])
    expect(found.status.kind).toBe('boundary')
    expect(left(await matchMoments(key(1), () => () => dead)([{ of: common, share: 0.5 }])(target)()).what).toBe(
      'all died',
    )
    const broken = TE.left(failure('Runtime', 'broken', 'mend it'))
    expect(left(await matchMoments(key(1), () => () => broken)([{ of: common, share: 0.5 }])(target)()).what).toBe(
      'broken',
    )
  })

  it('doubt shares whose own error is above 10 %', async () => {
    const seen = new Set<boolean>()
    for (let i = 0; i < 12; i++) {
      const few = await run(
        matchMoments(key(i), (own) => smc(own, { particles: 2, islands: 2 }))([{ of: common, share: 0.5 }])(target),
      )
      const uncertain = at(few.moments, 0).standardError > 0.1
      seen.add(uncertain)
      expect(few.found.doubts.includes('moments uncertain')).toBe(uncertain)
    }
    expect(seen.size).toBe(2)
  })

  it('of any function are matched on a population: bankOfTexts', async () => {
    const features = indicators<string>(['as'], (text) => [[...text].filter((c) => c === 'a').length / 5])
    // Independent particles, so that the bank's own standard errors hold.
    const population = await run(masking(key(5), { particles: 10_000 })({ ...target, energy: energyOf(() => 0.5) }))
    const { lambda, moments } = fitMoments()(bankOfTexts(features)(population))([0.3])
    const masses = inside.map(({ text, ended }) => ended * Math.exp(at(lambda, 0) * at(features.of(text), 0)))
    const exact = sum(masses.map((mass, i) => mass * at(features.of(at(inside, i).text), 0))) / sum(masses)
    expect(Math.abs(exact - 0.3)).toBeLessThan(4 * at(moments.standardErrors, 0))
    expect(at(moments.standardErrors, 0)).toBeLessThan(0.01)
    expect(Math.abs(moments.logPartition - (Math.log(sum(masses)) - 0.5))).toBeLessThan(0.1)
    const energies = await run(linearEnergy(features, lambda)(['aaaaa']))
    expect(at(energies, 0)).toBeCloseTo(-at(lambda, 0), 12)
  })

  it('take constraints of any kind', async () => {
    const found = await run(
      matchMoments(key(6), sampler(200))([{ of: literal('ab'), share: 0.5 }])({
        ...target,
        constraint: characters({ most: 3 }),
      }),
    )
    const share = sum(found.found.texts.map((text, i) => (text === 'ab' ? at(found.found.weights, i) : 0)))
    expect(share).toBeCloseTo(0.5, 9)
  })
})
