/**
 * A random model of GPT-2's shape, small, and its files in the layouts of Hugging Face's exporters: plain, with past, merged,
 * with past alone, in half precision, in 4 bits, with its data beside it. Nothing of it is trained; every array is random.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import protobuf from 'protobufjs/light.js'
import { at } from '../../lib/at.ts'
import { fromHalf, toHalf } from '../../lib/codec/half.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import type { Parameters } from '../../lib/models/autoregressive.ts'
import { transformer, type TransformerSize } from '../../lib/models/transformer.ts'
import { type DecoderOptions, exportDecoder } from '../../lib/pretrained/decoder-file.ts'
import type { OnnxFile } from '../../lib/onnx/export.ts'
import { descriptor } from '../../lib/onnx/proto.ts'
import { run } from '../either.ts'
import { letterTokenizer } from '../pretrained/model-folder.ts'
import { type Change, type Graph, inLayout, single } from './layouts.ts'

/** Sixteen symbols, of which 0 begins and ends; a block of 4 bits is the width. */
export const SIZE: TransformerSize = {
  symbols: 16,
  model: 32,
  heads: 2,
  layers: 2,
  feedForward: 64,
  context: 12,
  begin: 0,
  positions: 'learned',
  norm: 'pre',
  activation: 'gelu-tanh',
  tied: true,
}

/** Every number between −½ and ½, gains around 1. */
export const randomParameters = (size: TransformerSize, seed = 7): Parameters =>
  Object.fromEntries(
    Object.entries(transformer(size).initialise(key(1))).map(([name, data], i) => [
      name,
      Float32Array.from(uniforms(fold(key(seed), i), data.length), (u) => u - 0.5 + (name.endsWith('gain') ? 1 : 0)),
    ]),
  )

/** The parameters as a file in half precision has them. */
export const halfParameters = (parameters: Parameters): Parameters =>
  Object.fromEntries(Object.entries(parameters).map(([name, data]) => [name, data.map((x) => fromHalf(toHalf(x)))]))

/** A matrix [outer, rows, columns] in 4 bits: 32 rows of a column share a scale, of which their largest number is −8. */
const coarse = (data: Float32Array, rows: number, columns: number): Float32Array => {
  const out = Float32Array.from(data)
  for (let from = 0; from < data.length; from += 32 * columns)
    for (let c = 0; c < columns; c++) {
      const places = Array.from({ length: Math.min(32, rows) }, (_, r) => from + r * columns + c)
      const peak = places.map((i) => at(data, i)).reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a))
      const scale = Math.fround(peak / -8)
      for (const i of places) out[i] = Math.min(7, Math.max(-8, Math.round(at(data, i) / scale))) * scale
    }
  return out
}

/** The parameters as a file in 4 bits has them: matrices are coarse, the output's is one of its own. */
export const coarseParameters = (size: TransformerSize, parameters: Parameters): Parameters => ({
  ...Object.fromEntries(
    Object.entries(parameters).map(([name, data]) => {
      const isMatrix = /^layer.*weight$/.test(name)
      const columns = name.endsWith('feed.input.weight') ? size.feedForward : size.model
      return [name, isMatrix ? coarse(data, 32, columns) : data]
    }),
  ),
  'output.weight': coarse(Float32Array.from(at([parameters['embedding.token']], 0)), 32, 1),
})

/** The bytes of a file of the model. */
export const decoderFile = (options: Partial<DecoderOptions> = {}, size: TransformerSize = SIZE): Promise<OnnxFile> =>
  run(exportDecoder({ size, parameters: randomParameters(size), ...options }))

interface Message {
  readonly graph: Graph
}

const isMessage = (x: unknown): x is Message => typeof x === 'object' && x !== null && 'graph' in x

const graphOf = (bytes: Uint8Array): Graph => {
  const Type = protobuf.Root.fromJSON(descriptor).lookupType('onnx.ModelProto')
  const model: unknown = Type.toObject(Type.decode(bytes), { defaults: false, arrays: true })
  if (!isMessage(model)) throw new Error('no graph')
  return model.graph
}

/** A graph as a branch: it reads inputs and constants of the graph around it, and its names are its own. */
const branch = ({ node, output }: Graph, prefix: string, cached: boolean) => {
  const own = new Set(node.flatMap((n) => n.output))
  const now = (name: string): string => (own.has(name) ? `${prefix}${name}` : name)
  return {
    name: prefix,
    node: node.map((n) => {
      // Without a past, keys and values are those of the tokens alone.
      const first = n.opType === 'Concat' && !cached
      return {
        ...n,
        opType: first ? 'Identity' : n.opType,
        input: (first ? n.input.slice(1) : n.input).map(now),
        output: n.output.map(now),
        attribute: first ? [] : (n.attribute ?? []),
      }
    }),
    output: output.map((o) => ({ ...o, name: now(o.name) })),
  }
}

/** Both branches in one file, chosen by `use_cache_branch`: what a merged decoder is. */
const merged = (bytes: Uint8Array): Uint8Array => {
  const graph = graphOf(bytes)
  const Type = protobuf.Root.fromJSON(descriptor).lookupType('onnx.ModelProto')
  const flag = { name: 'use_cache_branch', type: { tensorType: { elemType: 9, shape: { dim: [{ dimValue: 1 }] } } } }
  const model = {
    irVersion: 8,
    opsetImport: [{ domain: '', version: 18 }],
    graph: {
      ...graph,
      input: [...graph.input, flag],
      node: [
        {
          opType: 'If',
          input: ['use_cache_branch'],
          output: graph.output.map(({ name }) => name),
          attribute: [
            { name: 'then_branch', type: 5, g: branch(graph, 'with/', true) },
            { name: 'else_branch', type: 5, g: branch(graph, 'without/', false) },
          ],
        },
      ],
    },
  }
  return Type.encode(Type.fromObject(model)).finish()
}

/** A file in another layout. */
const changed = (folder: string, bytes: Uint8Array, change: Change): Uint8Array => {
  const path = join(folder, 'unchanged.bin')
  writeFileSync(path, bytes)
  return inLayout(path, change)
}

/** The layouts by name: the file in `onnx/`, its bytes, and what lies beside it. */
export const LAYOUTS: Readonly<
  Record<string, { readonly file: string; readonly bytes: (folder: string) => Promise<OnnxFile> }>
> = {
  'with past': { file: 'model.onnx', bytes: () => decoderFile() },
  plain: { file: 'model.onnx', bytes: () => decoderFile({ cache: false }) },
  merged: {
    file: 'decoder_model_merged.onnx',
    bytes: async () => ({ model: merged((await decoderFile()).model) }),
  },
  'with past alone': {
    file: 'decoder_with_past_model.onnx',
    bytes: async (folder) => ({ model: changed(folder, (await decoderFile()).model, single) }),
  },
  'data beside': { file: 'model.onnx', bytes: () => decoderFile({ external: 'model.onnx_data' }) },
  f16: { file: 'model_fp16.onnx', bytes: () => decoderFile({ precision: 'fp16' }) },
  q4: { file: 'model_q4.onnx', bytes: () => decoderFile({ precision: 'q4' }) },
}

/** Writes a folder of the model in some layouts, as transformers.js and `languageModel` read it. */
export const writeGpt2 = async (folder: string, layouts: readonly string[] = ['with past']): Promise<string> => {
  mkdirSync(join(folder, 'onnx'), { recursive: true })
  const { symbols, model, heads, layers, context } = SIZE
  const config = {
    model_type: 'gpt2',
    architectures: ['GPT2LMHeadModel'],
    vocab_size: symbols,
    n_embd: model,
    n_head: heads,
    n_layer: layers,
    n_positions: context,
    bos_token_id: 0,
    eos_token_id: 0,
  }
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config))
  writeFileSync(join(folder, 'generation_config.json'), JSON.stringify({ bos_token_id: 0, eos_token_id: 0 }))
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(letterTokenizer()))
  const end = '<|endoftext|>'
  writeFileSync(
    join(folder, 'tokenizer_config.json'),
    JSON.stringify({ tokenizer_class: 'GPT2Tokenizer', bos_token: end, eos_token: end, unk_token: end }),
  )
  for (const name of layouts) {
    const { file, bytes } = at([LAYOUTS[name]], 0)
    const { model: onnx, data } = await bytes(folder)
    writeFileSync(join(folder, 'onnx', file), onnx)
    if (data !== undefined) writeFileSync(join(folder, 'onnx', 'model.onnx_data'), data)
  }
  return folder
}

/** The bytes of a file. */
export const bytesAt = (...path: readonly string[]): Uint8Array => readFileSync(join(...path))
