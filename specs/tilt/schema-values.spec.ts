/** What parts of a schema that are alike have in common. */
import { describe, expect, it } from 'vitest'
import { counting, integerOf, type Place, sharing, stringOf } from '../../lib/tilt/schema-values.ts'
import { left, right } from '../either.ts'

const place = (): Place => ({
  pointer: '#',
  root: {},
  comma: ',',
  colon: ':',
  depth: 0,
  refs: [],
  level: 0,
  places: counting(),
  once: sharing(),
})

describe('parts that are alike', () => {
  it('are one constraint in a schema, whatever stands between them', () => {
    const here = place()
    const short = right(stringOf({ maxLength: 3 }, here))
    const others = [{ maxLength: 4 }, { minLength: 1, maxLength: 3 }, { maxLength: 3, pattern: 'a' }, {}]
    const made = others.map((schema) => right(stringOf(schema, here)))
    expect(new Set([short, ...made]).size).toBe(5)
    expect(right(stringOf({ minLength: 0, maxLength: 3, title: 'a name' }, here))).toBe(short)
    expect(right(integerOf({ minimum: 1, maximum: 9 }, here))).toBe(
      right(integerOf({ exclusiveMinimum: 0, maximum: 9 }, here)),
    )
    expect(right(stringOf({ maxLength: 3 }, place()))).not.toBe(short)
  })

  it('that are wrong name each its own place', () => {
    const here = place()
    const wrong = (pointer: string): string => left(stringOf({ pattern: '(' }, { ...here, pointer })).what
    expect(wrong('#/a')).toContain('#/a/pattern')
    expect(wrong('#/b')).toContain('#/b/pattern')
  })
})
