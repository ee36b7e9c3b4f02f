/**
 * An E-ARM experiment from end to end: data → the same network trained by cross-entropy alone and, from its start epoch on,
 * with the energy objective → test measures → samples. Until the start epoch both trainings are one and the same (E4, E21),
 * and are done once. Killed at any moment, a run goes on from its last epoch to the same bits.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { openExecutor } from '../../choose.ts'
import { exactNumber } from '../../codec/scalars.ts'
import { type Run, effect, need } from '../../effect.ts'
import type { Executor } from '../../executor.ts'
import { type Key, fold, key } from '../../key.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import { type LanguageRuntime, languageRuntime } from '../../models/language-runtime.ts'
import { adam, chain, clipByGlobalNorm } from '../../optimise/index.ts'
import { cosineRate, warmedUp } from '../../optimise/schedule.ts'
import { type Fits, fitsStore } from '../../train/fits-store.ts'
import { stepsFinished, trainSteps } from '../../train/steps.ts'
import { type CurvePoint, type StepsState, startSteps } from '../../train/steps-state.ts'
import { countParameters } from '../residual/networks.ts'
import { type EArmExperiment, validateExperiment } from './experiment-options.ts'
import {
  type EArmResults,
  type EArmServices,
  type EpochRecord,
  type RunEArm,
  type SeedRecord,
  type Variant,
  type VariantRecord,
  spreadOf,
  variants,
} from './experiment-results.ts'
import { activeIn } from './options.ts'
import { type EArmTask, eArmTask } from './task.ts'
import { type EArmTrainer, eArmTrainer } from './trainer.ts'

/** Rows that are scored or sampled at once. */
const ROWS_AT_ONCE = 64

/** Updates over which the learning rate rises. */
const WARM_UP = 50

/** Random streams of a seed, by purpose. */
const streams = { initial: 0, rows: 1, update: 2, samples: 3 } as const

const keyOf = (seed: number, stream: keyof typeof streams): Key => fold(key(seed), streams[stream])

/** A run under way; `fits` and `seconds` are replaced, never changed. */
interface Experiment {
  readonly run: Run
  readonly options: EArmExperiment
  readonly services: EArmServices
  readonly task: EArmTask
  readonly trainer: EArmTrainer
  readonly language: LanguageRuntime
  readonly fits: () => Fits
  readonly keep: (name: string, fit: StepsState) => Promise<void>
  readonly seconds: () => Readonly<Record<string, number>>
  readonly spend: (name: string, seconds: number) => void
}

const record = t.type({ seconds: t.record(t.string, exactNumber) })

/** Options that change what is trained. */
const settings = ({ out: _out, device: _device, samples: _samples, ...rest }: EArmExperiment): unknown =>
  JSON.parse(JSON.stringify(rest))

/** Mean cross-entropy of rows in nats per token, and its standard error over rows. */
const crossEntropy = async (
  { run, language, task }: Experiment,
  parameters: Parameters,
  rows: EArmTask['test'],
): Promise<{ readonly value: number; readonly standardError: number }> => {
  const scores = await run(language.score(parameters, rows))
  const each = Array.from(scores, (s) => -s / task.time)
  const { mean, deviation } = spreadOf(each)
  return { value: mean, standardError: deviation / Math.sqrt(each.length) }
}

/** The fit called `name` of a seed, trained from `from` until the end of an epoch. */
const trained = async (
  experiment: Experiment,
  what: { readonly seed: number; readonly name: string; readonly variant: Variant; readonly until: number },
  start: () => StepsState,
): Promise<StepsState> => {
  const { run, options, services, task, trainer } = experiment
  const { updates, objective } = options
  const name = `${what.name}-${what.seed}`
  const from = experiment.fits()[name] ?? start()
  const steps = what.until * updates
  if (stepsFinished(from, steps)) return from
  let begun = performance.now()
  const kept = async (fit: StepsState): Promise<void> => {
    const now = performance.now()
    experiment.spend(name, (now - begun) / 1000)
    begun = now
    await experiment.keep(name, fit)
  }
  const epochOf = (step: number): number => Math.floor(step / updates)
  const active = (step: number): boolean => what.variant === 'e-arm' && activeIn(objective, epochOf(step))
  return run(
    trainSteps({
      prepared: trainer.prepared,
      watch: ['crossEntropy', 'logSumExp', ...(active(from.step) ? ['energy', 'ess'] : [])],
      batches: (step) => ({
        tokens: task.batch(fold(keyOf(what.seed, 'rows'), step)),
        key: Uint32Array.from(fold(keyOf(what.seed, 'update'), step)),
        active: Float32Array.of(active(step) ? 1 : 0),
      }),
      steps,
      evaluateEvery: updates,
      evaluate: (parameters) =>
        effect(async () => ({ score: (await crossEntropy(experiment, parameters, task.validation)).value })),
      onSnapshot: (fit) => TE.fromTask(() => kept(fit)),
      signal: services.signal,
      progress: services.progress,
      label: `${what.name}, seed ${what.seed}`,
      tokensPerStep: options.batch * task.time,
    })(from),
  )
}

const epochRecord =
  (updates: number) =>
  ({ step, watched, score }: CurvePoint): EpochRecord => ({
    epoch: step / updates,
    training: watched['crossEntropy'] ?? Number.NaN,
    validation: score,
    logSumExp: watched['logSumExp'] ?? Number.NaN,
    ...(watched['energy'] === undefined ? {} : { energy: watched['energy'] }),
    ...(watched['ess'] === undefined ? {} : { effectiveSampleSize: watched['ess'] }),
  })

const variantRecord = async (experiment: Experiment, name: string, fit: StepsState): Promise<VariantRecord> => {
  const { options, task, trainer } = experiment
  const { value, standardError } = await crossEntropy(experiment, fit.best, task.test)
  return {
    epochs: fit.curve.map(epochRecord(options.updates)),
    best: fit.stopping.best,
    test: value,
    standardError,
    negatives: trainer.shape.negatives,
    seconds: experiment.seconds()[name] ?? 0,
  }
}

/** Both trainings of a seed: one until the start epoch, and two that go on from there. */
const seedRun = async (experiment: Experiment, seed: number) => {
  const { options, task } = experiment
  const { startEpoch } = options.objective
  const shared = await trained(experiment, { seed, name: 'shared', variant: 'plain', until: startEpoch }, () =>
    startSteps(task.model.initialise(keyOf(seed, 'initial'))),
  )
  const fits = { plain: shared, 'e-arm': shared }
  for (const variant of variants)
    fits[variant] = await trained(experiment, { seed, name: variant, variant, until: options.epochs }, () => shared)
  const result: SeedRecord = {
    seed,
    plain: await variantRecord(experiment, `plain-${seed}`, fits.plain),
    eArm: await variantRecord(experiment, `e-arm-${seed}`, fits['e-arm']),
  }
  return { result, fits }
}

/** Rows drawn from both models of a seed with the same key. */
const drawn = async (
  { run, options, task, language, services }: Experiment,
  seed: number,
  fits: Readonly<Record<Variant, StepsState>>,
): Promise<EArmResults['samples']> => {
  const samples: Record<string, readonly (readonly number[])[]> = {}
  for (const variant of variants) {
    const { tokens } = await run(
      language.sample(fits[variant].best, {
        key: keyOf(seed, 'samples'),
        count: options.samples,
        length: task.time,
        signal: services.signal,
      }),
    )
    samples[variant] = Array.from({ length: options.samples }, (_, i) =>
      Array.from(tokens.subarray(i * task.time, (i + 1) * task.time)),
    )
  }
  return samples
}

const conducted = async (experiment: Experiment, executor: Executor): Promise<EArmResults> => {
  const { options, task } = experiment
  const begun = performance.now()
  const seeds: SeedRecord[] = []
  let samples: EArmResults['samples'] = {}
  for (let i = 0; i < options.seeds; i++) {
    const { result, fits } = await seedRun(experiment, options.seed + i)
    seeds.push(result)
    if (i === options.seeds - 1) samples = await drawn(experiment, result.seed, fits)
  }
  const { decode, image } = task
  const texts = decode === undefined ? {} : decoded(samples, decode)
  return {
    options,
    adapter: executor.description,
    title: task.title,
    licence: task.licence,
    measure: task.measure,
    parameters: countParameters(task.model),
    seeds,
    samples,
    texts,
    ...(image === undefined ? {} : { image }),
    seconds: (performance.now() - begun) / 1000,
  }
}

const decoded = (samples: EArmResults['samples'], decode: (row: Int32Array) => string): EArmResults['texts'] =>
  Object.fromEntries(
    Object.entries(samples).map(([variant, rows]) => [variant, rows.map((row) => decode(Int32Array.from(row)))]),
  )

/** Opens the trainer and the runtime that measures, and does something with them. */
const within = async (
  run: Run,
  services: EArmServices,
  options: EArmExperiment,
  executor: Executor,
): Promise<EArmResults> => {
  const task = await run(eArmTask(services.data, options))
  for (const note of task.notes) services.progress.note(note)
  const steps = options.epochs * options.updates
  const rate = warmedUp(Math.min(WARM_UP, steps), cosineRate(options.learningRate, steps, options.learningRate / 10))
  const trainer = await run(
    eArmTrainer(executor, task.model, {
      options: options.objective,
      batch: options.batch,
      time: task.time,
      optimiser: chain(clipByGlobalNorm(1), adam(rate)),
      counted: 'all',
      dropout: options.network.dropout,
    }),
  )
  const language = languageRuntime(executor, task.model, { batch: ROWS_AT_ONCE })
  try {
    const { directory, progress } = services
    const store =
      directory === undefined
        ? undefined
        : await run(
            fitsStore({
              directory,
              name: 'e-arm',
              settings: settings(options),
              codec: record,
              adapter: executor.description,
              say: progress.note,
            }),
          )
    const loaded = store === undefined ? undefined : await run(store.load)
    let { fits, seconds }: { fits: Fits; seconds: Readonly<Record<string, number>> } = {
      fits: loaded?.fits ?? {},
      seconds: loaded?.record.seconds ?? {},
    }
    const experiment: Experiment = {
      run,
      options,
      services,
      task,
      trainer,
      language,
      fits: () => fits,
      keep: async (name, fit) => {
        fits = { ...fits, [name]: fit }
        if (store !== undefined) await run(store.save({ record: { seconds }, fits }))
      },
      seconds: () => seconds,
      spend: (name, spent) => {
        seconds = { ...seconds, [name]: (seconds[name] ?? 0) + spent }
      },
    }
    return await conducted(experiment, executor)
  } finally {
    language.release()
    trainer.release()
  }
}

/** Runs an experiment. What was trained is saved after every epoch where there is a folder. */
export const runEArm: RunEArm = (services) => (options) =>
  effect(async (run) => {
    const checked = need(validateExperiment(options))
    const executor = await run(openExecutor(checked.device))
    services.progress.note(executor.description)
    try {
      return await within(run, services, checked, executor)
    } finally {
      executor.release()
    }
  })
