/**
 * Laws that a user runs on parts of their own: energies, samplers, kernels, gradients, executors, semirings, automata,
 * estimators, autoregressive models, whatever infers. Each law is a title and a check, for any test runner
 * (`for (const { title, check } of laws.energy({ … })) test(title, check)`); a failing one says the counterexample, or the statistic,
 * α and what its design can see. Needs `fast-check` (`npm install --save-dev fast-check`).
 */
export { anyPfsa, anyRational, anyWeighted, motif, shortPfsa } from './arbitraries/automata.ts'
export {
  dirichlet,
  distributions,
  energies,
  featureMatrices,
  type FiniteTilt,
  finiteTilts,
  keys,
  normals,
} from './arbitraries/distributions.ts'
export { type Tensored, tensors } from './arbitraries/tensors.ts'
export {
  type AutomatonSubject,
  automatonLaws as automaton,
  type RewriteSubject,
  rewriteLaws as rewrite,
} from './automaton.ts'
export { type AutoregressiveSubject, autoregressiveLaws as autoregressive } from './autoregressive.ts'
export { type CalibrationSubject, calibrationLaws as calibration } from './calibration.ts'
export { type Branch, branches, type Choose, meanOver, transitionsOf } from './choices.ts'
export { type EnergySubject, energyLaws as energy } from './energy.ts'
export {
  biasLaw as bias,
  type BiasSubject,
  coverageLaw as coverage,
  type EstimatorSubject,
  estimatorLaws as estimator,
  type Stated,
} from './estimator.ts'
export { type ExecutorSubject, executorLaws as executor } from './executor.ts'
export { type GradientSubject, gradientLaws as gradient } from './gradient.ts'
export { type ChainSubject, chainLaws as chain, type KernelSubject, kernelLaws as kernel } from './kernel.ts'
export { complaintsOf, forAll, type Law, law, type Runs, statisticalLaw } from './law.ts'
export { type SamplerSubject, samplerLaws as sampler } from './sampler.ts'
export { type SemiringSubject, semiringLaws as semiring } from './semiring.ts'
export type { Space } from './space.ts'
export {
  bernsteinDesign,
  binomialDesign,
  chiSquareDesign,
  type Contract,
  type CountDesign,
  type DistributionDesign,
  dkwDesign,
  type MeanDesign,
  type ProportionDesign,
  standard,
  type SymmetryDesign,
  symmetryDesign,
  twoSampleDesign,
  type Verdict,
} from './statistics.ts'
