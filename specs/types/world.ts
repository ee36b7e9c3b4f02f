/** The axes and tensors that the type tests talk about. */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Axis, axis, type Unit } from '../../lib/axis.ts'
import type { AnyTensor, Scalar, Tensor } from '../../lib/expr.ts'
import { type Failure, failure } from '../../lib/errors.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { inputKey, type KeyTensor } from '../../lib/ops/random.ts'

export const batch: Axis<'batch'> = axis('batch', 4)
export const time: Axis<'time'> = axis('time', 5)
export const hidden: Axis<'hidden'> = axis('hidden', 6)
export const vocabulary: Axis<'vocabulary'> = axis('vocabulary', 7)

/** Float tensors, named after their axes. */
export const scalar: Scalar = input('scalar')
export const b: Tensor<'batch' | Unit> = input('b', batch)
export const t: Tensor<'time' | Unit> = input('t', time)
export const bt: Tensor<'batch' | 'time' | Unit> = input('bt', batch, time)
export const bh: Tensor<'batch' | 'hidden' | Unit> = input('bh', batch, hidden)
export const hv: Tensor<'hidden' | 'vocabulary' | Unit> = input('hv', hidden, vocabulary)
export const bthv: Tensor<'batch' | 'time' | 'hidden' | 'vocabulary' | Unit> = input(
  'bthv',
  batch,
  time,
  hidden,
  vocabulary,
)

/** Other element types over the batch axis. */
export const integers: Tensor<'batch' | Unit, 'i32'> = inputOf('i32')('integers', batch)
export const words: Tensor<'batch' | Unit, 'u32'> = inputOf('u32')('words', batch)
export const flags: Tensor<'batch' | Unit, 'bool'> = inputOf('bool')('flags', batch)

/** A tensor whose axes only the run knows, and a key. */
export const dynamic: AnyTensor = input('dynamic', { name: String('batch'), size: 4 })
export const randomness: KeyTensor = inputKey('key')

/** An effect that has not run, and a result that has not been looked at. */
export const effect: TE.TaskEither<Failure, number> = TE.right(1)
export const result: E.Either<Failure, number> = E.left(failure('Runtime', 'it failed', 'try again'))
