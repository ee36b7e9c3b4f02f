/**
 * What every autoregressive model of the library looks like: `q(x) = ∏_t q(x_t | x_<t)` from named parameters and pure
 * functions of them. Training, sampling, scoring, energies and E-ARM are written once, against this.
 *
 * Logits at position t are those of token t given the tokens before it; position 0 sees only the model's begin symbol (or
 * zero state). So a sequence of length T has T factors, and nobody else shifts.
 */
import type { AnyAxis, Axis } from '../axis.ts'
import type { Expr, Tensor } from '../expr.ts'
import type { Key } from '../key.ts'
import type { LaneMask } from '../ops/attention-lanes.ts'
import type { KeyTensor } from '../ops/random.ts'

/** Values of parameters by name. */
export type Parameters = Readonly<Record<string, Float32Array>>

/** Expressions by name. */
export type Named = Readonly<Record<string, Expr>>

/** Axes by name. */
export type NamedAxes = Readonly<Record<string, readonly AnyAxis[]>>

/** A batch of rows of tokens [batch, time]. */
export type Tokens = Tensor<'batch' | 'time' | '1', 'i32'>

/** Unnormalised log-probabilities of each token given those before it [batch, time, symbol]. */
export type TokenLogits = Tensor<'batch' | 'time' | 'symbol' | '1'>

/** Dropout at a numbered site of a network; the identity outside training. */
export type Drop = (site: number) => <A extends string>(x: Tensor<A>) => Tensor<A>

/** Drops nothing. */
export const keepAll: Drop = () => (x) => x

/** What a pass over whole rows gives. All of it is lazy: what nobody asks for costs nothing. */
export interface Forward {
  readonly logits: TokenLogits
  /** What the logits are a linear function of [batch, time, model]. */
  readonly hidden: Tensor<'batch' | 'time' | 'model' | '1'>
  /** The rows that steps 0 … T−1 would have appended to each cache: [time, batch, …]. */
  readonly rows: Named
  /** The carried state after these steps: [batch, …]. */
  readonly carried: Named
}

/** What stepping token by token remembers. */
export interface CacheAxes {
  /** Grows by one row a step: [time, batch, …], `time` first; step t writes row t. */
  readonly appended: NamedAxes
  /** Replaced at every step: [batch, …]; zero before the first. */
  readonly carried: NamedAxes
}

/** One step: logits [batch, symbol] of token t, and what is remembered. */
export interface Step {
  readonly logits: Tensor<'batch' | 'symbol' | '1'>
  /** The row of each appended cache: [batch, …]. */
  readonly rows: Named
  readonly carried: Named
}

/**
 * Where a step stands: the caches as they were before it, the token before it, and t (0 for the first token). With `seen`, for a
 * model that shares rows, the batch is groups of lanes side by side, the caches are [time, group, …] in any order of time, and a
 * lane sees the rows where this is true.
 */
export interface StepInput {
  readonly appended: Named
  readonly seen?: LaneMask
  readonly carried: Named
  /** x_{t−1}; ignored at t = 0. */
  readonly previous: Tensor<'batch' | '1', 'i32'>
  readonly position: Tensor<'1', 'i32'>
}

/** Draws the token at a place of a line from its logits [batch, symbol]. */
export type DrawAt = (place: number, logits: Step['logits']) => Tensor<'batch' | '1', 'i32'>

/**
 * Drawing line by line (the rows of an image), for a model that computes for a whole line at once what depends on earlier
 * lines alone. The law is that of the steps; sums may be rounded otherwise.
 */
export interface Lines {
  /** Tokens of a line. */
  readonly length: number
  /** What is remembered from line to line [batch, …]: zero before the first. */
  readonly remembered: (batch: number) => NamedAxes
  /** A line, whose tokens are drawn one after the other; what is remembered after it. */
  readonly line: (parameters: Named, remembered: Named, draw: DrawAt) => Named
}

/**
 * Whole rows at once, for a model with kernels that loop over time: rows end with `end`, which fills them up, and cost one
 * program to draw and one to score. The law is that of the steps; sums may be rounded otherwise.
 */
export interface Whole {
  readonly end: number
  /** Rows [batch, time] with log q (nats) [batch] of what was drawn, the end counted. */
  readonly draw: (
    parameters: Named,
    key: KeyTensor,
    batch: Axis<'batch'>,
    time: Axis<'time'>,
  ) => { readonly tokens: Tokens; readonly logProbability: Tensor<'batch' | '1'> }
  /** log q (nats) [batch] of rows up to and with their first end. */
  readonly score: (parameters: Named, tokens: Tokens) => Tensor<'batch' | '1'>
}

/** An autoregressive model over `symbols` symbols. */
export interface Autoregressive {
  readonly symbols: number
  /** The longest sequence. */
  readonly context: number
  readonly parameters: NamedAxes
  readonly initialise: (key: Key) => Parameters
  readonly forward: (parameters: Named, tokens: Tokens, drop: Drop) => Forward
  readonly cache: (batch: number, time: number) => CacheAxes
  /** Cached rows at positions above `position` are to be ignored; row `position` is this step's own. */
  readonly step: (parameters: Named, at: StepInput) => Step
  /** Whether a step can be given rows that lanes share. */
  readonly shares?: boolean
  /** Where whole lines are cheaper than steps. */
  readonly lines?: Lines
  /** Where whole rows are: used where a runtime's rows end with the same symbol, and no prefix or decoding is asked for. */
  readonly whole?: Whole
}
