/**
 * Corpora by name or from a file: fetched, prepared, divided by document. `english` joins all that can be had.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import { austen } from './corpora/austen.ts'
import { kingJames } from './corpora/bible.ts'
import type { CorpusKind } from './corpora/corpus-kind.ts'
import { mobyDick, stateOfTheUnion } from './corpora/text-files.ts'
import { type Document, divideDocuments, joinSplits, type Splits } from './documents.ts'
import { fetchSource } from './fetch.ts'
import { sha256 } from '../codec/sha256.ts'
import { isFolder, readBytes } from './files.ts'
import { prepared } from './prepared.ts'
import type { DataServices } from './services.ts'
import { readTextFolder } from './text-folder.ts'
import { readTextFile } from './user-file.ts'

/** A text in three parts, with what is to be said about it. */
export interface Corpus extends Splits<readonly Document[]> {
  readonly name: string
  readonly title: string
  readonly licence: string
  /** SHA-256 of the prepared text. */
  readonly sha256: string
  /** Sentences for the user: what is missing and why. */
  readonly notes: readonly string[]
}

/** The corpora that are one package each. */
export const corpora: Readonly<Record<string, CorpusKind>> = {
  'state-of-the-union': stateOfTheUnion,
  'moby-dick': mobyDick,
  'king-james': kingJames,
  austen,
}

/** All of `corpora` together. */
export const ENGLISH = 'english'

/**
 * Every name that `corpus` knows.
 *
 * @example
 * corpusNames.includes('state-of-the-union') // => true
 */
export const corpusNames: readonly string[] = [...Object.keys(corpora), ENGLISH]

const document: t.Type<Document> = t.type({ name: t.string, text: t.string }, 'document')

const one =
  (services: DataServices) =>
  (name: string, kind: CorpusKind): TE.TaskEither<Failure, Corpus> =>
    pipe(
      prepared(
        services.cache,
        `${name}-${kind.revision}`,
        document,
      )(
        pipe(
          fetchSource(services)(kind.source),
          TE.chain(({ folder }) => kind.documents(folder)),
        ),
      ),
      TE.map(({ items, sha256: sum }) => ({
        ...divideDocuments(items),
        name,
        title: kind.title,
        licence: kind.source.licence,
        sha256: sum,
        notes: [],
      })),
    )

/** Every corpus that can be had; those that cannot become notes. Fails only when there is none. */
const english = (services: DataServices): TE.TaskEither<Failure, Corpus> =>
  effect(async (run) => {
    const found: Corpus[] = []
    const missing: Failure[] = []
    for (const [name, kind] of Object.entries(corpora)) {
      const result = await run(TE.fromTask(one(services)(name, kind)))
      if (result._tag === 'Right') found.push(result.right)
      else missing.push({ ...result.left, what: `${name} is left out: ${result.left.what}` })
    }
    const first = missing[0]
    if (found.length === 0 && first !== undefined) fail(first)
    return {
      ...joinSplits(found),
      name: ENGLISH,
      title: found.map(({ title }) => title).join('; '),
      licence: [...new Set(found.map(({ licence }) => licence))].join('; '),
      sha256: sha256(found.map((each) => each.sha256).join('')),
      notes: missing.map(({ what, remedy }) => `${what}: ${remedy}`),
    }
  })

const fromFile = (file: string): TE.TaskEither<Failure, Corpus> =>
  pipe(
    TE.Do,
    TE.apS('splits', readTextFile(file)),
    TE.apS('bytes', readBytes(file)),
    TE.map(({ splits, bytes }) => ({
      ...splits,
      name: file,
      title: file,
      licence: 'your own',
      sha256: sha256(bytes),
      notes: [],
    })),
  )

const fromFolder = (folder: string): TE.TaskEither<Failure, Corpus> =>
  pipe(
    readTextFolder(folder),
    TE.map((parts) => ({ ...parts, name: folder, title: folder, licence: 'your own', notes: [] })),
  )

const unknown = (name: string): Failure =>
  failure(
    'Usage',
    `there is no corpus or file '${name}'`,
    `give a text file, a folder with the three parts of a text, or one of ${corpusNames.join(', ')}`,
    {
      name,
      known: corpusNames,
    },
  )

/**
 * A corpus by name, a text file, or a folder with the three parts of a text: a name of a corpus is never taken for a file. `Usage` for neither; `Fetch` when it
 * cannot be fetched; `File` when it cannot be read or is not text.
 *
 * @example
 * import { nodeDataServices } from './services.ts'
 * const addresses = corpus(nodeDataServices())('state-of-the-union')
 */
export const corpus =
  (services: DataServices) =>
  (nameOrFile: string): TE.TaskEither<Failure, Corpus> => {
    const kind = Object.hasOwn(corpora, nameOrFile) ? corpora[nameOrFile] : undefined
    if (kind !== undefined) return one(services)(nameOrFile, kind)
    if (nameOrFile === ENGLISH) return english(services)
    return pipe(
      isFolder(nameOrFile),
      TE.chain((folder) =>
        folder === undefined ? TE.left(unknown(nameOrFile)) : folder ? fromFolder(nameOrFile) : fromFile(nameOrFile),
      ),
    )
  }
