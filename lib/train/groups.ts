/**
 * Groups of arrays in one file: an array of a group is called `group/name` there.
 */
import { type NamedArray, type NamedArrays, plainRecord } from '../codec/array.ts'

/** Puts groups of arrays into one record: `{parameters: {w}}` ↦ `{'parameters/w'}`. Group names must not hold a slash. */
export const joinGroups = (parts: Readonly<Record<string, NamedArrays>>): NamedArrays =>
  plainRecord(
    Object.entries(parts).flatMap(([group, arrays]) =>
      Object.entries(arrays).map(([name, array]): readonly [string, NamedArray] => [`${group}/${name}`, array]),
    ),
  )

/** Takes one group out again: `{'parameters/w'}` ↦ `{w}`; empty if there is none. */
export const groupOf =
  (group: string) =>
  (tensors: NamedArrays): NamedArrays =>
    plainRecord(
      Object.entries(tensors).flatMap(([name, array]): (readonly [string, NamedArray])[] =>
        name.startsWith(`${group}/`) ? [[name.slice(group.length + 1), array]] : [],
      ),
    )
