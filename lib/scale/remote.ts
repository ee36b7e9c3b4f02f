/**
 * An executor on another thread, as an executor: programs are sent as data, values are copied when a call is made (those in
 * shared memory are read where they are), and what comes back belongs to the caller. What the contract of executors asks for is
 * kept by the executor at the far end.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { field, presentIn } from '../at.ts'
import { EXECUTOR_RELEASED, STRANGER } from '../checked.ts'
import { decodeAs } from '../codec/json.ts'
import { type Failure, fromThrown } from '../errors.ts'
import { arraysFailure, listFailure, type Executor, type Guard, type Prepared, type Program } from '../executor.ts'
import type { Values } from '../dtype.ts'
import type { Value } from '../expr.ts'
import { keysOf, recordOf } from '../phantom.ts'
import { type Port, type Reply, replyCodec, type Request } from './protocol.ts'
import { encodeProgram } from '../wire.ts'

type Named = Readonly<Record<string, Value>>

/** A request without its number. */
type Asking = Request extends infer R ? (R extends Request ? Omit<R, 'call'> : never) : never

/** A connection: calls, and their end when the far end is lost. */
interface Calls {
  readonly call: (asking: Asking) => TaskEither<Failure, Named>
  /** Says something that has no answer worth waiting for. */
  readonly say: (asking: Asking) => void
  /** Says the last thing: calls under way are still answered, further ones fail. */
  readonly close: () => void
  /** Ends all calls, those under way and those to come, with this failure. */
  readonly end: (reason: Failure) => void
}

const outcomeOf = ({ failure: found, values = {} }: Reply): E.Either<Failure, Named> =>
  found === undefined ? E.right(values) : E.left(found)

const callsOver = (port: Port): Calls => {
  const waiting = new Map<number, (outcome: E.Either<Failure, Named>) => void>()
  let [next, ended]: [number, Failure | undefined] = [0, undefined]
  const answer = (number: number, outcome: E.Either<Failure, Named>): void => {
    waiting.get(number)?.(outcome)
    waiting.delete(number)
  }
  const answerAll = (reason: Failure): void => {
    for (const number of [...waiting.keys()]) answer(number, E.left(reason))
  }
  port.on('message', (message) => {
    const reply = decodeAs(replyCodec, 'reply of a worker')(message)
    if (E.isRight(reply)) answer(reply.right.call, outcomeOf(reply.right))
    else answerAll(reply.left)
  })
  const post = (asking: Asking, number: number): E.Either<Failure, void> =>
    E.tryCatch(
      () => {
        port.postMessage({ call: number, ...asking })
      },
      fromThrown('Feed', 'give plain arrays of numbers'),
    )
  return {
    call: (asking) => () =>
      new Promise((resolve) => {
        if (ended !== undefined) {
          resolve(E.left(ended))
          return
        }
        next += 1
        waiting.set(next, resolve)
        const sent = post(asking, next)
        if (E.isLeft(sent)) answer(next, sent)
      }),
    say: (asking) => {
      next += 1
      if (ended === undefined) post(asking, next)
    },
    close: () => {
      if (ended === undefined) post({ kind: 'close' }, next + 1)
      ended ??= EXECUTOR_RELEASED
    },
    end: (reason) => {
      ended ??= reason
      answerAll(reason)
    },
  }
}

/** A guard's failure in its own words: the far end knows the values of its states alone. */
const told =
  (guard: Guard | undefined) =>
  (found: Failure): Failure => {
    const values = found.facts['guard']
    return guard !== undefined && found.tag === 'NonFinite' && Array.isArray(values) && values.every(isNumber)
      ? guard.failure(values)
      : found
  }

/** A call with its outcome seen through `f`: made when the task is invoked, and not a turn later as by `TE.map`. */
const answered =
  <A>(
    asked: TaskEither<Failure, Named>,
    f: (outcome: E.Either<Failure, Named>) => E.Either<Failure, A>,
  ): TaskEither<Failure, A> =>
  () =>
    asked().then(f)

const isNumber = (x: unknown): x is number => typeof x === 'number'

const preparedOver = <S extends string, O extends string>(
  { call, say }: Calls,
  number: number,
  { state, outputs, guard }: Program<S, O>,
): Prepared<S, O> => {
  const [states, named] = [keysOf(state), keysOf(outputs)]
  // What is no list of numbers would be no request at the far end.
  const sent = (check: () => Failure | undefined, asking: () => Asking): TaskEither<Failure, Named> =>
    lazily(() => {
      const wrong = E.tryCatch(check, fromThrown('Runtime', 'check the program and what it is given'))
      if (E.isLeft(wrong)) return TE.left(wrong.left)
      return wrong.right === undefined ? call(asking()) : TE.left(wrong.right)
    })
  return {
    run: (feeds, read) =>
      answered(
        sent(
          () => listFailure(read) ?? arraysFailure('input', feeds),
          () => ({ kind: 'run', program: number, feeds, read }),
        ),
        (outcome) =>
          E.bimap(told(guard), (values: Named) => {
            const found: Partial<Record<O, Value>> = {}
            for (const name of read ?? named) found[name] = field(values, name)
            return found
          })(outcome),
      ),
    readState: (names) =>
      answered(
        sent(
          () => listFailure(names),
          () => ({ kind: 'readState', program: number, names }),
        ),
        E.map((values) => recordOf(names ?? states, (name) => field(values, name))),
      ),
    writeState: (values) => {
      const named = (): Readonly<Record<string, Values>> => presentIn<Values>(values)
      return answered(
        sent(
          () => arraysFailure('state', values),
          () => ({ kind: 'writeState', program: number, values: named() }),
        ),
        E.map(() => undefined),
      )
    },
    release: () => {
      say({ kind: 'release', program: number })
    },
  }
}

const lazily =
  <A>(make: () => TaskEither<Failure, A>): TaskEither<Failure, A> =>
  () =>
    make()()

/** An executor at the far end of a port, and how it is told that the far end is lost. */
export interface Remote {
  readonly executor: Executor
  /** Ends all calls, those under way and those to come, with this failure. */
  readonly lost: (reason: Failure) => void
}

/** The executor that `serve` serves at the far end of a port. */
export const remoteExecutor = (port: Port, about: Pick<Executor, 'name' | 'description'>): Remote => {
  const calls = callsOver(port)
  const numbers = new WeakMap<Prepared['writeState'], number>()
  let last = 0
  const prepare = <S extends string, O extends string>(
    program: Program<S, O>,
    beside?: Prepared,
  ): TaskEither<Failure, Prepared<S, O>> =>
    lazily(() => {
      const root = beside === undefined ? undefined : numbers.get(beside.writeState)
      if (beside !== undefined && root === undefined) return TE.left(STRANGER)
      last += 1
      const number = last
      return pipe(
        TE.fromEither(
          E.tryCatch(() => encodeProgram(program), fromThrown('Shape', 'give a program made by `program`')),
        ),
        TE.chain((graph) => calls.call({ kind: 'prepare', program: number, graph, beside: root })),
        TE.map(() => {
          const prepared = preparedOver(calls, number, program)
          numbers.set(prepared.writeState, number)
          return prepared
        }),
      )
    })
  return { executor: { ...about, software: true, prepare, release: calls.close }, lost: calls.end }
}
