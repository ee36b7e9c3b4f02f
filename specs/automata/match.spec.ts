import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { whiteNoise } from '../../lib/automata/build.ts'
import { matchMoments } from '../../lib/automata/match.ts'
import { motifAutomaton, prefixAutomaton } from '../../lib/automata/motif.ts'
import { absence, exactTilt, type Feature, presence, type TiltFamily, tiltExactly } from '../../lib/automata/tilt.ts'
import { everything } from '../../lib/automata/build.ts'
import { left, right } from '../either.ts'

const family = (n: number, features: readonly Feature[]): TiltFamily =>
  right(tiltExactly(features)(right(whiteNoise(n)())))

const THREE: readonly Feature[] = [
  absence('motif', right(motifAutomaton('0110')())),
  absence('half', right(motifAutomaton('01')())),
  absence('d0', right(prefixAutomaton('0')())),
]
const TILTS = family(12, THREE)

describe('matching moments', () => {
  it('G4: Newton recovers moments inside the polytope to 1e-9 in a few steps', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -6, max: 6, noNaN: true }), { minLength: 3, maxLength: 3 }), (lambda) => {
        const target = exactTilt(lambda)(TILTS).moments
        const matched = right(matchMoments([...target])(TILTS))
        matched.tilt.moments.forEach((x, j) => expect(Math.abs(x - (target[j] ?? 0))).toBeLessThan(1e-9))
        matched.tilt.lambda.forEach((x, j) => expect(Math.abs(x - (lambda[j] ?? 0))).toBeLessThan(1e-4))
        expect(matched.steps).toBeLessThan(40)
      }),
      { seed: 403, numRuns: 200 },
    )
  })

  it('G4: rare features: a motif in all but 1e-6 of the data', () => {
    const paper = family(30, [absence('motif', right(motifAutomaton('10001011111000')()))])
    const matched = right(matchMoments([1e-6], { tolerance: 1e-15 })(paper))
    const odds = Math.log(1e-6 / (1 - 1e-6)) - Math.log((1 - 0.0010371580719947815) / 0.0010371580719947815)
    expect(matched.tilt.lambda[0]).toBeCloseTo(odds, 8)
  })

  it('G5: duplicate and constant features change λ but not the distribution', () => {
    const doubled = family(12, [...THREE, ...THREE.slice(0, 1), presence('all', everything())])
    const target = exactTilt([-2, 1, 0.5])(TILTS).moments
    const plain = right(matchMoments([...target])(TILTS)).tilt
    const more = right(matchMoments([...target, target[0] ?? 0, 1])(doubled)).tilt
    expect([...more.moments].slice(0, 3).every((x, j) => Math.abs(x - (plain.moments[j] ?? 0)) < 1e-9)).toBe(true)
    const named = (f: TiltFamily, p: Float64Array) =>
      f.patterns
        .map((phi, i) => [phi.slice(0, 3).join(), p[i] ?? 0] as const)
        .filter(([, x]) => x > 0)
        .sort()
    const [a, b] = [named(TILTS, plain.probabilities), named(doubled, more.probabilities)]
    expect(a.map(([name]) => name)).toEqual(b.map(([name]) => name))
    expect(a.reduce((tv, [, x], i) => tv + Math.abs(x - (b[i]?.[1] ?? 0)), 0)).toBeLessThan(1e-9)
  })

  it('a feature that departs from another by what rounding hides is named', () => {
    const near: TiltFamily = {
      ...TILTS,
      patterns: TILTS.patterns.map(([a = 0, b = 0, c = 0]) => [a, b, a + 1e-11 * c]),
    }
    const { moments } = exactTilt([-2, 1, 0.5])(near)
    const found = left(matchMoments([...moments])(near))
    expect([found.tag, found.facts['features']]).toEqual(['Domain', ['d0']])
    expect(found.what).toBe(
      "'d0' differs from a constant, or from a function of other features, by so little that rounding hides it",
    )
  })

  it('a feature that is always 1, with a feasible target: white noise of 8, absence of 11 to .1', () => {
    const eleven = absence('11', right(motifAutomaton('11')()))
    const both = right(matchMoments([0.1, 1])(family(8, [eleven, presence('all', everything())])))
    expect(both.tilt.lambda[0]).toBeCloseTo(-0.9013, 4)
    expect(both.tilt.lambda[1]).toBe(0)
    expect(both.gap).toBeLessThan(1e-18)
    expect(right(matchMoments([0.1])(family(8, [eleven]))).tilt.lambda[0]).toBeCloseTo(-0.9013, 4)
    expect(left(matchMoments([0.1, 0.5])(family(8, [eleven, presence('all', everything())])))).toMatchObject({
      tag: 'Boundary',
      facts: { direction: [0, -1] },
    })
  })

  it('scale and smallness: values of {0, .01}, and an absence of 1e-30', () => {
    const eleven = right(motifAutomaton('11')())
    const small: Feature = { name: 'small', language: eleven, inside: 0, outside: 0.01 }
    const scaled = right(matchMoments([0.001])(family(8, [small])))
    expect(scaled.tilt.lambda[0]).toBeCloseTo(-90.13, 2)
    const rare = right(matchMoments([1e-30])(family(8, [absence('11', eleven)])))
    expect(rare.tilt.moments[0]).toBeGreaterThan(0.999999e-30)
    expect(rare.tilt.moments[0]).toBeLessThan(1.000001e-30)
  })

  it('too few steps are a Limit, not an answer', () => {
    expect(left(matchMoments([0.3], { steps: 1 })(family(8, THREE.slice(0, 1)))).tag).toBe('Limit')
  })

  it('G6: a target on the boundary (pure motif data) or outside is Boundary with a direction, in bounded steps', () => {
    const failed = left(matchMoments([0, 0, 0.5])(TILTS))
    expect(failed.tag).toBe('Boundary')
    expect(failed.facts['direction']).toEqual([expect.any(Number), expect.any(Number), expect.any(Number)])
    expect(left(matchMoments([0], {})(family(8, THREE.slice(0, 1))))).toMatchObject({
      tag: 'Boundary',
      facts: { direction: [-1] },
    })
    expect(left(matchMoments([1], {})(family(8, THREE.slice(0, 1))))).toMatchObject({
      tag: 'Boundary',
      facts: { direction: [1] },
    })
    expect(left(matchMoments([0.2, 0.9, 0.5])(TILTS)).tag).toBe('Boundary')
    expect(left(matchMoments([1.5, 0.5, 0.5])(TILTS)).tag).toBe('Boundary')
    expect(left(matchMoments([0.5])(TILTS)).tag).toBe('Domain')
  })
})
