/** Every format that comes from outside: a good file, and how the library reads it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { encode } from 'fast-png'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { parseAutomaton, parsePfsa } from '../../lib/automata/codec.ts'
import { parseArpa } from '../../lib/codec/arpa.ts'
import { decodeJson } from '../../lib/codec/json.ts'
import { decodeSafetensors, encodeSafetensors } from '../../lib/codec/safetensors.ts'
import { decodeText } from '../../lib/codec/text.ts'
import { trainBpe } from '../../lib/data/bpe.ts'
import { readDigits } from '../../lib/data/images-digits.ts'
import { readEmojiList, readEmojiSheet } from '../../lib/data/images-emoji.ts'
import { readIdx } from '../../lib/data/images-idx.ts'
import { readPairLines } from '../../lib/data/pair-files.ts'
import { readTokenFolder, type TokenFolder } from '../../lib/data/token-folder.ts'
import type { Tokenizer } from '../../lib/data/tokenizer.ts'
import { readTokenizer } from '../../lib/data/tokenizer-file.ts'
import { divideText } from '../../lib/data/user-file.ts'
import { readWeights } from '../../lib/data/weights-file.ts'
import { ExptiltError, type Failure } from '../../lib/errors.ts'
import { ngramPfsa } from '../../lib/models/ngram-automaton.ts'
import { ngram } from '../../lib/models/ngram.ts'
import { openPredictor } from '../../lib/onnx/import.ts'
import { eArmResultsCodec } from '../../lib/systems/e-arm/results.ts'
import { experimentCodec } from '../../lib/systems/e-arm/settings.ts'
import { gamResultsCodec } from '../../lib/systems/gam/results.ts'
import { gamOptionsCodec } from '../../lib/systems/gam/settings.ts'
import { residualResultsCodec } from '../../lib/systems/residual/results-codec.ts'
import { residualOptionsCodec } from '../../lib/systems/residual/settings.ts'
import { decodeCheckpoint, encodeCheckpoint } from '../../lib/train/checkpoint-format.ts'
import { right } from '../either.ts'
import { languageExample, translationExample } from '../report/earm-example.ts'
import { exampleResults } from '../report/example.ts'
import { residualExample } from '../report/residual-example.ts'
import { folder, type Format, inFile, json, now, textOf, utf8, words } from './format.ts'
import { textFormats } from './text-formats.ts'

const tensors = {
  w: { dtype: 'f32', shape: [2, 3], data: new Float32Array(6) },
  n: { dtype: 'i32', shape: [], data: Int32Array.of(7) },
} as const
const weights = right(encodeSafetensors({ metadata: { a: 'b' }, tensors }))
writeFileSync(join(folder, 'one.safetensors'), weights)

/** A tokenizer that was read must encode and decode, or throw a failure. */
const used = (bytes: Uint8Array): E.Either<Failure, unknown> =>
  E.chain((tokenizer: Tokenizer) =>
    E.tryCatch(
      () => tokenizer.decode(tokenizer.encode('Fox dogs, 12 é')),
      (thrown) => {
        if (thrown instanceof ExptiltError) return thrown.failure
        throw thrown
      },
    ),
  )(readTokenizer(textOf(bytes)))

/** A coin that is thrown until it falls on its head. */
const coin = {
  format: 'exptilt-automaton',
  version: 1,
  alphabet: ['0', '1'],
  states: 2,
  start: [{ state: 0, weight: 1 }],
  stop: [{ state: 1, weight: 1 }],
  arcs: [
    { from: 0, symbol: '0', to: 0, weight: 0.5 },
    { from: 0, symbol: '1', to: 1, weight: 0.5 },
  ],
}

const arpa = `\\data\\
ngram 1=4
ngram 2=2

\\1-grams:
-99	<s>	-0.5
-0.3010	</s>
-0.4771	a	-0.25
-0.7782	b

\\2-grams:
-0.1	<s> a
-0.2	a </s>

\\end\\
`

const idx = new Uint8Array(16 + 24)
idx.set([0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 4])

const provenance = { configHash: 'h', codeVersion: '1', backend: 'b', adapter: 'a' }
const lines = Array.from({ length: 70 }, (_, i) => `line ${i} of a text`).join('\n')
const optionsIn = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'options' in value ? value.options : {}

/** Experiments: their codecs, and results as JSON has them. */
const experiments = {
  gam: { options: gamOptionsCodec, results: gamResultsCodec, example: gamResultsCodec.encode(exampleResults) },
  residual: {
    options: residualOptionsCodec,
    results: residualResultsCodec,
    example: residualResultsCodec.encode(residualExample),
  },
  earm: { options: experimentCodec, results: eArmResultsCodec, example: eArmResultsCodec.encode(languageExample) },
  translation: {
    options: experimentCodec,
    results: eArmResultsCodec,
    example: eArmResultsCodec.encode(translationExample),
  },
}

const counts = { documents: 1, words: 2, bytes: 3, tokens: 3 }
const corpusFacts = {
  name: 'fox',
  title: 'Fox',
  licence: 'none',
  sha256: '0',
  notes: ['made up'],
  symbols: 5,
  counts: { training: counts, validation: counts, test: counts },
}
const row = { dtype: 'i32', shape: [3], data: Int32Array.of(2, 3, 0) } as const
writeFileSync(join(folder, 'tokenizer.json'), json(words))
writeFileSync(
  join(folder, 'tokens.safetensors'),
  right(encodeSafetensors({ metadata: {}, tensors: { training: row, validation: row, test: row } })),
)

writeFileSync(join(folder, 'other.txt'), lines)

/** All of them. */
export const formats: readonly Format[] = [
  { name: 'safetensors', kind: 'bytes', good: weights, read: now(decodeSafetensors) },
  { name: 'safetensors header', kind: 'text', good: weights, read: now(decodeSafetensors) },
  {
    name: 'safetensors index',
    kind: 'json',
    good: json({ metadata: { total_size: 28 }, weight_map: { w: 'one.safetensors', n: 'one.safetensors' } }),
    read: inFile('model.safetensors.index.json', readWeights),
  },
  {
    name: 'tokenizer.json of bytes',
    kind: 'json',
    good: utf8(right(trainBpe({ symbols: 270 })(['the dog and the fox '.repeat(9)])).json()),
    read: now(used),
  },
  { name: 'tokenizer.json of words', kind: 'json', good: json(words), read: now(used) },
  {
    name: 'automaton JSON',
    kind: 'json',
    good: json(coin),
    read: now((bytes) => E.chain(() => parsePfsa(textOf(bytes)))(parseAutomaton(textOf(bytes)))),
  },
  {
    name: 'ARPA',
    kind: 'text',
    good: utf8(arpa),
    read: now((bytes) => E.chain(ngramPfsa)(E.chain(ngram)(parseArpa(textOf(bytes))))),
  },
  { name: 'IDX', kind: 'bytes', good: idx, read: now(readIdx('x.idx')) },
  { name: 'IDX, packed', kind: 'bytes', good: gzipSync(idx), read: now(readIdx('x.idx.gz')) },
  {
    name: 'digits, packed',
    kind: 'bytes',
    good: gzipSync(`${Array.from({ length: 65 }, (_, i) => i % 10).join(',')}\n`.repeat(3)),
    read: now(readDigits('digits.csv.gz')),
  },
  {
    name: 'PNG',
    kind: 'bytes',
    good: encode({ width: 34, height: 34, data: new Uint8Array(34 * 34 * 4), channels: 4, depth: 8 }),
    read: now(readEmojiSheet('x.png')),
  },
  {
    name: 'emoji.json',
    kind: 'json',
    good: json([
      {
        sheet_x: 1,
        sheet_y: 2,
        has_img_google: true,
        has_img_twitter: false,
        skin_variations: { a: { sheet_x: 1, sheet_y: 2, has_img_google: true, has_img_twitter: false } },
      },
    ]),
    read: now((bytes) => readEmojiList('emoji.json')(textOf(bytes))),
  },
  {
    name: 'checkpoint',
    kind: 'text',
    good: right(encodeCheckpoint(t.unknown)({ step: 3, provenance, state: { a: [1, 2] }, tensors })),
    read: now((bytes) =>
      E.mapLeft(({ failure }: { readonly failure: Failure }) => failure)(decodeCheckpoint(t.unknown)(bytes)),
    ),
  },
  ...Object.entries(experiments).flatMap(([name, { options, results, example }]): readonly Format[] => [
    {
      name: `options.json of ${name}`,
      kind: 'json',
      good: json(optionsIn(example)),
      read: now((bytes) => decodeJson<unknown>(options, 'options.json')(textOf(bytes))),
    },
    {
      name: `results.json of ${name}`,
      kind: 'json',
      good: json(example),
      read: now((bytes) => decodeJson<unknown>(results, 'results.json')(textOf(bytes))),
    },
  ]),
  {
    name: 'corpus.json of a folder of tokens',
    kind: 'json',
    good: json(corpusFacts),
    read: inFile('corpus.json', () =>
      TE.map(({ facts, tokens }: TokenFolder) => ({ facts, tokens }))(readTokenFolder(folder)),
    ),
  },
  {
    name: 'text',
    kind: 'text',
    good: utf8(lines),
    read: now((bytes) => E.map(divideText('x'))(decodeText('x.txt')(bytes))),
  },
  {
    name: 'parallel text',
    kind: 'text',
    good: utf8(lines),
    read: inFile('one.txt', (path) => readPairLines({ source: path, target: join(folder, 'other.txt') })),
  },
  ...textFormats,
]

/** ONNX models: the native library reads them, so they run where its end would not be that of everything. */
export const onnxFormat = async (): Promise<Format> => {
  const { readFile } = await import('node:fs/promises')
  return {
    name: 'ONNX',
    kind: 'bytes',
    good: new Uint8Array(await readFile(fileURLToPath(new URL('../fixtures/causal/plain.onnx', import.meta.url)))),
    read: inFile('x.onnx', (file) => async () => {
      const opened = await openPredictor({ file, threads: 1 })()
      if (E.isRight(opened)) opened.right.release()
      return opened
    }),
  }
}
