/** A codec of a record has the fields of its interface: none forgotten, none of another type, none more. */
import * as t from 'io-ts'
import { optional, record } from '../../../lib/codec/record.ts'

interface Leaf {
  readonly score: number
  readonly note?: string
}

// @ts-expect-error TS2345
record<Leaf>({ score: t.number })
// @ts-expect-error TS2345
record<Leaf>({ note: optional(t.string) })
// @ts-expect-error TS2741
record<Leaf>({ score: t.number, note: t.string })
// @ts-expect-error TS2740
record<Leaf>({ score: optional(t.number), note: optional(t.string) })
// @ts-expect-error TS2322
record<Leaf>({ score: t.string, note: optional(t.string) })
// @ts-expect-error TS2353
record<Leaf>({ score: t.number, note: optional(t.string), more: t.number })
