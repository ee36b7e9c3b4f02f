/**
 * Training-2 and its variants (section 5): strings from `p_λ` by rejection from the base, or by sequential Monte Carlo; the cyclical regime replaces the
 * base after every batch of 500.
 */
import { at } from '../../at.ts'
import { featureRows } from '../../energy/features.ts'
import { rejectionBatch } from '../../energy/rejection.ts'
import {
  type Tilt,
  drawBank,
  importance,
  linearEnergy,
  logEnvelope,
  quasiDiagnostics,
  quasiRejection,
  startRejection,
  weigh,
  withProposal,
} from '../../energy/index.ts'
import { fail, need, stopIfAborted } from '../../effect.ts'
import { type Failure, failure } from '../../errors.ts'
import { type Key, fold } from '../../key.ts'
import { columnMeans } from '../../linear.ts'
import type { LstmParameters } from '../../models/lstm.ts'
import type { StepsState } from '../../train/steps-state.ts'
import { type GamRun, keyOf, present, trainModel } from './context.ts'
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
export const featureMeans = (gam: GamRun, texts: readonly string[]): Float64Array =>
  columnMeans(featureRows(gam.features.features)(texts))

const readStream = (gam: GamRun): Stream =>
  gam.state().stream ?? { ...startRejection, maxLogRatio: Number.NEGATIVE_INFINITY }

/** Tells what a batch added to the stream. */
const tellOf = ({ services }: GamRun, added: number, { trials, samples }: Stream): void =>
  services.progress.advance(added, { proposals: trials, accepted: samples.length / trials })

/** Ends the run at a limit of work, with what was given (`facts`) and what to do but ask for fewer strings. */
const spent = (
  { samples: { length: accepted } }: Stream,
  target: number,
  limit: string,
  remedy: string,
  facts: Failure['facts'],
): never =>
  fail(
    failure(
      'RejectionBudget',
      `${accepted} of ${target} strings were accepted in ${limit}`,
      `${remedy}, or ask for fewer with --distilled`,
      { accepted, target, ...facts },
    ),
  )

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
    tellOf(gam, stream.samples.length - before, stream)
    await gam.save('sometimes')
    if (performance.now() > deadline) {
      const { seconds } = options.budgets
      const remedy = 'raise --seconds, use --sampler smc or --regime cyclical'
      spent(stream, target, `${seconds} seconds`, remedy, { seconds })
    }
  }
  return stream
}

/** Draws strings by the sampler of the options until there are `target` of them. */
const drawUntil: typeof acceptUntil = async (gam, base, lambda, key, target) => {
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

/** How far (total variation) the law of accepted strings may be from p_λ, as estimated, where no bound of P_λ/π is known. */
const MOST_VARIATION = 0.01

/** The least log β among some log-weights at which quasi-rejection is so near to p_λ; its total variation falls with β. */
export const envelopeFrom = (
  logWeights: Float64Array,
): { readonly logEnvelope: number; readonly variation: number } => {
  const weights = need(weigh(logWeights, (i) => `log P_λ − log π of sample ${i} of the proposal`))
  const sorted = logWeights.filter((l) => l > Number.NEGATIVE_INFINITY).sort()
  const variationAt = (place: number): number => quasiDiagnostics(at(sorted, place))(weights).totalVariation.value
  let [low, high] = [0, sorted.length - 1]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if (variationAt(middle) <= MOST_VARIATION) high = middle
    else low = middle + 1
  }
  return { logEnvelope: at(sorted, low), variation: variationAt(low) }
}

/**
 * Strings of the P_λ of r proposed by another model: their ratio has no bound that is known, so β is set by a bank of the
 * proposal, and what is above it is accepted as if it were β (quasi-rejection).
 */
export const quasiUntil = async (
  gam: GamRun,
  {
    base,
    proposal,
    lambda,
  }: { readonly base: StringModel; readonly proposal: StringModel; readonly lambda: readonly number[] },
  key: Key,
  target: number,
): Promise<Stream> => {
  const { run, services, options } = gam
  const tilt = withProposal(stringBase(proposal))(tiltOf(gam, base, lambda))
  const { logWeights } = await run(importance(fold(key, 0), options.bank)(tilt))
  const { logEnvelope, variation } = envelopeFrom(logWeights)
  gam.update((s) => ({ ...s, variation: Math.max(variation, s.variation ?? 0) }))
  let stream = readStream(gam)
  for (let batch = 1; stream.samples.length < target; batch++) {
    stopIfAborted(services.signal)
    const { trials: made } = stream
    if (made >= options.budgets.trials) {
      const remedy = 'raise --trials, use --cycle refitted or --sampler smc'
      spent(stream, target, `${made} trials`, remedy, { trials: made, budget: options.budgets.trials })
    }
    const trials = proposal.runtime.options.batch
    const { samples } = await run(quasiRejection(fold(key, batch), { trials, logEnvelope })(tilt))
    const more = samples.slice(0, target - stream.samples.length)
    stream = { ...stream, samples: [...stream.samples, ...more], trials: stream.trials + trials }
    tellOf(gam, more.length, stream)
  }
  const done = stream
  gam.update((s) => ({ ...s, stream: done }))
  return done
}

/** Strings per cycle of the cyclical regime. */
const CYCLE = 500
/** Patience of its fits. */
const CYCLE_PATIENCE = 5

/** 500 strings of `π_k·e^{⟨λ,φ⟩}` with λ fitted on the current proposal (the envelope is that of this base, G18). */
const refittedStrings = async (
  gam: GamRun,
  base: StringModel,
  target: Float64Array,
  key: Key,
  goal: number,
): Promise<Stream> => {
  const { run, options, services, strings } = gam
  const samples = await run(stringBase(base).sample(fold(key, 0), options.bank))
  const { lambda } = await run(
    fitLambda(options, {
      base,
      features: gam.features.features,
      bank: drawBank(gam.features.features)(samples),
      target,
      data: strings.training.length,
      key: fold(key, 1),
      patience: CYCLE_PATIENCE,
      progress: services.progress,
    }),
  )
  return drawUntil(gam, base, lambda, fold(key, 2), goal)
}

/** 500 strings of the one P_λ of r, by the current proposal; the first is r itself. */
const keptStrings = (
  gam: GamRun,
  base: StringModel,
  proposal: StringModel,
  key: Key,
  goal: number,
): Promise<Stream> => {
  const { lambda } = present(gam.state().fitted, 'λ')
  return proposal === base
    ? acceptUntil(gam, base, lambda, key, goal)
    : quasiUntil(gam, { base, proposal, lambda }, key, goal)
}

/**
 * Cyclical: 500 strings are drawn by the current proposal, which is then trained on D and all strings so far. What they follow is
 * P_λ as it was fitted on r (`--cycle kept`), or the tilt of each proposal by a λ of its own.
 */
export const distilCyclically = async (gam: GamRun, start: StringModel, target: Float64Array): Promise<Stream> => {
  const { options, services, strings } = gam
  const cycles = Math.ceil(options.distilled / CYCLE)
  const proposal = gam.state().fits['proposal']
  let base = proposal === undefined ? start : { ...start, parameters: proposal.best }
  while (gam.state().cycle < cycles) {
    const { cycle } = gam.state()
    const key = fold(keyOf(options, 'cycle'), cycle)
    const goal = Math.min(options.distilled, (cycle + 1) * CYCLE)
    services.progress.start(
      `distilling, cycle ${cycle + 1} of ${cycles}`,
      goal - (gam.state().stream?.samples.length ?? 0),
    )
    const stream =
      options.cycle === 'kept'
        ? await keptStrings(gam, start, base, fold(key, 4), goal)
        : await refittedStrings(gam, base, target, key, goal)
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
