/** Formats of people's own data, of languages and of machines: a good file of each, and how the library reads it. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { probabilityCosts, tropicalCosts } from '../../lib/automata/openfst.ts'
import { readOpenFst, readTransducer } from '../../lib/automata/openfst-reading.ts'
import { chatTemplate } from '../../lib/pretrained/chat-template.ts'
import { tiltSystem, tiltTaskText } from '../../lib/cli/tilt-task.ts'
import { decodeJson } from '../../lib/codec/json.ts'
import { decodeText } from '../../lib/codec/text.ts'
import { readImageFolder } from '../../lib/data/images-folder.ts'
import { readParallelFolder } from '../../lib/data/parallel-folder.ts'
import { readTextFolder } from '../../lib/data/text-folder.ts'
import { tokenizerParts } from '../../lib/data/tokenizer-parts.ts'
import { askedFor } from '../../lib/experiment/experiment.ts'
import { key } from '../../lib/key.ts'
import { readJudgements } from '../../lib/report/human-judgements.ts'
import { decodeMessage, encodeMessage } from '../../lib/scale/queue/message.ts'
import { outcomeOf, sharedOf } from '../../lib/scale/queue/tasks.ts'
import { readLines } from '../../lib/systems/gam/process.ts'
import type { TiltOptions } from '../../lib/systems/tilt/options.ts'
import { tiltExperiment } from '../../lib/systems/tilt/settings.ts'
import { type AskedShare, fittedCodec, grownOf, grownText } from '../../lib/systems/tilt/shares.ts'
import { languageConfig } from '../../lib/tilt/language.ts'
import type { Grown } from '../../lib/tilt/population.ts'
import { jsonSchema } from '../../lib/tilt/schema.ts'
import { right } from '../either.ts'
import { type Format, inFile, inner, json, now, utf8, words } from './format.ts'

const schema = {
  $defs: { tree: { type: 'array', items: { anyOf: [{ type: 'null' }, { $ref: '#/$defs/tree' }] }, maxItems: 1 } },
  type: 'object',
  properties: {
    name: { type: 'string', pattern: '^a+b?$', maxLength: 3 },
    age: { type: 'integer', minimum: 0, maximum: 3 },
    kind: { enum: ['x', 1] },
    tree: { $ref: '#/$defs/tree' },
  },
  required: ['name'],
  additionalProperties: false,
}

const [pictures, texts, parallel] = [inner('pictures'), inner('texts'), inner('parallel')]
const sheet = { name: 'a.txt', text: '1.\nA: "x" | "y"\nB: "x" | "z"\nAnswer: A\n' }

const stored = { name: 'fit.000001.safetensors', hash: 'a'.repeat(64), bytes: 9 }

/** A share of a tilt, and what came of it. */
const asked: AskedShare = {
  population: { sampler: 'smc', particles: 2, islands: 3, role: 'draws', key: key(1), has: [0] },
  share: { first: 1, count: 1 },
}
const grown: Grown = {
  leaves: [
    { status: 'ended', tokens: [1, 2], logWeight: -0.5, origin: 0 },
    { status: 'dead', tokens: [], logWeight: Number.NEGATIVE_INFINITY, origin: 1 },
  ],
  logMeans: [-1],
  steps: [{ step: 0, island: 0, effectiveSampleSize: 1, logSum: 0, ancestors: Int32Array.of(0, 0) }],
  deaths: [{ island: 0, particle: 1, step: 0, text: 'é', cause: 'the constraint' }],
}
const tilting = tiltSystem(() => Promise.reject(new Error('nothing is run')))

const parts = right(tokenizerParts(JSON.stringify(words)))

/** All of them. */
export const textFormats: readonly Format[] = [
  {
    name: 'AT&T text of an automaton',
    kind: 'text',
    good: utf8('0 1 a 0.5\n0 1 <U+20> 1.5\n1 0 <eps>\n1 Infinity\n0 2\n'),
    read: now((bytes) => E.chain(readOpenFst(probabilityCosts))(decodeText('x.fst')(bytes))),
  },
  {
    name: 'AT&T text of a transducer',
    kind: 'text',
    good: utf8('0 1 a A 0.5\n0 1 b <eps> 1.5\n1 0 <eps> c\n1\n'),
    read: now((bytes) => E.chain(readTransducer(tropicalCosts))(decodeText('x.fst')(bytes))),
  },
  {
    name: 'JSON Schema',
    kind: 'json',
    good: json(schema),
    read: now((bytes) =>
      pipe(
        decodeText('schema.json')(bytes),
        E.chain(decodeJson(t.unknown, 'schema.json')),
        E.chain((read) => jsonSchema(read, { depth: 1 })),
        E.map(({ name, classes }) => ({ name, classes })),
      ),
    ),
  },
  {
    name: 'CIFAR-10',
    kind: 'bytes',
    good: new Uint8Array(2 * 3073),
    read: (bytes) => {
      for (const name of ['data_batch_1.bin', 'test_batch.bin']) writeFileSync(join(pictures, name), bytes)
      return readImageFolder(pictures)()
    },
  },
  {
    name: 'WikiText',
    kind: 'text',
    good: utf8(' = One = \n \n Text of it . \n = Two = \n \n More . \n'),
    read: (bytes) => {
      for (const part of ['train', 'valid', 'test']) writeFileSync(join(texts, `wiki.${part}.tokens`), bytes)
      return readTextFolder(texts)()
    },
  },
  {
    name: 'IWSLT14',
    kind: 'text',
    good: utf8('ein Haus\nzwei H@@ äuser\n'),
    read: (bytes) => {
      for (const part of ['train', 'valid', 'test'])
        for (const language of ['de', 'en']) writeFileSync(join(parallel, `${part}.${language}`), bytes)
      return readParallelFolder(parallel, ['de', 'en'])()
    },
  },
  {
    name: 'key.json of sheets',
    kind: 'json',
    good: json([
      { pair: 1, A: 'data', B: 'base' },
      { pair: 2, A: 'bit', B: 'data' },
    ]),
    read: now((bytes) =>
      E.chain((key: string) => readJudgements(key, [sheet, { ...sheet, name: 'b.txt' }]))(
        decodeText('key.json')(bytes),
      ),
    ),
  },
  {
    name: 'a sheet of judgements',
    kind: 'text',
    good: utf8(sheet.text),
    read: now((bytes) =>
      E.chain((text: string) => readJudgements('[{"pair":1,"A":"data","B":"base"}]', [{ name: 'a.txt', text }]))(
        decodeText('a.txt')(bytes),
      ),
    ),
  },
  {
    name: 'config.json of a language model',
    kind: 'json',
    good: json({ eos_token_id: [2, 0], bos_token_id: 0, n_positions: 64, architectures: ['GPT2LMHeadModel'] }),
    read: now((bytes) => E.chain(decodeJson(languageConfig, 'config.json'))(decodeText('config.json')(bytes))),
  },
  {
    name: 'chat_template.jinja',
    kind: 'text',
    good: utf8('{% for m in messages %}[{{ m.role }}] {{ m.content }}\n{% endfor %}'),
    read: now((bytes) =>
      E.chain((template: string) =>
        chatTemplate('m', parts, { chat_template: template })([{ role: 'user', content: 'fox dogs' }]),
      )(decodeText('chat_template.jinja')(bytes)),
    ),
  },
  {
    name: 'message between machines',
    kind: 'bytes',
    good: encodeMessage({ a: [1, Number.NaN, 'é'], b: Float64Array.of(1, 2), c: Int32Array.of(3) }),
    read: (bytes) => decodeMessage(bytes)(),
  },
  {
    name: 'outcome of a job',
    kind: 'json',
    good: json({ worker: 'w', results: '{}', files: [stored] }),
    read: now((bytes) => E.chain(outcomeOf)(decodeText('outcome')(bytes))),
  },
  {
    name: 'beginning of a job',
    kind: 'json',
    good: json({ options: '{}', files: [stored] }),
    read: now((bytes) => E.chain(sharedOf)(decodeText('beginning')(bytes))),
  },
  {
    name: 'share of a tilt',
    kind: 'json',
    good: utf8(
      right(E.chain((options: TiltOptions) => tiltTaskText(options, asked, false))(askedFor(tiltExperiment)({}))),
    ),
    read: now((bytes) => E.chain(tilting.check)(decodeText('options of a job')(bytes))),
  },
  {
    name: 'what came of a share',
    kind: 'json',
    good: utf8(grownText(grown)),
    read: now((bytes) => E.chain(grownOf)(decodeText('what came of a share')(bytes))),
  },
  {
    name: 'texts of a look ahead',
    kind: 'json',
    good: json([[1, 2], []]),
    read: now((bytes) => E.chain(decodeJson(fittedCodec, 'texts.json'))(decodeText('texts.json')(bytes))),
  },
  {
    name: 'strings, one a line',
    kind: 'text',
    good: utf8('abba\nbab\n\nünder\n'),
    read: inFile('strings.txt', (path) => async () => readLines(path)),
  },
]
