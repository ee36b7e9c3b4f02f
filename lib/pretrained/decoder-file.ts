/**
 * A transformer of the library as the ONNX file of a decoder, as Hugging Face's exporters write one of GPT-2: token ids, mask
 * and positions in, logits out, with a key/value cache or without. `languageModel` and transformers.js read it.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { field } from '../at.ts'
import { type Failure, failure, usage } from '../errors.ts'
import type { Parameters } from '../models/autoregressive.ts'
import type { TransformerSize } from '../models/transformer-size.ts'
import { unknownName } from '../names.ts'
import {
  emit,
  integers,
  type Making,
  type Precision,
  precisions,
  product,
  real,
  weight,
} from '../onnx/decoder-weights.ts'
import { besides, type OnnxFile } from '../onnx/export.ts'
import { installed } from '../onnx/installed.ts'
import { loadEncoder, type OnnxSource } from '../onnx/runtime.ts'
import type { Dimension, GraphValue } from '../onnx/types.ts'

/** A transformer and how its file is to be. */
export interface DecoderOptions {
  readonly size: TransformerSize
  readonly parameters: Parameters
  /** How weights are stored; single precision unless given. */
  readonly precision?: Precision
  /** Whether it reads and writes keys and values of past positions (default), or is given whole rows. */
  readonly cache?: boolean
  /** The name of a file beside the model that holds the weights; absent: they are inside. */
  readonly external?: string
  readonly description?: string
}

/** What the parts of the graph share. */
interface Drawing extends Required<Pick<DecoderOptions, 'size' | 'parameters' | 'precision' | 'cache'>> {
  readonly making: Making
  /** What is added to scores [batch, 1, time, total]: 0, or very little where a position may not be seen. */
  readonly hidden: string
}

const named = (d: Drawing, name: string): Float32Array => field(d.parameters, name)

const vector = (d: Drawing, name: string, data: Float32Array): string =>
  weight(d.making, d.precision === 'q4' ? 'fp32' : d.precision, { name, shape: [data.length], data })

const depthOf = ({ model, heads }: TransformerSize): number => model / heads

/** x·W + b. */
const affine = (d: Drawing, name: string, x: string, shape: readonly [number, number], data: Float32Array): string => {
  const own = { name: `${name}.weight`, shape, data }
  const out = product(d.making, d.precision, x, own, `/${name}/product`)
  return emit(d.making, `/${name}/sum`, 'Add', [out, vector(d, `${name}.bias`, named(d, `${name}.bias`))])
}

const norm = (d: Drawing, name: string, x: string): string =>
  emit(
    d.making,
    `/${name}`,
    'LayerNormalization',
    [x, vector(d, `${name}.gain`, named(d, `${name}.gain`)), vector(d, `${name}.bias`, named(d, `${name}.bias`))],
    { axis: -1, epsilon: { float: 1e-5 } },
  )

/** The three parts of the input projection [part, model, head, depth] as one matrix [model, part·head·depth]. */
const besideEachOther = (data: Float32Array, model: number): Float32Array => {
  const out = new Float32Array(data.length)
  for (let part = 0; part < 3; part++)
    for (let row = 0; row < model; row++)
      out.set(
        data.subarray((part * model + row) * model, (part * model + row + 1) * model),
        row * 3 * model + part * model,
      )
  return out
}

/** Heads [batch, head, time, depth] of a projection [batch, time, model]. */
const heads = ({ making, size }: Drawing, name: string, x: string): string => {
  const shape = integers(making, [0, 0, size.heads, depthOf(size)])
  return emit(making, `${name}/heads`, 'Transpose', [emit(making, `${name}/split`, 'Reshape', [x, shape])], {
    perm: [0, 2, 1, 3],
  })
}

/** Keys or values with those of the past before them, which the file gives on. */
const carried = ({ making, cache }: Drawing, l: number, part: 'key' | 'value', own: string): string =>
  cache ? emit(making, `present.${l}.${part}`, 'Concat', [`past_key_values.${l}.${part}`, own], { axis: 2 }) : own

const attention = (d: Drawing, l: number, x: string): string => {
  const { making, size } = d
  const { model } = size
  const name = `layer${l}.attention`
  const weights = besideEachOther(named(d, `${name}.input.weight`), model)
  const parts = affine(d, `${name}.input`, x, [model, 3 * model], weights)
  const [query, key, value] = [`/${name}/query`, `/${name}/key`, `/${name}/value`]
  making.nodes.push({
    type: 'Split',
    inputs: [parts, integers(making, [model, model, model])],
    outputs: [query, key, value],
    attributes: { axis: -1 },
  })
  const keys = carried(d, l, 'key', heads(d, key, key))
  const values = carried(d, l, 'value', heads(d, value, value))
  const turned = emit(making, `/${name}/turned`, 'Transpose', [keys], { perm: [0, 1, 3, 2] })
  const scaled = emit(making, `/${name}/scaled`, 'Mul', [
    heads(d, query, query),
    real(making, 1 / Math.sqrt(depthOf(size))),
  ])
  const scores = emit(making, `/${name}/scores`, 'MatMul', [scaled, turned])
  const seen = emit(making, `/${name}/seen`, 'Add', [scores, d.hidden])
  const shares = emit(making, `/${name}/shares`, 'Softmax', [seen], { axis: -1 })
  const read = emit(making, `/${name}/read`, 'MatMul', [shares, values])
  const back = emit(making, `/${name}/back`, 'Transpose', [read], { perm: [0, 2, 1, 3] })
  const flat = emit(making, `/${name}/flat`, 'Reshape', [back, integers(making, [0, 0, model])])
  return affine(d, `${name}.output`, flat, [model, model], named(d, `${name}.output.weight`))
}

/** The activations; `gelu-tanh` is x·σ(2·√(2/π)·(x + 0.044715·x³)). */
const activated = ({ making, size }: Drawing, name: string, x: string): string => {
  const node = (part: string, type: string, ...inputs: readonly string[]): string =>
    emit(making, `/${name}/${part}`, type, inputs)
  if (size.activation === 'relu') return node('active', 'Relu', x)
  if (size.activation === 'gelu') {
    const erf = node('erf', 'Erf', node('narrow', 'Mul', x, real(making, Math.SQRT1_2)))
    const twice = node('twice', 'Mul', x, node('raised', 'Add', erf, real(making, 1)))
    return node('active', 'Mul', twice, real(making, 0.5))
  }
  const cubic = node('cubic', 'Mul', node('square', 'Mul', x, x), real(making, 0.044715))
  const inner = node('inner', 'Mul', x, node('raised', 'Add', cubic, real(making, 1)))
  const gate = node('gate', 'Sigmoid', node('wide', 'Mul', inner, real(making, 2 * Math.sqrt(2 / Math.PI))))
  return node('active', 'Mul', x, gate)
}

const feed = (d: Drawing, l: number, x: string): string => {
  const { model, feedForward } = d.size
  const name = `layer${l}.feed`
  const inside = affine(d, `${name}.input`, x, [model, feedForward], named(d, `${name}.input.weight`))
  const active = activated(d, name, inside)
  return affine(d, `${name}.output`, active, [feedForward, model], named(d, `${name}.output.weight`))
}

/** Which positions are hidden: those after one's own, counted from the end of the mask, and those that the mask hides. */
const hiding = (making: Making): string => {
  const node = (name: string, type: string, ...inputs: readonly string[]): string =>
    emit(making, `/mask/${name}`, type, inputs)
  const sizeOf = (input: string): string =>
    emit(making, `/mask/${input}/time`, 'Gather', [node(`${input}/shape`, 'Shape', input), integers(making, 1)], {
      axis: 0,
    })
  const [time, total] = [sizeOf('input_ids'), sizeOf('attention_mask')]
  const one = integers(making, 1)
  const own = node('own', 'Range', node('past', 'Sub', total, time), total, one)
  const all = node('all', 'Range', integers(making, 0), total, one)
  const later = node('later', 'Greater', all, node('column', 'Unsqueeze', own, integers(making, [1])))
  const absent = node('absent', 'Equal', 'attention_mask', integers(making, 0))
  const spread = node('spread', 'Unsqueeze', absent, integers(making, [1, 2]))
  return node('bias', 'Where', node('either', 'Or', later, spread), real(making, -1e9), real(making, 0))
}

const transposed = (data: Float32Array, rows: number, columns: number): Float32Array => {
  const out = new Float32Array(data.length)
  for (let r = 0; r < rows; r++)
    data.subarray(r * columns, (r + 1) * columns).forEach((x, c) => {
      out[c * rows + r] = x
    })
  return out
}

/** The logits: the product with the embedding where it is tied and stored as it is, else with a matrix of their own. */
const logits = (d: Drawing, x: string, table: string): string => {
  const { making, size, precision } = d
  const { symbols, model } = size
  if (size.tied && precision !== 'q4')
    return emit(making, 'logits', 'MatMul', [x, emit(making, '/output/turned', 'Transpose', [table], { perm: [1, 0] })])
  const data = named(d, size.tied ? 'embedding.token' : 'output.weight')
  const own = { name: 'output.weight', shape: [model, symbols], data: transposed(data, symbols, model) }
  return product(making, precision, x, own, 'logits')
}

const draw = (options: DecoderOptions): Making => {
  const { size, parameters, precision = 'fp32', cache = true } = options
  const making: Making = { nodes: [], initialisers: [] }
  const d: Drawing = { size, parameters, precision, cache, making, hidden: hiding(making) }
  const table = (name: string, rows: number): string =>
    weight(making, precision === 'q4' ? 'fp32' : precision, { name, shape: [rows, size.model], data: named(d, name) })
  const tokens = table('embedding.token', size.symbols)
  const own = emit(making, '/embedding/token', 'Gather', [tokens, 'input_ids'], { axis: 0 })
  const places = table('embedding.position', size.context)
  const placed = emit(making, '/embedding/position', 'Gather', [places, 'position_ids'], { axis: 0 })
  let x = emit(making, '/embedding', 'Add', [own, placed])
  for (let l = 0; l < size.layers; l++) {
    x = emit(making, `/layer${l}/attended`, 'Add', [x, attention(d, l, norm(d, `layer${l}.attention.norm`, x))])
    x = emit(making, `/layer${l}/fed`, 'Add', [x, feed(d, l, norm(d, `layer${l}.feed.norm`, x))])
  }
  logits(d, norm(d, 'final.norm', x), tokens)
  return making
}

const port = (name: string, dtype: 'f32' | 'i64', ...dims: readonly (string | number)[]): GraphValue => ({
  name,
  dtype,
  shape: [],
  dimensions: dims.map((d): Dimension => (typeof d === 'string' ? { name: d } : { size: d })),
})

const ports = ({
  size,
  cache = true,
}: DecoderOptions): Readonly<Record<'inputs' | 'outputs', readonly GraphValue[]>> => {
  const total = cache ? 'total_sequence_length' : 'sequence_length'
  const caches = (prefix: string, time: string): readonly GraphValue[] =>
    cache
      ? Array.from({ length: size.layers }, (_, l) =>
          ['key', 'value'].map((part) =>
            port(`${prefix}.${l}.${part}`, 'f32', 'batch_size', size.heads, time, depthOf(size)),
          ),
        ).flat()
      : []
  return {
    inputs: [
      port('input_ids', 'i64', 'batch_size', 'sequence_length'),
      port('attention_mask', 'i64', 'batch_size', total),
      port('position_ids', 'i64', 'batch_size', 'sequence_length'),
      ...caches('past_key_values', 'past_sequence_length'),
    ],
    outputs: [
      port('logits', 'f32', 'batch_size', 'sequence_length', size.symbols),
      ...caches('present', 'total_sequence_length'),
    ],
  }
}

/** What of a transformer has no such file. */
const problem = ({ norm: place, positions, begin, symbols }: TransformerSize): string | undefined =>
  place !== 'pre'
    ? 'norms after its blocks'
    : positions !== 'learned'
      ? 'rotary positions'
      : begin >= symbols
        ? 'a begin symbol that is none of its symbols'
        : undefined

/**
 * The file of a decoder. Tokens are read as they are: the begin symbol is the first of a row's. `Usage` for a transformer
 * that is not of GPT-2's shape (norms before blocks, learned positions, a begin symbol among its symbols), `NoAdapter` when
 * the package protobufjs is missing.
 *
 * @example
 * import { key, transformer } from 'exptilt'
 * import { exportDecoder } from 'exptilt/node'
 * const size = {
 *   symbols: 5, model: 4, heads: 2, layers: 1, feedForward: 8, context: 6, begin: 4,
 *   positions: 'learned', norm: 'pre', activation: 'gelu-tanh', tied: true,
 * } as const
 * const file = exportDecoder({ size, parameters: transformer(size).initialise(key(1)), precision: 'fp16' })
 */
export const exportDecoder = (
  options: DecoderOptions,
  source: OnnxSource = installed,
): TE.TaskEither<Failure, OnnxFile> => {
  const unknown = unknownName({ precision: [options.precision ?? 'fp32', precisions] })
  if (unknown !== undefined) return TE.left(unknown)
  const wrong = problem(options.size)
  return wrong === undefined
    ? pipe(
        loadEncoder(source),
        TE.chainEitherK((encode) =>
          E.tryCatch(
            () => {
              const whole = { ...draw(options), ...ports(options) }
              const { external, description } = options
              const { graph, data } = external === undefined ? { graph: whole } : besides(whole, external)
              const model = encode(graph, description === undefined ? {} : { description })
              return data === undefined ? { model } : { model, data }
            },
            (thrown) =>
              failure('Runtime', `the file cannot be written (${String(thrown)})`, 'give the parameters of its size'),
          ),
        ),
      )
    : TE.left(
        usage(`a transformer with ${wrong} has no file of a decoder`, 'export its logits with exportProgram', {
          ...options.size,
        }),
      )
}
