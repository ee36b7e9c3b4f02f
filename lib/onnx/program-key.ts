/**
 * The content of a program as a name: the same in every process that builds the program again, and another one for any difference in an
 * operation, an attribute, an argument, an axis, a bit of a constant, or in what is state and what is output.
 */
import { sha256 } from '../codec/sha256.ts'
import type { Values } from '../dtype.ts'
import type { Program } from '../executor.ts'
import { isValues } from '../expr.ts'
import { encodeProgram, type WireAttribute, type WireProgram } from '../wire.ts'

const bytesOf = ({ buffer, byteOffset, byteLength }: Values): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

const record = (fields: Readonly<Record<string, WireAttribute>>): string =>
  `{${Object.entries(fields)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, a]) => `${JSON.stringify(name)}:${written(a)}`)
    .join(',')}}`

/** An attribute as a text that no other has: a number to its last bit, an array of values by its type and the hash of its bytes. */
const written = (a: WireAttribute): string => {
  if (typeof a === 'number') return Object.is(a, -0) ? '-0' : String(a)
  if (typeof a === 'string') return JSON.stringify(a)
  if (isValues(a)) return `${a.constructor.name}#${sha256(bytesOf(a))}`
  if ('node' in a) return `%${a.node}`
  return 'record' in a ? record(a.record) : `[${a.map(written).join(',')}]`
}

/** Bytes of the constants in an attribute. */
const constantsIn = (a: WireAttribute): number => {
  if (typeof a !== 'object' || 'node' in a) return 0
  if (isValues(a)) return a.byteLength
  return ('record' in a ? Object.values(a.record) : a).reduce<number>((sum, each) => sum + constantsIn(each), 0)
}

/** The name of a program that is plain data, beside what else its compiled form depends on. */
export const contentKey = ({ nodes, state, outputs, guard }: WireProgram, about: readonly string[]): string =>
  sha256(
    [
      JSON.stringify(about),
      ...nodes.map(({ op, attrs, args }) => `${JSON.stringify(op)}${record(attrs)}(${args.join()})`),
      ...state.map(({ name, input, next, at }) => JSON.stringify(['state', name, input, next, at ?? null])),
      ...outputs.map(({ name, node }) => JSON.stringify(['output', name, node])),
      JSON.stringify(guard ?? null),
    ].join('\n'),
  )

/** The same of a program; undefined where its constants have more than `most` bytes. */
export const programKey = (program: Program, about: readonly string[], most: number): string | undefined => {
  const wire = encodeProgram(program)
  const constants = wire.nodes.reduce((sum, { attrs }) => sum + constantsIn({ record: attrs }), 0)
  return constants > most ? undefined : contentKey(wire, about)
}
