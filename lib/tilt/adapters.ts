/** The library's own models as models to tilt: n-grams, networks on a runtime, and predictors from files. */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { logSoftmax } from '../math.ts'
import type { Parameters } from '../models/autoregressive.ts'
import type { GrownRows, LanguageRuntime } from '../models/language-runtime.ts'
import { type Ngram, properNgram } from '../models/ngram.ts'
import type { Predictor, Reading } from '../predictor.ts'
import { bytesOfTexts, type Rows, type TokenModel } from './model.ts'

const nothing = (): void => undefined

/**
 * An n-gram model, made proper: its symbols are spelled as they are, or as `spelling` says (a word with a blank before it,
 * say). The end has the number of symbols; the law is exact, so that `exactLaw` can be asked of the same model.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * model.texts.length // => 3
 */
export const ngramModel = (given: Ngram, spelling: (symbol: string) => string = (s) => s): TokenModel => {
  const { alphabet, logProbabilities, next, histories } = properNgram(given)
  const width = alphabet.length + 1
  const rowsAt = (states: readonly number[]): Rows => ({
    logs: states.map((state) => logProbabilities.subarray(state * width, (state + 1) * width)),
    grow: (parents, tokens) =>
      TE.right(
        rowsAt(Array.from(parents, (parent, i) => at(next, at(states, parent) * alphabet.length + at(tokens, i)))),
      ),
  })
  return {
    description: `an n-gram model of ${histories.length} histories over ${alphabet.length} symbols`,
    texts: [...bytesOfTexts(alphabet.map(spelling)), new Uint8Array(0)],
    ends: [alphabet.length],
    context: Number.POSITIVE_INFINITY,
    begin: TE.fromIO(() => rowsAt([0])),
    release: nothing,
  }
}

/** Rows of a predictor. */
const readingRows = (reading: Reading, symbols: number): Rows => ({
  logs: Array.from({ length: reading.logits.length / symbols }, (_, r) =>
    logSoftmax(reading.logits.subarray(r * symbols, (r + 1) * symbols)),
  ),
  grow: (parents, tokens) =>
    pipe(
      reading.grow(Int32Array.from(parents), Int32Array.from(tokens)),
      TE.map((grown) => readingRows(grown, symbols)),
    ),
})

/** How a predictor's texts begin. */
export interface PredictorSpelling extends Spelling {
  /** Symbols that it reads before the first token: a begin symbol, a prompt (at least one). */
  readonly begin: readonly number[]
}

/**
 * A predictor, such as an `.onnx` file, as a model to tilt; caches are moved, not read again. `Format` when there are other
 * than as many texts as symbols, `Domain` for a begin that is empty or longer than the model's context.
 *
 * @example
 * import { chain } from 'fp-ts/lib/TaskEither.js'
 * import { tilt } from 'exptilt'
 * import { openPredictor } from 'exptilt/node'
 * const spelling = { texts: tilt.bytesOfTexts(['', 'a', 'b', '']), begin: [0], ends: [3] }
 * const model = chain(tilt.predictorModel(spelling))(openPredictor({ file: 'model.onnx' }))
 */
export const predictorModel =
  (spelling: PredictorSpelling) =>
  (predictor: Predictor): TE.TaskEither<Failure, TokenModel> => {
    const { symbols, context } = predictor
    const { begin, texts, ends } = spelling
    const wrong = spellingFailure(symbols, spelling)
    if (wrong !== undefined) return TE.left(wrong)
    if (begin.length === 0 || begin.length > context)
      return TE.left(
        failure(
          'Domain',
          `${begin.length} symbols before the first token of a model that reads 1 to ${context}`,
          'give a begin symbol or a prompt that fits',
          { begin: begin.length, context },
        ),
      )
    return TE.right({
      description: predictor.description,
      texts,
      ends,
      context: context - begin.length,
      begin: pipe(
        predictor.read(Int32Array.from(begin)),
        TE.map((reading) => readingRows(reading, symbols)),
      ),
      release: predictor.release,
    })
  }

/** What a network does not say of itself: the bytes of its symbols, and which of them end a text. */
export interface Spelling {
  readonly texts: readonly Uint8Array[]
  readonly ends: readonly number[]
}

const spellingFailure = (symbols: number, { texts, ends }: Spelling): Failure | undefined => {
  if (texts.length !== symbols)
    return failure(
      'Format',
      `the tokenizer has ${texts.length} tokens and the model gives logits of ${symbols}`,
      'give the tokenizer that the model was trained with',
      { tokens: texts.length, logits: symbols },
    )
  const stranger = ends.find((end) => !Number.isInteger(end) || end < 0 || end >= symbols)
  return ends.length === 0 || stranger !== undefined
    ? failure(
        'Domain',
        stranger === undefined
          ? 'no symbol ends a text'
          : `the end symbol ${stranger} is not one of the model's ${symbols}`,
        'name at least one symbol of the model that ends a text',
        { ends },
      )
    : undefined
}

const promptFailure = ({ model }: LanguageRuntime, prompt: readonly number[]): Failure | undefined => {
  const { symbols, context } = model
  const stranger = prompt.find((token) => !Number.isInteger(token) || token < 0 || token >= symbols)
  if (stranger !== undefined)
    return failure(
      'Domain',
      `the prompt has a token ${stranger}, which is none of the model's ${symbols}`,
      'encode the prompt with the tokenizer that the model was trained with',
      { token: stranger, symbols },
    )
  return prompt.length < context
    ? undefined
    : failure(
        'Domain',
        `the prompt has ${prompt.length} tokens, and the model reads ${context - 1}`,
        'give a shorter prompt',
        { tokens: prompt.length, context },
      )
}

/** Rows of a network, which remembers what it has read of each. */
const networkRows = ({ grown }: Pick<LanguageRuntime, 'grown'>, parameters: Parameters, rows: GrownRows): Rows => {
  const symbols = rows.logits.length / rows.count
  return {
    logs: Array.from({ length: rows.count }, (_, r) =>
      logSoftmax(rows.logits.subarray(r * symbols, (r + 1) * symbols)),
    ),
    grow: (parents, tokens) =>
      pipe(
        grown(parameters, { rows, parents, tokens }),
        TE.map((next) => networkRows({ grown }, parameters, next)),
      ),
  }
}

/**
 * A network with its parameters on a runtime, which goes on from the tokens of a prompt. `Format` when there are other than as many
 * texts as symbols, `Domain` for an end that it lacks, and for a prompt that does not fit.
 *
 * @example
 * import { key, languageRuntime, reference, tableModel, tilt } from 'exptilt'
 * const table = tableModel({ symbols: 3, length: 4 })
 * const runtime = languageRuntime(reference, table, { batch: 8 })
 * const spelling = { texts: tilt.bytesOfTexts(['a', 'b', '']), ends: [2] }
 * right(tilt.runtimeModel(runtime, table.initialise(key(1)), spelling)).texts.length // => 3
 */
export const runtimeModel = (
  runtime: LanguageRuntime,
  parameters: Parameters,
  spelling: Spelling,
  prompt: readonly number[] = [],
): E.Either<Failure, TokenModel> => {
  const { symbols, context } = runtime.model
  const wrong = spellingFailure(symbols, spelling) ?? promptFailure(runtime, prompt)
  if (wrong !== undefined) return E.left(wrong)
  return E.right({
    description: `a network of ${symbols} symbols on ${runtime.executor.description}`,
    ...spelling,
    // The last of `context` factors is that of a token, after which there is none.
    context: context - 1 - prompt.length,
    begin: pipe(
      prompt.reduce(
        (read, token) =>
          TE.chain((rows: GrownRows) => runtime.grown(parameters, { rows, parents: [0], tokens: [token] }))(read),
        runtime.grown(parameters),
      ),
      TE.map((rows) => networkRows(runtime, parameters, rows)),
    ),
    release: runtime.release,
  })
}
