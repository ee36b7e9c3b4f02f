/**
 * A classifier of texts from a folder as Hugging Face's exporters write them, and the energies that it makes: `config.json` with the
 * names of its labels, `tokenizer.json`, and an `.onnx` file with a head for sequence classification.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { at, held, orElse } from '../at.ts'
import { markedTexts } from '../data/tokenizer-file.ts'
import { tokenizerParts } from '../data/tokenizer-parts.ts'
import type { Energy } from '../energy/energy.ts'
import { type Failure, failure, messageOf, usage } from '../errors.ts'
import { logSigmoid, logSoftmax } from '../math.ts'
import { type ModelFile, modelFolder, said, textIn } from './model-folder.ts'
import { type Classifier, openClassifier } from '../onnx/classifying.ts'
import type { PredictorOptions } from '../onnx/import.ts'
import { contextOf, languageConfig } from '../tilt/language.ts'

/** What a classifier says of texts. */
export interface TextClassifier {
  /** One line for a person: what it is, and on what it runs. */
  readonly description: string
  readonly labels: readonly string[]
  /** log P(label | text), nats [labels], one a text. */
  readonly logProbabilities: (texts: readonly string[]) => TE.TaskEither<Failure, readonly Float64Array[]>
  /** −log P(label | text), nats: a model that is tilted by it is conditioned on the label, as far as the classifier knows. */
  readonly energy: (label: string) => E.Either<Failure, Energy<string>>
  readonly release: () => void
}

/** Options of `textClassifier`. */
type ClassifierOptions = ModelFile & Pick<PredictorOptions, 'provider' | 'threads'>

const classifierConfig = t.intersection([
  languageConfig,
  t.partial({
    id2label: t.record(t.string, t.string),
    problem_type: t.union([t.string, t.null]),
    pad_token_id: t.union([t.number, t.null]),
  }),
])

type ClassifierConfig = t.TypeOf<typeof classifierConfig>

/** Names of labels, by their places where the configuration has none. */
const labelsOf = ({ id2label = {} }: ClassifierConfig, { labels }: Classifier): readonly string[] =>
  Array.from({ length: labels }, (_, i) => orElse(id2label[String(i)], `LABEL_${i}`))

/** Log-probabilities of labels: of those that do not exclude each other, each by itself. */
const logsOf =
  ({ problem_type }: ClassifierConfig) =>
  (logits: Float32Array): Float64Array =>
    problem_type === 'multi_label_classification' || logits.length === 1
      ? Float64Array.from(logits, logSigmoid)
      : logSoftmax(logits)

/** Tokens of texts, each within what the classifier reads. */
const encodedBy =
  (name: string, encode: (text: string) => Int32Array, most: number) =>
  (texts: readonly string[]): E.Either<Failure, readonly Int32Array[]> =>
    pipe(
      E.tryCatch(
        () => texts.map(encode),
        (thrown) =>
          failure('Domain', `a text cannot be encoded for the classifier (${messageOf(thrown)})`, 'give another text'),
      ),
      E.filterOrElse(
        (rows) => rows.every(({ length }) => length > 0 && length <= most),
        (rows) => {
          const tokens = orElse(rows.find(({ length }) => length === 0 || length > most)?.length, 0)
          return failure(
            'Domain',
            `a text has ${tokens} tokens, and the classifier ${name} reads 1 to ${most}`,
            'give shorter texts (a lower limit), or another classifier',
            { tokens, most },
          )
        },
      ),
    )

/** Runs texts of one length together: no text is padded, so that what stands beside it changes nothing of what is read. */
const inGroups =
  ({ logits }: Classifier) =>
  (rows: readonly Int32Array[]): TE.TaskEither<Failure, readonly Float32Array[]> => {
    const groups = new Map<number, number[]>()
    for (const [i, { length }] of rows.entries()) groups.set(length, [...(groups.get(length) ?? []), i])
    return pipe(
      [...groups.values()],
      TE.traverseSeqArray((places) =>
        pipe(
          logits(places.map((i) => at(rows, i))),
          TE.map((found) => places.map((place, k): readonly [number, Float32Array] => [place, at(found, k)])),
        ),
      ),
      TE.map((found) => {
        const all = new Map(found.flat())
        return rows.map((_, i) => held(all, i))
      }),
    )
  }

/**
 * Opens a classifier of texts: a folder, or an `.onnx` file in one. Its energies are of the text that they are given, the prompt left
 * out. `File` for a folder without an `.onnx` file or a tokenizer, `Format` for files that are none or are no classifier of texts,
 * `NoAdapter` for a provider that ONNX Runtime has not here; `Domain` of an energy for a text that is longer than the classifier reads,
 * `Usage` for a label that it has not.
 *
 * @example
 * import { pipe } from 'fp-ts/lib/function.js'
 * import * as TE from 'fp-ts/lib/TaskEither.js'
 * import { textClassifier } from 'exptilt/node'
 * const positive = pipe(textClassifier('models/sst2'), TE.chainEitherK(({ energy }) => energy('POSITIVE')))
 */
export const textClassifier = (
  path: string,
  { file, dtype, ...options }: ClassifierOptions = {},
): TE.TaskEither<Failure, TextClassifier> =>
  pipe(
    modelFolder(path, { file, dtype }),
    TE.bindTo('where'),
    TE.bind('encode', ({ where }) =>
      pipe(textIn(where, 'tokenizer.json'), TE.chainEitherK(tokenizerParts), TE.chainEitherK(markedTexts('whole'))),
    ),
    TE.bind('config', ({ where }) => said(classifierConfig, {}, where, 'config.json')),
    TE.bind('classifier', ({ where }) => openClassifier({ ...options, file: where.file })),
    TE.map(({ where, encode, config, classifier }): TextClassifier => {
      const labels = labelsOf(config, classifier)
      const encoded = encodedBy(where.folder, encode, contextOf(config) ?? Number.POSITIVE_INFINITY)
      const logProbabilities: TextClassifier['logProbabilities'] = (texts) =>
        pipe(
          TE.fromEither(encoded(texts)),
          TE.chain(inGroups(classifier)),
          TE.map((all) => all.map(logsOf(config))),
        )
      return {
        description: classifier.description,
        labels,
        logProbabilities,
        energy: (label) => {
          const place = labels.indexOf(label)
          if (place < 0)
            return E.left(
              usage(`${where.folder} has no label '${label}'`, `give one of ${labels.join(', ')}`, { label, labels }),
            )
          return E.right((texts) =>
            pipe(
              logProbabilities(texts),
              TE.map((all) => Float64Array.from(all, (logs) => -at(logs, place))),
            ),
          )
        },
        release: classifier.release,
      }
    }),
  )
