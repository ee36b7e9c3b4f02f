/** What executors share: which inputs are fed, and what is wrong with the feeds of a run. */
import { describe, expect, it } from 'vitest'
import { axis } from '../lib/axis.ts'
import { describeFailure } from '../lib/errors.ts'
import { feedFailure, feedsOf, inputName, rootsOf } from '../lib/executor.ts'
import { input } from '../lib/ops/layout.ts'
import { add, multiply } from '../lib/ops/pointwise.ts'
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

describe('growing state on the reference', () => growingState(() => reference))
