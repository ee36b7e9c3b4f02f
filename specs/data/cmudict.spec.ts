/** Phonemes as characters: the table is a bijection, spelling drops stress, and unknown phonemes are named. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { consonants, dictionaryStrings, phonemesOf, spellPhonemes, vowels } from '../../lib/data/cmudict.ts'
import { left, right } from '../either.ts'

const table = [...vowels, ...consonants]

describe('the table', () => {
  it('has 15 vowels and 24 consonants, each with a letter of its own', () => {
    expect([vowels.length, consonants.length]).toEqual([15, 24])
    expect(new Set(table.map(([phoneme]) => phoneme)).size).toBe(39)
    expect(new Set(table.map(([, c]) => c)).size).toBe(39)
    expect(table.every(([, c]) => /^[A-Za-z]$/.test(c))).toBe(true)
  })
})

describe('spelling', () => {
  it('gives one character a phoneme, without stress', () => {
    expect(right(spellPhonemes('N EY1 SH AH0 N'))).toBe('nESun')
    expect(right(spellPhonemes('  HH  ER2 '))).toBe('hR')
    expect(phonemesOf('nESun')).toBe('N EY SH AH N')
  })

  test.prop([fc.array(fc.constantFrom(...table.map(([phoneme]) => phoneme)))], { seed: 20260722, numRuns: 100 })(
    'phonemesOf ∘ spellPhonemes is the identity',
    (names) => {
      expect(phonemesOf(right(spellPhonemes(names.join(' '))))).toBe(names.join(' '))
    },
  )

  it('names what it does not know', () => {
    expect(left(spellPhonemes('N XX1'))).toMatchObject({ tag: 'Format', facts: { phoneme: 'XX1' } })
  })

  it('takes each pronunciation once, of the lengths asked for, in order', () => {
    const dictionary = { B: 'B IY1', BE: 'B IY0', A: 'AH0', NATION: 'N EY1 SH AH0 N', KNEE: 'N IY1' }
    expect(right(dictionaryStrings({ shortest: 2, longest: 4 })(dictionary))).toEqual(['bI', 'nI'])
    expect(left(dictionaryStrings({ shortest: 1, longest: 9 })({ A: '?' })).tag).toBe('Format')
  })
})
