/**
 * A session of a causal language model as what predicts the next token: tried on a token or two before it is used. Needs no
 * file and no Node: the session may be ONNX Runtime's in a browser.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { InferenceSession } from 'onnxruntime-node'
import { at } from '../at.ts'
import type { TokenRows } from '../data/strings.ts'
import { type Failure, failure, fromThrown, reasonOf } from '../errors.ts'
import type { Predictor, Walk } from '../predictor.ts'
import { type Advanced, advance, advanceSingly, type CausalSession, noPast, type Past } from './causal.ts'
import { lastLogits, readRow } from './reading.ts'
import { type Port, type PortNames, signatureOf } from './signature.ts'

/** What is said of a session, and what it does not say of itself. */
export interface SessionNotes {
  /** What the model is called, and on what it runs. */
  readonly name: string
  readonly on: string
  /** The longest row; none: as long as the model goes. */
  readonly context?: number
  /** Inputs and outputs with other names than `input_ids` and `logits`. */
  readonly names?: PortNames
}

const portOf = (described: InferenceSession.ValueMetadata): Port =>
  described.isTensor
    ? { name: described.name, type: described.type, shape: described.shape }
    : { name: described.name, type: 'no tensor', shape: [] }

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
  { name, on, context = Number.POSITIVE_INFINITY }: SessionNotes,
  release: () => void,
): Predictor => {
  const cached = causal.signature.caches.length > 0
  const read = singly ? advanceSingly : advance
  return {
    symbols,
    context,
    description: `${name} (${symbols} symbols${cached ? ', key/value cache' : ''}${singly ? ', one token at a time' : ''}) on ${on}`,
    logits: ({ tokens, count }: TokenRows) =>
      count === 0 || tokens.length === 0
        ? TE.right(new Float32Array(0))
        : TE.tryCatch(async () => (await read(causal, tokens, count, noPast(causal, count))).logits, running),
    walk: (count) => (cached ? cachedWalk({ causal, symbols, singly }, count) : repeatedWalk(causal, count)),
    read: readRow({ causal, singly }, running),
    release,
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

/** A session of a causal language model as a predictor. Failures as in `openPredictor`. */
export const predictorOn = (
  session: CausalSession['session'],
  library: CausalSession['library'],
  notes: SessionNotes,
  release: () => void,
): TE.TaskEither<Failure, Predictor> =>
  pipe(
    TE.fromEither(
      pipe(
        signatureOf(session.inputMetadata.map(portOf), session.outputMetadata.map(portOf), notes.names ?? {}),
        E.bimap(
          (f) => ({ ...f, what: `${notes.name}: ${f.what}` }),
          (signature): CausalSession => ({ session, library, signature }),
        ),
      ),
    ),
    TE.chain((causal) => tried(causal, notes.name)),
    TE.map((ready) => predictorOf(ready, notes, release)),
  )
