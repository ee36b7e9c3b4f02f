/** Weighted automata and PFSAs: exact distributions over strings, to generate data from and to check estimators with. */

// Automata and their parts
export {
  type Arc,
  type Automaton,
  arcsOf,
  automaton,
  characteristic,
  EPSILON,
  type Language,
  mapWeights,
  type Parts,
  partsOf,
  support,
} from './automaton.ts'
export type { Certificate, Certified, Solution } from './certificate.ts'
export { type AutomatonFile, automatonCodec, parseAutomaton, parsePfsa, writeAutomaton } from './codec.ts'
export { pfsa, type Pfsa, STOCHASTIC_TOLERANCE, tight } from './pfsa.ts'
export { decodeWord, encodeWord, type Word, weightOf, wordsOfLength, wordsUpTo } from './word.ts'

export {
  type Costs,
  drawTransducer,
  languageCosts,
  probabilityCosts,
  readOpenFst,
  readTransducer,
  tropicalCosts,
  writeGraphviz,
  writeOpenFst,
  writeSymbols,
  writeTransducer,
} from './openfst.ts'

// Building
export { BINARY, everything, exactly, geometricNoise, whiteNoise } from './build.ts'
export { accepts, complement, complete, deterministic } from './language.ts'
export { disjoint, disjointMixture, mixture, scale, union } from './mixture.ts'
export { antiMotifAutomaton, motifAutomaton, prefixAutomaton } from './motif.ts'
export { type RegexOptions, regexAutomaton } from './regex.ts'

// Operations
export { backwardWeights, closure, type Massed, total } from './allsum.ts'
export { condition, languageMass } from './condition.ts'
export { type DeterminiseOptions, determinise, determinisePfsa } from './determinise.ts'
export { countingWeights, distinguish, equivalent, exactWeights } from './equivalence.ts'
export { minimise, minimiseLanguage, minimisePfsa } from './minimise.ts'
export { logPartition, type Normalised, normalise, type Pushed, pushWeights } from './normalise.ts'
export { intersect, type Product, product, restrict } from './product.ts'
export { type Rational, rational, rationals } from './rational.ts'
export { removeEpsilon, reverse } from './reverse.ts'
export * as star from './star.ts'
export { isEmpty, trim } from './trim.ts'
export { isUnambiguous, unambiguous } from './unambiguous.ts'
export type { Divisible, Star, Weights } from './weights.ts'

export { type BestOptions, bestPaths, bestWords, type RankedPath, type RankedWord } from './best.ts'
export {
  compose,
  identity,
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
export { type Expectation, entropyBySemiring, expectation, surprisal } from './expectation.ts'
export { entropyByIteration, type IterationOptions, leastFixpoint } from './iteration.ts'
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
export { type SparseTransitions, sparseTransitions, sweepOnce } from './sparse.ts'

// Sampling
export { type Sample, type SampleOptions, sample, sampleSize, sampleTexts, sampleWords, wordAt } from './sample.ts'

// GAMs solved exactly
export { type MatchOptions, type Matched, matchMoments } from './match.ts'
export {
  absence,
  type ExactTilt,
  exactTilt,
  type Feature,
  presence,
  type TiltFamily,
  tiltedPfsa,
  tiltExactly,
} from './tilt.ts'
