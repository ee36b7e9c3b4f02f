/**
 * `exptilt gam`: one run from flags to a report.
 */
import { orElse } from '../at.ts'
import { access, constants } from 'node:fs/promises'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { textOf } from '../report/document-text.ts'
import { gamDocument, gamReport } from '../report/gam-document.ts'
import { writeReport } from '../report/report-files.ts'
import type { GamOptions } from '../systems/gam/options.ts'
import { type GamResults, gamResultsCodec, type RunGam, type RunServices } from '../systems/gam/results.ts'
import { gamExperiment } from '../systems/gam/settings.ts'
import { experimentOptions, folderCommand } from './folder-command.ts'
import type { GamFlags } from './gam-grammar.ts'
import { loaded } from './loaded.ts'
import { checkpointFolder } from './run-folder.ts'
import type { World } from './world.ts'

/** Checks that the strings of `--data` can be read, before anything is made. */
const checkReadable = ({ data }: GamOptions): TE.TaskEither<Failure, void> =>
  data.kind === 'motif'
    ? TE.right(undefined)
    : TE.tryCatch(
        () => access(data.file, constants.R_OK),
        () =>
          failure('File', `--data ${data.file} cannot be read`, 'give a text file with one string per line', {
            file: data.file,
          }),
      )

/** The object that `--json` prints: the results without curves, examples and histogram; absent numbers are null. */
export const jsonSummary = (results: GamResults): string => {
  const { curves: _curves, examples: _examples, logWeights: _weights, ...kept } = results
  const encoded = gamResultsCodec.encode(results)
  const values: Readonly<Record<string, unknown>> = { ...(typeof encoded === 'object' ? encoded : {}) }
  const names = ['entropyPerSymbol', 'motifFrequencyTilt', 'acceptanceRate', ...Object.keys(kept)]
  return exactJson(Object.fromEntries(names.map((name) => [name, orElse(values[name], null)])))
}

/** The system, loaded on first use. */
export const loadSystem = (world: World): TE.TaskEither<Failure, RunGam> => loaded(world.loadGam)

/** Runs the system in an open folder, with Ctrl-C as its signal, and writes the report. */
export const runInFolder =
  (world: World, runGam: RunGam, given: Pick<RunServices, 'signal' | 'baseFrom'>) =>
  (directory: string, options: GamOptions): TE.TaskEither<Failure, GamResults> => {
    const { progress, programs } = world
    const services = { progress, programs, ...given, directory: checkpointFolder(directory) }
    return pipe(
      TE.tryCatch(
        () => runGam(services)(options)(),
        fromThrown('Runtime', 'please report this with the command that you ran'),
      ),
      TE.chainEitherK((result: E.Either<Failure, GamResults>) => result),
      TE.chainFirst(writeReport(gamReport)(directory, ['svg'])),
    )
  }

/** The limit of work that stopped a run, wider: the same one would stop it again. */
const widerLimit = ({ tag, facts: { seconds, budget } }: Failure): string => {
  if (tag !== 'RejectionBudget') return ''
  return typeof seconds === 'number'
    ? `--seconds ${2 * seconds}`
    : typeof budget === 'number'
      ? `--trials ${2 * budget}`
      : ''
}

/** Runs `exptilt gam`; the exit code. */
export const gamCommand = (world: World): ((flags: GamFlags) => Promise<number>) =>
  folderCommand<GamFlags, GamOptions>(world, { ...experimentOptions(gamExperiment), further: widerLimit })(
    'gam',
    ({ signal }, { flags, options, directory }) =>
      pipe(
        checkReadable(options),
        TE.chain(() => loadSystem(world)),
        TE.chain((runGam) => runInFolder(world, runGam, { signal })(directory, options)),
        TE.map((results) =>
          flags.json ? jsonSummary(results) : `${textOf(gamDocument(results))}Report: ${directory}/report.html\n`,
        ),
      ),
  )
