/** The model of `exptilt tilt`: of the package, of an export's folder, or of a run of this library, open while it is used. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { deaf } from '../breath.ts'
import { type Failure, usage } from '../errors.ts'
import type { Executor } from '../executor.ts'
import { languageModel } from '../pretrained/language-model.ts'
import { eArmExperiments } from '../systems/e-arm/settings.ts'
import type { EArmExperiment } from '../systems/e-arm/experiment-options.ts'
import { gamOptionsCodec, validateOptions as validateGam } from '../systems/gam/settings.ts'
import { residualOptionsCodec, validateOptions as validateResidual } from '../systems/residual/settings.ts'
import type { TiltOptions } from '../systems/tilt/options.ts'
import type { RunRequest } from '../systems/tilt/run-tilt.ts'
import type { TokenModel } from '../tilt/model.ts'
import { finishedRun } from './finished-run.ts'
import { systemServices } from './folder-command.ts'
import { loaded } from './loaded.ts'
import { withLocks } from './lock.ts'
import { hasOptions, readOptionsAs, runCommand } from './run-folder.ts'
import type { World } from './world.ts'

/** What opens a model: on how many threads an export runs, and what computes the network of a run; all and what the run says unless given. */
interface TiltModelServices extends Pick<World, 'progress' | 'programs'> {
  readonly threads?: number
  readonly executor?: TE.TaskEither<Failure, Executor>
}

/** Uses a model once it is open. */
type Use<A> = (model: TokenModel) => TE.TaskEither<Failure, A>

const exported = <A>(
  { model, prompt, network, source, dtype, provider }: TiltOptions,
  { threads }: TiltModelServices,
  use: Use<A>,
): TE.TaskEither<Failure, A> =>
  network !== undefined || source !== undefined
    ? TE.left(
        usage(
          `${network === undefined ? '--source' : '--network'} was given, and ${model ?? 'the model'} is no run of exptilt`,
          'leave it out, or give --model the folder of a run',
        ),
      )
    : TE.bracket(
        deaf(
          languageModel(model, {
            dtype,
            ...(provider === undefined ? {} : { provider }),
            ...(threads === undefined ? {} : { threads }),
          }),
        ),
        ({ after }) => pipe(after(prompt), TE.chain(use)),
        ({ release }) => TE.fromIO(release),
      )

const noSource = ({ source }: RunRequest, command: string): TE.TaskEither<Failure, void> =>
  source === undefined
    ? TE.right(undefined)
    : TE.left(usage(`--source was given, and a run of exptilt ${command} translates nothing`, 'leave it out'))

/** A network of a run, read by the command that made it. */
const byCommand = <A>(
  { executor, ...world }: TiltModelServices,
  folder: string,
  request: RunRequest,
  use: Use<A>,
): ((command: string) => TE.TaskEither<Failure, A>) => {
  const services = {
    ...systemServices(world, new AbortController().signal, folder),
    ...(executor === undefined ? {} : { executor }),
  }
  const eArm = (found: TE.TaskEither<Failure, { readonly options: EArmExperiment }>): TE.TaskEither<Failure, A> =>
    pipe(
      found,
      TE.bind('system', () => loaded(() => import('../systems/e-arm/token-model.ts'))),
      TE.chain(({ options, system }) => system.tiltEArm(services, options, request)(use)),
    )
  const run = { run: folder, typed: {} }
  return (command) => {
    switch (command) {
      case 'earm translate':
        return eArm(finishedRun('translate', eArmExperiments.translate)(run))
      case 'earm lm':
        return eArm(finishedRun('lm', eArmExperiments.lm)(run))
      case 'gam':
        return pipe(
          readOptionsAs(gamOptionsCodec, validateGam)(folder),
          TE.bindTo('options'),
          TE.bind('system', () => loaded(() => import('../systems/gam/token-model.ts'))),
          TE.chain(({ options, system }) => system.tiltGam(services, options, request)(use)),
        )
      case 'residual':
        return pipe(
          readOptionsAs(residualOptionsCodec, validateResidual)(folder),
          TE.bindTo('options'),
          TE.bind('system', () => loaded(() => import('../systems/residual/token-model.ts'))),
          TE.chain(({ options, system }) => system.tiltResidual(services, options, request)(use)),
        )
      default:
        return TE.left(
          usage(`the run in ${folder} is one of exptilt ${command}, which has no texts`, 'give a run on text'),
        )
    }
  }
}

/** A run's files are its own, and computed as they were. */
const onlyOfExports = ({ dtype, provider }: TiltOptions, folder: string): TE.TaskEither<Failure, void> =>
  dtype === undefined && provider === undefined
    ? TE.right(undefined)
    : TE.left(
        usage(
          `${dtype === undefined ? '--provider' : '--dtype'} was given, and ${folder} is a run of exptilt`,
          'leave it out',
        ),
      )

const ofRun = <A>(
  world: TiltModelServices,
  folder: string,
  request: RunRequest,
  use: Use<A>,
): TE.TaskEither<Failure, A> =>
  pipe(
    runCommand(folder),
    TE.chainFirst((command) => (command === 'earm translate' ? TE.right(undefined) : noSource(request, command))),
    TE.chain(byCommand(world, folder, request, use)),
    withLocks([folder], 'read'),
  )

/** Opens the model that the options name for as long as it is used. Failures as in `languageModel`, and of the run. */
export const withTiltModel =
  (world: TiltModelServices, options: TiltOptions) =>
  <A>(use: Use<A>): TE.TaskEither<Failure, A> => {
    const { model, prompt, network, source } = options
    if (model === undefined) return exported(options, world, use)
    return pipe(
      TE.fromTask<boolean, Failure>(() => hasOptions(model)),
      TE.chain((run) =>
        run
          ? pipe(
              onlyOfExports(options, model),
              TE.chain(() => ofRun(world, model, { prompt, network, source }, use)),
            )
          : exported(options, world, use),
      ),
    )
  }
