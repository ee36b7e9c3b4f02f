/**
 * F18: what has a limit is taken at it and refused one beyond, with a failure that names it: rows that are scored, drawn, searched,
 * grown and walked. Every check is a row here.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { describe } from 'vitest'
import type { Arpa, ArpaEntry } from '../../lib/codec/arpa.ts'
import type { TokenRows } from '../../lib/data/strings.ts'
import type { Failure } from '../../lib/errors.ts'
import { key } from '../../lib/key.ts'
import { decodingFailure } from '../../lib/models/decoding.ts'
import { gradientChains } from '../../lib/models/gradient-chain.ts'
import { languageBase } from '../../lib/models/language-base.ts'
import { type GrownRows, languageRuntime } from '../../lib/models/language-runtime.ts'
import { ngram } from '../../lib/models/ngram.ts'
import { ngramBase } from '../../lib/models/ngram-base.ts'
import { type PredictedOptions, predictedLanguage } from '../../lib/models/onnx-model.ts'
import { tableModel } from '../../lib/models/table-model.ts'
import { sum } from '../../lib/ops/reduce.ts'
import { reference } from '../../lib/reference.ts'
import { right, run } from '../either.ts'
import { tablePredictor } from '../models/table-predictor.ts'
import { checks, failing, row, rowsOf } from './limited.ts'

const table = tableModel({ symbols: 3, length: 4 })
const parameters = table.initialise(key(1))
const runtime = languageRuntime(reference, table, { batch: 4 })

describe('F18: rows of a language runtime', () => {
  const scored = (rows: TokenRows) => runtime.score(parameters, rows)
  checks(
    'a token',
    failing((token: number) => scored(rowsOf(2, [0, 1], [1, token]))),
    [0, 2],
    [-1, 3],
  )
  checks(
    'tokens of a row',
    failing((time: number) => scored(row(time))),
    [0, 4],
    [5],
  )
  checks(
    'tokens of a table',
    failing((count: number) => scored({ ...row(4), count })),
    [1],
    [0, 2],
  )
  checks(
    'a row before a token',
    failing((time: number) => runtime.nextLogits(parameters, row(time))),
    [0, 3],
    [4, 5],
  )
  const base = languageBase(runtime, parameters, { length: 3 })
  checks(
    'a row of a base',
    failing((n: number) => base.logProbability([new Int32Array(n)])),
    [3],
    [2, 4],
  )
})

describe('F18: what a language runtime draws and searches', () => {
  const drawn = (length: number, prefix: TokenRows = rowsOf(0, []), count = 3) =>
    runtime.sample(parameters, { key: key(1), count, length, prefix })
  checks(
    'the length of draws',
    failing((n: number) => drawn(n)),
    [0, 4],
    [5, -1, 1.5],
  )
  checks(
    'the length after a prefix',
    failing((n: number) => drawn(n, row(2))),
    [2, 4],
    [1, 5],
  )
  const prefixes = (count: number) => rowsOf(1, ...Array.from({ length: count }, () => [1]))
  checks(
    'prefixes of three rows',
    failing((n: number) => drawn(2, prefixes(n))),
    [1, 3],
    [2, 4],
  )
  const search = { prefix: rowsOf(0, []), width: 2, length: 3 }
  const found = (more: Partial<typeof search & { readonly lengthPenalty: number }>) =>
    runtime.beam(parameters, { ...search, ...more })
  checks(
    'the width of a beam',
    failing((width: number) => found({ width })),
    [1, 2],
    [0, -1, 1.5],
  )
  checks(
    'a penalty',
    failing((lengthPenalty: number) => found({ lengthPenalty })),
    [0, 1],
    [-1e-9, Number.NaN],
  )
  checks(
    'the length of hypotheses',
    failing((length: number) => found({ length })),
    [0, 4],
    [5, -1, 1.5],
  )
  const after = (length: number) => found({ prefix: row(2), length })
  checks('their length after a prefix', failing(after), [2, 4], [1, 5])
  const grown = (tokens: number) =>
    Array.from({ length: tokens }).reduce<TaskEither<Failure, GrownRows>>(
      TE.chain((rows) => runtime.grown(parameters, { rows, parents: [0], tokens: [1] })),
      runtime.grown(parameters),
    )
  checks('rows that grow', failing(grown), [0, 3], [4])
  checks(
    'a temperature',
    async (temperature: number) => decodingFailure({ temperature }),
    [1e-300, 2],
    [0, -1, Number.NaN, Number.POSITIVE_INFINITY],
  )
  checks('top-k', async (topK: number) => decodingFailure({ topK }), [1, 2, 1000], [0, -1, 1.5])
  checks(
    'top-p',
    async (topP: number) => decodingFailure({ topP }),
    [1e-300, 0.5, 1],
    [0, -1, 1 + 2 ** -52, Number.NaN],
  )
})

describe('F18: a model behind a predictor, whose context is five with its begin', () => {
  const opened = (options: Partial<PredictedOptions>) =>
    predictedLanguage({ begin: [0], length: 2, ...options })(tablePredictor(5).predictor)
  checks(
    'begin',
    failing((begin: readonly number[]) => opened({ begin })),
    [[0], [2], [1, 2]],
    [[], [-1], [3], [0, 0.5]],
  )
  checks(
    'end',
    failing((end: number) => opened({ end })),
    [0, 2],
    [-1, 3, 0.5],
  )
  checks(
    'length',
    failing((length: number) => opened({ length })),
    [1, 5],
    [0, 6, 1.5],
  )
  checks(
    'length after two',
    failing((length: number) => opened({ begin: [0, 1], length })),
    [4],
    [5],
  )
})

const predicted = await run(predictedLanguage({ begin: [0], length: 5 })(tablePredictor(5).predictor))

describe('F18: rows of a model behind a predictor', () => {
  checks(
    'tokens of a scored row',
    failing((n: number) => predicted.score(row(n))),
    [0, 5],
    [6],
  )
  checks(
    'a row before a token',
    failing((n: number) => predicted.nextLogits(row(n))),
    [0, 4],
    [5],
  )
  checks(
    'a token',
    failing((token: number) => predicted.score(rowsOf(2, [0, token]))),
    [0, 2],
    [-1, 3],
  )
  const drawn = (length: number, prefix: TokenRows = rowsOf(0, [])) =>
    predicted.sample({ key: key(1), count: 3, length, prefix })
  checks(
    'the length of draws',
    failing((n: number) => drawn(n)),
    [0, 5],
    [6, -1, 1.5],
  )
  checks(
    'their length after a prefix',
    failing((n: number) => drawn(n, row(2))),
    [2, 5],
    [1, 6],
  )
  const prefixes = (count: number) => rowsOf(1, ...Array.from({ length: count }, () => [1]))
  checks(
    'prefixes of three rows',
    failing((n: number) => drawn(2, prefixes(n))),
    [1, 3],
    [2, 4],
  )
})

describe('F18: chains and n-grams', () => {
  const chained = (more: { readonly length?: number; readonly symbols?: number; readonly chains?: number }) =>
    gradientChains(key(1), { chains: more.chains ?? 2, steps: 1 })({
      ...{ executor: reference, length: 2, symbols: 2, ...more },
      energy: (rows, { time, symbol }) => sum(symbol)(sum(time)(rows)),
    })
  checks(
    'the length of rows',
    failing((length: number) => chained({ length })),
    [1, 2],
    [0, -1, 1.5],
  )
  checks(
    'their symbols',
    failing((symbols: number) => chained({ symbols })),
    [2, 3],
    [1, 0, 2.5],
  )
  checks(
    'chains',
    failing((chains: number) => chained({ chains })),
    [1, 2],
    [0, -1, 1.5],
  )
  const gram = (text: string, p: number): ArpaEntry => ({
    words: text.split(' '),
    logProbability: Math.log(p),
    logBackoff: 0,
  })
  /** Its only string is `a a`. */
  const twice: Arpa = {
    entries: [
      [gram('<s>', 0), gram('a', 1e-9), gram('</s>', 1e-9)],
      [gram('<s> a', 1)],
      [gram('<s> a a', 1)],
      [gram('<s> a a </s>', 1)],
    ],
  }
  const endsAt = (longest: number) => ngramBase(right(ngram(twice)), { longest }).sample(key(1), 1)
  checks('symbols of a string, its end counted', failing(endsAt), [3, 4], [2, 0])
})
