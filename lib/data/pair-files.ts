/** Two text files of the user's as a parallel corpus: line i of one is the translation of line i of the other. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { linesOf } from '../codec/text.ts'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import type { AlignedPair } from './corpora/help-pages.ts'
import { sha256 } from './files.ts'
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

const aligned = (source: readonly string[], target: readonly string[]): readonly AlignedPair[] =>
  source.map((line, i) => ({
    page: String(Math.floor(i / LINES_A_PAGE)),
    source: line.trim(),
    target: at(target, i).trim(),
  }))

const sameLength =
  (files: PairFiles) =>
  ({
    source,
    target,
  }: {
    readonly source: string
    readonly target: string
  }): E.Either<Failure, readonly AlignedPair[]> => {
    const left = linesOf(source)
    const right = linesOf(target)
    return left.length === right.length
      ? E.right(aligned(left, right))
      : E.left(
          failure(
            'File',
            `${files.source} has ${left.length} lines and ${files.target} ${right.length}`,
            'give files in which each line is the translation of the same line of the other',
            { source: left.length, target: right.length },
          ),
        )
  }

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
  pipe(
    readLined(file),
    TE.map((text) => linesOf(text).map((line) => line.trim())),
  )

const readTexts = (files: PairFiles): TE.TaskEither<Failure, PairFiles> =>
  pipe(TE.Do, TE.apS('source', readLined(files.source)), TE.apS('target', readLined(files.target)))

/**
 * The two files as pairs, as they are. `File` when one cannot be read, is not text or has a line of more than 10 000 characters, and
 * when they have different numbers of lines.
 */
export const readPairLines = (files: PairFiles): TE.TaskEither<Failure, readonly Pair[]> =>
  pipe(
    readTexts(files),
    TE.chainEitherK(sameLength(files)),
    TE.map((pairs) => pairs.map(({ source, target }): Pair => [source, target])),
  )

/**
 * Reads, filters and divides the two files (runs of 20 lines to one part). `File` when one cannot be read, is not text or has a line
 * of more than 10 000 characters, when they have different numbers of lines, or too few.
 */
export const readPairFiles = (files: PairFiles): TE.TaskEither<Failure, ParallelCorpus> =>
  pipe(
    readTexts(files),
    TE.chainEitherK((texts) =>
      pipe(
        sameLength(files)(texts),
        E.map(filterPairs()),
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
