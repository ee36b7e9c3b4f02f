/** The files of the English model: what transformers.js and `languageModel` read, and what is to be said of it. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { decodeJson } from '../../lib/codec/json.ts'
import { END_OF_TEXT } from '../../lib/data/bpe-file.ts'
import type { Tokenizer } from '../../lib/data/tokenizer.ts'
import { effect } from '../../lib/effect.ts'
import type { Failure } from '../../lib/errors.ts'
import { logSoftmax } from '../../lib/math.ts'
import { at } from '../../lib/at.ts'
import { right } from '../../lib/outcome.ts'
import type { Parameters } from '../../lib/models/autoregressive.ts'
import type { TransformerSize } from '../../lib/models/transformer.ts'
import type { Rate, Windows } from './train.ts'
import { exportDecoder } from '../../lib/pretrained/decoder-file.ts'
import type { Predictor } from '../../lib/predictor.ts'

const json = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** The tokenizer's file, in which a text begins with the end of the one before. */
const tokenizerFile = (tokenizer: Tokenizer) => {
  const special = { SpecialToken: { id: END_OF_TEXT, type_id: 0 } }
  const processor = {
    type: 'TemplateProcessing',
    single: [special, { Sequence: { id: 'A', type_id: 0 } }],
    pair: [special, { Sequence: { id: 'A', type_id: 0 } }, { Sequence: { id: 'B', type_id: 1 } }],
    special_tokens: { [END_OF_TEXT]: { id: END_OF_TEXT, ids: [tokenizer.end], tokens: [END_OF_TEXT] } },
  }
  const read = right(decodeJson(t.UnknownRecord, 'tokenizer.json')(tokenizer.json()))
  return { ...read, post_processor: processor }
}

/** Writes the model into a folder. */
export const writeModel = (folder: string, size: TransformerSize, parameters: Parameters, tokenizer: Tokenizer) =>
  effect(async (run) => {
    const { symbols, model, heads, layers, feedForward, context } = size
    const end = tokenizer.end
    const description = 'exptilt’s English model: public-domain prose'
    const file = await run(exportDecoder({ size, parameters, precision: 'fp16', description }))
    mkdirSync(join(folder, 'onnx'), { recursive: true })
    writeFileSync(join(folder, 'onnx', 'model_fp16.onnx'), file.model)
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerFile(tokenizer)))
    const config = {
      model_type: 'gpt2',
      architectures: ['GPT2LMHeadModel'],
      vocab_size: symbols,
      n_embd: model,
      n_head: heads,
      n_layer: layers,
      n_inner: feedForward,
      n_positions: context,
      activation_function: 'gelu_new',
      layer_norm_epsilon: 1e-5,
      tie_word_embeddings: true,
      bos_token_id: end,
      eos_token_id: end,
      'transformers.js_config': { dtype: 'fp16' },
    }
    writeFileSync(join(folder, 'config.json'), json(config))
    writeFileSync(
      join(folder, 'generation_config.json'),
      json({ bos_token_id: end, eos_token_id: end, pad_token_id: end }),
    )
    const tokens = { bos_token: END_OF_TEXT, eos_token: END_OF_TEXT, unk_token: END_OF_TEXT, pad_token: END_OF_TEXT }
    writeFileSync(
      join(folder, 'tokenizer_config.json'),
      json({ tokenizer_class: 'GPT2Tokenizer', model_max_length: context, ...tokens }),
    )
  })

/** How well texts are predicted: nats, tokens and bytes in all; every end is a token and no byte. */
export interface Measured {
  readonly nats: number
  readonly tokens: number
  readonly bytes: number
}

/** log q of texts, each alone after an end, with its own end; those of more tokens than the context, their end with them, are left out. */
export const measure = (
  predictor: Predictor,
  tokenizer: Tokenizer,
  context: number,
  texts: readonly string[],
): TE.TaskEither<Failure, Measured> =>
  effect(async (run) => {
    let [nats, tokens, bytes] = [0, 0, 0]
    for (const text of texts) {
      const row = [tokenizer.end, ...tokenizer.encode(text), tokenizer.end]
      const time = row.length - 1
      if (time > context) continue
      const logits = await run(predictor.logits({ tokens: Int32Array.from(row.slice(0, -1)), count: 1, time }))
      for (let i = 0; i < time; i++)
        nats -= at(logSoftmax(logits.subarray(i * predictor.symbols, (i + 1) * predictor.symbols)), at(row, i + 1))
      tokens += time
      bytes += Buffer.byteLength(text)
    }
    return { nats, tokens, bytes }
  })

/** What there is to say of the model. */
interface Facts {
  readonly size: TransformerSize
  /** Cross-entropy of windows of the validation parts, nats a token. */
  readonly score: number
  readonly rate: Rate
  readonly windows: Windows
  readonly rows: readonly {
    readonly title: string
    readonly licence: string
    readonly share: number
    readonly measured: Measured
  }[]
  readonly texts: readonly string[]
}

const row = (title: string, share: string, { nats, tokens, bytes }: Measured, licence: string): string =>
  `| ${[
    title,
    share,
    tokens,
    Math.exp(nats / tokens).toFixed(1),
    Math.exp(nats / bytes).toFixed(3),
    (nats / bytes / Math.LN2).toFixed(3),
    licence,
  ].join(' | ')} |`

/** Writes README.md: what the model is, how it was made, what it predicts, and texts that it draws. */
export const writeReadme = (folder: string, { size, score, rate, windows, rows, texts }: Facts): void => {
  const whole = rows
    .map(({ measured }) => measured)
    .reduce((a, b) => ({ nats: a.nats + b.nats, tokens: a.tokens + b.tokens, bytes: a.bytes + b.bytes }))
  const { symbols, model, heads, layers, feedForward, context } = size
  writeFileSync(
    join(folder, 'README.md'),
    `# English, small

A causal language model of passages of English prose, for trying things at once and offline: \`languageModel()\` and \`npx exptilt tilt\`
take it where no other is named, and transformers.js reads the folder (\`dtype: 'fp16'\`). A text is a passage of one to a few
sentences. It knows how old books sound, not what is true.

GPT-2's shape: ${layers} layers of width ${model}, ${heads} heads, feed-forward ${feedForward}, ${context} positions, ${symbols} tokens (byte-level: every text can be spelled).
Trained by this library on ONNX Runtime, by \`npm run english\` (seed 1): ${rate.steps} steps of ${windows.batch} windows of ${windows.time} tokens, AdamW, rate ${rate.rate}, the
last ${rate.cooling} steps cooling down to 0; the best of the evaluations every 250 steps, ${score.toFixed(3)} nats a token on windows of the validation parts.

## What it predicts

Every passage of the test part of each corpus (whole chapters that were not trained on), read alone, its end counted as a token:

| text | share of training | tokens | perplexity of a token | of a byte | bits a byte | licence of the text |
|--|--|--|--|--|--|--|
${rows.map((r) => row(r.title, `${100 * r.share} %`, r.measured, r.licence)).join('\n')}
${row('all', '', whole, '')}

The packages that the texts are from, with their checksums: \`npx exptilt data list\`, \`lib/data/sources.ts\`.

## Eight draws

${texts.map((text) => `> ${text.replaceAll('\n', ' ')}`).join('\n>\n')}
`,
  )
}
