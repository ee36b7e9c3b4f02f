/**
 * Transformers in the files of others: GPT-2's names and layouts (`wte.weight`, `h.N.attn.c_attn.weight` [in, out]) and
 * RoBERTa's (`embeddings.word_embeddings.weight`, `encoder.layer.N.attention.self.query.weight` [out, in]).
 *
 * RoBERTa numbers positions from 2 and adds the embedding of token type 0 to every position: both are taken into our
 * position table when a file is read; when one is written, rows 0 and 1 and the token type are 0.
 */
import type * as E from 'fp-ts/lib/Either.js'
import { orElse } from '../at.ts'
import type { NamedArrays } from '../codec/array.ts'
import { type Failure, failure, raise } from '../errors.ts'
import type { Parameters } from './autoregressive.ts'
import { type Layout, type Placement, readLayout, writeLayout } from './checkpoint-layout.ts'
import { axesOfInitials } from './parameters.ts'
import { type TransformerSize, bodyInitials, transformerAxes, transformerInitials } from './transformer-size.ts'

type Block = Pick<Placement, 'name' | 'shape' | 'parameter'> &
  Partial<Pick<Placement, 'start' | 'offset'>> & { readonly turned?: boolean; readonly matrix?: readonly number[] }

/** A block of a matrix or row; `turned` where the foreign array is the transpose of ours. */
const placed = ({ name, shape, parameter, start = 0, offset = 0, turned = false, matrix }: Block): Placement => {
  const sizes = matrix ?? (shape.length === 1 ? [1, ...shape] : turned ? [...shape].reverse() : shape)
  const [rows, columns] = [orElse(sizes[0], 1), orElse(sizes[1], 1)]
  const pitch = orElse(shape.at(-1), 1)
  const [rowStride, columnStride] = turned ? [1, pitch] : [pitch, 1]
  return { name, shape, parameter, start, rows, columns, offset, rowStride, columnStride }
}

const row = (name: string, parameter: string, size: number): Placement => placed({ name, shape: [size], parameter })

const PARTS = [0, 1, 2] as const

const gpt2Layer = ({ model, feedForward }: TransformerSize, l: number): readonly Placement[] => {
  const [h, own] = [`h.${l}`, `layer${l}`]
  const [attention, feed] = [`${own}.attention`, `${own}.feed`]
  return [
    row(`${h}.ln_1.weight`, `${attention}.norm.gain`, model),
    row(`${h}.ln_1.bias`, `${attention}.norm.bias`, model),
    ...PARTS.flatMap((part) => [
      placed({
        name: `${h}.attn.c_attn.weight`,
        shape: [model, 3 * model],
        parameter: `${attention}.input.weight`,
        matrix: [model, model],
        start: part * model * model,
        offset: part * model,
      }),
      placed({
        name: `${h}.attn.c_attn.bias`,
        shape: [3 * model],
        parameter: `${attention}.input.bias`,
        matrix: [1, model],
        start: part * model,
        offset: part * model,
      }),
    ]),
    placed({ name: `${h}.attn.c_proj.weight`, shape: [model, model], parameter: `${attention}.output.weight` }),
    row(`${h}.attn.c_proj.bias`, `${attention}.output.bias`, model),
    row(`${h}.ln_2.weight`, `${feed}.norm.gain`, model),
    row(`${h}.ln_2.bias`, `${feed}.norm.bias`, model),
    placed({ name: `${h}.mlp.c_fc.weight`, shape: [model, feedForward], parameter: `${feed}.input.weight` }),
    row(`${h}.mlp.c_fc.bias`, `${feed}.input.bias`, feedForward),
    placed({ name: `${h}.mlp.c_proj.weight`, shape: [feedForward, model], parameter: `${feed}.output.weight` }),
    row(`${h}.mlp.c_proj.bias`, `${feed}.output.bias`, model),
  ]
}

const needs = (family: string, holds: boolean, what: string): void => {
  if (!holds)
    raise(failure('Shape', `a ${family} checkpoint is not for this transformer`, `give it ${what}`, { family }))
}

const layersOf = (size: TransformerSize, of: (size: TransformerSize, l: number) => readonly Placement[]) =>
  Array.from({ length: size.layers }, (_, l) => of(size, l)).flat()

const gpt2Layout = (size: TransformerSize): Layout => {
  needs('GPT-2', size.norm === 'pre' && size.positions === 'learned', 'pre-norm and learned positions')
  const { model, context, symbols, tied } = size
  const embedded = transformerAxes(size).embedded.size
  return {
    family: 'GPT-2',
    prefix: 'transformer.',
    ignored: (name) => /^h\.\d+\.attn\.(masked_)?bias$/.test(name) || (tied && name === 'lm_head.weight'),
    copies: tied ? { 'lm_head.weight': 'wte.weight' } : {},
    placements: [
      placed({ name: 'wte.weight', shape: [embedded, model], parameter: 'embedding.token' }),
      placed({ name: 'wpe.weight', shape: [context, model], parameter: 'embedding.position' }),
      ...layersOf(size, gpt2Layer),
      row('ln_f.weight', 'final.norm.gain', model),
      row('ln_f.bias', 'final.norm.bias', model),
      ...(tied ? [] : [placed({ name: 'lm_head.weight', shape: [symbols, model], parameter: 'output.weight' })]),
    ],
  }
}

/** Where RoBERTa's positions begin. */
const FIRST_POSITION = 2

const robertaLayer = ({ model, feedForward }: TransformerSize, l: number): readonly Placement[] => {
  const [theirs, own] = [`encoder.layer.${l}`, `layer${l}`]
  const linear = (name: string, parameter: string, inside: number, outside: number): readonly Placement[] => [
    placed({
      name: `${theirs}.${name}.weight`,
      shape: [outside, inside],
      parameter: `${parameter}.weight`,
      turned: true,
    }),
    row(`${theirs}.${name}.bias`, `${parameter}.bias`, outside),
  ]
  const norm = (name: string, parameter: string): readonly Placement[] => [
    row(`${theirs}.${name}.weight`, `${parameter}.gain`, model),
    row(`${theirs}.${name}.bias`, `${parameter}.bias`, model),
  ]
  const part = (name: string, index: number): readonly Placement[] =>
    linear(`attention.self.${name}`, `${own}.attention.input`, model, model).map((p) => ({
      ...p,
      start: index * p.rows * p.columns,
    }))
  return [
    ...part('query', 0),
    ...part('key', 1),
    ...part('value', 2),
    ...linear('attention.output.dense', `${own}.attention.output`, model, model),
    ...norm('attention.output.LayerNorm', `${own}.attention.norm`),
    ...linear('intermediate.dense', `${own}.feed.input`, model, feedForward),
    ...linear('output.dense', `${own}.feed.output`, feedForward, model),
    ...norm('output.LayerNorm', `${own}.feed.norm`),
  ]
}

const robertaLayout = (size: TransformerSize): Layout => {
  needs('RoBERTa', size.norm === 'post' && size.positions === 'learned', 'post-norm and learned positions')
  const { model, context } = size
  return {
    family: 'RoBERTa',
    prefix: 'roberta.',
    ignored: (name) => /^(pooler|lm_head|classifier)\.|^embeddings\.(position_ids|token_type_ids)$/.test(name),
    placements: [
      placed({
        name: 'embeddings.word_embeddings.weight',
        shape: [transformerAxes(size).embedded.size, model],
        parameter: 'embedding.token',
      }),
      placed({
        name: 'embeddings.position_embeddings.weight',
        shape: [context + FIRST_POSITION, model],
        parameter: 'embedding.position',
        matrix: [context, model],
        offset: FIRST_POSITION * model,
      }),
      row('embeddings.LayerNorm.weight', 'embedding.norm.gain', model),
      row('embeddings.LayerNorm.bias', 'embedding.norm.bias', model),
      ...layersOf(size, robertaLayer),
    ],
  }
}

/** Adds token type 0 to every position, when a file is read. */
const tokenType = ({ model, context }: TransformerSize): Placement => ({
  ...placed({
    name: 'embeddings.token_type_embeddings.weight',
    shape: [1, model],
    parameter: 'embedding.position',
    matrix: [context, model],
  }),
  rowStride: 0,
  added: true,
})

/**
 * The parameters of `transformer(size)` in a GPT-2 checkpoint; names may begin with `transformer.`.
 *
 * @example
 * const parts = { symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, begin: 0, tied: true }
 * const size = { ...parts, positions: 'learned', norm: 'pre', activation: 'gelu-tanh' } as const
 * const parameters = transformer(size).initialise(key(1))
 * Object.keys(right(fromGpt2(size)(toGpt2(size)(parameters)))).length === Object.keys(parameters).length // => true
 */
export const fromGpt2 =
  (size: TransformerSize) =>
  (arrays: NamedArrays): E.Either<Failure, Parameters> =>
    readLayout(gpt2Layout(size), axesOfInitials(transformerInitials(size)))(arrays)

/**
 * A GPT-2 checkpoint of these parameters.
 *
 * @example
 * const parts = { symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, begin: 0, tied: true }
 * const size = { ...parts, positions: 'learned', norm: 'pre', activation: 'gelu-tanh' } as const
 * Object.keys(toGpt2(size)(transformer(size).initialise(key(1)))).slice(0, 2) // => ['wte.weight', 'wpe.weight']
 */
export const toGpt2 = (size: TransformerSize): ((parameters: Parameters) => NamedArrays) =>
  writeLayout(gpt2Layout(size))

/**
 * The parameters of an encoder (`transformerHidden(size, 'bidirectional')`) in a RoBERTa checkpoint; names may begin with
 * `roberta.`. Its language-model head, pooler and classifier are left aside.
 *
 * @example
 * const parts = { symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, begin: 0, tied: true }
 * const size = { ...parts, positions: 'learned', norm: 'post', activation: 'gelu' } as const
 * const parameters = transformer(size).initialise(key(1))
 * Object.keys(right(fromRoberta(size)(toRoberta(size)(parameters)))).length === Object.keys(parameters).length // => true
 */
export const fromRoberta =
  (size: TransformerSize) =>
  (arrays: NamedArrays): E.Either<Failure, Parameters> => {
    const layout = robertaLayout(size)
    const whole = { ...layout, placements: [...layout.placements, tokenType(size)] }
    return readLayout(whole, axesOfInitials(bodyInitials(size)))(arrays)
  }

/**
 * A RoBERTa checkpoint of an encoder's parameters; names begin with `roberta.`.
 *
 * @example
 * const parts = { symbols: 5, model: 8, heads: 2, layers: 1, feedForward: 16, context: 6, begin: 0, tied: true }
 * const size = { ...parts, positions: 'learned', norm: 'post', activation: 'gelu' } as const
 * Object.keys(toRoberta(size)(transformer(size).initialise(key(1)))).slice(0, 2) // => ['roberta.embeddings.word_embeddings.weight', 'roberta.embeddings.position_embeddings.weight']
 */
export const toRoberta =
  (size: TransformerSize) =>
  (parameters: Parameters): NamedArrays => ({
    ...writeLayout(robertaLayout(size), 'roberta.')(parameters),
    'roberta.embeddings.token_type_embeddings.weight': {
      dtype: 'f32',
      shape: [1, size.model],
      data: new Float32Array(size.model),
    },
  })
