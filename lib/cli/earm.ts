/**
 * `exptilt earm lm|image`: the same network trained with and without the energy objective, from flags to a report.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { nodeDataServices } from '../data/services.ts'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { writeEArm } from '../report/earm-files.ts'
import { eArmText } from '../report/earm-text.ts'
import { type EArmExperiment, experimentCodec, validateExperiment } from '../systems/e-arm/experiment-options.ts'
import {
  type EArmResults,
  type EArmServices,
  comparison,
  eArmResultsCodec,
  type RunEArm,
} from '../systems/e-arm/experiment-results.ts'
import type { EArmFlags } from './earm-flags.ts'
import { eArmBesidesResume, eArmFolder, eArmResumedWith, experimentFrom } from './earm-settings.ts'
import { concluded } from './conclude.ts'
import { refuse } from './exit.ts'
import { interruptible } from './gam.ts'
import { checkpointFolder, openFolderWith, readOptionsAs, reopenFolder, type RunFolder } from './run-folder.ts'
import type { World } from './world.ts'

/** Loads the system on first use; `Runtime` when it cannot be loaded. */
export const loadEArm: TE.TaskEither<Failure, RunEArm> = TE.tryCatch(
  async () => (await import('../systems/e-arm/experiment.ts')).runEArm,
  fromThrown('Runtime', 'install the package again with npm ci'),
)

interface Plan {
  readonly options: EArmExperiment
  readonly directory: string
  readonly resumed: boolean
}

/** Reads the options of an earlier run. Failures as in `readOptionsAs`. */
export const readExperiment: (directory: string) => TE.TaskEither<Failure, EArmExperiment & { readonly out: string }> =
  readOptionsAs(experimentCodec, validateExperiment)

const planResumed = (flags: EArmFlags, directory: string): TE.TaskEither<Failure, Plan> => {
  const beside = eArmBesidesResume(flags)
  return beside === undefined
    ? pipe(
        readExperiment(directory),
        TE.chainEitherK(eArmResumedWith(flags)),
        TE.map((options) => ({ options: { ...options, out: directory }, directory, resumed: true })),
      )
    : TE.left(
        failure('Usage', `--resume goes on with a run's own options, but --${beside} was given too`, 'leave it out'),
      )
}

const plan = (flags: EArmFlags): TE.TaskEither<Failure, Plan> =>
  flags.resume === undefined
    ? pipe(
        TE.fromEither(experimentFrom(flags)),
        TE.map((options) => {
          const directory = options.out ?? eArmFolder(options)
          return { options: { ...options, out: directory }, directory, resumed: false }
        }),
      )
    : planResumed(flags, flags.resume)

const open = ({ options, directory, resumed }: Plan): TE.TaskEither<Failure, RunFolder> =>
  resumed ? reopenFolder(directory) : openFolderWith(directory, experimentCodec.encode(options))

/** What the systems are given: checkpoints go into the run's folder. */
export const eArmServices = ({ progress }: World, signal: AbortSignal, directory: string): EArmServices => ({
  progress,
  signal,
  data: nodeDataServices(progress),
  directory: checkpointFolder(directory),
})

/** An experiment in its folder: run, and written. */
export const experimentInFolder =
  (runEArm: RunEArm, services: EArmServices, directory: string) =>
  (options: EArmExperiment): TE.TaskEither<Failure, EArmResults> =>
    pipe(runEArm(services)(options), TE.chainFirst(writeEArm(directory, ['svg', 'png'])))

/** Results and their comparison without samples, as `--json` prints them. */
export const eArmJson = (results: EArmResults): string => {
  const { samples: _samples, texts: _texts, ...rest } = results
  const encoded = eArmResultsCodec.encode({ ...rest, samples: {}, texts: {} })
  const record = typeof encoded === 'object' ? encoded : {}
  return `${JSON.stringify({ ...record, comparison: comparison(results) }, null, 2)}\n`
}

/** Runs `exptilt earm lm|image`; the exit code. */
export const eArmCommand =
  (world: World, load: TE.TaskEither<Failure, RunEArm> = loadEArm) =>
  async (flags: EArmFlags): Promise<number> => {
    const planned = await plan(flags)()
    if (E.isLeft(planned)) return refuse(world, planned.left)
    const opened = await open(planned.right)()
    if (E.isLeft(opened)) return refuse(world, opened.left)
    const { options, directory } = planned.right
    const { signal, release } = interruptible(world)
    const result = await pipe(
      load,
      TE.chain((runEArm) => experimentInFolder(runEArm, eArmServices(world, signal, directory), directory)(options)),
      TE.map((results) => (flags.json ? eArmJson(results) : `${eArmText(results)}Report: ${directory}/report.html\n`)),
    )()
    release()
    return concluded(world, opened.right, `exptilt earm ${flags.task}`, result)
  }
