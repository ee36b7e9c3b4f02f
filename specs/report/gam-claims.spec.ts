/** The claims of the GAM paper of one run: what holds, what does not, what it would take. */
import { describe, expect, it } from 'vitest'
import { gamClaims } from '../../lib/report/gam-claims.ts'
import { textOf } from '../../lib/report/document-text.ts'
import { gamDocument } from '../../lib/report/gam-document.ts'
import type { GamResults } from '../../lib/systems/gam/results.ts'
import { exampleResults } from './example.ts'

const verdicts = (results: GamResults): readonly string[] => gamClaims(results).map(({ verdict }) => verdict)

describe('the claims of a GAM run', () => {
  it('hold in the example, but for those that need a grid, which is named', () => {
    expect(verdicts(exampleResults)).toEqual([
      'holds',
      'holds',
      'holds',
      ...Array.from({ length: 3 }, () => 'cannot be told'),
    ])
    const [ce, , moments, size] = gamClaims(exampleResults)
    expect(ce?.numbers).toBe('CE 0.4689 against 0.5646')
    // |0 − .04| + |.51 − .505| + 0 + 0 + .01, and |0 − .955| + .01 + .0005 + 0 + .03.
    expect(moments?.numbers).toBe('ℓ1 0.0550 against 0.9955')
    expect(size?.numbers).toContain('exptilt gam sweep --preset paper --grid figure-2c')
    expect(textOf(gamDocument(exampleResults))).toContain('cannot be told')
  })

  it('are said not to hold, not to be told, or to hold within twice the error', () => {
    const worse = { ...exampleResults, crossEntropyDistilled: 0.57, motifFrequencyDistilled: 0.04 }
    expect(verdicts(worse).slice(0, 2)).toEqual(['does not hold', 'cannot be told'])
    expect(verdicts({ ...worse, motifFrequencyDistilled: 0.01 }).slice(0, 2)).toEqual([
      'does not hold',
      'does not hold',
    ])
    const near = { ...exampleResults, crossEntropyDistilled: 0.5625, motifFrequencyDistilled: 0.05 }
    expect(verdicts(near).slice(0, 2)).toEqual(['holds, within twice the error', 'holds, within twice the error'])
  })

  it('are not asked of own strings', () => {
    const data = { kind: 'strings', file: 'x', features: ['a'] } as const
    expect(gamClaims({ ...exampleResults, options: { ...exampleResults.options, data } })).toEqual([])
  })
})
