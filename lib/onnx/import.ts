/**
 * Causal language models from `.onnx` files: token ids in, logits out, with or without a key/value cache, as PyTorch and
 * Hugging Face's exporters write them. Everything is checked before it runs.
 */
import { at } from '../at.ts'
import { access, constants } from 'node:fs/promises'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { InferenceSession } from 'onnxruntime-node'

import type { TokenRows } from '../data/strings.ts'
import { type Failure, failure, fromThrown } from '../errors.ts'
import type { Predictor, Walk } from '../predictor.ts'
import { type Advanced, advance, advanceSingly, type CausalSession, noPast, type Past } from './causal.ts'
import { lastLogits, readRow } from './reading.ts'
import { installed, loadRuntime, type OnnxOptions, type OnnxRuntime, type OnnxSource, openFile } from './runtime.ts'
import { type Port, type PortNames, signatureOf } from './signature.ts'

/** The file of a model and what it does not say of itself. */
export interface PredictorOptions extends OnnxOptions {
  readonly file: string
  /** The longest row; none: as long as the model goes. */
  readonly context?: number
  /** Inputs and outputs with other names than `input_ids` and `logits`. */
  readonly names?: PortNames
}

const portOf = (described: InferenceSession.ValueMetadata): Port =>
  described.isTensor
    ? { name: described.name, type: described.type, shape: described.shape }
    : { name: described.name, type: 'no tensor', shape: [] }

const reasonOf = (thrown: unknown): string =>
  at((thrown instanceof Error ? thrown.message : String(thrown)).split('\n'), 0)

/** What ONNX Runtime said about a file that it could not load, as one sentence. */
const unloadable =
  (file: string) =>
  (thrown: unknown): Failure => {
    const said = reasonOf(thrown)
    const operator =
      /(?:No Op registered for|Fatal error:) *(?:[\w.]*:)?(\w+)(?:\(|\s)/.exec(said) ??
      /(\S+) is not a registered function\/op/.exec(said)
    if (operator?.[1] !== undefined)
      return failure(
        'Format',
        `${file} uses the operator '${operator[1]}', which ONNX Runtime does not know`,
        'export the model with standard operators',
        { file, operator: operator[1] },
      )
    if (/protobuf parsing failed|INVALID_PROTOBUF|ModelProto does not have a graph/i.test(said))
      return failure('Format', `${file} is not an ONNX model`, 'give a file that an exporter to ONNX wrote', { file })
    return failure('Format', `${file} cannot be loaded (${said})`, 'export the model again', { file })
  }

const session = (runtime: OnnxRuntime, file: string): TE.TaskEither<Failure, InferenceSession> =>
  pipe(
    TE.tryCatch(
      () => access(file, constants.R_OK),
      () => failure('File', `${file} cannot be read`, 'give the path of an .onnx file', { file }),
    ),
    TE.chain(() => TE.tryCatch(() => openFile(runtime, file), unloadable(file))),
  )

const running = fromThrown(
  'Runtime',
  'check that the tokens and the length of the rows are within what the model takes',
)

/** A session, how many symbols it has, and whether it must be fed one token at a time. */
interface Tried {
  readonly causal: CausalSession
  readonly symbols: number
  readonly singly: boolean
}

/** Rows that go on from their caches. */
const cachedWalk = ({ causal, singly }: Tried, count: number): Walk => {
  let past: Past = noPast(causal, count)
  return {
    extend: (tokens) =>
      TE.tryCatch(async () => {
        const next = await (singly
          ? advanceSingly(causal, tokens, count, past)
          : advance(causal, tokens, count, past, 1))
        past = next.past
        return lastLogits(next, count)
      }, running),
  }
}

/** Rows that are read again from their beginning. */
const repeatedWalk = (causal: CausalSession, count: number): Walk => {
  let [rows, time] = [new Int32Array(0), 0]
  return {
    extend: (tokens) =>
      TE.tryCatch(async () => {
        const more = tokens.length / count
        const longer = new Int32Array(count * (time + more))
        for (let r = 0; r < count; r++) {
          longer.set(rows.subarray(r * time, (r + 1) * time), r * (time + more))
          longer.set(tokens.subarray(r * more, (r + 1) * more), r * (time + more) + time)
        }
        ;[rows, time] = [longer, time + more]
        return lastLogits(await advance(causal, rows, count, noPast(causal, count), 1), count)
      }, running),
  }
}

const predictorOf = (
  { causal, symbols, singly }: Tried,
  { version }: OnnxRuntime,
  { file, context = Number.POSITIVE_INFINITY }: PredictorOptions,
): Predictor => {
  const cached = causal.signature.caches.length > 0
  const read = singly ? advanceSingly : advance
  return {
    symbols,
    context,
    description: `${file} (${symbols} symbols${cached ? ', key/value cache' : ''}${singly ? ', one token at a time' : ''}) on ONNX Runtime ${version} (CPU)`,
    logits: ({ tokens, count }: TokenRows) =>
      count === 0 || tokens.length === 0
        ? TE.right(new Float32Array(0))
        : TE.tryCatch(async () => (await read(causal, tokens, count, noPast(causal, count))).logits, running),
    walk: (count) => (cached ? cachedWalk({ causal, symbols, singly }, count) : repeatedWalk(causal, count)),
    read: readRow({ causal, singly }, running),
    release: () => void causal.session.release().catch(() => undefined),
  }
}

/** How far logits of the same tokens may lie apart, as a share of their spread: quantised models round by what they read. */
const SAME = 0.05

const alike = (some: Float32Array, others: Float32Array): boolean => {
  const spread = Math.max(...some) - Math.min(...some)
  return some.every((x, i) => Math.abs(x - at(others, i)) <= SAME * spread + 1e-3)
}

/**
 * What the model does with two tokens at once, beside what it gives token by token: whether that is the same, or why it
 * is not. A decoder that was traced on one token often cannot read two, or does not hide the second from the first.
 */
const compared = async (causal: CausalSession, first: Advanced): Promise<string | undefined> => {
  const { symbols } = first
  const pair = Int32Array.of(0, symbols - 1)
  const both = await advance(causal, pair, 1, noPast(causal, 1))
  if (!alike(first.logits, both.logits.subarray(0, symbols)))
    return 'the logits of a token depend on the token after it'
  if (causal.signature.caches.length === 0) return undefined
  const second = await advance(causal, pair.subarray(1), 1, first.past)
  return alike(second.logits, both.logits.subarray(symbols))
    ? undefined
    : 'two tokens at once give other logits than one after the other'
}

/** As `compared`; what a run throws is a reason too. */
const together = (causal: CausalSession, first: Advanced): Promise<string | undefined> =>
  compared(causal, first).catch(reasonOf)

const useless = (file: string, what: string, remedy: string): Failure =>
  failure('Format', `${file} ${what}`, remedy, { file })

/** One token through the model, then two: that it runs at all, how many symbols it has, how many tokens it can read at once. */
const tried = (causal: CausalSession, file: string): TE.TaskEither<Failure, Tried> =>
  pipe(
    TE.tryCatch(
      () => advance(causal, Int32Array.of(0), 1, noPast(causal, 1)),
      (thrown) =>
        useless(
          file,
          `does not run on one token (${reasonOf(thrown)})`,
          'export the model with a free batch and sequence length',
        ),
    ),
    TE.filterOrElse(
      ({ symbols }) => symbols > 0,
      () => useless(file, 'gives logits of no symbols', 'export the model again'),
    ),
    TE.bindTo('first'),
    TE.bind('why', ({ first }) =>
      TE.fromTask(async () => (causal.signature.single ? 'it reads one token a run' : together(causal, first))),
    ),
    TE.filterOrElse(
      ({ why }) => why === undefined || causal.signature.caches.length > 0,
      ({ why }) =>
        useless(
          file,
          `does not score rows of two tokens (${why ?? ''})`,
          'export a causal language model with a free sequence length and the logits of every position, or with a key/value cache',
        ),
    ),
    TE.map(({ first, why }) => ({ causal, symbols: first.symbols, singly: why !== undefined })),
  )

/** `openPredictor` over given libraries. */
export const openPredictorFrom =
  (source: OnnxSource) =>
  (options: PredictorOptions): TE.TaskEither<Failure, Predictor> =>
    pipe(
      loadRuntime(options, source),
      TE.bindTo('runtime'),
      TE.bind('session', ({ runtime }) => session(runtime, options.file)),
      TE.bind('causal', ({ runtime, session: opened }) =>
        TE.fromEither(
          pipe(
            signatureOf(opened.inputMetadata.map(portOf), opened.outputMetadata.map(portOf), options.names ?? {}),
            E.bimap(
              (f) => ({ ...f, what: `${options.file}: ${f.what}` }),
              (signature): CausalSession => ({ session: opened, library: runtime.library, signature }),
            ),
          ),
        ),
      ),
      TE.bind('ready', ({ causal }) => tried(causal, options.file)),
      TE.map(({ ready, runtime }) => predictorOf(ready, runtime, options)),
    )

/**
 * Opens a causal language model in a file. Failures, each one sentence: `NoAdapter` (ONNX Runtime is missing or broken),
 * `File` (no such file), `Format` (not ONNX, an operator that nobody knows, inputs or outputs with other names, types or
 * ranks than those of a causal language model, or one that cannot score a row: the message names the port and the way to
 * export it). A decoder that reads one token at a time is scored so.
 *
 * @example
 * import { openPredictor } from 'exptilt/node'
 * const model = await openPredictor({ file: 'model.onnx', context: 1024 })()
 */
export const openPredictor: (options: PredictorOptions) => TE.TaskEither<Failure, Predictor> =
  openPredictorFrom(installed)
