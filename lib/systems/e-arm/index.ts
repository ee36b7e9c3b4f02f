/**
 * E-ARM: an autoregressive model trained as an energy-based one. The objective as pure functions of logits, its training
 * programs, scheduled sampling, energy re-sampling, and the Langevin baseline.
 */
export { secondsPer100Iterations, type TimedUpdate, type TimingOptions, type UpdateCost } from './cost.ts'
export { crossEntropyOf } from './cross-entropy.ts'
export { embeddingEnergies, langevinEnergy, langevinStep } from './langevin.ts'
export { type LangevinSettings, langevinTrainer, type LangevinTrainer } from './langevin-trainer.ts'
export {
  eArmLoss,
  eArmObjective,
  type EArmTerms,
  type EnergyOptions,
  energyTerms,
  type EnergyTerms,
  jointEnergies,
  jointLogProbability,
  type LossOptions,
  negativePhase,
  positivePhase,
  type Teacher,
} from './objective.ts'
export { eArmOptions } from './objective-settings.ts'
export { activeIn, type EArmOptions, negativeRows, paperOptions, type WeightSource } from './options.ts'
export { dropFrom, eArmStep, type StepSettings } from './programs.ts'
export { type Counted, pairedRows, type RowKind, type StepRows, tokenRows, type UpdateShape } from './row-kinds.ts'
export {
  type CandidateScore,
  candidateScores,
  type Choice,
  lastToken,
  resampleCandidates,
  type ResampleOptions,
} from './resample.ts'
export {
  both,
  endMask,
  lengthMask,
  type MaskedRows,
  type PerStep,
  type PerToken,
  type ScoredRows,
  stepMeans,
  tokenEnergies,
  tokenMean,
  type TokenTerms,
  tokenTerms,
} from './rows.ts'
export {
  type Decay,
  mixedTokens,
  mixingAt,
  type Prediction,
  type ScheduledSampling,
  scheduledRows,
  secondPass,
} from './scheduled-sampling.ts'
export { eArmTrainer, type EArmTrainer, stepSettings, type TrainerSettings, updateShape } from './trainer.ts'
export { isEmbedded, type KindSettings, type TimedKinds, updateKinds } from './update-kinds.ts'
export { effectiveSampleSizes, logNormaliser, prefixWeights, type Sharing } from './weights.ts'
export { before, prefixLogProbability, recent } from './window.ts'
export { runEArm } from './experiment.ts'
export type { EArmExperiment, TokensExperiment, TranslationExperiment } from './experiment-options.ts'
export { type ExperimentCosts, type MeasureCosts, measureCosts } from './experiment-costs.ts'
export { eArmPresets } from './settings.ts'
export {
  type EArmResults,
  type EArmServices,
  type Shown,
  summaryOf,
  type TrainingRecord,
  type VariantSummary,
} from './results.ts'
export { type EArmEvaluation, evaluateEArm, type EvaluationRequest } from './run-evaluation.ts'
export { type EArmSamples, sampleEArm, type SampleRequest } from './run-samples.ts'
export { type Variant, variants } from './variants.ts'
