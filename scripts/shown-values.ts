/** What an example says that an expression is, after `// =>`: the value of a tensor, of an effect, of a result. */
import { isDeepStrictEqual } from 'node:util'
import type { Expr, Value } from '../lib/expr.ts'
import { evaluateOne } from '../lib/program.ts'
import { reference } from '../lib/reference.ts'

const isRecord = (u: unknown): u is Readonly<Record<string, unknown>> => typeof u === 'object' && u !== null

const isTask = (u: unknown): u is () => unknown => typeof u === 'function'

const isTensor = (u: unknown): u is Expr => isRecord(u) && 'op' in u && 'args' in u

const isValue = (u: unknown): u is Value => isRecord(u) && 'axes' in u && 'dtype' in u && 'data' in u

const isNumbers = (u: unknown): u is ArrayLike<number> => ArrayBuffer.isView(u) && !(u instanceof DataView)

/** What a reader sees of something: numbers and lists of them in place of tensors, the Right in place of a result. */
const seen = async (found: unknown): Promise<unknown> => {
  if (isTask(found)) return seen(await found())
  if (isRecord(found) && '_tag' in found)
    return found['_tag'] === 'Right' ? seen(found['right']) : found['_tag'] === 'Some' ? seen(found['value']) : found
  if (isTensor(found)) return seen(evaluateOne(reference)(found))
  if (isNumbers(found)) return Array.from(found)
  if (!isValue(found)) return found
  const values = Array.from(found.data, (x) => (found.dtype === 'bool' ? x !== 0 : x))
  return found.axes.length === 0 ? values[0] : values
}

const isPlain = (u: unknown): u is Readonly<Record<string, unknown>> =>
  isRecord(u) && Object.getPrototypeOf(u) === Object.prototype

/** Whether numbers agree in the digits that an example shows, and everything else is the same. */
const agrees = (found: unknown, wanted: unknown): boolean => {
  if (typeof found === 'number' && typeof wanted === 'number')
    return Object.is(found, wanted) || Math.abs(found - wanted) <= 6e-6 * Math.abs(wanted)
  if (Array.isArray(found) && Array.isArray(wanted))
    return found.length === wanted.length && found.every((each, i) => agrees(each, wanted[i]))
  if (isNumbers(found)) return agrees(Array.from(found), wanted)
  if (isPlain(found) && isPlain(wanted))
    return (
      isDeepStrictEqual(Object.keys(found).sort(), Object.keys(wanted).sort()) &&
      Object.keys(found).every((name) => agrees(found[name], wanted[name]))
    )
  return isDeepStrictEqual(found, wanted)
}

/** Throws where something is not what an example says it is. */
export const shows = async (found: unknown, wanted: unknown): Promise<void> => {
  const value = await seen(found)
  if (!agrees(value, wanted)) throw new Error(`${JSON.stringify(value)} is not ${JSON.stringify(wanted)}`)
}
