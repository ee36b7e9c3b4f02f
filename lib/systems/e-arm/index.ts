/**
 * E-ARM: an autoregressive model trained as an energy-based one. The objective as pure functions of logits, its training
 * programs, scheduled sampling, energy re-sampling, and the Langevin baseline.
 */
export { crossEntropyOf } from './cross-entropy.ts'
export { langevinStep } from './langevin.ts'
export { type LangevinSettings, langevinTrainer, type LangevinTrainer } from './langevin-trainer.ts'
export {
  eArmLoss,
  type EArmTerms,
  type EnergyOptions,
  type EnergyTerms,
  jointEnergies,
  jointLogProbability,
  type LossOptions,
  negativePhase,
  positivePhase,
  type Teacher,
} from './objective.ts'
export { eArmOptions } from './objective-settings.ts'
export { type EArmOptions, paperOptions, type WeightSource } from './options.ts'
export { pairedRows, type RowKind, type StepRows, tokenRows, type UpdateShape } from './row-kinds.ts'
export { resampleCandidates, type ResampleOptions } from './resample.ts'
export {
  type MaskedRows,
  type PerStep,
  type PerToken,
  type ScoredRows,
  tokenEnergies,
  type TokenTerms,
  tokenTerms,
} from './rows.ts'
export { type Decay, mixingAt, type ScheduledSampling } from './scheduled-sampling.ts'
export { eArmTrainer, type EArmTrainer, type TrainerSettings } from './trainer.ts'
export { logNormaliser, prefixWeights, type Sharing } from './weights.ts'
export { prefixLogProbability } from './window.ts'
export { runEArm } from './experiment.ts'
export type { EArmExperiment, TokensExperiment, TranslationExperiment } from './experiment-options.ts'
export { eArmPresets } from './settings.ts'
export { type EArmResults, type EArmServices, type TrainingRecord, type VariantSummary } from './results.ts'
export { type EArmEvaluation, evaluateEArm, type EvaluationRequest } from './run-evaluation.ts'
export { type EArmSamples, sampleEArm, type SampleRequest } from './run-samples.ts'
