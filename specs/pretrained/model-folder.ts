/** A folder as Hugging Face's exporters write it, around the small transformer of the fixtures: an end and fifteen letters. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { END_OF_TEXT } from '../../lib/data/bpe-file.ts'

/** Symbol 0 ends texts, symbol v is the v-th letter. */
export const LETTERS = 'abcdefghijklmno'

/** A byte-level tokenizer of single letters. */
export const letterTokenizer = (letters: string = LETTERS): Readonly<Record<string, unknown>> => ({
  version: '1.0',
  added_tokens: [
    { id: 0, content: END_OF_TEXT, special: true, single_word: false, lstrip: false, rstrip: false, normalized: false },
  ],
  normalizer: null,
  pre_tokenizer: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true },
  post_processor: null,
  decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: true },
  model: {
    type: 'BPE',
    vocab: Object.fromEntries([[END_OF_TEXT, 0], ...[...letters].map((letter, i) => [letter, i + 1] as const)]),
    merges: [],
  },
})

/** Writes the folder's files; `onnx` is a file of specs/fixtures/causal, or none. */
export const writeModelFolder = (
  folder: string,
  {
    onnx = 'cached.onnx',
    tokenizer = letterTokenizer(),
  }: { readonly onnx?: string; readonly tokenizer?: unknown } = {},
): string => {
  mkdirSync(join(folder, 'onnx'), { recursive: true })
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ model_type: 'gpt2', n_positions: 12, eos_token_id: 0 }))
  writeFileSync(join(folder, 'generation_config.json'), JSON.stringify({ eos_token_id: [0] }))
  writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer))
  if (onnx !== '')
    copyFileSync(
      fileURLToPath(new URL(`../fixtures/causal/${onnx}`, import.meta.url)),
      join(folder, 'onnx', 'model.onnx'),
    )
  return folder
}
