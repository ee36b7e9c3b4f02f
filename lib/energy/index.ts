/** Energies, tilts, and the estimators and samplers of unnormalised models. */
export { type Bank, bankMonoid, bankOf, bankWeights, moments, type Moments } from './bank.ts'
export * from './base.ts'
export { type DivergenceInputs, type Divergences, divergences } from './divergence.ts'
export { type FDivergence, policyCoefficients, policyDivergence, type PolicyInputs } from './policy.ts'
export { defaultThresholds, type Doubt, type Thresholds } from './doubt.ts'
export * from './energy.ts'
export {
  type Bias,
  estimate,
  type Estimate,
  type EstimateOptions,
  type EstimateParts,
  meanEstimate,
  ratioEstimate,
  type RatioEstimate,
  shareEstimate,
} from './estimate.ts'
export {
  exactCovariance,
  exactDivergence,
  exactEntropy,
  exactMoments,
  exactTilt,
  type ExactTilt,
  exactTotalVariation,
} from './exact.ts'
export { type FeatureBounds, type Features, featuresMonoid, indicators, linearEnergy, logEnvelope } from './features.ts'
export { type EditSpace, localMetropolis } from './local.ts'
export {
  type AsymptoticLower,
  type AsymptoticUpper,
  logPartition,
  type LogPartition,
  type Tail,
} from './logpartition.ts'
export * from './logz.ts'
export {
  type ChainOptions,
  type ChainResult,
  type ChainState,
  independentKernel,
  independentMetropolis,
} from './metropolis.ts'
export * from './nce.ts'
export { defaultNewton, fitMoments, type FitStatus, type MomentFit, type NewtonOptions } from './newton.ts'
export { shareInterval, studentQuantile } from './quantile.ts'
export * from './quasi.ts'
export {
  type Accepted,
  rejection,
  type RejectionOptions,
  type RejectionProgress,
  type RejectionState,
  resumeRejection,
  startRejection,
} from './rejection.ts'
export * from './resampling.ts'
export {
  descendMoments,
  type DescentProblem,
  type DescentState,
  type EpochReport,
  learningRate,
  type MomentMeasure,
  type MomentSource,
  paperSchedule,
  type ScheduleOptions,
  startDescent,
} from './schedule.ts'
export {
  type Buffer,
  bufferSource,
  type BufferSourceOptions,
  drawBank,
  rejectionSource,
  type RejectionSourceOptions,
} from './sources.ts'
export { streamLogPartition, streamMeans, type WeightStream, weightStreams, type WeightStreams } from './stream.ts'
export { type WeightSummary } from './summary.ts'
export * from './tilt.ts'
export * from './trials.ts'
export { categorical as categoricalIndices, fineUniforms } from './uniform.ts'
export { effectiveSampleSize, maxWeight, snis, weigh, type Weights } from './weights.ts'
