/**
 * The distributional policy gradient (DPG and KL-adaptive DPG), the same authors' next step after the paper:
 * `∇_π = −E_q[(P(x)/q(x))·∇ log π(x)]/Z`. DPG samples from r throughout; KL-adaptive DPG moves its proposal q to the
 * policy π whenever an estimate says that the divergence is the smallest so far. Other divergences than KL(p‖π) are lowered by
 * `policyLoss` (f-DPG), on draws of the best π so far, with one estimate of log Z for the whole training. Draws of r would not do: what π
 * makes and r does not is missing there, and π is drawn to it.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at, lastOf } from '../../at.ts'
import { decodeStrings } from '../../data/strings.ts'
import { effect, need } from '../../effect.ts'
import { featureRows } from '../../energy/features.ts'
import {
  divergences,
  type FDivergence,
  logPartition,
  policyDivergence,
  weigh,
  type Weights,
} from '../../energy/index.ts'
import type { Failure } from '../../errors.ts'
import type { Feeds } from '../../executor.ts'
import { type Key, fold } from '../../key.ts'
import { maximum } from '../../math.ts'
import type { LstmParameters } from '../../models/lstm.ts'
import { type StepsState, startSteps } from '../../train/steps-state.ts'
import { dropoutFeed } from '../../train/strings.ts'
import { type GamRun, keyOf, rowsOf, trainedOn } from './context.ts'
import { type StringModel, scoreStrings } from './language.ts'
import { type Divergence, studentEpochs } from './options.ts'

/** What a policy is trained on: r, the proposal that its samples come from, λ. */
interface Policy {
  readonly base: StringModel
  readonly proposal: LstmParameters
  readonly lambda: readonly number[]
}

/** A divergence that is not DPG's own, which needs log Z (nats). */
interface Aim {
  readonly name: FDivergence
  readonly logPartition: number
}

const aims: Readonly<Record<Exclude<Divergence, 'kl'>, FDivergence>> = {
  'reverse-kl': 'reverse KL',
  js: 'JS',
  tv: 'TV',
  chi2: 'χ²',
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

/** Importance weights P/q. */
const weightsOf = ({ logPotential, logProposal }: Scored): Weights =>
  need(
    weigh(
      logPotential.map((l, i) => l - at(logProposal, i)),
      (i) => `log P − log q of sample ${i} of the proposal`,
    ),
  )

/** Self-normalised importance weights, scaled so that the largest is 1. */
const rowWeights = (batch: Scored, size: number): Float32Array => {
  const { normalised } = weightsOf(batch)
  const top = maximum(normalised)
  const weights = new Float32Array(size)
  weights.set(normalised.map((w) => w / top))
  return weights
}

/** The samples of one policy step: weighted, or with what the loss of a divergence is computed from. */
const policyBatch = (
  gam: GamRun,
  policy: Policy,
  aim: Aim | undefined,
  { key, step }: { readonly key: Key; readonly step: number },
): TE.TaskEither<Failure, Feeds> =>
  effect(async (run) => {
    const { trainer, limit } = gam
    const size = trainer.batch
    const batch = await run(scored(gam, policy, fold(key, 2 * step), size))
    const tokens = rowsOf(gam, batch.texts, limit).tokens
    if (aim !== undefined)
      return {
        tokens,
        logTarget: Float32Array.from(batch.logPotential, (l) => l - aim.logPartition),
        logProposal: Float32Array.from(batch.logProposal),
      }
    return { tokens, rowWeight: rowWeights(batch, size), ...dropoutFeed(trainer, fold(key, 2 * step + 1)) }
  })

/** Samples of an estimate. */
const estimated = ({ options }: GamRun): number => Math.min(options.bank, 8192)

/** KL(p‖π) by SNIS on fresh samples of the proposal, or the divergence that is aimed at. */
const divergenceTo = (
  gam: GamRun,
  policy: Policy,
  aim: Aim | undefined,
  { parameters, key }: { readonly parameters: LstmParameters; readonly key: Key },
): TE.TaskEither<Failure, number> =>
  effect(async (run) => {
    const batch = await run(scored(gam, policy, key, estimated(gam)))
    const logModel = await run(scoreStrings({ ...policy.base, parameters }, batch.texts))
    const { logPotential, logProposal } = batch
    const inputs = { logPotential, logProposal, logModel }
    return aim === undefined
      ? need(divergences(inputs)).divergence.value
      : need(policyDivergence(aim.name)({ ...inputs, logPartition: aim.logPartition })).value
  })

/** What is aimed at, if it is not KL(p‖π); log Z is that of samples of r. */
const aimOf = async (gam: GamRun, base: StringModel, lambda: readonly number[]): Promise<Aim | undefined> => {
  const { divergence = 'kl' } = gam.options
  if (divergence === 'kl') return undefined
  const policy = { base, proposal: base.parameters, lambda }
  const bank = await gam.run(scored(gam, policy, keyOf(gam.options, 'partition'), estimated(gam)))
  return { name: aims[divergence], logPartition: logPartition(weightsOf(bank)).lower }
}

const labels = { dpg: 'π by the policy gradient', 'kl-dpg': 'π by the KL-adaptive policy gradient' }

/**
 * Trains π by DPG from r until the divergence, KL(p‖π) unless the options say another, stops improving. An epoch is ten steps from one
 * proposal; in the curve `loss` is the mean weighted cross-entropy (nats per symbol), or the divergence of the batches, and the score
 * the divergence's estimate.
 */
export const trainPolicy = async (gam: GamRun, base: StringModel, lambda: readonly number[]): Promise<StepsState> => {
  const { run, options, services, trainer } = gam
  const adaptive = options.regime === 'kl-dpg'
  const aim = await aimOf(gam, base, lambda)
  const shown = aim?.name ?? 'KL(p‖π)'
  const epochOf = (step: number, { best }: StepsState) => {
    const epoch = Math.floor(step / STEPS_PER_EPOCH)
    const key = fold(keyOf(options, 'policy'), epoch)
    return { key, policy: { base, proposal: adaptive && epoch > 0 ? best : base.parameters, lambda } }
  }
  return trainedOn(gam, 'student', () => startSteps(base.parameters, options.patience), {
    prepared: await run(trainer.trainer(gam.limit, aim?.name)),
    batches: (step, state) => {
      const { key, policy } = epochOf(step, state)
      return policyBatch(gam, policy, aim, { key: fold(key, 0), step: step % STEPS_PER_EPOCH })
    },
    steps: studentEpochs(options) * STEPS_PER_EPOCH,
    evaluateEvery: STEPS_PER_EPOCH,
    evaluate: (parameters, step, state) => {
      const { key, policy } = epochOf(step - 1, state)
      return TE.map((score: number) => ({ score }))(divergenceTo(gam, policy, aim, { parameters, key: fold(key, 1) }))
    },
    signal: services.signal,
    label: `${labels[adaptive ? 'kl-dpg' : 'dpg']}${aim === undefined ? '' : ` of ${aim.name}`}`,
    shown: { every: STEPS_PER_EPOCH, facts: ({ curve }) => ({ [shown]: lastOf(curve).score }) },
  })
}
