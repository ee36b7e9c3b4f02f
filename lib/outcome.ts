/** From a result to its value: what programs at the edge, examples and tests do with a failure they cannot answer. */
import type { Either } from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Failure, raise } from './errors.ts'

/**
 * The value of a Right; throws the failure of a Left as an `ExptiltError`, with its one sentence.
 *
 * @example
 * right(encodeStrings(alphabetOf(['abba', 'ab']), 4)(['ab'])).tokens // => [0, 1, 2, 2]
 */
export const right = <A>(found: Either<Failure, A>): A => (found._tag === 'Right' ? found.right : raise(found.left))

/**
 * Runs an effect and gives its value; the promise is rejected with the failure, as an `ExptiltError`.
 *
 * @example
 * const n = axis('n', 2)
 * const total = await run(evaluateOne(reference)(sum(n)(input('x', n)), { x: Float64Array.of(1, 2) }))
 * scalarOf(total) // => 3
 */
export const run = async <A>(effect: TaskEither<Failure, A>): Promise<A> => right(await effect())
