/**
 * The systems whose runs a queue may ask for, by name. What is asked for is a text that passes the codec and the checks of the
 * system's own options; a file or an address in it is refused.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import { decodeJson } from '../codec/json.ts'
import { nodeDataServices } from '../data/services.ts'
import { type Failure, usage } from '../errors.ts'
import { sha256 } from '../codec/sha256.ts'
import type { EArmExperiment } from '../systems/e-arm/experiment-options.ts'
import { eArmResultsCodec, type RunEArm } from '../systems/e-arm/results.ts'
import { experimentCodec, validateExperiment } from '../systems/e-arm/settings.ts'
import { baseText, type GamOptions } from '../systems/gam/options.ts'
import { gamResultsCodec, type RunGam } from '../systems/gam/results.ts'
import { gamOptionsCodec, validateOptions } from '../systems/gam/settings.ts'
import { loaded } from './loaded.ts'
import { placeless, STRAY, strangeData, type TaskSystem } from './task-system.ts'
import { tiltSystem } from './tilt-task.ts'

const gamOptions = (text: string): E.Either<Failure, GamOptions> =>
  pipe(
    decodeJson(gamOptionsCodec, 'options of a job')(text),
    E.chain(validateOptions),
    E.chain(placeless),
    E.filterOrElse(
      ({ data }) => data.kind === 'motif',
      () => STRAY,
    ),
  )

/** Runs of GAM by the system that `load` gives; runs that train the same r share it. */
const gamSystem = (load: () => Promise<RunGam>): TaskSystem => ({
  check: (text) =>
    pipe(
      gamOptions(text),
      E.map((options) => `gam-${options.device}-${sha256(baseText(options)).slice(0, 32)}`),
    ),
  run:
    ({ begun, given: _, ...services }) =>
    (text) =>
      pipe(
        TE.fromEither(gamOptions(text)),
        TE.bindTo('options'),
        TE.bind('baseFrom', () => {
          const found = begun === undefined ? undefined : gamOptions(begun.options)
          return TE.right(
            found === undefined || begun === undefined || E.isLeft(found)
              ? {}
              : { baseFrom: { directory: begun.directory, options: found.right } },
          )
        }),
        TE.bind('runGam', () => loaded(load)),
        TE.chain(({ options, baseFrom, runGam }) => runGam({ ...services, ...baseFrom })(options)),
        TE.map((results) => exactJson(gamResultsCodec.encode(results))),
      ),
})

const eArmOptions = (text: string): E.Either<Failure, EArmExperiment> =>
  pipe(
    decodeJson(experimentCodec, 'options of a job')(text),
    E.chain(validateExperiment),
    E.chain(placeless),
    E.chainFirst((options) => {
      const strange = strangeData(options)
      return strange === undefined ? E.right(undefined) : E.left(strange)
    }),
  )

/** Experiments of E-ARM by the system that `load` gives, on data that this machine fetches. */
const eArmSystem = (load: () => Promise<RunEArm>): TaskSystem => ({
  check: (text) =>
    pipe(
      eArmOptions(text),
      E.map(() => undefined),
    ),
  run:
    ({ begun: _, given: __, ...services }) =>
    (text) =>
      pipe(
        TE.fromEither(eArmOptions(text)),
        TE.bindTo('options'),
        TE.bind('runEArm', () => loaded(load)),
        TE.chain(({ options, runEArm }) =>
          runEArm({ ...services, data: nodeDataServices(services.progress) })(options),
        ),
        TE.map((results) => exactJson(eArmResultsCodec.encode(results))),
      ),
})

const systems: Readonly<Record<string, TaskSystem>> = {
  gam: gamSystem(async () => (await import('../systems/gam/run.ts')).runGam),
  tilt: tiltSystem(async () => ({
    ...(await import('../systems/tilt/run.ts')),
    ...(await import('../systems/tilt/populations.ts')),
  })),
  earm: eArmSystem(async () => (await import('../systems/e-arm/experiment.ts')).runEArm),
}

/** A system by its name. Left `Usage` for one that no queue may ask for. */
export const systemOf = (name: string): E.Either<Failure, TaskSystem> =>
  pipe(
    Object.hasOwn(systems, name) ? systems[name] : undefined,
    E.fromNullable(usage(`no run of ${name} can be asked for`, `use ${Object.keys(systems).join(', ')}`)),
  )
