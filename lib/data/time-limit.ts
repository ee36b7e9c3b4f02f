/** Calls with a limit of time, by Node's `vm`; `time-limit-web.ts` is its place in browsers. */
import { type Context, createContext, Script } from 'node:vm'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'

/** Where calls are made; one serves many. */
export type Room = Context

/** A room of one's own. */
export const newRoom = (): Room => createContext({})

const script = new Script('call()')

/** Whether a thrown error is that of time run out; it is of the context's own kind of errors. */
const isLate = (thrown: unknown): boolean =>
  typeof thrown === 'object' && thrown !== null && 'code' in thrown && thrown.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'

/** Milliseconds that the processor has worked for this process. */
const worked = (): number => {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1000
}

/**
 * What a call gives, or Left when it takes longer than `limit` milliseconds; `caught` gets what it throws otherwise. A clock
 * stops a call; where the processor worked for less than half of the limit, others had it, and the call, which has no effects,
 * is made again and may take twice as long.
 */
export const within = <A>(
  limit: number,
  call: () => A,
  caught: (thrown: unknown) => never,
  room: Room = newRoom(),
): E.Either<'late', A> => {
  let result: O.Option<A> = O.none
  room['call'] = () => {
    result = O.some(call())
  }
  for (let timeout = limit; ; timeout *= 2) {
    const begun = worked()
    try {
      script.runInContext(room, { timeout })
    } catch (thrown) {
      if (!isLate(thrown)) return caught(thrown)
      if (worked() - begun < limit / 2) continue
    }
    return E.fromOption(() => 'late' as const)(result)
  }
}
