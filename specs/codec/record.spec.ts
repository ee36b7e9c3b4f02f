/**
 * Codecs of records: what is read is what the interface has, and it comes back from what was written.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { exactJson } from '../../lib/codec/exact-json.ts'
import { decodeAs, decodeJson } from '../../lib/codec/json.ts'
import { optional, record } from '../../lib/codec/record.ts'
import { exactNumber } from '../../lib/codec/scalars.ts'
import { describeFailure } from '../../lib/errors.ts'

interface Leaf {
  readonly score: number
  readonly note?: string
}

interface Whole {
  readonly name: string
  readonly leaves: readonly Leaf[]
  readonly best?: Leaf
}

const leaf = record<Leaf>({ score: exactNumber, note: optional(t.string) })
const whole = record<Whole>({ name: t.string, leaves: t.readonlyArray(leaf), best: optional(leaf) })

const drawn = (codec: t.Decoder<unknown, unknown>, value: unknown): string => {
  const result = decodeAs(codec, 'file')(value)
  return E.isLeft(result) ? describeFailure(result.left) : 'accepted'
}

describe('record', () => {
  it('reads every field, those that may be absent among them, and no others', () => {
    const value = { name: 'a', leaves: [{ score: 1, note: 'n' }, { score: 2 }], best: { score: 3 } }
    expect(whole.decode({ ...value, other: 1, best: { score: 3, other: 2 } })).toEqual(E.right(value))
    expect(whole.decode({ name: 'a', leaves: [] })).toEqual(E.right({ name: 'a', leaves: [] }))
    expect(whole.is(value)).toBe(true)
    expect(whole.is({ ...value, best: { score: 'high' } })).toBe(false)
    expect(whole.is({ name: 'a' })).toBe(false)
  })

  it('writes what it reads, numbers that JSON has not among them', () => {
    const value: Whole = { name: 'a', leaves: [{ score: Number.NaN, note: 'n' }, { score: Number.NEGATIVE_INFINITY }] }
    expect(decodeJson(whole, 'file')(exactJson(whole.encode(value)))).toEqual(E.right(value))
  })

  it('draws each misfit at its place', () => {
    expect(drawn(whole, { leaves: [{ score: 1 }, { note: 2 }], best: 4 })).toMatchInlineSnapshot(`
      "file is not what it should be in 4 places: correct what is drawn here
      file
      ├─ name: expected text, found nothing
      ├─ leaves
      │  └─ [1]
      │     ├─ score: expected a number, found nothing
      │     └─ note: expected text, found 2
      └─ best: expected an object with score, note, found 4."
    `)
    expect(drawn(whole, [])).toMatchInlineSnapshot(`
      "file is not what it should be in one place: correct what is drawn here
      file: expected an object with name, leaves, best, found an array of 0."
    `)
  })
})
