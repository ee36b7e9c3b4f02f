/**
 * Training-2 and its variants (section 5): strings from `p_λ` by rejection from the base, or by sequential Monte Carlo; the cyclical regime replaces the
 * base after every batch of 500.
 */
import { at } from '../../at.ts'
import {
  type Tilt,
  drawBank,
  featureRows,
  linearEnergy,
  logEnvelope,
  rejectionBatch,
  startRejection,
} from '../../energy/index.ts'
import { fail, stopIfAborted } from '../../effect.ts'
import { failure } from '../../errors.ts'
import { type Key, fold } from '../../key.ts'
import type { LstmParameters } from '../../models/lstm.ts'
import type { StepsState } from '../../train/steps-state.ts'
import { type GamRun, keyOf, trainModel } from './context.ts'
import { type StringModel, stringBase } from './language.ts'
import { fitLambda } from './moments.ts'
import type { GamState, Stream } from './state.ts'
import { drawTwisted } from './twisted.ts'

/** The tilt `r·e^{⟨λ,φ⟩}` of a model. */
export const tiltOf = (gam: GamRun, base: StringModel, lambda: readonly number[]): Tilt<string> => ({
  base: stringBase(base),
  energy: linearEnergy(gam.features.features, lambda),
})

/** Column means of the features of some strings. */
export const featureMeans = (gam: GamRun, texts: readonly string[]): Float64Array => {
  const rows = featureRows(gam.features.features)(texts)
  const out = new Float64Array(rows.columns)
  rows.values.forEach((v, i) => {
    out[i % rows.columns] = at(out, i % rows.columns) + v / rows.rows
  })
  return out
}

const readStream = (gam: GamRun): Stream =>
  gam.state().stream ?? { ...startRejection, maxLogRatio: Number.NEGATIVE_INFINITY }

/** Accepts strings until the stream has `target` of them; the stream is saved between batches. */
export const acceptUntil = async (
  gam: GamRun,
  base: StringModel,
  lambda: readonly number[],
  key: Key,
  target: number,
): Promise<Stream> => {
  const { run, services, options } = gam
  const tilt = tiltOf(gam, base, lambda)
  const settings = {
    target,
    budget: options.budgets.trials,
    batch: base.runtime.options.batch * 4,
    logEnvelope: logEnvelope(gam.features.features, lambda),
  }
  const deadline = performance.now() + 1000 * (options.budgets.seconds ?? Number.POSITIVE_INFINITY)
  let stream = readStream(gam)
  while (stream.samples.length < target) {
    stopIfAborted(services.signal)
    const before = stream.samples.length
    stream = await run(rejectionBatch(key, settings)(tilt)(stream))
    const next = stream
    gam.update((s) => ({ ...s, stream: next }))
    services.progress.advance(stream.samples.length - before, {
      proposals: stream.trials,
      accepted: stream.samples.length / stream.trials,
    })
    await gam.save('sometimes')
    if (performance.now() > deadline)
      fail(
        failure(
          'RejectionBudget',
          `${stream.samples.length} of ${target} strings were accepted in ${options.budgets.seconds} seconds`,
          'raise --seconds, use --sampler smc or --regime cyclical, or ask for fewer with --distilled',
          { accepted: stream.samples.length, target, seconds: options.budgets.seconds },
        ),
      )
  }
  return stream
}

/** Draws strings by the sampler of the options until there are `target` of them. */
const drawUntil = async (
  gam: GamRun,
  base: StringModel,
  lambda: readonly number[],
  key: Key,
  target: number,
): Promise<Stream> => {
  if (gam.options.sampler !== 'smc') return acceptUntil(gam, base, lambda, key, target)
  const before = readStream(gam)
  const { samples, population } = await drawTwisted(gam, base, lambda, key, target - before.samples.length)
  const stream = { ...before, samples: [...before.samples, ...samples] }
  gam.update((s) => ({ ...s, stream, population }))
  return stream
}

/** Two-stage: all strings from one base. */
export const distil = async (gam: GamRun, base: StringModel, lambda: readonly number[]): Promise<Stream> => {
  const { options, services } = gam
  services.progress.start('distilling from p_λ', options.distilled, readStream(gam).samples.length)
  const stream = await drawUntil(gam, base, lambda, keyOf(options, 'reject'), options.distilled)
  services.progress.end()
  return stream
}

/** Strings per cycle of the cyclical regime. */
const CYCLE = 500
/** Patience of its fits. */
const CYCLE_PATIENCE = 5

/**
 * Cyclical: λ is refitted on the current base, 500 strings are accepted from `π_k·e^{⟨λ,φ⟩}` (the envelope is that of this
 * base, G18), and the base is trained on D and all strings so far.
 */
export const distilCyclically = async (gam: GamRun, start: StringModel, target: Float64Array): Promise<Stream> => {
  const { run, options, services, strings } = gam
  const cycles = Math.ceil(options.distilled / CYCLE)
  const proposal = gam.state().fits['proposal']
  let base = proposal === undefined ? start : { ...start, parameters: proposal.best }
  while (gam.state().cycle < cycles) {
    const { cycle } = gam.state()
    const key = fold(keyOf(options, 'cycle'), cycle)
    const samples = await run(stringBase(base).sample(fold(key, 0), options.bank))
    const bank = drawBank(gam.features.features)(samples)
    const fitted = await run(
      fitLambda(options, {
        base,
        features: gam.features.features,
        bank,
        target,
        data: strings.training.length,
        key: fold(key, 1),
        patience: CYCLE_PATIENCE,
        progress: services.progress,
      }),
    )
    const goal = Math.min(options.distilled, (cycle + 1) * CYCLE)
    services.progress.start(
      `distilling, cycle ${cycle + 1} of ${cycles}`,
      goal - (gam.state().stream?.samples.length ?? 0),
    )
    const stream = await drawUntil(gam, base, fitted.lambda, fold(key, 2), goal)
    services.progress.end()
    gam.update((s) => ({
      ...s,
      stream: { ...stream, batchIndex: 0, skip: 0 },
    }))
    const next = await retrain(gam, base.parameters, [...strings.training, ...stream.samples], fold(key, 3))
    base = { ...base, parameters: next.best }
    gam.update((s) => ({ ...s, cycle: cycle + 1, fits: { ...without(s.fits, 'next'), proposal: next } }))
    await gam.save('now')
  }
  return readStream(gam)
}

/** Fits without one of them. */
const without = (fits: GamState['fits'], name: string): GamState['fits'] =>
  Object.fromEntries(Object.entries(fits).filter(([other]) => other !== name))

/** A few epochs from the parameters at hand: the next proposal. Until it is ready it is kept apart, as `next`. */
const retrain = (gam: GamRun, parameters: LstmParameters, training: readonly string[], key: Key): Promise<StepsState> =>
  trainModel(gam, {
    name: 'next',
    label: 'the next proposal',
    training,
    validation: gam.strings.validation,
    initial: key,
    order: key,
    epochs: Math.min(gam.options.maxEpochs, 10),
    patience: CYCLE_PATIENCE,
    start: parameters,
  })
