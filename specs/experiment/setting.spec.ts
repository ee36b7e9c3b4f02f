/** Kinds of settings: which values they take, at their ends and beside them, and what they say of others. */
import { describe, expect, it } from 'vitest'
import { numbers, orAll, orAuto, wholeNumbers } from '../../lib/experiment/setting.ts'
import * as t from 'io-ts'

const beside = 2 ** -40

describe('numbers of an interval', () => {
  it.each<readonly [Parameters<typeof numbers>[0], taken: readonly number[], refused: readonly number[], string]>([
    [{ from: 0, to: 1 }, [0, 0.5, 1], [-beside, 1 + beside], 'a number from 0 to 1'],
    [{ above: 0, to: 1 }, [beside, 1], [0, -1, 1 + beside], 'a number above 0 and at most 1'],
    [{ from: 0, below: 1 }, [0, 1 - beside], [-beside, 1, 2], 'a number from 0 below 1'],
    [{ above: 0, below: 1 }, [beside, 1 - beside], [0, 1], 'a number above 0 and below 1'],
    [{ from: 2 }, [2, 1e300], [2 - beside], 'a number from 2'],
    [{ above: 0 }, [beside], [0], 'a number above 0'],
    [{ below: 0 }, [-beside], [0, 1], 'a number below 0'],
  ])('%j', (interval, taken, refused, sentence) => {
    const { isNot } = numbers(interval)
    expect(taken.map(isNot)).toEqual(taken.map(() => undefined))
    const wrong = [...refused, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
    expect(wrong.map(isNot)).toEqual(wrong.map(() => sentence))
  })
})

describe('whole numbers', () => {
  it.each<readonly [least: number, most: number, string]>([
    [1, 4096, 'a whole number from 1 to 4096'],
    [0, 5e6, 'a whole number from 0 to 5e6'],
    [2, 2_500_000, 'a whole number from 2 to 2500000'],
    [1, 1_000_000, 'a whole number from 1 to 1e6'],
    [0, Number.MAX_SAFE_INTEGER, 'a whole number from 0 to 2^53 − 1'],
  ])('from %d to %d', (least, most, sentence) => {
    const { isNot } = wholeNumbers(least, most)
    expect([least, most, least + 1].map(isNot)).toEqual([undefined, undefined, undefined])
    const wrong = [least - 1, most + 1, least + 0.5, Number.NaN, Number.POSITIVE_INFINITY]
    expect(wrong.map(isNot)).toEqual(wrong.map(() => sentence))
  })

  it('are written as one would type them', () => {
    const { format } = wholeNumbers(0, 1e9)
    expect([0, 999_999, 1e6, 1_000_001, 5e6, 12e6].map(format)).toEqual([
      '0',
      '999999',
      '1e6',
      '1000001',
      '5e6',
      '1.2e7',
    ])
  })
})

describe('numbers or a word', () => {
  it('all stands for its value, which is not typed; auto for itself', () => {
    const all = orAll(wholeNumbers(1, 9), t.number, 100)
    expect(['all', '3', '100'].map(all.read)).toMatchObject([
      { right: 100 },
      { right: 3 },
      { left: 'a whole number from 1 to 9, or all' },
    ])
    expect([all.format(100), all.format(3), all.isNot(100), all.isNot(10)]).toEqual([
      'all',
      '3',
      undefined,
      'a whole number from 1 to 9',
    ])
    const auto = orAuto(wholeNumbers(1, 9))
    expect(['auto', '4', 'x'].map(auto.read)).toMatchObject([
      { right: 'auto' },
      { right: 4 },
      { left: expect.stringMatching(/, or auto$/u) },
    ])
    expect([auto.format('auto'), auto.format(4), auto.isNot('auto'), auto.isNot(0)]).toEqual([
      'auto',
      '4',
      undefined,
      'a whole number from 1 to 9',
    ])
  })
})
