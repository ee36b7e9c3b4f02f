/**
 * JSON text in which every number is one. JSON has no NaN and no infinities: such a number is written as `null`, and the
 * field `nonFinite` of the whole says which it was, by JSON Pointer (RFC 6901). Reading such a text gives the numbers back.
 */
import type { Json } from './json-scanner.ts'

const NAMES: ReadonlyMap<unknown, number> = new Map([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
])

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** A value with `leaf` of every number that JSON lacks in its place. */
const mapped = (value: unknown, path: string, leaf: (path: string, value: number) => unknown): unknown => {
  if (typeof value === 'number' && !Number.isFinite(value)) return leaf(path, value)
  if (Array.isArray(value)) return value.map((item: unknown, i) => mapped(item, `${path}/${i}`, leaf))
  if (!isRecord(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      mapped(field, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, leaf),
    ]),
  )
}

/** A value for `canonicalJson`: NaN and the infinities as the strings of these names, which `exactNumber` reads. */
export const withNames = (value: unknown): unknown => mapped(value, '', (_, number) => String(number))

/**
 * The text of a JSON value, two spaces a level, with a final line feed.
 *
 * @example
 * exactJson({ mean: 1, error: Infinity }) // { "mean": 1, "error": null, "nonFinite": { "/error": "Infinity" } }
 */
export const exactJson = (value: unknown): string => {
  const found: Record<string, string> = {}
  const plain = mapped(value, '', (path, number) => {
    found[path] = String(number)
    return null
  })
  const named = isRecord(plain) && Object.keys(found).length > 0 ? { ...plain, nonFinite: found } : plain
  return `${JSON.stringify(named, null, 2)}\n`
}

const restore = (value: Json, path: string, names: Readonly<Record<string, unknown>>): unknown => {
  if (value === null) return NAMES.get(names[path]) ?? null
  if (Array.isArray(value)) return value.map((item: Json, i) => restore(item, `${path}/${i}`, names))
  if (typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => [
      name,
      restore(field, `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`, names),
    ]),
  )
}

/** A JSON value as it was before `exactJson`; one without `nonFinite` as it is. */
export const restored = (value: Json): unknown => {
  if (!isRecord(value) || !isRecord(value['nonFinite'])) return value
  const { nonFinite, ...rest } = value
  return restore(rest, '', nonFinite)
}
