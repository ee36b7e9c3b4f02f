/**
 * `exptilt gam`: one run from flags to a report.
 */
import { access, constants } from 'node:fs/promises'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { orElse } from '../at.ts'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { writeReport } from '../report/report-files.ts'
import { gamReport } from '../report/run-files.ts'
import { textSummary } from '../report/text-table.ts'
import type { GamOptions } from '../systems/gam/options.ts'
import { type GamResults, gamResultsCodec, type RunGam, type RunServices } from '../systems/gam/results.ts'
import { validateOptions } from '../systems/gam/validate.ts'
import { concluded } from './conclude.ts'
import { refuse } from './exit.ts'
import type { GamFlags } from './flags.ts'
import { checkpointFolder, defaultFolder, openFolder, type RunFolder, readOptions, reopenFolder } from './run-folder.ts'
import { besidesResume, optionsFrom, resumedWith } from './settings.ts'
import type { World } from './world.ts'

interface Plan {
  readonly options: GamOptions
  readonly directory: string
  readonly resumed: boolean
}

const planResumed = (flags: GamFlags, directory: string): TE.TaskEither<Failure, Plan> => {
  const beside = besidesResume(flags)
  return beside === undefined
    ? pipe(
        readOptions(directory),
        TE.map(resumedWith(flags)),
        TE.chainEitherK(validateOptions),
        TE.map((options) => ({ options, directory, resumed: true })),
      )
    : TE.left(
        failure(
          'Usage',
          `--resume continues a run with its own options, but --${beside} was given too`,
          'leave it out',
          { beside },
        ),
      )
}

const plan = (flags: GamFlags): TE.TaskEither<Failure, Plan> =>
  flags.resume !== undefined
    ? planResumed(flags, flags.resume)
    : pipe(
        TE.fromEither(optionsFrom(flags)),
        TE.map((options) => {
          const directory = options.out ?? defaultFolder(options)
          return { options: { ...options, out: directory }, directory, resumed: false }
        }),
      )

/** Checks that the strings of `--data` can be read, before anything is made. */
const checkReadable = ({ options: { data } }: Plan): TE.TaskEither<Failure, void> =>
  data.kind === 'motif'
    ? TE.right(undefined)
    : TE.tryCatch(
        () => access(data.file, constants.R_OK),
        () =>
          failure('File', `--data ${data.file} cannot be read`, 'give a text file with one string per line', {
            file: data.file,
          }),
      )

const open = ({ options, directory, resumed }: Plan): TE.TaskEither<Failure, RunFolder> =>
  resumed ? reopenFolder(directory) : openFolder(directory, options)

/** The object that `--json` prints: the results without curves, examples and histogram; absent numbers are null. */
export const jsonSummary = (results: GamResults): string => {
  const { curves: _curves, examples: _examples, logWeights: _weights, ...kept } = results
  const encoded = gamResultsCodec.encode(results)
  const values: Readonly<Record<string, unknown>> = { ...(typeof encoded === 'object' ? encoded : {}) }
  const names = ['entropyPerSymbol', 'motifFrequencyTilt', 'acceptanceRate', ...Object.keys(kept)]
  return `${JSON.stringify(Object.fromEntries(names.map((name) => [name, orElse(values[name], null)])), null, 2)}\n`
}

/** The system, loaded on first use. */
export const loadSystem = (world: World): TE.TaskEither<Failure, RunGam> =>
  TE.tryCatch(world.loadGam, fromThrown('Runtime', 'install the package again with npm ci'))

/** Runs the system in an open folder, with Ctrl-C as its signal, and writes the report. */
export const runInFolder =
  (world: World, runGam: RunGam, given: Pick<RunServices, 'signal' | 'baseFrom'>) =>
  ({ directory }: RunFolder, options: GamOptions): TE.TaskEither<Failure, GamResults> => {
    const services = { progress: world.progress, ...given, directory: checkpointFolder(directory) }
    return pipe(
      TE.tryCatch(
        () => runGam(services)(options)(),
        fromThrown('Runtime', 'please report this with the command that you ran'),
      ),
      TE.chainEitherK((result: E.Either<Failure, GamResults>) => result),
      TE.chainFirst(writeReport(gamReport)(directory, ['svg'])),
    )
  }

/** An abort signal that Ctrl-C raises, with a word on stderr; `release` undoes it. */
export const interruptible = (world: World): { readonly signal: AbortSignal; readonly release: () => void } => {
  const controller = new AbortController()
  const release = world.onInterrupt(() => {
    world.progress.note('Stopping: saving a checkpoint (Ctrl-C again to leave at once) …')
    controller.abort()
  })
  return { signal: controller.signal, release }
}

/** Runs `exptilt gam`; the exit code. */
export const gamCommand =
  (world: World) =>
  async (flags: GamFlags): Promise<number> => {
    const planned = await pipe(plan(flags), TE.chainFirst(checkReadable))()
    if (E.isLeft(planned)) return refuse(world, planned.left)
    const opened = await open(planned.right)()
    if (E.isLeft(opened)) return refuse(world, opened.left)
    const { options, directory } = planned.right
    const { signal, release } = interruptible(world)
    const result = await pipe(
      loadSystem(world),
      TE.chain((runGam) => runInFolder(world, runGam, { signal })(opened.right, options)),
      TE.map((results) =>
        flags.json ? jsonSummary(results) : `${textSummary(results)}Report: ${directory}/report.html\n`,
      ),
    )()
    release()
    return concluded(world, opened.right, 'exptilt gam', result)
  }
