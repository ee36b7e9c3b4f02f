/** Verdicts on the paper's claims: by differences over seeds, and what it would take where they cannot be told. */
import { describe, expect, it } from 'vitest'
import { claimsOf, verdictOver } from '../../lib/report/earm-claims.ts'
import type { EArmResults } from '../../lib/systems/e-arm/results.ts'
import { eArmPresets } from '../../lib/systems/e-arm/settings.ts'
import { eArmResultsFor, imageExample, languageExample, translationExample } from './earm-example.ts'

describe('a verdict', () => {
  it('holds or does not where the mean is as far from 0 as Student’s t asks', () => {
    // Three seeds: 4.303 standard errors, so a mean of 2.485 deviations.
    expect(verdictOver([1.5, 2.5, 3.5])).toBe('holds')
    expect(verdictOver([-1.5, -2.5, -3.5])).toBe('does not hold')
    expect(verdictOver([1.45, 2.45, 3.45])).toMatch(/^cannot be told/)
    expect(verdictOver([2, 2, 2])).toBe('holds')
    expect(verdictOver([0, 0, 0])).toBe('does not hold: no difference')
  })

  it('says what it would take: another seed, or as many as the spread asks for', () => {
    expect(verdictOver([5])).toBe('cannot be told from one seed: --seeds 3')
    expect(verdictOver([0, 1, 2])).toBe('cannot be told from 3 seeds: about 4 would tell')
    expect(verdictOver([-0.9, 0.1, 1.1])).toBe('cannot be told from 3 seeds: about 385 would tell')
    expect(verdictOver([-1, 0, 1.001])).toBe('cannot be told: no difference that seeds would show')
  })
})

const verdicts = (results: EArmResults): Readonly<Record<string, string>> =>
  Object.fromEntries(claimsOf(results).map(({ claim, verdict }) => [claim, verdict]))

describe('the claims of a run', () => {
  it('are those of its task, with the numbers that they rest on', () => {
    const text = claimsOf(languageExample)
    expect(text[0]).toMatchObject({
      claim: 'the energy objective lowers the test perplexity',
      paper: 'Table 3',
      verdict: 'holds',
      numbers: expect.stringMatching(/^13\.000 → 12\.\d+ \(−0\.\d+ ± 0\.\d+\)$/),
    })
    expect(
      verdicts(eArmResultsFor(eArmPresets.lm.small, -0.05))['the energy objective lowers the test perplexity'],
    ).toBe('does not hold')
    expect(claimsOf(imageExample)[0]?.claim).toBe('the energy objective lowers the test bits per dimension')
    expect(text.map(({ claim }) => claim)).not.toContain('the energy objective raises BLEU')
  })

  it('of translation speak of every table, with scheduled sampling where it was trained', () => {
    const found = claimsOf(translationExample)
    expect([...new Set(found.map(({ paper }) => paper))]).toEqual(
      expect.arrayContaining([
        'Table 1',
        'Tables 1, 2',
        'Table 7',
        'Table 8',
        'Table 9',
        'Table 10',
        'Figure 2',
        'Table 4',
      ]),
    )
    for (const { claim, verdict } of found)
      expect([claim, verdict]).toEqual([claim, expect.stringMatching(/^(holds|does not hold|cannot be told)/)])
  })

  it('are not made of what was not trained or measured', () => {
    const plain = eArmResultsFor({ ...eArmPresets.lm.small, variants: ['plain'] })
    expect(claimsOf(plain).map(({ paper }) => paper)).toEqual(['Table 4'])
    const one = eArmResultsFor({ ...eArmPresets.lm.small, seeds: 1 })
    expect(verdicts(one)['the energy objective lowers the test perplexity']).toBe(
      'cannot be told from one seed: --seeds 3',
    )
  })
})
