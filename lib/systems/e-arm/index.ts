/**
 * E-ARM: an autoregressive model trained as an energy-based one. The objective as pure functions of logits, its training
 * programs, scheduled sampling, energy re-sampling, and the Langevin baseline.
 */
export { secondsPer100Iterations, type TimedUpdate, type TimingOptions, type UpdateCost } from './cost.ts'
export { crossEntropyOf } from './cross-entropy.ts'
export { embeddingEnergies, langevinEnergy, langevinStep } from './langevin.ts'
export {
  langevinPrograms,
  type LangevinPrograms,
  type LangevinSettings,
  langevinTrainer,
  type LangevinTrainer,
} from './langevin-trainer.ts'
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
export {
  type Counted,
  dropFrom,
  eArmPrograms,
  type EArmPrograms,
  type StepSettings,
  type UpdateShape,
} from './programs.ts'
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
export { eArmTrainer, type EArmTrainer, type TrainerSettings, updateShape } from './trainer.ts'
export { isEmbedded, type KindSettings, type TimedKinds, updateKinds } from './update-kinds.ts'
export { effectiveSampleSizes, logNormaliser, prefixWeights, type Sharing } from './weights.ts'
export { before, prefixLogProbability, recent } from './window.ts'
export { runEArm } from './experiment.ts'
export type { EArmExperiment, TranslationExperiment } from './experiment-options.ts'
export { eArmPresets } from './settings.ts'
export { comparison, type EArmResults, type EArmServices } from './experiment-results.ts'
export { type EArmEvaluation, evaluateEArm, type EvaluationRequest } from './run-evaluation.ts'
export { type EArmSamples, sampleEArm, type SampleRequest } from './run-samples.ts'
export { type MeasureTranslationCosts, measureTranslationCosts } from './translation-costs.ts'
export {
  type EvaluateTranslation,
  evaluateTranslation,
  type TranslationEvaluation,
  type TranslationEvaluationRequest,
} from './translation-evaluation.ts'
export { type RunTranslation, type TranslationResults, translationSummary } from './translation-results.ts'
export {
  type SampleTranslation,
  sampleTranslation,
  type TranslationMethod,
  type TranslationSampleRequest,
  type TranslationSamples,
} from './translation-samples.ts'
export { runTranslation } from './translation.ts'
