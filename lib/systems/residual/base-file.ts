/**
 * A base model that was trained elsewhere: a checkpoint in GPT-2's names and layout (safetensors, in one file or several), as PyTorch's transformers
 * write it. A checkpoint for longer rows than the experiment's will do: later positions are not used.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'

import { orElse } from '../../at.ts'
import type { NamedArray, NamedArrays } from '../../codec/array.ts'
import { readWeights, withUnread } from '../../data/weights-file.ts'
import { type Failure, failure } from '../../errors.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import { fromGpt2 } from '../../models/checkpoint-names.ts'
import type { TransformerSize } from '../../models/transformer.ts'

const isPositions = (name: string): boolean => /^(transformer\.)?wpe\.weight$/.test(name)

const tooShort = (context: number, found: number): Failure =>
  failure(
    'Usage',
    `rows of ${context} tokens are longer than the checkpoint's context of ${found}`,
    'give shorter rows with --prefix and --modelled, or another checkpoint',
    { context, found },
  )

/** The first `context` rows of a table of positions. */
const firstPositions = (table: NamedArray, context: number): E.Either<Failure, NamedArray> => {
  const [rows, width] = [orElse(table.shape[0], 0), orElse(table.shape[1], 0)]
  if (table.shape.length > 2 || rows === context) return E.right(table)
  return rows < context
    ? E.left(tooShort(context, rows))
    : E.right({ ...table, shape: [context, width], data: table.data.slice(0, context * width) })
}

const trimmed =
  (context: number) =>
  (tensors: NamedArrays): E.Either<Failure, NamedArrays> => {
    const positions = Object.entries(tensors).find(([name]) => isPositions(name))
    return positions === undefined
      ? E.right(tensors)
      : pipe(
          firstPositions(positions[1], context),
          E.map((table) => ({ ...tensors, [positions[0]]: table })),
        )
  }

/**
 * The parameters of `transformer(size)` in a file, an index of files or a model's folder. Left `File` when it cannot be read, `Format` when it is no safetensors
 * file, `Checkpoint` when a tensor is missing, foreign or of another shape, `Usage` when its context is too short; each
 * names the file.
 *
 * @example
 * const parts = { symbols: 50257, model: 768, heads: 12, layers: 12, feedForward: 3072, context: 1024, begin: 50256 }
 * const size = { ...parts, tied: true, positions: 'learned', norm: 'pre', activation: 'gelu-tanh' } as const
 * const parameters = readBaseFile('gpt2/model.safetensors', size)
 */
export const readBaseFile = (path: string, size: TransformerSize): TE.TaskEither<Failure, Parameters> =>
  pipe(
    readWeights(path),
    TE.chainEitherK((weights) =>
      pipe(
        trimmed(size.context)(weights.tensors),
        E.flatMap(fromGpt2(size)),
        E.mapLeft(withUnread(weights)),
        E.mapLeft((f): Failure => ({ ...f, what: `${path}: ${f.what}`, facts: { ...f.facts, path } })),
      ),
    ),
  )
