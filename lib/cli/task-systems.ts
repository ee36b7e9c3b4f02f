/**
 * The systems whose runs a queue may ask for, by name. What is asked for is a text that passes the codec and the checks of the
 * system's own options; a file or an address in it is refused.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type * as t from 'io-ts'
import { canonicalJson } from '../codec/canonical-json.ts'
import { exactJson } from '../codec/exact-json.ts'
import { decodeJson } from '../codec/json.ts'
import { corpusNames, ENGLISH } from '../data/corpus.ts'
import { imageSetNames } from '../data/images.ts'
import { pairNames } from '../data/parallel.ts'
import { nodeDataServices } from '../data/services.ts'
import { type Failure, usage } from '../errors.ts'
import type { Executor } from '../executor.ts'
import { type Computing, withoutPlace } from '../experiment/device.ts'
import type { Progress } from '../progress.ts'
import type { WorkerKind } from '../scale/protocol.ts'
import { sha256 } from '../codec/sha256.ts'
import type { EArmExperiment } from '../systems/e-arm/experiment-options.ts'
import { eArmResultsCodec, type RunEArm } from '../systems/e-arm/results.ts'
import { experimentCodec, validateExperiment } from '../systems/e-arm/settings.ts'
import { baseText, type GamOptions } from '../systems/gam/options.ts'
import { gamResultsCodec, type RunGam } from '../systems/gam/results.ts'
import { gamOptionsCodec, validateOptions } from '../systems/gam/settings.ts'
import { loaded } from './loaded.ts'

/** What a run of a system is computed with. */
interface SystemTask {
  readonly progress: Progress
  readonly signal: AbortSignal
  readonly executor: TE.TaskEither<Failure, Executor>
  /** The folder of its checkpoints. */
  readonly directory: string
  /** Another run that began alike: its options, and the folder of its checkpoints. */
  readonly begun: { readonly options: string; readonly directory: string } | undefined
}

/** A system of a queue. */
interface TaskSystem {
  /** The name under which runs share their beginning, if they do. Left: what is wrong with the options. */
  readonly check: (options: string) => E.Either<Failure, string | undefined>
  /** Options to results, both as JSON. */
  readonly run: (task: SystemTask) => (options: string) => TE.TaskEither<Failure, string>
}

/** Options as they are asked of a queue: on what they run, and nothing of where. */
export const taskText = <O extends Computing>(
  codec: t.Type<O, unknown>,
  kind: WorkerKind,
  options: O & { readonly out?: string },
): E.Either<Failure, string> => {
  const encoded = codec.encode(options)
  const plain: unknown = JSON.parse(exactJson(encoded))
  return canonicalJson({ ...withoutPlace({ device: kind, ...(typeof plain === 'object' ? plain : {}) }), device: kind })
}

const STRAY = usage('a job names a folder, a file or another queue', 'give jobs by exptilt alone')

const placeless = <O extends Computing & { readonly out?: string }>(options: O): E.Either<Failure, O> =>
  options.out === undefined && options.on === undefined && options.workers === undefined
    ? E.right(options)
    : E.left(STRAY)

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
    ({ begun, ...services }) =>
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

/** The data that every worker fetches by name: `english` is what of it a machine can have, and may differ. */
const namedData: Readonly<Record<EArmExperiment['task'], readonly string[]>> = {
  lm: corpusNames.filter((name) => name !== ENGLISH),
  image: imageSetNames,
  translate: pairNames,
}

const strangeData = ({ task, data }: EArmExperiment): Failure =>
  usage(
    task === 'lm' && data === ENGLISH
      ? `--data ${data} is what a machine can fetch of it, which may be less for a worker`
      : `--data ${data} is of this machine, and the workers of a queue do not have it`,
    `name data that they can fetch (${namedData[task].join(', ')}), leave --on out, or train each cell by exptilt earm ${task} --on, which reads its data here`,
    { data },
  )

const eArmOptions = (text: string): E.Either<Failure, EArmExperiment> =>
  pipe(
    decodeJson(experimentCodec, 'options of a job')(text),
    E.chain(validateExperiment),
    E.chain(placeless),
    E.filterOrElse(({ task, data }) => namedData[task].includes(data), strangeData),
  )

/** Experiments of E-ARM by the system that `load` gives, on data that this machine fetches. */
const eArmSystem = (load: () => Promise<RunEArm>): TaskSystem => ({
  check: (text) =>
    pipe(
      eArmOptions(text),
      E.map(() => undefined),
    ),
  run:
    ({ begun: _, ...services }) =>
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
  earm: eArmSystem(async () => (await import('../systems/e-arm/experiment.ts')).runEArm),
}

/** A system by its name. Left `Usage` for one that no queue may ask for. */
export const systemOf = (name: string): E.Either<Failure, TaskSystem> =>
  pipe(
    Object.hasOwn(systems, name) ? systems[name] : undefined,
    E.fromNullable(usage(`no run of ${name} can be asked for`, `use ${Object.keys(systems).join(', ')}`)),
  )
