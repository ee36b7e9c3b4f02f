/**
 * `exptilt residual`: one run from flags to a report, or the continuation of a text by a trained run.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { nodeDataServices } from '../data/services.ts'
import { type Failure, failure, fromThrown } from '../errors.ts'
import { writeResidual } from '../report/residual-files.ts'
import { promptText, residualText } from '../report/residual-text.ts'
import { type ResidualOptions, residualOptionsCodec } from '../systems/residual/options.ts'
import { residualResultsCodec } from '../systems/residual/results-codec.ts'
import type { PromptResidual, ResidualResults, ResidualServices, RunResidual } from '../systems/residual/results.ts'
import { validateOptions } from '../systems/residual/validate.ts'
import { concluded } from './conclude.ts'
import { refuse } from './exit.ts'
import { interruptible } from './gam.ts'
import type { ResidualFlags } from './residual-flags.ts'
import { residualBesidesResume, residualFolder, residualOptionsFrom, residualResumedWith } from './residual-settings.ts'
import { checkpointFolder, openFolderWith, readOptionsAs, reopenFolder, type RunFolder } from './run-folder.ts'
import type { World } from './world.ts'

/** The system behind the command. */
export interface ResidualSystem {
  readonly runResidual: RunResidual
  readonly promptResidual: PromptResidual
}

/** Loads the system on first use. */
export const loadResidual = (): Promise<ResidualSystem> => import('../systems/residual/run.ts')

interface Plan {
  readonly options: ResidualOptions
  readonly directory: string
  readonly resumed: boolean
}

const usage = (what: string, remedy: string, facts: Readonly<Record<string, unknown>> = {}): Failure =>
  failure('Usage', what, remedy, facts)

const readOptions = readOptionsAs(residualOptionsCodec, validateOptions)

const planResumed = (flags: ResidualFlags, directory: string): TE.TaskEither<Failure, Plan> => {
  const beside = residualBesidesResume(flags)
  return beside === undefined
    ? pipe(
        readOptions(directory),
        TE.chainEitherK(residualResumedWith(flags)),
        TE.map((options) => ({ options, directory, resumed: true })),
      )
    : TE.left(usage(`--resume goes on with a run's own options, but --${beside} was given too`, 'leave it out'))
}

const promptOnly = ({ prompt, method, stage }: ResidualFlags): Failure | undefined =>
  stage === 'generate' || (prompt === undefined && method === undefined)
    ? method !== undefined && prompt === undefined
      ? usage('--method says how a text is continued, but there is no --prompt', 'add --prompt TEXT')
      : undefined
    : usage('--prompt and --method belong to exptilt residual generate', 'use that command')

const plan = (flags: ResidualFlags): TE.TaskEither<Failure, Plan> => {
  const wrong = promptOnly(flags)
  if (wrong !== undefined) return TE.left(wrong)
  if (flags.resume !== undefined) return planResumed(flags, flags.resume)
  return pipe(
    TE.fromEither(residualOptionsFrom(flags)),
    TE.map((options) => {
      const directory = options.out ?? residualFolder(options)
      return { options: { ...options, out: directory }, directory, resumed: false }
    }),
  )
}

const open = ({ options, directory, resumed }: Plan): TE.TaskEither<Failure, RunFolder> =>
  resumed ? reopenFolder(directory) : openFolderWith(directory, residualOptionsCodec.encode(options))

/** Results without curves and samples, as `--json` prints them. */
export const residualJson = (results: ResidualResults): string => {
  const encoded = residualResultsCodec.encode({ ...results, fits: {} })
  return `${JSON.stringify(encoded, null, 2)}\n`
}

const work = (
  { runResidual, promptResidual }: ResidualSystem,
  services: ResidualServices,
  flags: ResidualFlags,
  { options, directory }: Plan,
): TE.TaskEither<Failure, string> => {
  const { prompt, stage, method = 'resampling', json } = flags
  if (prompt !== undefined)
    return pipe(
      promptResidual(services)(options, { prompt, method, ...options.generation }),
      TE.map((found) => (json ? `${JSON.stringify(found, null, 2)}\n` : promptText(found))),
    )
  return pipe(
    runResidual(services)(options, stage),
    TE.chainFirst(writeResidual(directory, ['svg', 'png'])),
    TE.map((results) => (json ? residualJson(results) : `${residualText(results)}Report: ${directory}/report.html\n`)),
  )
}

/** Runs `exptilt residual`; the exit code. */
export const residualCommand =
  (world: World, load: () => Promise<ResidualSystem> = loadResidual) =>
  async (flags: ResidualFlags): Promise<number> => {
    const planned = await plan(flags)()
    if (E.isLeft(planned)) return refuse(world, planned.left)
    const opened = await open(planned.right)()
    if (E.isLeft(opened)) return refuse(world, opened.left)
    const { signal, release } = interruptible(world)
    const { progress } = world
    const directory = checkpointFolder(planned.right.directory)
    const services: ResidualServices = { progress, signal, data: nodeDataServices(progress), directory }
    const result = await pipe(
      TE.tryCatch(load, fromThrown('Runtime', 'install the package again with npm ci')),
      TE.chain((system) => work(system, services, flags, planned.right)),
    )()
    release()
    return concluded(world, opened.right, 'exptilt residual', result)
  }
