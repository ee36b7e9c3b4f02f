/** Tilting a language model that is given: constraints as automata, energies, and samplers that know their weights. */

// Models
export { bytesOfTexts, type Rows, textOf, type TokenModel } from './model.ts'
export { ngramModel, predictorModel, type PredictorSpelling, runtimeModel, type Spelling } from './adapters.ts'

export type { ChatMessage, LanguageModel, Prompt } from './language.ts'

// Constraints
export {
  all,
  anyText,
  both,
  type Constraint,
  constraint,
  DEAD,
  either,
  literal as exactText,
  named,
  not as except,
  nothing,
} from './constraint.ts'
export { concatenation, repetition, union as anyOf } from './rational.ts'
export { matching, type MatchingOptions, ofLanguage } from './pattern.ts'
export { becoming, spelledLike } from './rewriting.ts'
export { jsonSchema, type SchemaOptions } from './schema.ts'
export { contextFree, type Grammar, type GrammarOptions, type GrammarPart } from './grammar.ts'
export type { Writing } from './utf8.ts'
export { containingAll, containingAny, containingNone } from './words.ts'
export { characters, type Span, words } from './lengths.ts'
export { type ByteAutomaton, compile, type CompileOptions, meets } from './compile.ts'
export { byteLanguage, type ByteLabels } from './byte-language.ts'

// Targets and samplers
export { anything, prepare, type Prepared as PreparedTarget, type Target } from './target.ts'
export type { Soft } from './soft.ts'
export type { Twist, TwistKind } from './twist.ts'
export { fittedTwist } from './fitted.ts'
export type { Check } from './proposal.ts'
export type { PartialTexts } from './population.ts'
export type { ResamplingKind } from './chance.ts'
export type { Death } from './death.ts'
export {
  type Ahead,
  adaptiveRejection,
  masking,
  type Sampler,
  type SamplerOptions,
  sir,
  smc,
  type SmcOptions,
} from './samplers.ts'
export { proposedBy, tempered } from './proposing.ts'
export {
  bankOfTexts,
  type MatchedMoment,
  matchMoments as matchTextMoments,
  type Moment,
  type MomentTilt,
} from './moments.ts'
export { policyDraws, type PolicyDraws } from './policy.ts'
export { particleChain, type TextChain } from './chain.ts'
export {
  drawTexts,
  type StepReport,
  type TextMean,
  textMean,
  type TiltDoubt,
  type Tilted,
  type TiltPartition,
} from './result.ts'
export { weightedTexts, type WeightedTexts } from './weighted.ts'

// The oracle
export { type ExactLaw, exactLaw, type NgramTarget } from './exact.ts'
