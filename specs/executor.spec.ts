/** What executors share: which inputs are fed, and what is wrong with the feeds of a run. */
import { describe, expect, it } from 'vitest'
import { axis } from '../lib/axis.ts'
import { describeFailure } from '../lib/errors.ts'
import { feedFailure, feedsOf, inputName, programFailure, rootsOf } from '../lib/executor.ts'
import type { Expr } from '../lib/expr.ts'
import { concat } from '../lib/ops/join.ts'
import { input, inputOf, iota } from '../lib/ops/layout.ts'
import { oneHot } from '../lib/ops/gather.ts'
import { add, cast, constant, multiply } from '../lib/ops/pointwise.ts'
import { inputKey, uniform } from '../lib/ops/random.ts'
import { broadcast, sum } from '../lib/ops/reduce.ts'
import { pad } from '../lib/ops/slice.ts'
import { outputs, program } from '../lib/program.ts'
import { reference } from '../lib/reference.ts'
import { growingState } from './appended.ts'

const n = axis('n', 3)
const [x, y, s] = [input('x', n), input('y'), input('s', n)]

describe('feeds', () => {
  it('are the inputs that a program reaches and that are not its state', () => {
    const p = program({ s }, { s: add(s, x) }, { out: multiply(s, y) })
    expect(new Set(feedsOf(p).map(inputName))).toEqual(new Set(['x', 'y']))
    expect(rootsOf(p)).toEqual([multiply(s, y), add(s, x)])
    expect(feedsOf(outputs({}))).toEqual([])
  })

  it('must all be there, have the right length, and be known', () => {
    const wrong = (feeds: Parameters<typeof feedFailure>[1]) => {
      const found = feedFailure([x, y], feeds)
      return found === undefined ? undefined : describeFailure(found)
    }
    const [three, one] = [new Float32Array(3), new Float32Array(1)]
    expect(wrong({ x: three, y: one })).toBeUndefined()
    expect(wrong({ y: one })).toBe("input 'x' (n=3) was not fed: give 3 values under that name.")
    expect(wrong({ x: one, y: one })).toBe("input 'x' (n=3) got 1 values: give 3 values, row-major.")
    expect(wrong({ x: three, y: one, z: one })).toBe("'z' is not an input of the program: feed only x, y.")
    expect(feedFailure([], { z: one })?.remedy).toBe('feed nothing')
    expect(feedFailure([y], {})?.what).toBe("input 'y' (a scalar) was not fed")
  })
})

describe('a tensor of 2³¹ elements', () => {
  const [big, root] = [axis('big', 2 ** 31), axis('root', 2 ** 16)]
  const huge: Readonly<Record<string, Expr>> = {
    'a fed one': sum(big)(input('a', big)),
    positions: sum(big)(cast('f32')(iota(big))),
    'a repeated one': sum(big)(broadcast(big)(constant(1))),
    'an outer product': multiply(input('b', root), input('c', axis('other', 2 ** 15))),
    'random numbers': uniform(inputKey('k'))(big),
    'rows of one hot': oneHot(big)(inputOf('i32')('i', n)),
    'zeros behind': pad(n, 0, 2 ** 31)(x),
    'halves together': concat(big)(input('d', axis('big', 2 ** 30)), input('e', axis('big', 2 ** 30))),
  }

  it.each(Object.entries(huge))('%s is refused before anything is allocated', async (_, value) => {
    expect(programFailure(outputs({ value }))?.tag).toBe('Limit')
    expect(await reference.prepare(outputs({ value }))()).toMatchObject({ left: { tag: 'Limit' } })
  })

  it('one element less is not', () => {
    expect(programFailure(outputs({ value: iota(axis('big', 2 ** 31 - 1)) }))).toBeUndefined()
  })
})

describe('growing state on the reference', () => growingState(() => reference))
