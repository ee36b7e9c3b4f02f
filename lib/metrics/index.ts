/**
 * Metrics: of texts (BLEU, ROUGE, METEOR, distinct n-grams), of probabilities (perplexity, bits per dimension), and of
 * two models against each other (the exposure-bias ratio). What is added up over sentences is a monoid.
 */
export {
  type Bleu,
  type BleuCounts,
  bleuCounts,
  bleuMonoid,
  bleuOf,
  type BleuOptions,
  type BleuSmoothing,
  corpusBleu,
  type Translated,
} from './bleu.ts'
export { type Exposure, exposureMonoid, exposureOf, exposureRatio } from './exposure.ts'
export {
  bitsPerDimension,
  crossEntropyRate,
  type Likelihood,
  likelihoodMonoid,
  likelihoodOf,
  perplexity,
} from './likelihood.ts'
export { corpusMeteor, meteor, type MeteorOptions } from './meteor.ts'
export { ngramCounts, uniqueNgrams } from './ngrams.ts'
export {
  type Agreement,
  corpusRouge,
  type LinePair,
  type Rouge,
  rougeL,
  rougeMonoid,
  rougeN,
  type RougeSums,
  rougeSums,
} from './rouge.ts'
export { porterStem } from './stem.ts'
export { lowerCaseWords, words13a, wordsAsTheyAre } from './tokenise.ts'
