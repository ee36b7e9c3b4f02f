/** Numbers as people read them. */
import { describe, expect, it } from 'vitest'
import { durationText, grouped, parametersText, percent } from '../../lib/report/units.ts'

describe('numbers as people read them', () => {
  it('parameters by thousands and millions', () => {
    expect([999, 1000, 71_400, 999_499, 999_500, 203_400_000].map(parametersText)).toEqual([
      ...['999', '1k', '71k', '999k', '1.0M', '203.4M'],
    ])
  })

  it('shares in per cent, with a real minus', () => {
    expect([0, 0.1234, 1, -0.05, Number.NaN].map(percent)).toEqual(['0.0 %', '12.3 %', '100.0 %', '−5.0 %', '– %'])
    expect([-2e-16, -0, -0.0004].map(percent)).toEqual(['0.0 %', '0.0 %', '0.0 %'])
    expect([0.0005, 0.00001, 0.0123, 0.1 - 1e-9].map(percent)).toEqual(['0.05 %', '< 0.01 %', '1.2 %', '10.0 %'])
  })

  it('seconds, in minutes from a hundred', () => {
    expect([0.04, 99.9, 100, 600].map(durationText)).toEqual(['0.0 s', '99.9 s', '1.7 min', '10.0 min'])
  })

  it('thousands apart', () => {
    expect(['7', 999, 1000, '1113640'].map(grouped)).toEqual(['7', '999', '1 000', '1 113 640'])
  })
})
