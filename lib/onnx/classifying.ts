/**
 * Classifiers of whole texts from `.onnx` files: token ids in, one row of logits out, as Hugging Face's exporters write models for
 * sequence classification.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../at.ts'
import { asFloats } from '../codec/half.ts'
import { type Failure, failure, fromThrown, messageOf } from '../errors.ts'
import { sessionOf, type PredictorOptions } from './import.ts'
import { installed } from './installed.ts'
import { PROVIDERS } from './provider.ts'
import { loadFileRuntime, type OnnxLibrary, type OnnxSession } from './runtime.ts'

/** What gives each label of a text a logit. */
export interface Classifier {
  readonly labels: number
  /** One line for a person: what it is and on what it runs. */
  readonly description: string
  /** Logits [labels] of texts of one length, as their tokens. */
  readonly logits: (rows: readonly Int32Array[]) => TE.TaskEither<Failure, readonly Float32Array[]>
  readonly release: () => void
}

/** Inputs that are known, and what stands at each token: an id, a 1 (it is there), or a 0 (it is of the first text). */
const KNOWN: Readonly<Record<string, (id: number) => number>> = {
  input_ids: (id) => id,
  attention_mask: () => 1,
  token_type_ids: () => 0,
}

const running = fromThrown('Runtime', 'check that the texts are no longer than the classifier takes')

const useless = (file: string, what: string): Failure =>
  failure(
    'Format',
    `${file} ${what}`,
    'export a model for sequence classification: input_ids in, logits [batch, labels] out',
    {
      file,
    },
  )

const usable = (file: string, { inputNames, outputNames }: OnnxSession): E.Either<Failure, void> => {
  const strange = inputNames.filter((name) => !Object.hasOwn(KNOWN, name))
  if (strange.length > 0)
    return E.left(useless(file, `has inputs that no classifier of texts has (${strange.join(', ')})`))
  if (!inputNames.includes('input_ids')) return E.left(useless(file, 'has no input input_ids'))
  return outputNames.includes('logits')
    ? E.right(undefined)
    : E.left(useless(file, `has no output logits (it has ${outputNames.join(', ')})`))
}

/** One run; rows are of one length, so that none is padded. */
const logitsOf = async (
  { Tensor }: OnnxLibrary,
  session: OnnxSession,
  rows: readonly Int32Array[],
): Promise<E.Either<string, readonly Float32Array[]>> => {
  const dims = [rows.length, at(rows, 0).length]
  const ids = rows.flatMap((row) => Array.from(row))
  const feeds = Object.fromEntries(
    session.inputNames.map((name) => {
      const values = ids.map(field(KNOWN, name))
      const short = session.inputMetadata.some((port) => port.name === name && port.isTensor && port.type === 'int32')
      return [
        name,
        short
          ? new Tensor('int32', Int32Array.from(values), dims)
          : new Tensor('int64', BigInt64Array.from(values, BigInt), dims),
      ]
    }),
  )
  const { logits } = await session.run(feeds, { logits: null })
  const { data, dims: shape = [] } = logits ?? {}
  const labels = shape[1]
  if (labels === undefined || shape.length !== 2 || shape[0] !== rows.length)
    return E.left(`it gives logits of the shape [${shape.join(', ')}], not of [batch, labels]`)
  if (!(data instanceof Float32Array) && !(data instanceof Uint16Array)) return E.left('its logits are no numbers')
  const all = asFloats(data)
  return E.right(rows.map((_, i) => all.slice(i * labels, (i + 1) * labels)))
}

/**
 * Opens a classifier in a file and tries it on one token. `File` for none, `Format` for one that is no classifier of texts,
 * `NoAdapter` where ONNX Runtime is missing or has not the provider.
 */
export const openClassifier = (
  options: Pick<PredictorOptions, 'file' | 'provider' | 'threads'>,
): TE.TaskEither<Failure, Classifier> =>
  pipe(
    loadFileRuntime(options, installed),
    TE.bindTo('runtime'),
    TE.bind('session', ({ runtime }) => sessionOf(runtime, options)),
    TE.chainFirstEitherK(({ session }) => usable(options.file, session)),
    TE.bind('tried', ({ runtime, session }) =>
      pipe(
        TE.tryCatch(() => logitsOf(runtime.library, session, [Int32Array.of(0)]), messageOf),
        TE.chainEitherK((found) => found),
        TE.mapLeft((reason) => useless(options.file, `does not classify one token (${reason})`)),
      ),
    ),
    TE.map(({ runtime, session, tried }) => ({
      labels: at(tried, 0).length,
      description: `${options.file} (${at(tried, 0).length} labels) on ONNX Runtime ${runtime.version} (${PROVIDERS[options.provider ?? 'cpu']})`,
      logits: (rows) =>
        pipe(
          TE.tryCatch(() => logitsOf(runtime.library, session, rows), running),
          TE.chainEitherK(E.mapLeft((reason) => useless(options.file, `does not classify (${reason})`))),
        ),
      release: () => void session.release().catch(() => undefined),
    })),
  )
