/** Names of plain values: equal values have one name, and values that differ have different names. */
import { failure, raise } from '../errors.ts'

const DEEPEST = 100

const unnamed = (x: unknown): never =>
  raise(
    failure(
      'Domain',
      `a point of type ${typeof x} (or nested deeper than ${DEEPEST}) cannot be told apart from others`,
      'give `name`, a function that names each point',
    ),
  )

const isPlain = (x: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(x)
  return prototype === null || prototype === Object.prototype
}

const list = (items: readonly unknown[], depth: number): string =>
  `[${items.map((item) => structural(item, depth + 1)).join(',')}]`

const numbers = (x: ArrayBufferView): string | undefined => {
  const kind = Object.prototype.toString.call(x).slice(8, -1)
  if (x instanceof DataView) return undefined
  const bytes = new Uint8Array(x.buffer, x.byteOffset, x.byteLength)
  return `${kind}(${bytes.join()})`
}

const structural = (x: unknown, depth: number): string => {
  if (typeof x === 'string') return JSON.stringify(x)
  // 0 and −0 are the same number.
  if (typeof x === 'number') return String(x)
  if (typeof x === 'bigint') return `${x}n`
  if (typeof x === 'boolean' || x === null || x === undefined) return String(x)
  if (typeof x !== 'object' || depth > DEEPEST) return unnamed(x)
  if (Array.isArray(x)) return list(x, depth)
  if (ArrayBuffer.isView(x)) return numbers(x) ?? unnamed(x)
  if (!isPlain(x) || Object.getOwnPropertySymbols(x).length > 0) return unnamed(x)
  const fields = Object.entries(x).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${structural(field, depth + 1)}`).join(',')}}`
}

/**
 * The name of a value by its structure: strings, numbers, Booleans, null, undefined, bigints, arrays, typed arrays and
 * plain objects of these. Throws a `Domain` error for anything else (functions, symbols, Maps, class instances, cycles).
 *
 * @example
 * structuralName(['a,b']) !== structuralName(['a', 'b'])
 */
export const structuralName = (x: unknown): string => structural(x, 0)

/** The number of each point by its name; `Domain` for two points of one name. */
export const numbered = <X>(points: readonly X[], name: (x: X) => string): ReadonlyMap<string, number> => {
  const out = new Map<string, number>()
  points.forEach((x, i) => {
    const before = out.get(name(x))
    if (before !== undefined)
      raise(
        failure(
          'Domain',
          `points ${before} and ${i} have the same name, ${name(x)}`,
          'list each point once, or give `name`',
          {
            points: [before, i],
          },
        ),
      )
    out.set(name(x), i)
  })
  return out
}
