/** Random programs along all their branches. */
import { describe, expect, it } from 'vitest'
import { branches, type Choose, meanOver, transitionsOf } from '../../lib/laws/choices.ts'
import { row } from '../../lib/linear.ts'
import { thrown } from '../thrown.ts'

describe('branches', () => {
  it('are all ways through a program whose later choices depend on the earlier ones, with their probabilities', () => {
    const walk = (choose: Choose): string => {
      const first = choose([0.25, 0.75])
      return first === 0 ? 'stop' : `${first}${choose([0.5, 0, 0.5])}`
    }
    expect(branches(walk)).toEqual([
      { value: 'stop', probability: 0.25 },
      { value: '10', probability: 0.375 },
      { value: '12', probability: 0.375 },
    ])
    expect(branches(() => 3)).toEqual([{ value: 3, probability: 1 }])
  })

  it('give the exact mean', () => {
    const trials = (choose: Choose): number => (choose([0.25, 0.75]) === 0 ? 1 : 1 + choose([0.5, 0.5]))
    expect(meanOver(trials)).toBeCloseTo(1 + 0.75 / 2, 15)
  })

  it('refuse what is no choice, and programs that choose without end', () => {
    for (const wrong of [[0.5, 0.4], [1.5, -0.5], [Number.NaN, 1], []])
      expect(thrown(() => branches((choose) => choose(wrong)))?.tag).toBe('Domain')
    const many = (choose: Choose): number => Array.from({ length: 20 }, () => choose([0.5, 0.5])).length
    expect(thrown(() => branches(many))?.tag).toBe('Limit')
  })
})

describe('transitions', () => {
  it('are summed over all branches to a point, and must stay in the space', () => {
    const step = (x: string, choose: Choose): string => (choose([0.5, 0.25, 0.25]) === 1 ? 'b' : x)
    const found = transitionsOf(['a', 'b'], step)
    expect([...row(found, 0), ...row(found, 1)]).toEqual([0.75, 0.25, 0, 1])
    expect(thrown(() => transitionsOf(['a'], () => 'c'))?.what).toBe(
      'a step from "a" leads to "c", which is not a point of the space',
    )
    expect(thrown(() => transitionsOf(['a', 'b', 'a'], step))?.what).toBe('points 0 and 2 have the same name, "a"')
  })
})
