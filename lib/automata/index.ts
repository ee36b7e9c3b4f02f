/** Weighted automata and PFSAs: exact distributions over strings, to generate data from and to check estimators with. */

// Automata and their parts
export {
  type Arc,
  type Automaton,
  arcsOf,
  automaton,
  EPSILON,
  type Language,
  mapWeights,
  type Parts,
  partsOf,
  support,
} from './automaton.ts'
export type { Certificate, Certified, Solution } from './certificate.ts'
export { parseAutomaton, parsePfsa, writeAutomaton } from './codec.ts'
export { pfsa, type Pfsa, tight } from './pfsa.ts'
export { decodeWord, encodeWord, type Word, weightOf, wordsOfLength, wordsUpTo } from './word.ts'

export {
  type Costs,
  drawTransducer,
  languageCosts,
  probabilityCosts,
  tropicalCosts,
  writeGraphviz,
  writeOpenFst,
  writeSymbols,
  writeTransducer,
} from './openfst.ts'
export { readOpenFst, readTransducer } from './openfst-reading.ts'

// Building
export { everything, exactly, geometricNoise, whiteNoise } from './build.ts'
export { accepts, complement, complete, deterministic } from './language.ts'
export { disjoint, disjointMixture, mixture, scale as scaleWeights, union as unionOf } from './mixture.ts'
export { antiMotifAutomaton, motifAutomaton, prefixAutomaton } from './motif.ts'
export { type RegexOptions, regexAutomaton } from './regex.ts'

// Operations
export { type Massed, total } from './allsum.ts'
export { condition, languageMass } from './condition.ts'
export { type DeterminiseOptions, determinise, determinisePfsa } from './determinise.ts'
export { countingWeights, distinguish, equivalent, exactWeights } from './equivalence.ts'
export { minimise, minimiseLanguage, minimisePfsa } from './minimise.ts'
export { logPartition as logPartitionOf, type Normalised, normalise } from './normalise.ts'
export { intersect, type Product, product, restrict } from './product.ts'
export { type Rational, rational, rationals } from './rational.ts'
export { removeEpsilon, reverse as reversal } from './reverse.ts'
export * as star from './star.ts'
export { isEmpty, trim } from './trim.ts'
export { isUnambiguous, unambiguous } from './unambiguous.ts'
export type { Divisible, Star, Weights as WeightSemiring } from './weights.ts'

export { type BestOptions, bestPaths, bestWords, type RankedPath, type RankedWord } from './best.ts'
export {
  compose,
  identity as identityTransducer,
  inverse,
  type Label,
  project,
  type Transducer,
  transducer,
  type TransducerArc,
  transducerArcs,
  type TransducerParts,
} from './transducer.ts'

// Exact quantities
export { approximateCountOfLength, countOfLength, countStrings, relativeFrequency } from './count.ts'
export { describePfsa, type MotifRequest, type PfsaDescription } from './describe.ts'
export { crossEntropy, relativeEntropy } from './divergence.ts'
export { entropy, localEntropies, pathEntropy, stateEntropies } from './entropy.ts'
export { type Expectation, entropyBySemiring, expectation as expectationSemiring } from './expectation.ts'
export { entropyByIteration, type IterationOptions } from './iteration.ts'
export {
  type AdditiveFeature,
  expectedArcCounts,
  expectedFeature,
  expectedVisits,
  meanLength,
  type PartitionGradient,
  partitionGradient,
} from './moments.ts'
export { logProbability } from './probability.ts'

// Sampling
export { type Sample, type SampleOptions, sample, sampleTexts, sampleWords } from './sample.ts'

// GAMs solved exactly
export { type MatchOptions, type Matched, matchMoments } from './match.ts'
export {
  absence,
  type ExactTilt as TiltDerivatives,
  exactTilt as tiltDerivatives,
  type Feature,
  presence,
  type TiltFamily,
  tiltedPfsa,
  tiltExactly,
} from './tilt.ts'
