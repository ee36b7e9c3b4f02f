/** Automata that are named by what they do: where their parameters end. */
import { describe, expect, it } from 'vitest'
import { everything, geometricNoise } from '../../lib/automata/build.ts'
import { accepts } from '../../lib/automata/language.ts'
import { wordsUpTo } from '../../lib/automata/word.ts'
import { left, right } from '../either.ts'

describe('geometric noise', () => {
  it.each([0, -0.1, 1.1, Number.NaN])('does not stop with probability %d, and says so', (stop) => {
    const { tag, what } = left(geometricNoise(stop)())
    expect(tag).toBe('Domain')
    expect(what).toContain(String(stop))
  })

  it('may stop at once', () => {
    expect(Array.from(right(geometricNoise(1)()).stop)).toEqual([1])
  })
})

it('everything is every string, in one state', () => {
  const all = everything(['a', 'b'])
  expect(all.states).toBe(1)
  for (const word of wordsUpTo(2, 4)) expect(accepts(all)(word)).toBe(true)
})
