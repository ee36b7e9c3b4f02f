/** Does the tilt have the moments of the data? What is said, and when: first, before every number. */
import { describe, expect, it } from 'vitest'
import { exactJson } from '../../../lib/codec/exact-json.ts'
import { bankOf } from '../../../lib/energy/index.ts'
import { matrix } from '../../../lib/linear.ts'
import { matchSentences } from '../../../lib/report/moment-match.ts'
import { htmlOf } from '../../../lib/report/document-html.ts'
import { textOf } from '../../../lib/report/document-text.ts'
import { gamDocument } from '../../../lib/report/gam-document.ts'
import { decodeJson } from '../../../lib/codec/json.ts'
import { weightReport } from '../../../lib/systems/gam/evaluation.ts'
import { type MatchFacts, momentMatch } from '../../../lib/systems/gam/match.ts'
import { boundsOf } from '../../../lib/systems/gam/moments.ts'
import { gamResultsCodec, type GamResults } from '../../../lib/systems/gam/results.ts'
import { right } from '../../either.ts'
import { drawnWithoutCharts } from '../../report/document-example.ts'
import { exampleResults } from '../../report/example.ts'

const facts: MatchFacts = {
  names: ['/ing$/'],
  strings: 500,
  data: [0.906],
  base: [1],
  tilt: [1],
  tiltErrors: [0],
  lambda: [-10],
  boundary: true,
  precision: 1 / 500,
  cap: 10,
}

describe('the moments of a tilt', () => {
  it('the issue’s case: absent from .906 of the data, never in the bank, λ at its cap: not met, and why', () => {
    expect(momentMatch(facts)).toEqual({
      met: false,
      boundary: true,
      cap: 10,
      atCap: ['/ing$/'],
      unmet: [{ feature: '/ing$/', data: 0.906, tilt: 1, allowed: 0 }],
      never: { data: [], bank: ['/ing$/'] },
      always: { data: [], bank: [] },
    })
    // With few strings a prior would explain the gap; a feature that r never varies stays unmet.
    expect(momentMatch({ ...facts, strings: 50, precision: 1 / 50 }).met).toBe(false)
  })

  it('is met where chance and prior explain the gap, and no further', () => {
    const interior = { ...facts, base: [0.97], lambda: [-1], boundary: false, tiltErrors: [0.002] }
    const error = Math.hypot(Math.sqrt(((454 / 502) * (48 / 502)) / 500), 0.002)
    const edge = 0.906 + 3 * error + 1.01 / 500
    expect(momentMatch({ ...interior, tilt: [edge - 1e-6] })).toMatchObject({ met: true, boundary: false, unmet: [] })
    expect(momentMatch({ ...interior, tilt: [edge + 1e-6] })).toMatchObject({ met: false, boundary: false })
    expect(momentMatch({ ...interior, tilt: [0.906], precision: 0 }).met).toBe(true)
  })

  it('pure-motif data are on the boundary: met by the prior, and said to be so', () => {
    const pure = { ...facts, names: ['m'], data: [0], base: [0.95], tilt: [0.018], lambda: [-9], boundary: false }
    expect(momentMatch(pure)).toMatchObject({ met: true, boundary: true, always: { data: ['m'], bank: [] }, atCap: [] })
    expect(momentMatch({ ...pure, data: [1], base: [1], tilt: [1], lambda: [0] })).toMatchObject({
      met: true,
      boundary: false,
    })
  })

  it('of several features each is judged by itself, and one that cannot be met puts all on the boundary', () => {
    const two = {
      ...facts,
      names: ['a', 'b', 'c'],
      data: [0.5, 0.9, 0],
      base: [0.4, 1, 0],
      tilt: [0.5, 1, 0],
      tiltErrors: [0.01, 0, 0],
      lambda: [1, -10, 9.99],
      boundary: false,
    }
    expect(momentMatch(two)).toMatchObject({
      met: false,
      boundary: true,
      atCap: ['b'],
      unmet: [{ feature: 'b', data: 0.9, tilt: 1 }],
      never: { data: [], bank: ['b'] },
      always: { data: ['c'], bank: ['c'] },
    })
    const near = { ...two, data: [0.5, 0.9, 0], base: [0.4, 0.95, 0], tilt: [0.5, 0.9, 0] }
    expect(momentMatch(near)).toMatchObject({ met: true, boundary: false })
    // Always in one, never in the other.
    expect(momentMatch({ ...near, data: [0.5, 0.9, 1] })).toMatchObject({ met: false, boundary: true })
    // Never in the data, sometimes in r.
    const pure = { ...near, base: [0.4, 0.95, 0.1], tilt: [0.5, 0.9, 0.001] }
    expect(momentMatch(pure)).toMatchObject({ met: true, boundary: true })
    const { cap: _cap, ...free } = near
    expect(momentMatch(free)).toMatchObject({ atCap: [] })
    expect('cap' in momentMatch(free)).toBe(false)
  })

  it('the paper’s descent has neither prior nor cap; Newton has both', () => {
    expect(boundsOf({ moments: 'newton' }, 500)).toEqual({ precision: 1 / 500, cap: 10 })
    expect(boundsOf({ moments: 'snis' }, 500)).toEqual({ precision: 0 })
  })

  it('of a bank in which the feature never holds, log Z doubts only that nothing varies: the rest must come from the match', () => {
    const weights = weightReport(bankOf(matrix(2000, 1, () => 1)), [-10])
    expect(weights.logPartition.doubts).toEqual(['no variation'])
    expect(weights.logPartition.jackknife).toBeCloseTo(-10, 12)
    expect(Array.from(weights.moments)).toEqual([1])
  })
})

const failed: GamResults = { ...exampleResults, momentMatch: momentMatch(facts) }
const FIRST =
  'The tilt does not meet the moments of the data: /ing$/ is absent from 90.6 % of the data and 100.0 % of the tilt.'

describe('what is said first', () => {
  it('on the terminal, before anything else', () => {
    expect(textOf(gamDocument(failed)).trimStart().split('\n').slice(0, 3)).toEqual([
      FIRST,
      '/ing$/ never holds in the 50000 samples of r, so no λ makes it more frequent.',
      '/ing$/ has its λ at the cap of ±10.',
    ])
    expect(textOf(gamDocument(exampleResults))).not.toContain('does not meet')
  })

  it('in the report, before the headline and its numbers', () => {
    const page = htmlOf(drawnWithoutCharts(gamDocument(failed)))
    expect(page).toContain('The tilt does not meet the moments of the data: /ing$/')
    expect(page.indexOf('does not meet')).toBeLessThan(page.indexOf('The distilled model produces'))
    expect(page.indexOf('does not meet')).toBeLessThan(page.indexOf('class="cards"'))
  })

  it('in results.json, and it is read back', () => {
    const text = exactJson(gamResultsCodec.encode(failed))
    expect(JSON.parse(text)).toMatchObject({ momentMatch: { met: false, boundary: true, cap: 10, atCap: ['/ing$/'] } })
    expect(right(decodeJson(gamResultsCodec, 'results')(text))).toEqual(failed)
  })

  it('a boundary that is met is named; an interior match and old results say nothing', () => {
    const pure = { ...facts, names: ['m'], data: [0], base: [0.95], tilt: [0.018], lambda: [-9] }
    expect(matchSentences({ ...failed, momentMatch: momentMatch(pure) })[0]).toContain('on the boundary')
    const inside = momentMatch({ ...facts, base: [0.95], tilt: [0.906], lambda: [-1], boundary: false })
    expect(matchSentences({ ...failed, momentMatch: inside })).toEqual([])
    expect(matchSentences(exampleResults)).toEqual([])
  })
})
