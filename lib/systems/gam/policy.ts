/**
 * The distributional policy gradient (DPG and KL-adaptive DPG), the same authors' next step after the paper:
 * `∇_π = −E_q[(P(x)/q(x))·∇ log π(x)]/Z`. DPG samples from r throughout; KL-adaptive DPG moves its proposal q to the
 * policy π whenever an SNIS estimate says that KL(p‖π) is the smallest so far.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../../at.ts'
import { decodeStrings, longest } from '../../data/strings.ts'
import { effect, need, stopIfAborted } from '../../effect.ts'
import { divergences, featureRows, weigh } from '../../energy/index.ts'
import type { Failure } from '../../errors.ts'
import { type Key, fold } from '../../key.ts'
import { maximum } from '../../math.ts'
import type { LstmParameters } from '../../models/lstm.ts'
import {
  type FitState,
  afterEpoch,
  dropoutFeed,
  isFinished,
  parametersIn,
  restoreState,
  roundedState,
  startFit,
} from '../../train/loop.ts'
import { type GamRun, keyOf, rowsOf } from './context.ts'
import { type StringModel, scoreStrings } from './language.ts'

/** Policy steps between two estimates of KL(p‖π). */
const STEPS_PER_EPOCH = 10

/** Samples of the proposal with log q(x), and log P(x) = log r(x) + ⟨λ, φ(x)⟩ (nats). */
interface Scored {
  readonly texts: readonly string[]
  readonly logProposal: Float64Array
  readonly logPotential: Float64Array
}

const scored = (
  gam: GamRun,
  base: StringModel,
  proposal: LstmParameters,
  lambda: readonly number[],
  key: Key,
  count: number,
): TaskEither<Failure, Scored> =>
  effect(async (run) => {
    const drawn = await run(gam.runtime.sample(proposal, { key, count, time: gam.limit, signal: gam.services.signal }))
    const texts = decodeStrings(gam.strings.alphabet)(drawn)
    const logBase = proposal === base.parameters ? drawn.logProbability : await run(scoreStrings(base, texts))
    const rows = featureRows(gam.features.features)(texts)
    const tilt = (i: number): number => lambda.reduce((sum, l, j) => sum + l * at(rows.values, i * rows.columns + j), 0)
    return { texts, logProposal: drawn.logProbability, logPotential: logBase.map((l, i) => l + tilt(i)) }
  })

/** Self-normalised importance weights P/q, scaled so that the largest is 1. */
const rowWeights = ({ logPotential, logProposal }: Scored, size: number): Float32Array => {
  const { normalised } = need(
    weigh(
      logPotential.map((l, i) => l - at(logProposal, i)),
      (i) => `log P − log q of sample ${i} of the proposal`,
    ),
  )
  const top = maximum(normalised)
  const weights = new Float32Array(size)
  weights.set(normalised.map((w) => w / top))
  return weights
}

/** One epoch of policy steps; returns the mean weighted cross-entropy (nats per symbol). */
const policyEpoch = async (
  gam: GamRun,
  base: StringModel,
  proposal: LstmParameters,
  lambda: readonly number[],
  key: Key,
): Promise<number> => {
  const { run, runtime, limit, services } = gam
  const prepared = await run(runtime.trainer(limit))
  const size = runtime.options.trainBatch
  let total = 0
  for (let step = 0; step < STEPS_PER_EPOCH; step++) {
    stopIfAborted(services.signal)
    const batch = await run(scored(gam, base, proposal, lambda, fold(key, 2 * step), size))
    const tokens = rowsOf(gam, batch.texts, Math.max(limit, longest(batch.texts))).tokens
    const masks = dropoutFeed(runtime, fold(key, 2 * step + 1))
    const out = await run(prepared.run({ tokens, rowWeight: rowWeights(batch, size), ...masks }, ['loss']))
    total += at(field(out, 'loss').data, 0)
  }
  return total / STEPS_PER_EPOCH
}

/** KL(p‖π) by SNIS on fresh samples of the proposal. */
const divergenceTo = async (
  gam: GamRun,
  base: StringModel,
  proposal: LstmParameters,
  policy: LstmParameters,
  lambda: readonly number[],
  key: Key,
): Promise<number> => {
  const { run, options } = gam
  const batch = await run(scored(gam, base, proposal, lambda, key, Math.min(options.bank, 8192)))
  const logModel = await run(scoreStrings({ ...base, parameters: policy }, batch.texts))
  const { logPotential, logProposal } = batch
  return need(divergences({ logPotential, logProposal, logModel })).divergence.value
}

/** Trains π by DPG from r until KL(p‖π) stops improving; `validation` of the result holds those estimates. */
export const trainPolicy = async (gam: GamRun, base: StringModel, lambda: readonly number[]): Promise<FitState> => {
  const { run, options, services, runtime } = gam
  const prepared = await run(runtime.trainer(gam.limit))
  const saved = gam.state().fits['student']
  let current = saved ?? startFit(base.parameters, options.patience)
  await restoreState(run, prepared, current.state)
  services.progress.start(
    options.regime === 'dpg' ? 'policy gradient' : 'KL-adaptive policy gradient',
    options.maxEpochs,
    current.epoch,
  )
  while (!isFinished(current, options.maxEpochs)) {
    const key = fold(keyOf(options, 'policy'), current.epoch)
    const proposal = options.regime === 'kl-dpg' && current.epoch > 0 ? current.best : base.parameters
    const training = await policyEpoch(gam, base, proposal, lambda, fold(key, 0))
    const state = await roundedState(run, prepared)
    const divergence = await divergenceTo(gam, base, proposal, parametersIn(state), lambda, fold(key, 1))
    current = afterEpoch(current, { state, training, score: divergence })
    const next = current
    gam.update((s) => ({ ...s, fits: { ...s.fits, student: next } }))
    services.progress.advance(1, { 'KL(p‖π)': divergence })
    await gam.save('sometimes')
  }
  services.progress.end()
  return current
}
