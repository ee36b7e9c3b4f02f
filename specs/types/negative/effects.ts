/** Effects and results are values of their own: one that has not been run or looked at is not what it holds. */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describeFailure, type Failure, failure, raise } from '../../../lib/errors.ts'
import { fold, type Key, key, split, uniforms, words } from '../../../lib/key.ts'
import { boolean, log, real } from '../../../lib/semiring.ts'
import { effect, result } from '../world.ts'

const twice = (x: number): number => 2 * x

twice(effect)
twice(effect())
twice(await effect())
twice(result)
result.right
E.map(twice)(effect)
TE.map(twice)(result)
E.match((f: Failure) => f.what, twice)(result)
E.getOrElse(() => 'none')(result)
const value: number = result
const ran: Promise<number> = effect()
const leftIsFailure: E.Either<string, number> = result

failure('Unknown', 'what', 'remedy')
failure('Shape', 'what')
failure('Shape', 'what', 'remedy', 'facts')
const bare: Failure = { tag: 'Shape', what: 'what' }
describeFailure('it failed')
raise(new Error('it failed'))
const changed = failure('Shape', 'what', 'remedy')
changed.what = 'something else'
changed.facts['axis'] = 'time'

key('seed')
fold(7, 0)
fold(key(7))
split(key(7))
uniforms(7, 10)
words([1, 2, 3], 10)
const mutable: Key = key(7)
mutable[0] = 1
const pair: Key = [1]

real.add(1, true)
boolean.mul(true, 0)
log.zero = 0

export { bare, leftIsFailure, pair, ran, value }
