/**
 * What a corpus of the library is: which packages it is made of, and how their files become documents.
 */
import type * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../../errors.ts'
import type { Document } from '../documents.ts'
import type { Source } from '../sources.ts'

/** A corpus made from one package. */
export interface CorpusKind {
  readonly title: string
  readonly source: Source
  /** Raised when the documents change: prepared text of another revision is not used. */
  readonly revision: number
  /** Reads the documents from the package's unpacked folder. */
  readonly documents: (folder: string) => TE.TaskEither<Failure, readonly Document[]>
}
