/**
 * Where the states of programs lie on a device. A state that may become halves has no place before a program reads it, which
 * decides how it lies; until then its values wait here.
 */
import { at } from '../at.ts'
import { sizeOf } from '../axis.ts'
import { asFloats, beyondHalves, packedHalves } from '../codec/half.ts'
import type { View } from '../device.ts'
import { type DType, type Values, allocateStorage } from '../dtype.ts'
import { fail, inTurn } from '../effect.ts'
import { failure } from '../errors.ts'
import { type Expr, axesOf, typeOf } from '../expr.ts'
import { storedBytes } from './halves.ts'

/** A part of a device's memory, and whether it holds halves. */
interface Place {
  readonly view: View
  readonly half: boolean
}

/** A state of programs that share it: its input in the program that had it first, its place, and values that wait for one. */
export interface Cell {
  readonly input: Expr
  readonly place: () => Place | undefined
  readonly settle: (place: Place) => void
  readonly waiting: () => Values | undefined
  readonly wait: (data: Values) => void
}

/** The states of programs that lie beside each other; what touches them goes in turn. */
export interface Cells {
  readonly of: ReadonlyMap<string, Cell>
  readonly turn: ReturnType<typeof inTurn>
}

/** No states. */
export const noCells = (): Cells => ({ of: new Map(), turn: inTurn() })

/** The value of a state before it is written. */
export const zeros = (input: Expr): Values => allocateStorage(typeOf(input).dtype, sizeOf(axesOf(input)))

/** A state with a place, or with none yet. */
export const cellOf = (input: Expr, given?: Place): Cell => {
  let place = given
  let values: Values | undefined
  return {
    input,
    place: () => place,
    settle: (found) => {
      place = found
      values = undefined
    },
    waiting: () => values,
    wait: (data) => {
      const all = values?.slice() ?? zeros(input)
      all.set(data)
      values = all
    },
  }
}

type Stored = Float32Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>

/** Whether an array of the host is its own memory's, as devices want it. */
const isPlain = (data: Values): data is Stored => !(data instanceof Float64Array) && data.buffer instanceof ArrayBuffer

/** Values in the type in which a device stores them: the executor's copy of what it was given is so already. */
export const stored = (dtype: DType, data: Values): Stored =>
  isPlain(data)
    ? data
    : dtype === 'f32'
      ? Float32Array.from(data)
      : dtype === 'i32'
        ? Int32Array.from(data)
        : Uint32Array.from(data)

/** Values as they are stored at a place; those that are no halves end the effect. */
export const storedAt = (name: string, half: boolean, input: Expr, data: Values): Stored => {
  const own = stored(typeOf(input).dtype, data)
  if (!half || !(own instanceof Float32Array)) return own
  const index = beyondHalves(own)
  return index < 0
    ? packedHalves(own)
    : fail(
        failure(
          'Feed',
          `state '${name}' is stored as halves and got ${at(own, index)} at index ${index}`,
          "give numbers below 65 520 in modulus, or open the executor without storage: 'f16'",
          { state: name, index, value: at(own, index) },
        ),
      )
}

const fromBytes = (dtype: DType, bytes: ArrayBuffer): Values =>
  dtype === 'f32' ? new Float32Array(bytes) : dtype === 'i32' ? new Int32Array(bytes) : new Uint32Array(bytes)

/** What bytes of a place stand for. */
export const readFrom = (half: boolean, x: Expr, bytes: ArrayBuffer): Values =>
  half ? asFloats(new Uint16Array(bytes)) : fromBytes(typeOf(x).dtype, bytes)

/** The first bytes of a place that hold a value like this input. */
export const viewAt = ({ view, half }: Place, x: Expr): View => ({ ...view, bytes: storedBytes(x, half) })
