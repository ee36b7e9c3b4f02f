/**
 * Optimisers and schedules.
 */
export { chain, identity, monoidOptimiser, stateless } from './optimiser.ts'
export type { Exprs, Optimiser, OptimiserResult, OptimiserStep } from './optimiser.ts'
export { adam, adamW, clipByGlobalNorm, descend, globalNorm, momentum, scaleByAdam, sgd, weightDecay } from './parts.ts'
export type { AdamOptions } from './parts.ts'
export { constantRate, cosineRate, inverseRate, inverseSquareRoot } from './schedule.ts'
export type { Schedule } from './schedule.ts'
export { gradientProgram, isParameter, parametersOf, trainingProgram, updateProgram } from './training.ts'
export type { Training, TrainingState } from './training.ts'
