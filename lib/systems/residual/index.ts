/** Residual energy-based models of text: objectives, log Z and perplexity, step-by-step marginals, generation, the system. */
export * from './base-file.ts'
export {
  type LogMarginal,
  logMarginals,
  type NextToken,
  nextTokens,
  stepPerplexities,
  type StepPerplexity,
} from './marginals.ts'
export { uniqueRatio } from './measures.ts'
export {
  dynamicContrastive,
  importanceLikelihood,
  logitsOf,
  type LogitTerms,
  type Mix,
  noiseContrastive,
  type Objective,
  type RowValues,
} from './objective.ts'
export {
  type AnalysisOptions,
  type ChunkOptions,
  type EnergyOptions as EnergyNetworkSettings,
  type EnergyStart,
  type EvaluationOptions,
  type GenerationOptions,
  type NetworkOptions,
  type ObjectiveName,
  type ResidualOptions,
  type ResidualPreset,
  type SamplerName,
  type TrainingOptions,
} from './options.ts'
export { type EvaluatedRows, jointPerplexity, type Perplexity, plainPerplexity } from './perplexity.ts'
export { presets } from './settings.ts'
export { type Sampled, samplePrefix, type SamplerOptions as PrefixSamplerOptions } from './prompt.ts'
export {
  type AnalysisRecord,
  type EvaluationRecord,
  type GenerationRecord,
  type ModelName,
  type PromptRequest,
  type PromptResidual,
  type PromptResult,
  type ResidualResults,
  type ResidualServices,
  type RunResidual,
} from './results.ts'
export * from './run.ts'
export { sequenceBase } from './context.ts'
export { prefixTilt, type RowEnergy, rowsOf, type SequenceBase, type SequenceTilt, untilted } from './sequence.ts'
export { type Weighed, type WeighingOptions, weighPrefixes } from './weighing.ts'
export { type EnergyRuntime, energyRuntime, type EnergyShape } from './energy-runtime.ts'
