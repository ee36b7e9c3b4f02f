/** The systems of the three papers: GAM, residual energy-based models, E-ARM. They keep runs in folders, and need Node. */
export { gamFeatures } from './gam/features.ts'
export type { GamOptions } from './gam/options.ts'
export { presets as gamPresets } from './gam/settings.ts'
export type { GamResults, RunServices } from './gam/results.ts'
export { runGam } from './gam/run.ts'
export { memoryStore } from './gam/state.ts'
export * as eArm from './e-arm/index.ts'
export * as residual from './residual/index.ts'
