/** Table 12: what differs from the reference is marked, word by word. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { longestCommonSubsequence } from '../../lib/metrics/rouge.ts'
import { markedText, translationCases } from '../../lib/report/earm-cases.ts'
import { imageExample, translationExample } from './earm-example.ts'

describe('marks', () => {
  it('stand around runs of words that the reference has not, or has elsewhere', () => {
    expect(markedText('and i know definitely it', 'and i definitely know it')).toMatch(
      /^and i (_know_ definitely|know _definitely_) it$/,
    )
    expect(markedText('we  split and share it', 'we divide it')).toBe('we _split and share_ it')
    expect(markedText('the same', 'the same')).toBe('the same')
    expect(markedText('quite other', '')).toBe('_quite other_')
    expect(markedText('', 'x')).toBe('')
  })
})

const words = fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 7 })

test.prop([words, words], { seed: 5, numRuns: 200 })('as few words are marked as can be', (own, reference) => {
  const runs = markedText(own.join(' '), reference.join(' ')).match(/_[^_]*_/gu) ?? []
  const marked = runs.reduce((sum, run) => sum + run.split(' ').length, 0)
  expect(marked).toBe(own.length - longestCommonSubsequence(own, reference))
})

describe('cases', () => {
  it('are the sentences that the report of a translation shows', () => {
    const cases = translationCases(translationExample)
    expect(cases).toHaveLength(translationExample.options.samples)
    expect(Object.keys(cases[1]?.translations ?? {})).toEqual(['plain', 'scheduled', 'e-arm', 'both'])
    expect(translationCases(imageExample)).toEqual([])
  })
})
