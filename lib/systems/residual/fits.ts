/**
 * The trainings of an experiment: language models by maximum likelihood, energies against noise. Each goes on where a saved
 * run stopped; a finished one keeps its best parameters only.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Feeds, Program } from '../../executor.ts'
import { effectiveSampleSize, nceLoss, weigh } from '../../energy/index.ts'
import { type Key, fold } from '../../key.ts'
import { at, logSumExp, mean } from '../../math.ts'
import type { Autoregressive, Parameters } from '../../models/autoregressive.ts'
import { prefixed } from '../../models/parameters.ts'
import { type Evaluation, stepsFinished, trainSteps } from '../../train/steps.ts'
import { startSteps, type StepsState } from '../../train/steps-state.ts'
import { fitOf, keyOf, phase, type ResidualRun } from './context.ts'
import type { EnergyRuntime } from './energy-runtime.ts'
import { histogramsOf } from './measures.ts'
import type { EnergyName } from './networks.ts'
import { type EnergyOptions, rowLength, type TrainingOptions } from './options.ts'
import { type Pool, type Pools, poolBatches } from './pool.ts'
import { energyTraining, languageTraining, optimiserOf, watchedEnergies } from './programs.ts'
import type { FitName } from './state.ts'
import { windows } from './text.ts'

interface FitTask {
  readonly name: FitName
  readonly label: string
  readonly program: Program
  readonly watch: readonly string[]
  readonly start: () => StepsState
  readonly settings: TrainingOptions
  readonly batches: (step: number) => Feeds
  readonly evaluate: (parameters: Parameters, step: number) => TE.TaskEither<Failure, Evaluation>
  readonly tokensPerStep: number
}

/** Trains until it is done, saving as it goes. */
const fitModel = async (residual: ResidualRun, task: FitTask): Promise<void> => {
  const { run, services, executor } = residual
  const from = residual.state().fits[task.name] ?? task.start()
  const keep = (state: StepsState): void => residual.update((s) => ({ ...s, fits: { ...s.fits, [task.name]: state } }))
  if (stepsFinished(from, task.settings.steps)) return
  const prepared = await run(executor.prepare(task.program))
  try {
    const finished = await run(
      trainSteps({
        prepared,
        watch: task.watch,
        batches: task.batches,
        steps: task.settings.steps,
        evaluateEvery: task.settings.evaluateEvery,
        evaluate: task.evaluate,
        readEvery: executor.name === 'webgpu' ? 10 : 1,
        onSnapshot: (state) => {
          keep(state)
          return TE.fromTask(() => residual.save('sometimes'))
        },
        signal: services.signal,
        progress: services.progress,
        label: task.label,
        tokensPerStep: task.tokensPerStep,
      })(from),
    )
    keep({ ...finished, state: {} })
  } finally {
    prepared.release()
  }
}

const keyFeed = (rate: number, key: Key): Feeds => (rate === 0 ? {} : { key: Uint32Array.from(key) })

/** What tells the language models of an experiment apart. */
interface LanguageTask {
  readonly name: 'base' | 'ralm' | 'balm'
  readonly label: string
  readonly model: Autoregressive
  readonly key: Key
  /** Where the parameters start, given fresh ones. */
  readonly start: (fresh: Parameters) => Parameters
  readonly isFrozen?: (name: string) => boolean
}

/** A language model on windows of the training text; the score is nats per modelled token of validation rows. */
const fitLanguage = (residual: ResidualRun, task: LanguageTask): Promise<void> => {
  const { options, text, runtimes } = residual
  const { base: settings, network, chunk } = options
  const [time, order] = [rowLength(options), fold(task.key, 1)]
  const language = runtimes.language(task.model)
  return fitModel(residual, {
    name: task.name,
    label: task.label,
    program: languageTraining(task.model, {
      batch: settings.batch,
      time,
      from: 0,
      dropout: network.dropout,
      optimiser: optimiserOf(settings),
      ...(task.isFrozen === undefined ? {} : { isFrozen: task.isFrozen }),
    }),
    watch: [],
    start: () => startSteps(task.start(task.model.initialise(fold(task.key, 0)))),
    settings,
    batches: (step) => ({
      tokens: windows(text.training, time, fold(order, step), settings.batch).tokens,
      ...keyFeed(network.dropout, fold(fold(task.key, 2), step)),
    }),
    evaluate: (parameters) =>
      effect(async (run) => {
        const scores = await run(language.score(parameters, text.validation, chunk.prefix))
        return { score: -mean(scores) / chunk.modelled }
      }),
    tokensPerStep: settings.batch * time,
  })
}

/** Trains the base model. */
export const fitBase = (residual: ResidualRun): Promise<void> =>
  phase(residual, 'base', () =>
    fitLanguage(residual, {
      name: 'base',
      label: 'the base model',
      model: residual.networks.base,
      key: keyOf(residual.options, 'fitBase'),
      start: (fresh) => fresh,
    }),
  )

/** Trains the baselines: BALM from scratch, RALM over the frozen base. */
export const fitBaselines = async (residual: ResidualRun): Promise<void> => {
  const { options, networks } = residual
  if (!options.baselines) return
  await phase(residual, 'balm', () =>
    fitLanguage(residual, {
      name: 'balm',
      label: 'BALM',
      model: networks.balm,
      key: keyOf(options, 'balm'),
      start: (fresh) => fresh,
    }),
  )
  await phase(residual, 'ralm', () =>
    fitLanguage(residual, {
      name: 'ralm',
      label: 'RALM',
      model: networks.ralm,
      key: keyOf(options, 'ralm'),
      start: (fresh) => ({ ...fresh, ...prefixed('base/', fitOf(residual, 'base').best) }),
      isFrozen: (name) => name.startsWith('base/'),
    }),
  )
}

const quantiles = [0.05, 0.25, 0.5, 0.75, 0.95] as const

const quantileFacts = (name: string, energies: Float64Array): Readonly<Record<string, number>> => {
  const sorted = energies.slice().sort()
  return Object.fromEntries(
    quantiles.map((q) => [`${name}${100 * q}`, at(sorted, Math.round(q * (sorted.length - 1)))]),
  )
}

/** What a pool's energies say: the objective, the discriminator's accuracy, the effective share of the noise, quantiles. */
export const judgePool = (
  data: Float64Array,
  noise: Float64Array,
  { objective, ratio }: Pick<EnergyOptions, 'objective' | 'ratio'>,
): Evaluation => {
  const negated = (energies: Float64Array): Float64Array => energies.map((e) => 0 - e)
  const level = Math.log(ratio)
  const share = (energies: Float64Array): number => energies.filter((e) => -e > level).length / energies.length
  const weights = weigh(negated(noise))
  const effective = E.isRight(weights) ? effectiveSampleSize(weights.right) / noise.length : 0
  const likelihood = (): number =>
    mean(
      Array.from(data, (e, i) => e + logSumExp(negated(noise.subarray(i * ratio, (i + 1) * ratio))) - Math.log(ratio)),
    )
  return {
    score: objective === 'nce' ? nceLoss({ data: negated(data), noise: negated(noise), ratio }).loss : likelihood(),
    facts: {
      accuracy: (share(data) + 1 - share(noise)) / 2,
      effectiveShare: effective,
      ...quantileFacts('data', data),
      ...quantileFacts('noise', noise),
    },
  }
}

/** Bins of the histograms of energies that are kept of every evaluation. */
const BINS = 40

/** What tells the energy trainings apart. */
export interface EnergyTask {
  readonly name: EnergyName | 'discriminator'
  readonly label: string
  readonly runtime: EnergyRuntime
  readonly key: Key
  readonly settings: EnergyOptions
  readonly training: Pool
  readonly validation: Pool
}

/** An energy on a pool; the score is its objective on the validation pool. */
export const fitEnergy = (residual: ResidualRun, task: EnergyTask): Promise<void> => {
  const { options } = residual
  const { settings, runtime, training, validation, name, key } = task
  const { network } = runtime
  const mix = { data: settings.batch, ratio: settings.ratio }
  const [time, rows] = [
    rowLength(options),
    poolBatches(training, { data: settings.batch, ratio: settings.ratio }, fold(key, 1)),
  ]
  const start = (): Parameters =>
    settings.start === 'base'
      ? network.fromBase(fitOf(residual, 'base').best, fold(key, 0))
      : network.initialise(fold(key, 0))
  return fitModel(residual, {
    name,
    label: task.label,
    program: energyTraining(network, {
      mix,
      time,
      from: options.chunk.prefix,
      dropout: options.network.dropout,
      objective: settings.objective,
      penalty: settings.penalty,
      optimiser: optimiserOf(settings),
    }),
    watch: watchedEnergies,
    start: () => startSteps(start(), settings.patience),
    settings,
    batches: (step) => ({ tokens: rows(step), ...keyFeed(options.network.dropout, fold(fold(key, 2), step)) }),
    evaluate: (parameters, step) =>
      effect(async (run) => {
        const energy = runtime.energy(parameters)
        const [data, noise] = [await run(energy(validation.data)), await run(energy(validation.noise))]
        const snapshot = { step, histograms: histogramsOf({ data, noise }, BINS) }
        residual.update((s) => ({
          ...s,
          snapshots: { ...s.snapshots, [name]: [...(s.snapshots[name] ?? []).filter((x) => x.step < step), snapshot] },
        }))
        return judgePool(data, noise, settings)
      }),
    tokensPerStep: settings.batch * (1 + settings.ratio) * time,
  })
}

/** Trains UniT and BiT on the pools. */
export const fitEnergies = async (residual: ResidualRun, pools: () => Promise<Pools>): Promise<void> => {
  const { options, runtimes } = residual
  const labels = { unit: 'the energy UniT', bit: 'the energy BiT' }
  for (const name of ['unit', 'bit'] as const)
    await phase(residual, name, async () => {
      const { training, validation } = await pools()
      await fitEnergy(residual, {
        name,
        label: labels[name],
        runtime: runtimes.energies[name],
        key: keyOf(options, name),
        settings: options.energy,
        training,
        validation,
      })
    })
}
