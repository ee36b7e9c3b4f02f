/**
 * Sizes of a transformer, and the names, axes and initial distributions of its parameters.
 *
 * Names: `embedding.token` [symbol, model], `embedding.position` [position, model] (learned positions),
 * `embedding.norm.gain|bias` (post-norm), `layerN.attention.norm.gain|bias`, `layerN.attention.input.weight`
 * [part, model, head, depth] and `.bias` [part, head, depth] (parts: query, key, value),
 * `layerN.attention.output.weight` [head, depth, model] and `.bias` [model], `layerN.feed.norm.gain|bias`,
 * `layerN.feed.input.weight` [model, feed] and `.bias` [feed], `layerN.feed.output.weight` [feed, model] and `.bias`
 * [model], `final.norm.gain|bias` (pre-norm), `output.weight` [symbol, model] (untied).
 */
import { type AnyAxis, type Axis, axis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { requireNames } from '../names.ts'
import { type Initial, type Initials, requireSizes } from './parameters.ts'

/** Choices of a transformer by name. */
const positionKinds = ['learned', 'rotary'] as const
const normPlaces = ['pre', 'post'] as const
const activations = ['gelu', 'gelu-tanh', 'relu'] as const

/** What a transformer is made of. */
export interface TransformerSize {
  /** Symbols that it predicts. */
  readonly symbols: number
  /** Width of the residual stream; a multiple of `heads`. */
  readonly model: number
  readonly heads: number
  readonly layers: number
  readonly feedForward: number
  /** The longest sequence. */
  readonly context: number
  /** The symbol fed before token 0: one of the symbols, or `symbols` for an extra one. */
  readonly begin: number
  readonly positions: (typeof positionKinds)[number]
  /** Layer norm before each block and at the end (GPT-2), or after each block and the embedding (RoBERTa). */
  readonly norm: (typeof normPlaces)[number]
  readonly activation: (typeof activations)[number]
  /** Whether the output matrix is the token embedding. */
  readonly tied: boolean
  /** Standard deviation of initial weights (default: GPT-2's 0.02, for widths near 768; see `widthDeviation`). */
  readonly deviation?: number
}

/**
 * GPT-2's initial deviation carried over to another width: 0.02·√(768/model), so that what a layer gives has the same size.
 * At a width of 50, weights of 0.02 leave attention uniform and gradients tiny: training stands still at first.
 */
export const widthDeviation = (model: number): number => 0.02 * Math.sqrt(768 / model)

/** The axes of a transformer. */
export interface TransformerAxes {
  readonly model: Axis<'model'>
  readonly part: Axis<'part'>
  readonly head: Axis<'head'>
  readonly depth: Axis<'depth'>
  readonly feed: Axis<'feed'>
  readonly position: Axis<'position'>
  /** Predicted symbols. */
  readonly symbol: Axis<'symbol'>
  /** Symbols that have an embedding: the predicted ones, and the begin symbol where it is an extra one. */
  readonly embedded: Axis<'symbol'>
}

const problem = (size: TransformerSize): string | undefined => {
  const { symbols, model, heads, begin, positions } = size
  if (model % heads !== 0) return `model is ${model}, not a multiple of heads (${heads})`
  if (!Number.isInteger(begin) || begin < 0 || begin > symbols)
    return `begin is ${begin}, neither one of the ${symbols} symbols nor ${symbols} for an extra one`
  return positions === 'rotary' && (model / heads) % 2 !== 0
    ? `the depth of a head is ${model / heads}, and rotary positions need an even one`
    : undefined
}

/** The same sizes, checked; throws a `Shape` failure that names the wrong one, `Usage` for a name that is none. */
export const checkedSize = (size: TransformerSize): TransformerSize => {
  const { symbols, model, heads, layers, feedForward, context, positions, norm, activation } = size
  requireNames({
    'kind of positions': [positions, positionKinds],
    'place of the norm': [norm, normPlaces],
    activation: [activation, activations],
  })
  requireSizes('a transformer', { symbols, model, heads, layers, feedForward, context })
  const wrong = problem(size)
  return wrong === undefined
    ? size
    : raise(failure('Shape', `a transformer's ${wrong}`, 'change the size', { ...size }))
}

/** The axes for these sizes. */
export const transformerAxes = (size: TransformerSize): TransformerAxes => ({
  model: axis('model', size.model),
  part: axis('part', 3),
  head: axis('head', size.heads),
  depth: axis('depth', size.model / size.heads),
  feed: axis('feed', size.feedForward),
  position: axis('position', size.context),
  symbol: axis('symbol', size.symbols),
  embedded: axis('symbol', Math.max(size.symbols, size.begin + 1)),
})

/** The standard deviations of initial weights, and of the projections that are added to the residual stream. */
interface Deviations {
  readonly weight: number
  readonly residual: number
}

/** GPT-2's: 0.02, and 0.02/√(2·layers) for the projections onto the residual stream. */
const gpt2Deviations = ({ layers, deviation = 0.02 }: TransformerSize): Deviations => ({
  weight: deviation,
  residual: deviation / Math.sqrt(2 * layers),
})

/** Gain 1 and bias 0. */
export const normInitials = (name: string, model: Axis<'model'>): Initials => ({
  [`${name}.gain`]: { axes: [model], mean: 1 },
  [`${name}.bias`]: { axes: [model] },
})

/** The parameters of an attention block called `name`. */
export const attentionInitials = (
  { model, part, head, depth }: TransformerAxes,
  name: string,
  { weight, residual }: Deviations,
): Initials => ({
  ...normInitials(`${name}.norm`, model),
  [`${name}.input.weight`]: { axes: [part, model, head, depth], deviation: weight },
  [`${name}.input.bias`]: { axes: [part, head, depth] },
  [`${name}.output.weight`]: { axes: [head, depth, model], deviation: residual },
  [`${name}.output.bias`]: { axes: [model] },
})

/** The parameters of a feed-forward block called `name`. */
export const feedInitials = (
  { model, feed }: TransformerAxes,
  name: string,
  { weight, residual }: Deviations,
): Initials => ({
  ...normInitials(`${name}.norm`, model),
  [`${name}.input.weight`]: { axes: [model, feed], deviation: weight },
  [`${name}.input.bias`]: { axes: [feed] },
  [`${name}.output.weight`]: { axes: [feed, model], deviation: residual },
  [`${name}.output.bias`]: { axes: [model] },
})

/** The parameters without the output matrix: what an encoder and a language model share. */
export const bodyInitials = (size: TransformerSize): Initials => {
  const axes = transformerAxes(size)
  const { model, position, embedded } = axes
  const deviations = gpt2Deviations(size)
  const table = (rows: AnyAxis): Initial => ({ axes: [rows, model], deviation: deviations.weight })
  const layer = (l: number): Initials => ({
    ...attentionInitials(axes, `layer${l}.attention`, deviations),
    ...feedInitials(axes, `layer${l}.feed`, deviations),
  })
  return {
    'embedding.token': table(embedded),
    ...(size.positions === 'learned' ? { 'embedding.position': table(position) } : {}),
    ...(size.norm === 'post' ? normInitials('embedding.norm', model) : {}),
    ...Array.from({ length: size.layers }, (_, l) => layer(l)).reduce((all, one) => ({ ...all, ...one }), {}),
    ...(size.norm === 'pre' ? normInitials('final.norm', model) : {}),
  }
}

/**
 * All parameters: weights normal with deviation 0.02 (or the size's own), projections onto the residual stream
 * 1/√(2·layers) times that, gains 1, biases 0 (GPT-2; Radford et al. 2019, section 2.3).
 */
export const transformerInitials = (size: TransformerSize): Initials => {
  const { symbol, model } = transformerAxes(size)
  return {
    ...bodyInitials(size),
    ...(size.tied ? {} : { 'output.weight': { axes: [symbol, model], deviation: gpt2Deviations(size).weight } }),
  }
}
