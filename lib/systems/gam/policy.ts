/**
 * The distributional policy gradient (DPG and KL-adaptive DPG), the same authors' next step after the paper:
 * `∇_π = −E_q[(P(x)/q(x))·∇ log π(x)]/Z`. DPG samples from r throughout; KL-adaptive DPG moves its proposal q to the
 * policy π whenever an SNIS estimate says that KL(p‖π) is the smallest so far.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at, lastOf } from '../../at.ts'
import { decodeStrings } from '../../data/strings.ts'
import { effect, need } from '../../effect.ts'
import { divergences, featureRows, weigh } from '../../energy/index.ts'
import type { Failure } from '../../errors.ts'
import type { Feeds } from '../../executor.ts'
import { type Key, fold } from '../../key.ts'
import { maximum } from '../../math.ts'
import type { LstmParameters } from '../../models/lstm.ts'
import { type StepsState, startSteps } from '../../train/steps-state.ts'
import { dropoutFeed } from '../../train/strings.ts'
import { type GamRun, keyOf, rowsOf, trainedOn } from './context.ts'
import { type StringModel, scoreStrings } from './language.ts'

/** What a policy is trained on: r, the proposal that its samples come from, λ. */
interface Policy {
  readonly base: StringModel
  readonly proposal: LstmParameters
  readonly lambda: readonly number[]
}

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
  { base, proposal, lambda }: Policy,
  key: Key,
  count: number,
): TE.TaskEither<Failure, Scored> =>
  effect(async (run) => {
    const drawn = await run(
      gam.runtime.sample(proposal, { key, count, length: gam.limit, signal: gam.services.signal }),
    )
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

/** The weighted samples of one policy step. */
const policyBatch = (gam: GamRun, policy: Policy, key: Key, step: number): TE.TaskEither<Failure, Feeds> =>
  effect(async (run) => {
    const { trainer, limit } = gam
    const size = trainer.batch
    const batch = await run(scored(gam, policy, fold(key, 2 * step), size))
    const tokens = rowsOf(gam, batch.texts, limit).tokens
    return { tokens, rowWeight: rowWeights(batch, size), ...dropoutFeed(trainer, fold(key, 2 * step + 1)) }
  })

/** KL(p‖π) by SNIS on fresh samples of the proposal. */
const divergenceTo = (
  gam: GamRun,
  policy: Policy,
  parameters: LstmParameters,
  key: Key,
): TE.TaskEither<Failure, number> =>
  effect(async (run) => {
    const batch = await run(scored(gam, policy, key, Math.min(gam.options.bank, 8192)))
    const logModel = await run(scoreStrings({ ...policy.base, parameters }, batch.texts))
    const { logPotential, logProposal } = batch
    return need(divergences({ logPotential, logProposal, logModel })).divergence.value
  })

const labels = { dpg: 'π by the policy gradient', 'kl-dpg': 'π by the KL-adaptive policy gradient' }

/**
 * Trains π by DPG from r until KL(p‖π) stops improving. An epoch is ten steps from one proposal; in the curve `loss` is the mean
 * weighted cross-entropy (nats per symbol), and the score the estimate of KL(p‖π).
 */
export const trainPolicy = async (gam: GamRun, base: StringModel, lambda: readonly number[]): Promise<StepsState> => {
  const { run, options, services, trainer } = gam
  const adaptive = options.regime === 'kl-dpg'
  const epochOf = (step: number, { best }: StepsState) => {
    const epoch = Math.floor(step / STEPS_PER_EPOCH)
    const key = fold(keyOf(options, 'policy'), epoch)
    return { key, policy: { base, proposal: adaptive && epoch > 0 ? best : base.parameters, lambda } }
  }
  return trainedOn(gam, 'student', () => startSteps(base.parameters, options.patience), {
    prepared: await run(trainer.trainer(gam.limit)),
    batches: (step, state) => {
      const { key, policy } = epochOf(step, state)
      return policyBatch(gam, policy, fold(key, 0), step % STEPS_PER_EPOCH)
    },
    steps: options.maxEpochs * STEPS_PER_EPOCH,
    evaluateEvery: STEPS_PER_EPOCH,
    evaluate: (parameters, step, state) => {
      const { key, policy } = epochOf(step - 1, state)
      return TE.map((score: number) => ({ score }))(divergenceTo(gam, policy, parameters, fold(key, 1)))
    },
    signal: services.signal,
    label: labels[adaptive ? 'kl-dpg' : 'dpg'],
    shown: { every: STEPS_PER_EPOCH, facts: ({ curve }) => ({ 'KL(p‖π)': lastOf(curve).score }) },
  })
}
