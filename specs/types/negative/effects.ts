/** Effects and results are values of their own: one that has not been run or looked at is not what it holds. */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describeFailure, type Failure, failure, raise } from '../../../lib/errors.ts'
import { fold, type Key, key, split, uniforms, words } from '../../../lib/key.ts'
import { boolean, log, real } from '../../../lib/semiring.ts'
import { effect, result } from '../world.ts'

const twice = (x: number): number => 2 * x

// @ts-expect-error TS2345
twice(effect)
// @ts-expect-error TS2345
twice(effect())
// @ts-expect-error TS2345
twice(await effect())
// @ts-expect-error TS2345
twice(result)
// @ts-expect-error TS2339
result.right
// @ts-expect-error TS2345
E.map(twice)(effect)
// @ts-expect-error TS2345
TE.map(twice)(result)
// @ts-expect-error TS2345
E.match((f: Failure) => f.what, twice)(result)
// @ts-expect-error TS2345
E.getOrElse(() => 'none')(result)
// @ts-expect-error TS2322
const value: number = result
// @ts-expect-error TS2322
const ran: Promise<number> = effect()
// @ts-expect-error TS2322
const leftIsFailure: E.Either<string, number> = result

// @ts-expect-error TS2345
failure('Unknown', 'what', 'remedy')
// @ts-expect-error TS2554
failure('Shape', 'what')
// @ts-expect-error TS2345
failure('Shape', 'what', 'remedy', 'facts')
// @ts-expect-error TS2739
const bare: Failure = { tag: 'Shape', what: 'what' }
// @ts-expect-error TS2345
describeFailure('it failed')
// @ts-expect-error TS2345
raise(new Error('it failed'))
const changed = failure('Shape', 'what', 'remedy')
// @ts-expect-error TS2540
changed.what = 'something else'
// @ts-expect-error TS2542
changed.facts['axis'] = 'time'

// @ts-expect-error TS2345
key('seed')
// @ts-expect-error TS2345
fold(7, 0)
// @ts-expect-error TS2554
fold(key(7))
// @ts-expect-error TS2554
split(key(7))
// @ts-expect-error TS2345
uniforms(7, 10)
// @ts-expect-error TS2345
words([1, 2, 3], 10)
const mutable: Key = key(7)
// @ts-expect-error TS2540
mutable[0] = 1
// @ts-expect-error TS2322
const pair: Key = [1]

// @ts-expect-error TS2345
real.add(1, true)
// @ts-expect-error TS2345
boolean.mul(true, 0)
// @ts-expect-error TS2540
log.zero = 0

export { bare, leftIsFailure, pair, ran, value }
