/** A causal language model from the bytes of its `.onnx` file, for where there are no files. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, reasonOf } from '../errors.ts'
import type { Predictor } from '../predictor.ts'
import { installed } from './installed.ts'
import { predictorOn, type SessionNotes } from './predicting.ts'
import { loadFileRuntime, missing, type OnnxSource, openBytes } from './runtime.ts'
import { unloadable } from './unloadable.ts'

/** What the model is called, and the longest row, where the bytes do not say it. */
type Notes = Pick<SessionNotes, 'name' | 'context'>

/** What ONNX Runtime says where the browser lacks its kernels or cannot run them. */
const NO_BACKEND = /no available backend/iu

/**
 * Opens the model. Failures as those of `openPredictor`: `NoAdapter` where ONNX Runtime is missing, `Format` for bytes that
 * are no causal language model.
 *
 * @example
 * import { openModelBytes } from 'exptilt'
 * const opened = await openModelBytes({ name: 'mine', context: 256 })(new Uint8Array(0))()
 */
export const openModelBytes =
  (notes: Notes, source: OnnxSource = installed) =>
  (model: Uint8Array): TE.TaskEither<Failure, Predictor> =>
    pipe(
      loadFileRuntime({}, source),
      TE.bindTo('runtime'),
      TE.bind('session', ({ runtime }) =>
        TE.tryCatch(
          () => openBytes(runtime, model),
          (thrown) =>
            NO_BACKEND.test(reasonOf(thrown)) ? missing(source.name, thrown) : unloadable(notes.name)(thrown),
        ),
      ),
      TE.chain(({ runtime, session }) =>
        predictorOn(
          session,
          runtime.library,
          { ...notes, on: `ONNX Runtime ${runtime.version} (${source.target})` },
          () => void session.release().catch(() => undefined),
        ),
      ),
    )
