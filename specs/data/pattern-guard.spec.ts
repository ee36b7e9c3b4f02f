/**
 * Limits of time for patterns of others hold for the time that the processor works on them: a machine that is busy with other
 * things, or a process that is stopped for a while, makes no harmless pattern a slow one.
 */
import { describe, expect, it } from 'vitest'
import { guarded, guardedTest, slowPattern } from '../../lib/data/pattern-guard.ts'

/** Holds the thread for so many milliseconds and lets the processor rest, as a machine does that works for others. */
const waits = (milliseconds: number): void =>
  void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)

/** Does something while every replacement by a pattern waits for so long before it begins. */
const whileReplacingWaits = <A>(milliseconds: number, action: () => A): A => {
  const { replaceAll } = String.prototype
  const patched = new Proxy(replaceAll, {
    apply: (target, text, given): unknown => {
      waits(milliseconds)
      return Reflect.apply(target, text, given)
    },
  })
  Object.defineProperty(String.prototype, 'replaceAll', { value: patched, configurable: true, writable: true })
  try {
    return action()
  } finally {
    Object.defineProperty(String.prototype, 'replaceAll', { value: replaceAll, configurable: true, writable: true })
  }
}

describe('a processor that works for others', () => {
  it('makes no harmless pattern a slow one', () => {
    expect(whileReplacingWaits(30, () => slowPattern(['aa']))).toBeUndefined()
  })

  it('hides no slow one', () => {
    expect(whileReplacingWaits(30, () => slowPattern(['(a+)+$']))?.tag).toBe('Format')
  })

  it('does not fail the test of a string', () => {
    const late = Object.assign(/a+b+/u, {
      test: () => {
        waits(1500)
        return true
      },
    })
    expect(guardedTest(late)('ab')).toBe(true)
  })

  it('does not fail a tokenizer', () => {
    const encode = guarded(['a+'], (text: string) => {
      waits(2500)
      return text.length
    })
    expect(encode('four')).toBe(4)
  })
})

it('what a call throws is its own', () => {
  const encode = guarded(['a+'], (): number => {
    throw new Error('no such token')
  })
  expect(() => encode('four')).toThrow('no such token')
})
