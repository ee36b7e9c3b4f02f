/**
 * The data of an experiment: strings of a motif process, or a user's own; D, V and T (section 7 of the paper).
 *
 * |V| is a quarter of |D|, but at least 500 and at most 2 000; |T| is 5 000. For a user's own strings all three are drawn
 * from the file without overlap, and V and T shrink to what is left.
 */
import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../../at.ts'
import { motifProcess } from '../../automata/describe.ts'
import { pathEntropy } from '../../automata/entropy.ts'
import type { Pfsa } from '../../automata/pfsa.ts'
import { sample, sampleTexts } from '../../automata/sample.ts'
import { decodeText, linesOf } from '../../codec/text.ts'
import { type Alphabet, alphabetOf } from '../../data/strings.ts'
import { type Failure, failure, messageOf } from '../../errors.ts'
import { type Key, fold, permutation } from '../../key.ts'
import { type GamData, LONGEST_STRING, type MotifData, type StringsData } from './options.ts'

/** Training, validation and test strings, their alphabet, and, for a motif process, the process and its entropy. */
export interface GamStrings {
  readonly alphabet: Alphabet
  readonly training: readonly string[]
  readonly validation: readonly string[]
  readonly test: readonly string[]
  /** Nats per string; absent for a user's own strings. */
  readonly entropy?: number
  readonly process?: Pfsa
  /** Symbols of the longest string, EOS not counted. */
  readonly length: number
}

/** |V|: a quarter of |D|, between 500 and 2 000. */
export const validationSize = (train: number): number => Math.min(2000, Math.max(500, Math.round(train / 4)))
/** |T|. */
export const TEST_SIZE = 5000

const fromProcess = (data: MotifData, train: number, key: Key): E.Either<Failure, GamStrings> => {
  const draw = (process: Pfsa, child: number, count: number) =>
    pipe(process, sample({ key: fold(key, child), count }), E.map(sampleTexts))
  return pipe(
    motifProcess({ motif: data.motif, length: data.length, mixture: data.mixture }),
    E.bindTo('process'),
    E.bind('entropy', ({ process }) => pathEntropy(process)),
    E.bind('training', ({ process }) => draw(process, 0, train)),
    E.bind('validation', ({ process }) => draw(process, 1, validationSize(train))),
    E.bind('test', ({ process }) => draw(process, 2, TEST_SIZE)),
    E.map(({ entropy, ...strings }) => ({
      ...strings,
      entropy: entropy.value,
      alphabet: { symbols: ['0', '1'] },
      length: data.length,
    })),
  )
}

/** A line that is too long for a string, in words; symbols are code points, of which the longest lines are not counted out. */
const tooLong = (file: string, line: string, number: number): readonly Failure[] => {
  if (line.length <= LONGEST_STRING) return []
  const symbols = line.length > 2 * LONGEST_STRING ? line.length : [...line].length
  return symbols <= LONGEST_STRING
    ? []
    : [
        failure(
          'Usage',
          `line ${number} of ${file} has ${symbols} symbols, more than ${LONGEST_STRING}`,
          `cut it into shorter strings, for example fold -w ${LONGEST_STRING} ${file}`,
          { file, line: number, symbols },
        ),
      ]
}

const notTooLong =
  (file: string) =>
  (lines: readonly string[]): E.Either<Failure, readonly string[]> => {
    const [first] = lines.flatMap((line, i) => tooLong(file, line, i + 1))
    return first === undefined ? E.right(lines) : E.left(first)
  }

/**
 * The strings of a file, one a line; empty lines are left out. `File` when it cannot be read or is no text, `Usage` when a
 * line has more than `LONGEST_STRING` symbols.
 */
export const readLines = (file: string): E.Either<Failure, readonly string[]> =>
  pipe(
    E.tryCatch(
      () => readFileSync(file),
      (thrown) =>
        failure(
          'File',
          `the file ${file} cannot be read (${messageOf(thrown)})`,
          'give a text file with one string a line',
          { file },
        ),
    ),
    E.chain(decodeText(file)),
    E.map(linesOf),
    E.chain(notTooLong(file)),
    E.map((lines) => lines.filter((line) => line.length > 0)),
  )

/** One string each to train, to validate and to test on. */
const FEWEST_LINES = 3

const fromFile = (data: StringsData, train: number, key: Key): E.Either<Failure, GamStrings> =>
  pipe(
    readLines(data.file),
    E.flatMap((lines): E.Either<Failure, GamStrings> => {
      const left = lines.length - train
      if (left < 2)
        return E.left(
          failure(
            'Usage',
            `${data.file} has ${lines.length} strings, too few for ${train} to train on`,
            lines.length < FEWEST_LINES
              ? `give a file of at least ${FEWEST_LINES} strings`
              : `use --train ${Math.floor(lines.length / 2)} or a longer file`,
            { lines: lines.length, train },
          ),
        )
      const order = permutation(key, lines.length)
      const validation = Math.min(validationSize(train), Math.floor(left / 2))
      const pick = (from: number, to: number) => Array.from(order.subarray(from, to), (i) => at(lines, i))
      return E.right({
        alphabet: alphabetOf(lines),
        training: pick(0, train),
        validation: pick(train, train + validation),
        test: pick(train + validation, Math.min(lines.length, train + validation + TEST_SIZE)),
        length: lines.reduce((n, s) => Math.max(n, [...s].length), 0),
      })
    }),
  )

/** The strings of an experiment, a function of the options and the key. */
export const gamStrings = (data: GamData, train: number, key: Key): E.Either<Failure, GamStrings> =>
  data.kind === 'motif' ? fromProcess(data, train, key) : fromFile(data, train, key)
