/**
 * Canonical JSON: one text for one value, so that saving, loading and saving again gives the same bytes.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure } from '../errors.ts'
import { fileLimits } from './json-scanner.ts'
import { summary } from './quoted.ts'

interface Place {
  readonly path: string
  readonly depth: number
}

const unwritable = ({ path }: Place, value: unknown): E.Either<Failure, never> =>
  E.left(
    failure(
      'Format',
      `${path} is ${summary(value)}, which JSON cannot hold`,
      'write it through a codec that encodes it (`exactNumber` for NaN and the infinities)',
      { path },
    ),
  )

const within = ({ path, depth }: Place, step: string): Place => ({ path: path + step, depth: depth + 1 })

const isPlain = (value: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === null || prototype === Object.prototype
}

const writeArray = (place: Place, items: readonly unknown[]): E.Either<Failure, string> =>
  pipe(
    items,
    E.traverseArrayWithIndex((i, item) => write(within(place, `[${i}]`), item)),
    E.map((texts) => `[${texts.join(',')}]`),
  )

/** The field `__proto__` is refused because the reader refuses it. */
const writeFields = (place: Place, value: object): E.Either<Failure, string> =>
  Object.hasOwn(value, '__proto__')
    ? unwritable(within(place, '.__proto__'), value)
    : pipe(
        Object.entries(value)
          .filter(([, field]) => field !== undefined)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
        E.traverseArray(([name, field]) =>
          pipe(
            write(within(place, `.${name}`), field),
            E.map((text) => `${JSON.stringify(name)}:${text}`),
          ),
        ),
        E.map((texts) => `{${texts.join(',')}}`),
      )

const write = (place: Place, value: unknown): E.Either<Failure, string> => {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return E.right(JSON.stringify(value))
  if (typeof value === 'number' && Number.isFinite(value)) return E.right(Object.is(value, -0) ? '-0' : String(value))
  if (typeof value !== 'object' || place.depth > fileLimits.deepest) return unwritable(place, value)
  if (Array.isArray(value)) return writeArray(place, value)
  return isPlain(value) ? writeFields(place, value) : unwritable(place, value)
}

/**
 * The text of a JSON value: fields sorted by name, no white space, −0 kept, `undefined` fields left out. Left `Format`
 * names the place of a NaN, an infinity, a class instance, a function, a bigint, or nesting past 128 (so also a cycle).
 */
export const canonicalJson = (value: unknown): E.Either<Failure, string> =>
  write({ path: 'the value', depth: 0 }, value)
