/**
 * Causal language models from `.onnx` files: token ids in, logits out, with or without a key/value cache, as PyTorch and
 * Hugging Face's exporters write them. Everything is checked before it runs.
 */
import { access, constants } from 'node:fs/promises'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure, reasonOf } from '../errors.ts'
import { namedBy } from '../names.ts'
import type { Predictor } from '../predictor.ts'
import { predictorOn, type SessionNotes } from './predicting.ts'
import { type Provider, PROVIDERS, unavailable } from './provider.ts'
import { installed } from './installed.ts'
import {
  type FileRuntime,
  loadFileRuntime,
  type OnnxOptions,
  type OnnxSession,
  type OnnxSource,
  openFile,
} from './runtime.ts'
import { unloadable } from './unloadable.ts'

/** The file of a model and what it does not say of itself. */
export interface PredictorOptions extends OnnxOptions, Pick<SessionNotes, 'context' | 'names'> {
  readonly file: string
  /** What computes: the CPU unless given. Operators that it lacks run on the CPU. */
  readonly provider?: Provider
}

/** A session of a file. `File` when it cannot be read, `Format` when it is no model, `NoAdapter` for a provider that is not there. */
export const sessionOf = (
  runtime: FileRuntime,
  { file, provider = 'cpu' }: Pick<PredictorOptions, 'file' | 'provider'>,
): TE.TaskEither<Failure, OnnxSession> =>
  pipe(
    TE.fromEither(namedBy({ provider: [provider, Object.keys(PROVIDERS)] })),
    TE.flatMap(() =>
      TE.tryCatch(
        () => access(file, constants.R_OK),
        () => failure('File', `${file} cannot be read`, 'give the path of an .onnx file', { file }),
      ),
    ),
    TE.chain(() =>
      TE.tryCatch(
        () => openFile(runtime, file, provider),
        (thrown) => unavailable(provider, reasonOf(thrown)) ?? unloadable(file)(thrown),
      ),
    ),
  )

/** `openPredictor` over given libraries. */
export const openPredictorFrom =
  (source: OnnxSource) =>
  (options: PredictorOptions): TE.TaskEither<Failure, Predictor> =>
    pipe(
      loadFileRuntime(options, source),
      TE.bindTo('runtime'),
      TE.bind('opened', ({ runtime }) => sessionOf(runtime, options)),
      TE.chain(({ runtime, opened }) =>
        predictorOn(
          opened,
          runtime.library,
          {
            ...options,
            name: options.file,
            on: `ONNX Runtime ${runtime.version} (${PROVIDERS[options.provider ?? 'cpu']})`,
          },
          () => void opened.release().catch(() => undefined),
        ),
      ),
    )

/**
 * Opens a causal language model in a file. Failures, each one sentence: `NoAdapter` (ONNX Runtime is missing or broken, or has
 * not the provider),
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
