/**
 * What every phase of a residual-model run shares: options, text, networks, executor, progress, and the state that it saves.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as R from 'fp-ts/lib/ReadonlyRecord.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Run, fail } from '../../effect.ts'
import { failure } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import { type Key, fold, key } from '../../key.ts'
import { logSoftmax } from '../../math.ts'
import type { Autoregressive, Parameters } from '../../models/autoregressive.ts'
import type { EnergyNetwork } from '../../models/energy-network.ts'
import { type LanguageRuntime, languageRuntime } from '../../models/language-runtime.ts'
import { hashOf } from '../../train/provenance.ts'
import type { StepsState } from '../../train/steps-state.ts'
import { type Held, phase } from '../phases.ts'
import { energyRuntime, type EnergyRuntime } from './energy-runtime.ts'
import type { Networks } from './networks.ts'
import { type EnergyName, type ResidualOptions, rowLength } from './options.ts'
import type { ResidualServices } from './results.ts'
import type { RowEnergy, SequenceBase } from './sequence.ts'
import type { FitName, ResidualState } from './state.ts'
import type { ResidualText } from './text.ts'

/** A run under way. */
export interface ResidualRun extends Held<ResidualState> {
  readonly run: Run
  readonly options: ResidualOptions
  readonly services: ResidualServices
  readonly executor: Executor
  readonly text: ResidualText
  readonly networks: Networks
  readonly runtimes: Runtimes
}

/** The programs of a run, opened once. */
interface Runtimes {
  readonly base: LanguageRuntime
  readonly language: (model: Autoregressive) => LanguageRuntime
  readonly energies: Readonly<Record<EnergyName, EnergyRuntime>>
  /** A second bidirectional network: the fresh discriminator. */
  readonly discriminator: EnergyRuntime
  readonly release: () => void
}

/** Random streams of a run, by purpose. */
const streams = {
  initialBase: 1,
  fitBase: 2,
  pool: 3,
  noise: 4,
  unit: 5,
  bit: 6,
  ralm: 7,
  balm: 8,
  evaluation: 9,
  steps: 10,
  next: 11,
  generation: 12,
  analysis: 13,
  discriminator: 14,
  noiseModel: 15,
  masked: 16,
  analysisBase: 17,
  further: 18,
  maskedFurther: 19,
  policy: 20,
  policyBank: 21,
  policyKl: 22,
} as const

/** The key of a purpose. */
export const keyOf = ({ seed }: Pick<ResidualOptions, 'seed'>, stream: keyof typeof streams): Key =>
  fold(key(seed), streams[stream])

/** Rows that are sampled and weighed at once. */
export const rowsAtOnce = ({ name }: Pick<Executor, 'name'>): number =>
  name === 'reference' ? 32 : name === 'webgpu' ? 1024 : 256

/** Opens the programs of a run. */
export const openRuntimes = (executor: Executor, options: ResidualOptions, networks: Networks): Runtimes => {
  const batch = rowsAtOnce(executor)
  const shape = { batch, time: rowLength(options), from: options.chunk.prefix }
  const opened = new Map<Autoregressive, LanguageRuntime>()
  const language = (model: Autoregressive): LanguageRuntime => {
    const found = opened.get(model) ?? languageRuntime(executor, model, { batch })
    opened.set(model, found)
    return found
  }
  const energies = R.map((network: EnergyNetwork) => energyRuntime(executor, network, shape))(networks.energies)
  const discriminator = energyRuntime(executor, networks.energies.bit, shape)
  return {
    base: language(networks.base),
    language,
    energies,
    discriminator,
    release: () => {
      for (const runtime of [...opened.values(), ...Object.values(energies), discriminator]) runtime.release()
    },
  }
}

/** A finished training; `Checkpoint` when the run has not got so far. */
export const fitOf = ({ state }: Pick<ResidualRun, 'state'>, name: FitName): StepsState =>
  state().fits[name] ??
  fail(
    failure(
      'Checkpoint',
      `the run has no trained ${name}`,
      'train it first: exptilt residual train, with the same --out',
      {
        name,
      },
    ),
  )

const logSoftmaxRows = (logits: Float32Array, symbols: number): Float64Array => {
  const out = new Float64Array(logits.length)
  for (let start = 0; start < logits.length; start += symbols) {
    out.set(logSoftmax(logits.subarray(start, start + symbols)), start)
  }
  return out
}

/**
 * A language model with its parameters as a base of rows of `length` tokens.
 *
 * @example
 * const model = tableModel({ symbols: 2, length: 3 })
 * const base = sequenceBase(languageRuntime(reference, model, { batch: 8 }), model.initialise(key(1)), 3)
 * const rows = await run(base.complete(key(2), { tokens: Int32Array.of(1, 1), count: 2, time: 1 }))
 * rows.time // => 3
 */
export const sequenceBase = (
  runtime: LanguageRuntime,
  parameters: Parameters,
  length: number,
  signal?: AbortSignal,
): SequenceBase => ({
  symbols: runtime.model.symbols,
  length,
  complete: (own, prefixes, decoding) =>
    runtime.sample(parameters, {
      key: own,
      count: prefixes.count,
      length,
      ...(prefixes.time === 0 ? {} : { prefix: prefixes }),
      ...(decoding === undefined ? {} : { decoding }),
      ...(signal === undefined ? {} : { signal }),
    }),
  next: (prefixes) =>
    pipe(
      runtime.nextLogits(parameters, prefixes),
      TE.map((logits) => logSoftmaxRows(logits, runtime.model.symbols)),
    ),
  tokenScores: (rows) =>
    pipe(
      runtime.tokenScores(parameters, rows),
      TE.map((scores) => Float64Array.from(scores)),
    ),
})

/** The model that joint models tilt: the base, or the noise model that dynamic NCE has trained on from it. */
export const baseFit = (residual: ResidualRun): StepsState =>
  (residual.options.energy.objective === 'dynamic-nce' ? residual.state().fits['noise'] : undefined) ??
  fitOf(residual, 'base')

/** The trained base model as a base of rows. */
export const trainedBase = (residual: ResidualRun): SequenceBase =>
  sequenceBase(residual.runtimes.base, baseFit(residual).best, rowLength(residual.options), residual.services.signal)

/** A trained energy. */
export const trainedEnergy = (residual: ResidualRun, name: EnergyName): RowEnergy =>
  residual.runtimes.energies[name].energy(fitOf(residual, name).best)

/** A phase that measures under settings of its own: done under other settings it is forgotten and done again. */
export const measuredPhase = async (
  residual: ResidualRun,
  name: 'evaluation' | 'generation' | 'analysis',
  settings: unknown,
  body: () => Promise<void>,
): Promise<void> => {
  const hash = hashOf(settings)
  const tag = `${name}:${E.isRight(hash) ? hash.right.slice(0, 16) : ''}`
  const isOther = (done: string): boolean => done.startsWith(`${name}:`) && done !== tag
  if (residual.state().done.some(isOther))
    residual.update(({ [name]: _, ...s }) => ({
      ...s,
      done: s.done.filter((done) => !isOther(done)),
      seconds: { ...s.seconds, [name]: 0 },
      fits:
        name === 'analysis'
          ? Object.fromEntries(Object.entries(s.fits).filter(([fit]) => fit !== 'discriminator'))
          : s.fits,
    }))
  await phase(residual, name, body, tag)
}
