/** A corpus whose three parts are files of a folder: which files they are, and one checksum of all. */
import { readdir } from 'node:fs/promises'
import { effect } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { Splits } from './documents.ts'
import { sha256 } from '../codec/sha256.ts'
import { fileEffect } from './files.ts'

/**
 * The parts of a folder, one after the other, and the checksum of their contents: `part` finds and reads what a part wants, among
 * the names that are there. `File` when the folder cannot be read; failures of `part`.
 */
export const readParts = <Wanted, A>(
  folder: string,
  wanted: Splits<Wanted>,
  part: (there: readonly string[], wanted: Wanted) => TE.TaskEither<Failure, readonly A[]>,
  content: (item: A) => string,
): TE.TaskEither<Failure, Splits<readonly A[]> & { readonly sha256: string }> =>
  effect(async (run) => {
    const there = await run(fileEffect('read', folder, () => readdir(folder)))
    const training = await run(part(there, wanted.training))
    const validation = await run(part(there, wanted.validation))
    const test = await run(part(there, wanted.test))
    const sums = [training, validation, test].flatMap((items) => items.map((item) => sha256(content(item))))
    return { training, validation, test, sha256: sha256(sums.join('')) }
  })
