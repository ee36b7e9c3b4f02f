/**
 * Which stored arrays hold NaN or an infinity. Loading such a file succeeds and carries this report; training from it
 * is refused unless asked for.
 */
import * as E from 'fp-ts/lib/Either.js'
import { field, outside } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import type { NamedArrays } from './array.ts'
import { quoted } from './quoted.ts'

/** The non-finite elements of one array: how many NaNs, how many infinities, and the flat index of the first. */
export interface NonFinite {
  readonly name: string
  readonly nans: number
  readonly infinities: number
  readonly first: number
}

/** One entry for each array with a non-finite element, in order of name; empty when all is well. */
export const nonFinite = (arrays: NamedArrays): readonly NonFinite[] =>
  Object.keys(arrays)
    .sort()
    .flatMap((name) => {
      const data = field(arrays, name).data
      let nans = 0
      let infinities = 0
      let first = -1
      for (let i = 0; i < data.length; i++) {
        const value = data[i] ?? outside(data, i)
        if (Number.isFinite(value)) continue
        if (first < 0) first = i
        if (Number.isNaN(value)) nans++
        else infinities++
      }
      return first < 0 ? [] : [{ name, nans, infinities, first }]
    })

/** Passes on what has an empty report; otherwise `NonFinite`, naming the first three arrays. */
export const refuseNonFinite = <A extends { readonly nonFinite: readonly NonFinite[] }>(
  loaded: A,
): E.Either<Failure, A> =>
  loaded.nonFinite.length === 0
    ? E.right(loaded)
    : E.left(
        failure(
          'NonFinite',
          `the file holds NaN or infinite values in ${loaded.nonFinite
            .slice(0, 3)
            .map(({ name, nans, infinities }) => `${quoted(name)} (${nans} NaN, ${infinities} infinite)`)
            .join(', ')}${loaded.nonFinite.length > 3 ? ` and ${loaded.nonFinite.length - 3} more arrays` : ''}`,
          'resume from an earlier checkpoint, or ask for the values to be kept as they are',
          { nonFinite: loaded.nonFinite },
        ),
      )
