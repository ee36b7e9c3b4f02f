/** Classes of characters: they divide all characters, of which surrogates are none, as the sets of the pattern do. */
import { describe, expect, it } from 'vitest'
import { regexClasses } from '../../lib/automata/regex-classes.ts'
import { right } from '../either.ts'

/** Every code point but the surrogates. */
const CHARACTERS = 0x110000 - 0x800

describe('classes of characters', () => {
  it.each([/a/u, /[^a-z]/u, /./u, /[\ud7ff\ue000]/u, /\p{L}(?=é)/u])(
    '%s: every character is in one of them',
    (pattern) => {
      const classes = right(regexClasses(pattern))
      const all = classes.flatMap(({ ranges }) => ranges).toSorted(([a], [b]) => a - b)
      expect(all.reduce((sum, [first, last]) => sum + last - first + 1, 0)).toBe(CHARACTERS)
      all.forEach(([first, last], i) => {
        expect(last).toBeGreaterThanOrEqual(first)
        expect(first).toBeGreaterThan(all[i - 1]?.[1] ?? -1)
        expect(last < 0xd800 || first >= 0xe000).toBe(true)
      })
      for (const { representative, ranges } of classes) expect(representative.codePointAt(0)).toBe(ranges[0]?.[0])
    },
  )
})
