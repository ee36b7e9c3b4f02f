/**
 * A small classifier of texts in an `.onnx` file, with the ports that Hugging Face's exporters give it: the mean of random rows of its
 * tokens, through a random matrix. Also what it gives, computed here.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { at } from '../../lib/at.ts'
import { END_OF_TEXT } from '../../lib/data/bpe-file.ts'
import { key, uniforms } from '../../lib/key.ts'
import { letterTokenizer } from '../pretrained/model-folder.ts'
import { type Graph, inLayout, integers, node, value } from './layouts.ts'

const [SYMBOLS, WIDTH, LABELS] = [16, 3, 2]
const table = Float32Array.from(uniforms(key(31), SYMBOLS * WIDTH), (u) => 8 * u - 4)
const kinds = Float32Array.from(uniforms(key(32), 2 * WIDTH), (u) => u)
const head = Float32Array.from(uniforms(key(33), WIDTH * LABELS), (u) => 4 * u - 2)

const matrix = (name: string, data: Float32Array, columns: number): Graph['initializer'][number] => ({
  name,
  dims: [data.length / columns, columns],
  dataType: 1,
  rawData: new Uint8Array(data.buffer),
})

const graph: Graph = {
  node: [
    node('Gather', ['table', 'input_ids'], 'words'),
    node('Gather', ['kinds', 'token_type_ids'], 'types'),
    node('Add', ['words', 'types'], 'both'),
    node('Cast', ['attention_mask'], 'there', { to: 1 }),
    node('Unsqueeze', ['there', 'last'], 'column'),
    node('Mul', ['both', 'column'], 'read'),
    node('ReduceSum', ['read', 'time'], 'total', { keepdims: 0 }),
    node('ReduceSum', ['there', 'time'], 'count', { keepdims: 1 }),
    node('Div', ['total', 'count'], 'mean'),
    node('MatMul', ['mean', 'head'], 'logits'),
  ],
  initializer: [
    matrix('table', table, WIDTH),
    matrix('kinds', kinds, WIDTH),
    matrix('head', head, LABELS),
    integers('last', 2),
    integers('time', 1),
  ],
  input: ['input_ids', 'attention_mask', 'token_type_ids'].map((name) => value(name, 'i64', 'batch', 'sequence')),
  output: [value('logits', 'f32', 'batch', LABELS)],
}

/** Its logits of the tokens of a text. */
export const logitsOf = (tokens: readonly number[]): readonly number[] =>
  Array.from({ length: LABELS }, (_, label) =>
    Array.from({ length: WIDTH }, (_unused, w) => {
      const mean = tokens.reduce((sum, v) => sum + at(table, v * WIDTH + w), 0) / tokens.length
      return (mean + at(kinds, w)) * at(head, w * LABELS + label)
    }).reduce((a, b) => a + b, 0),
  )

/** Writes its folder: texts of letters, the end symbol before and behind them. */
export const writeClassifier = (folder: string, config: Readonly<Record<string, unknown>> = {}): string => {
  mkdirSync(join(folder, 'onnx'), { recursive: true })
  const around = { SpecialToken: { id: END_OF_TEXT, type_id: 0 } }
  const tokenizer = {
    ...letterTokenizer(),
    post_processor: {
      type: 'TemplateProcessing',
      single: [around, { Sequence: { id: 'A', type_id: 0 } }, around],
      pair: [around, { Sequence: { id: 'A', type_id: 0 } }, around, { Sequence: { id: 'B', type_id: 1 } }, around],
      special_tokens: { [END_OF_TEXT]: { id: END_OF_TEXT, ids: [0], tokens: [END_OF_TEXT] } },
    },
  }
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer))
  writeFileSync(
    join(folder, 'config.json'),
    JSON.stringify({ id2label: { 0: 'dull', 1: 'bright' }, max_position_embeddings: 8, ...config }),
  )
  const any = fileURLToPath(new URL('../fixtures/causal/plain.onnx', import.meta.url))
  writeFileSync(
    join(folder, 'onnx', 'model.onnx'),
    inLayout(any, () => graph),
  )
  return folder
}
