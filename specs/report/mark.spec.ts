import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { markMotif, markPattern } from '../../lib/report/mark.ts'

const bits = (least: number, most: number) =>
  fc.string({ unit: fc.constantFrom('0', '1'), minLength: least, maxLength: most })

describe('markMotif', () => {
  test.prop([bits(1, 6), bits(0, 20)], { seed: 3, numRuns: 500 })(
    'keeps the text, and marks the motif exactly when it is there',
    (motif, text) => {
      const pieces = markMotif(motif)(text)
      expect(pieces.map((piece) => piece.text).join('')).toBe(text)
      const whole = pieces.filter(({ kind }) => kind === 'whole')
      expect(whole.map((piece) => piece.text)).toEqual(text.includes(motif) ? [motif] : [])
    },
  )

  test.prop([bits(2, 8), bits(0, 20)], { seed: 4, numRuns: 500 })(
    'otherwise marks a part of the motif that no longer part of it beats',
    (motif, text) => {
      const part = markMotif(motif)(text).find(({ kind }) => kind === 'part')?.text
      const parts = Array.from({ length: motif.length }, (_, from) =>
        Array.from({ length: motif.length - from }, (_, size) => motif.slice(from, from + size + 1)),
      )
        .flat()
        .filter((candidate) => candidate.length < motif.length && text.includes(candidate))
      const longest = Math.max(0, ...parts.map(({ length }) => length))
      if (text.includes(motif)) expect(part).toBeUndefined()
      else expect(part?.length ?? 0).toBe(2 * longest >= motif.length ? longest : 0)
    },
  )
})

describe('markPattern', () => {
  it('marks the first match', () => {
    expect(markPattern('b+')('abbab')).toEqual([
      { text: 'a', kind: 'plain' },
      { text: 'bb', kind: 'whole' },
      { text: 'ab', kind: 'plain' },
    ])
    expect(markPattern('x*')('ab')).toEqual([{ text: 'ab', kind: 'plain' }])
  })
})
