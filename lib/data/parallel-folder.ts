/**
 * A parallel text that comes in six files, in a folder, each part in two languages, line by line: what fairseq's scripts leave of
 * IWSLT14 (`train.de`, `valid.de`, `test.de` and the same in `.en`), and WMT16 as Google's script leaves it
 * (`train.tok.clean.bpe.32000.en`, `newstest2013.tok.bpe.32000.en`, `newstest2014.tok.bpe.32000.en`). The parts are kept as they
 * are; pieces of words that end in `@@` are joined again, since the library has an encoding of its own.
 */
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { linesOf } from '../codec/text.ts'
import { effect, fail } from '../effect.ts'
import { type Failure, failure } from '../errors.ts'
import type { Splits } from './documents.ts'
import { fileEffect, sha256 } from './files.ts'
import type { Pair } from './pairs.ts'
import type { ParallelCorpus } from './parallel.ts'
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

/**
 * The corpus of a folder, from the first language to the second; pairs with an empty side are left out. `File` where a part is
 * not there in both languages, cannot be read, or has different numbers of lines.
 */
export const readParallelFolder = (
  folder: string,
  languages: readonly [source: string, target: string],
): TE.TaskEither<Failure, ParallelCorpus> =>
  effect(async (run) => {
    const there = await run(fileEffect('read', folder, () => readdir(folder)))
    const part = async (wanted: readonly string[]): Promise<readonly Pair[]> => {
      const stem = wanted.find((each) => languages.every((language) => there.includes(`${each}.${language}`)))
      if (stem === undefined) {
        const missing = wanted.map((each) => languages.map((language) => `${each}.${language}`).join(' and '))
        return fail(
          failure(
            'File',
            `${folder} has no ${missing.join(', no ')}`,
            'give the folder that the scripts of fairseq leave',
            {
              folder,
            },
          ),
        )
      }
      const [source, target] = languages.map((language) => join(folder, `${stem}.${language}`))
      const [own, other] = [await run(linesOfFile(source ?? '')), await run(linesOfFile(target ?? ''))]
      return own.length === other.length
        ? own.flatMap((line, i): readonly Pair[] => (line === '' || at(other, i) === '' ? [] : [[line, at(other, i)]]))
        : fail(
            failure(
              'File',
              `${source} has ${own.length} lines and ${target} ${other.length}`,
              'give files in which each line is the translation of the same line of the other',
            ),
          )
    }
    const parts = {
      training: await part(stems.training),
      validation: await part(stems.validation),
      test: await part(stems.test),
    }
    const sums = Object.values(parts).flatMap((pairs) =>
      pairs.map(([source, target]) => sha256(`${source}\u0000${target}`)),
    )
    const [from, to] = languages
    return {
      ...parts,
      name: `${from}-${to}`,
      title: `${folder}, ${from} to ${to}`,
      licence: 'your own',
      sha256: sha256(sums.join('')),
    }
  })
