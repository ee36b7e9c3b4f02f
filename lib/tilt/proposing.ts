/**
 * Models whose tokens are proposed by another law than their own: another model's, another prompt's, or a temperature's. The
 * target stays what it is, since weights make up for the difference.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { logSoftmax } from '../math.ts'
import type { Rows, TokenModel } from './model.ts'

/** Two models' rows, which hold the same tokens. */
const sideBySide = (own: Rows, other: Rows): Rows => ({
  logs: own.logs,
  proposals: other.logs,
  grow: (parents, tokens) =>
    pipe(
      own.grow(parents, tokens),
      TE.bindTo('own'),
      TE.bind('other', () => other.grow(parents, tokens)),
      TE.map((grown) => sideBySide(grown.own, grown.other)),
    ),
})

const sameBytes = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i])

const sameVocabulary = (a: TokenModel, b: TokenModel): boolean =>
  a.texts.length === b.texts.length &&
  a.texts.every((text, v) => sameBytes(text, at(b.texts, v))) &&
  [...a.ends].sort().join() === [...b.ends].sort().join()

/**
 * The model with its tokens proposed by another one of the same vocabulary: a smaller model, or the same after another prompt.
 * Where the model gives a token mass, the other must too. `Format` for another vocabulary.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const proposal = right(tempered(0.5)(model))
 * right(proposedBy(proposal)(model)).texts.length // => 3
 */
export const proposedBy =
  (proposal: TokenModel) =>
  (model: TokenModel): E.Either<Failure, TokenModel> =>
    sameVocabulary(model, proposal)
      ? E.right({
          ...model,
          description: `${model.description}, proposed by ${proposal.description}`,
          context: Math.min(model.context, proposal.context),
          begin: pipe(
            model.begin,
            TE.bindTo('own'),
            TE.bind('other', () => proposal.begin),
            TE.map(({ own, other }) => sideBySide(own, other)),
          ),
          release: () => {
            model.release()
            proposal.release()
          },
        })
      : E.left(
          failure(
            'Format',
            `the proposal's ${proposal.texts.length} symbols are not the model's ${model.texts.length}`,
            'propose by a model with the same tokenizer and end symbols',
            { model: model.texts.length, proposal: proposal.texts.length },
          ),
        )

const temperedRows = (temperature: number, rows: Rows): Rows => ({
  logs: rows.logs,
  proposals: rows.logs.map((logs) => logSoftmax(logs.map((log) => log / temperature))),
  grow: (parents, tokens) =>
    pipe(
      rows.grow(parents, tokens),
      TE.map((grown) => temperedRows(temperature, grown)),
    ),
})

/**
 * The model with its tokens proposed at a temperature: above 1 bolder than it is. `Domain` for one that is not above 0.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const found = await run(smc(key(1), { particles: 40 })({ model: right(tempered(2)(model)), limit: 8 }))
 * found.texts.length // => 40
 */
export const tempered =
  (temperature: number) =>
  (model: TokenModel): E.Either<Failure, TokenModel> =>
    temperature > 0 && temperature < Number.POSITIVE_INFINITY
      ? E.right({
          ...model,
          begin: pipe(
            model.begin,
            TE.map((rows) => temperedRows(temperature, rows)),
          ),
        })
      : E.left(failure('Domain', `a temperature of ${temperature}`, 'give a number above 0', { temperature }))
