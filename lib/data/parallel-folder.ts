/**
 * A parallel text that comes in six files, in a folder, each part in two languages, line by line: what fairseq's scripts leave of
 * IWSLT14 (`train.de`, `valid.de`, `test.de` and the same in `.en`), and WMT16 as Google's script leaves it
 * (`train.tok.clean.bpe.32000.en`, `newstest2013.tok.bpe.32000.en`, `newstest2014.tok.bpe.32000.en`). The parts are kept as they
 * are; pieces of words that end in `@@` are joined again, since the library has an encoding of its own.
 */
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { linesOf } from '../codec/text.ts'
import { type Failure, failure } from '../errors.ts'
import type { Splits } from './documents.ts'
import { sameLines } from './pair-files.ts'
import type { Pair } from './pairs.ts'
import type { ParallelCorpus } from './parallel.ts'
import { readParts } from './part-files.ts'
import { textPieces } from './text-folder.ts'

/** What the files of each part may be called before their language, the first of which is taken. */
const stems: Splits<readonly string[]> = {
  training: ['train.tok.clean.bpe.32000', 'train.tok.clean', 'train'],
  validation: ['newstest2013.tok.bpe.32000', 'newstest2013.tok', 'valid', 'dev'],
  test: ['newstest2014.tok.bpe.32000', 'newstest2014.tok', 'test'],
}

/** The words of a line of subword-nmt's pieces. */
const joinedPieces = (line: string): string => line.replaceAll(/@@( |$)/gu, '').trim()

const linesOfFile = (file: string): TE.TaskEither<Failure, readonly string[]> =>
  pipe(
    textPieces(file),
    TE.map((texts) => texts.flatMap((text) => linesOf(text).map(joinedPieces))),
  )

const partOf =
  (folder: string, languages: readonly [source: string, target: string]) =>
  (there: readonly string[], wanted: readonly string[]): TE.TaskEither<Failure, readonly Pair[]> => {
    const named = (stem: string): readonly string[] => languages.map((language) => `${stem}.${language}`)
    const stem = wanted.find((each) => named(each).every((name) => there.includes(name)))
    if (stem === undefined) {
      const missing = wanted.map((each) => named(each).join(' and '))
      const remedy = 'give the folder that the scripts of fairseq leave'
      return TE.left(failure('File', `${folder} has no ${missing.join(', no ')}`, remedy, { folder }))
    }
    const [source, target] = [join(folder, `${stem}.${languages[0]}`), join(folder, `${stem}.${languages[1]}`)]
    return pipe(
      TE.Do,
      TE.apS('own', linesOfFile(source)),
      TE.apS('other', linesOfFile(target)),
      TE.chainEitherK(({ own, other }) => sameLines({ source, target })(own, other)),
      TE.map((pairs) => pairs.filter(([left, right]) => left !== '' && right !== '')),
    )
  }

/**
 * The corpus of a folder, from the first language to the second; pairs with an empty side are left out. `File` where a part is
 * not there in both languages, cannot be read, or has different numbers of lines.
 */
export const readParallelFolder = (
  folder: string,
  languages: readonly [source: string, target: string],
): TE.TaskEither<Failure, ParallelCorpus> =>
  pipe(
    readParts(folder, stems, partOf(folder, languages), ([source, target]) => `${source}\u0000${target}`),
    TE.map((parts) => ({
      ...parts,
      name: languages.join('-'),
      title: `${folder}, ${languages.join(' to ')}`,
      licence: 'your own',
    })),
  )
