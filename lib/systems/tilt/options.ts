/** What is asked of `exptilt tilt`, as one record. */

/** How texts are drawn. */
export type SamplerName = 'smc' | 'masking' | 'rejection' | 'sir' | 'chain'

/** All of the ways in which a text can be cut into tokens, or the tokenizer's own alone. */
export type Tokenisation = 'every' | 'canonical'

/** Samplers in the order of help texts. */
export const samplerNames: readonly [SamplerName, ...SamplerName[]] = ['smc', 'masking', 'rejection', 'sir', 'chain']

/** How `smc` looks ahead: by the automaton and the model's first step, by the model's own texts, or not at all. */
export type TwistName = 'automaton' | 'fitted' | 'none'

/** The ways to look ahead, in the order of help texts. */
export const twistNames: readonly [TwistName, ...TwistName[]] = ['automaton', 'fitted', 'none']

/** What of ONNX Runtime computes the model of an export. */
export const providerNames: readonly ['cpu', 'webgpu', 'cuda', 'coreml', 'dml'] = [
  'cpu',
  'webgpu',
  'cuda',
  'coreml',
  'dml',
]

/** How the weights of an export may be stored. */
export const dtypeNames: readonly ['fp32', 'fp16', 'q8', 'int8', 'uint8', 'q4', 'q4f16', 'bnb4'] = [
  'fp32',
  'fp16',
  'q8',
  'int8',
  'uint8',
  'q4',
  'q4f16',
  'bnb4',
]

/** A property of texts, as a regular expression that is searched in them, and the share of them that is to have it. */
export interface MomentOption {
  readonly regex: string
  readonly share: number
}

/** The options of a tilt. */
export interface TiltOptions {
  /** What the texts go on from. */
  readonly prompt: string
  /** The model's folder: an export, or a run of this library. */
  readonly model?: string
  /** Which of an export's files is read: that of these weights; the most exact one unless given. */
  readonly dtype?: (typeof dtypeNames)[number]
  /** What computes it. */
  readonly provider?: (typeof providerNames)[number]
  /** Which network of a run. */
  readonly network?: string
  /** The sentence that a run of translation translates. */
  readonly source?: string
  /** The text matches this from its first character to its last. */
  readonly regex?: string
  /** A file: the text is JSON of the JSON Schema in it. */
  readonly schema?: string
  /** How often a reference of the schema may occur within itself. */
  readonly depth: number
  /** All of these occur in it. */
  readonly contain: readonly string[]
  /** None of these occur in it. */
  readonly avoid: readonly string[]
  readonly moments: readonly MomentOption[]
  /** α of `q^α`. */
  readonly power: number
  readonly sampler: SamplerName
  readonly twist: TwistName
  /** Of the law that tokens are proposed by; it changes no target. */
  readonly temperature: number
  /** Texts grown side by side, in all; for each step of a chain. */
  readonly particles: number
  /** Populations that do not meet. */
  readonly islands: number
  /** Texts shown; steps of a chain. */
  readonly samples: number
  /** Most tokens of a text. */
  readonly limit: number
  /** Fewest tokens of a text. */
  readonly least: number
  /** Which tokens of a text count. */
  readonly tokenisation: Tokenisation
  /** A file that the constraint's automaton is written to. */
  readonly automaton?: string
  readonly seed: number
  /** Processes that grow shares of the populations; this one unless given. */
  readonly workers?: number
  /** The Redis whose workers grow them, with its password. */
  readonly on?: string
  readonly out?: string
}
