/** `exptilt residual judge --sheets DIR`: what human judges said on the sheets of a run. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import { decodeText } from '../codec/text.ts'
import { type Failure, failure } from '../errors.ts'
import { textOf } from '../report/document-text.ts'
import { type FilledSheet, judgementsDocument, type Judgements, readJudgements } from '../report/human-judgements.ts'
import { refuse } from './exit.ts'
import type { ResidualJudgeFlags } from './residual-grammar.ts'
import type { World } from './world.ts'

const unread = (path: string): Failure =>
  failure('File', `${path} cannot be read`, 'give the folder sheets/ of a run of exptilt residual to --sheets', {
    path,
  })

const textAt = (path: string): TE.TaskEither<Failure, string> =>
  pipe(
    TE.tryCatch(
      () => readFile(path),
      () => unread(path),
    ),
    TE.chainEitherK(decodeText(path)),
  )

/** Every text file of the folder is the sheet of a judge. */
const judged = (folder: string): TE.TaskEither<Failure, Judgements> =>
  pipe(
    TE.Do,
    TE.bind('key', () => textAt(join(folder, 'key.json'))),
    TE.bind('names', () =>
      TE.tryCatch(
        () => readdir(folder),
        () => unread(folder),
      ),
    ),
    TE.bind('sheets', ({ names }) =>
      pipe(
        names.filter((name) => name.endsWith('.txt')).sort(),
        TE.traverseSeqArray((name) =>
          pipe(
            textAt(join(folder, name)),
            TE.map((text): FilledSheet => ({ name, text })),
          ),
        ),
      ),
    ),
    TE.chainEitherK(({ key, sheets }) => readJudgements(key, sheets)),
  )

/** Runs `exptilt residual judge`; the exit code. */
export const residualJudgeCommand =
  (world: World) =>
  async ({ sheets, json }: ResidualJudgeFlags): Promise<number> => {
    const found = await judged(sheets)()
    if (E.isLeft(found)) return refuse(world, found.left)
    world.write(json ? exactJson(found.right) : textOf(judgementsDocument(found.right)))
    return 0
  }
