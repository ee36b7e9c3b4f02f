/** Two text files of the user's as a parallel corpus: line i of one is the translation of line i of the other. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { linesOf } from '../codec/text.ts'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import type { AlignedPair } from './corpora/help-pages.ts'
import { sha256 } from '../codec/sha256.ts'
import { dividePairs, filterPairs, type Pair } from './pairs.ts'
import type { ParallelCorpus } from './parallel.ts'
import { readText } from './user-file.ts'

/** The two files. */
export interface PairFiles {
  readonly source: string
  readonly target: string
}

/** Runs of this many lines go to one part: neighbours are likely to be about the same. */
const LINES_A_PAGE = 20

/** The most characters (UTF-16 code units) of a line: a hundred words of any language have fewer. */
const LONGEST_LINE = 10_000

/** The text, if none of its lines is too long; a file without line ends is one line. */
const inLines =
  (file: string) =>
  (text: string): E.Either<Failure, string> => {
    const lines = linesOf(text)
    const i = lines.findIndex((line) => line.length > LONGEST_LINE)
    return i < 0
      ? E.right(text)
      : E.left(
          failure(
            'File',
            `line ${i + 1} of ${file} has ${at(lines, i).length} characters`,
            `give one sentence a line, of at most ${LONGEST_LINE} characters`,
            { file, line: i + 1 },
          ),
        )
  }

const readLined = (file: string): TE.TaskEither<Failure, string> => pipe(readText(file), TE.chainEitherK(inLines(file)))

/** Lines of two files beside each other. `File` when one file has more. */
export const sameLines =
  (files: PairFiles) =>
  (source: readonly string[], target: readonly string[]): E.Either<Failure, readonly Pair[]> =>
    source.length === target.length
      ? E.right(source.map((line, i): Pair => [line, at(target, i)]))
      : E.left(
          failure(
            'File',
            `${files.source} has ${source.length} lines and ${files.target} ${target.length}`,
            'give files in which each line is the translation of the same line of the other',
            { source: source.length, target: target.length },
          ),
        )

const trimmed = (text: string): readonly string[] => linesOf(text).map((line) => line.trim())

const pairsOf =
  (files: PairFiles) =>
  ({ source, target }: PairFiles): E.Either<Failure, readonly Pair[]> =>
    sameLines(files)(trimmed(source), trimmed(target))

const inPages = (pairs: readonly Pair[]): readonly AlignedPair[] =>
  pairs.map(([source, target], i) => ({ page: String(Math.floor(i / LINES_A_PAGE)), source, target }))

const enough =
  (files: PairFiles) =>
  (pairs: readonly AlignedPair[]): E.Either<Failure, readonly AlignedPair[]> =>
    pairs.length >= 3 * LINES_A_PAGE
      ? E.right(pairs)
      : E.left(
          failure(
            'File',
            `${files.source} and ${files.target} have ${pairs.length} usable pairs`,
            `give at least ${3 * LINES_A_PAGE} lines that differ and are at most 100 words`,
            { pairs: pairs.length },
          ),
        )

/**
 * The lines of a text file, without blanks around them. `File` when it cannot be read, is not text, or has a line of more than
 * 10 000 characters.
 */
export const readLines = (file: string): TE.TaskEither<Failure, readonly string[]> =>
  pipe(readLined(file), TE.map(trimmed))

const readTexts = (files: PairFiles): TE.TaskEither<Failure, PairFiles> =>
  pipe(TE.Do, TE.apS('source', readLined(files.source)), TE.apS('target', readLined(files.target)))

/**
 * The two files as pairs, as they are. `File` when one cannot be read, is not text or has a line of more than 10 000 characters, and
 * when they have different numbers of lines.
 */
export const readPairLines = (files: PairFiles): TE.TaskEither<Failure, readonly Pair[]> =>
  pipe(readTexts(files), TE.chainEitherK(pairsOf(files)))

/**
 * Reads, filters and divides the two files (runs of 20 lines to one part). `File` when one cannot be read, is not text or has a line
 * of more than 10 000 characters, when they have different numbers of lines, or too few.
 */
export const readPairFiles = (files: PairFiles): TE.TaskEither<Failure, ParallelCorpus> =>
  pipe(
    readTexts(files),
    TE.chainEitherK((texts) =>
      pipe(
        pairsOf(files)(texts),
        E.map((pairs) => filterPairs()(inPages(pairs))),
        E.chain(enough(files)),
        E.map((pairs) => ({
          ...dividePairs(pairs),
          name: `${files.source} → ${files.target}`,
          title: `${files.source} and ${files.target}`,
          licence: 'your own',
          sha256: sha256(`${texts.source}\u0000${texts.target}`),
        })),
      ),
    ),
  )
