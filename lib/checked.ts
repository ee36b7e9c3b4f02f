/**
 * The contract of executors, kept in one place and around every one of them: `checked` looks at everything that is asked
 * of an executor before it is done, copies what is given, and does what was asked in the order in which it was asked.
 *
 * A call is made when its `TaskEither` is invoked. At that moment names, lengths and values are checked, the values are
 * copied once (into the type in which the executor stores them), and the call takes its place behind those that were made
 * before; what happens to the given arrays afterwards does not matter. Nothing throws or rejects: what goes wrong is a
 * `Left`, and a call that failed leaves state as it was.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from './at.ts'
import { type DType, type Values, allocateStorage } from './dtype.ts'
import { type Failure, failure, fromThrown } from './errors.ts'
import {
  type Executor,
  type Feeds,
  type Guard,
  type Prepared,
  type Program,
  besideFailure,
  feedFailure,
  feedsOf,
  indexFailure,
  inputName,
  nameFailure,
  programFailure,
  typesBeside,
  writeFailure,
} from './executor.ts'
import { type ArrayType, type Value, typeOf } from './expr.ts'
import { keysOf, recordOf } from './phantom.ts'

type Result<A> = E.Either<Failure, A>

/** A fresh array in which an executor keeps values of a type. */
type Allocate = (dtype: DType, n: number) => Values

/** Said of a program that was released. */
export const RELEASED: Failure = failure('Runtime', 'the program was released', 'prepare it again before running it')
/** Said of a program beside one that was released. */
export const ROOT_RELEASED: Failure = failure(
  'Runtime',
  'the program beside which this one was prepared was released',
  'release it after the programs beside it, or prepare both again',
)
/** Said of an executor that was released, and of its programs. */
export const EXECUTOR_RELEASED: Failure = failure('Runtime', 'the executor was released', 'open it again')
/** Said of a program to prepare beside that another executor prepared. */
export const STRANGER: Failure = failure(
  'Runtime',
  'the program to prepare beside was not prepared by this executor',
  'give one that this executor prepared, or none',
)

const typed = fromThrown('Runtime', 'check the program and what it is given')

/** Calls one after the other, in the order in which they were made. */
interface Turn {
  readonly next: <A>(task: TaskEither<Failure, A>) => Promise<Result<A>>
  /** Does something once all calls made so far are done: at once where there is none. */
  readonly afterwards: (f: () => void) => void
}

const turnOf = (): Turn => {
  let last: Promise<unknown> = Promise.resolve()
  let pending = 0
  const done = (): void => {
    pending -= 1
  }
  return {
    next: (task) => {
      pending += 1
      const mine = last.then(task).catch((thrown: unknown) => E.left(typed(thrown)))
      last = mine.then(done)
      return mine
    },
    afterwards: (f) => {
      if (pending === 0) f()
      else void last.then(f)
    },
  }
}

/** What executors over one device, or whatever else they run on, have in common. */
interface Home {
  /** How often it was released. */
  readonly released: () => number
  /** Releases it, and then does this, after the calls under way. */
  readonly release: (f: () => void) => void
  /** Calls of a turn count as under way. */
  readonly counted: (turn: Turn) => Turn
}

const newHome = (): Home => {
  const waiting: (() => void)[] = []
  let [released, pending] = [0, 0]
  return {
    released: () => released,
    release: (f) => {
      released += 1
      if (pending === 0) f()
      else waiting.push(f)
    },
    counted: (turn) => ({
      ...turn,
      next: async (task) => {
        pending += 1
        const result = await turn.next(task)
        pending -= 1
        if (pending === 0) for (const f of waiting.splice(0)) f()
        return result
      },
    }),
  }
}

const homes = new WeakMap<object, Home>()

const homeOf = (object: object): Home => {
  const home = homes.get(object) ?? newHome()
  homes.set(object, home)
  return home
}

/** What is known of a prepared program: the executor's own, the types of the states in its reach, whose turn it is. */
interface Entry {
  readonly home: Home
  readonly inner: Prepared
  readonly types: ReadonlyMap<string, ArrayType>
  readonly turn: Turn
  /** Why nothing can be asked of it any more, if so. */
  readonly closed: () => Failure | undefined
}

/** A call: checked at once, then done in its turn. What the check throws is a failure too. */
const asked =
  <A>({ turn, closed }: Entry, check: () => Result<TaskEither<Failure, A>>): TaskEither<Failure, A> =>
  () => {
    const gone = closed()
    if (gone !== undefined) return Promise.resolve(E.left(gone))
    const call = E.flatten(E.tryCatch(check, typed))
    return E.isLeft(call) ? Promise.resolve(call) : turn.next(call.right)
  }

const unless = (wrong: Failure | undefined): Result<undefined> =>
  wrong === undefined ? E.right(undefined) : E.left(wrong)

/** A copy in the type in which the executor stores it; truth is 0 or 1. */
const copied = (allocate: Allocate, dtype: DType, data: Values): Values => {
  if (dtype !== 'bool') {
    const own = allocate(dtype, data.length)
    own.set(data)
    return own
  }
  const truth = new Uint32Array(data.length)
  for (let i = 0; i < data.length; i++) truth[i] = data[i] === 0 ? 0 : 1
  return truth
}

/** Results that belong to the caller alone: one array that stands for two outputs is copied. */
const owned = <O extends string>(
  names: readonly O[],
  found: Readonly<Partial<Record<O, Value>>>,
): Readonly<Partial<Record<O, Value>>> => {
  const seen = new Set<unknown>()
  const entries = names.flatMap((name): (readonly [O, Value])[] => {
    const value: Value | undefined = found[name]
    if (value === undefined) return []
    const shared = seen.has(value.data.buffer)
    seen.add(value.data.buffer)
    return [[name, shared ? { ...value, data: value.data.slice() } : value]]
  })
  const record: Partial<Record<O, Value>> = {}
  for (const [name, value] of entries) record[name] = value
  return record
}

/** The outputs of a guarded program that tell of its guard's states. */
const told = ({ guard }: Program): readonly string[] => guard?.states.map((name) => `?${name}`) ?? []

/** A program that also tells of its guard's states after a run, where it has one. */
const guarded = (program: Program): Program => ({
  ...program,
  outputs: {
    ...program.outputs,
    ...Object.fromEntries(
      Object.entries(program.state).flatMap(([name, { next }]) =>
        program.guard?.states.includes(name) === true ? [[`?${name}`, next] as const] : [],
      ),
    ),
  },
})

/** The failure of a guarded run, if it failed; the executor's state is then ready for further runs. */
const guardFailure = async (
  inner: Prepared,
  { states, failure: tell }: Guard,
  found: Readonly<Partial<Record<string, Value>>>,
): Promise<Result<undefined>> => {
  const values = states.map((name) => at(field(found, `?${name}`).data, 0))
  if (values[0] === 0) return E.right(undefined)
  const cleared = await inner.writeState({ [states[0]]: Int32Array.of(0) })()
  return E.isLeft(cleared) ? cleared : E.left(tell(values))
}

const runOf = <S extends string, O extends string>(
  program: Program<S, O>,
  entry: Entry,
  allocate: Allocate,
): Prepared<S, O>['run'] => {
  const outputs = keysOf(program.outputs)
  const feeds = feedsOf(program)
  const own = feeds.map((x) => ({ name: inputName(x), dtype: typeOf(x).dtype }))
  const growing = Object.values<Program['state'][string]>(program.state).some(({ at }) => at !== undefined)
  const { guard } = program
  const extra = told(program)
  const captured = (fed: Feeds): Feeds =>
    Object.fromEntries(own.map(({ name, dtype }) => [name, copied(allocate, dtype, field(fed, name))]))
  return (fed, read = outputs) =>
    asked(entry, () => {
      const wrong =
        nameFailure('an output', read, outputs) ??
        feedFailure(feeds, fed) ??
        (growing ? indexFailure(program.state, fed) : undefined)
      if (wrong !== undefined) return E.left(wrong)
      const [names, given] = [[...new Set(read)], captured(fed)]
      const watched = guard !== undefined && names.length > 0
      return E.right(async () => {
        const found = await entry.inner.run(given, watched ? [...names, ...extra] : names)()
        if (E.isLeft(found)) return found
        const fault = watched ? await guardFailure(entry.inner, guard, found.right) : E.right(undefined)
        return E.isLeft(fault) ? fault : E.right(owned(names, found.right))
      })
    })
}

const preparedOf = <S extends string, O extends string>(
  program: Program<S, O>,
  entry: Entry,
  allocate: Allocate,
): Omit<Prepared<S, O>, 'release'> => {
  const states = keysOf(program.state)
  return {
    run: runOf(program, entry, allocate),
    readState: (names = states) =>
      asked(entry, () => {
        const wrong = nameFailure('a state', names, states)
        const wanted = [...new Set(names)]
        return E.map(() => async () => {
          const found = await entry.inner.readState(wanted)()
          return E.map((values: Readonly<Record<string, Value>>) => recordOf(wanted, (n) => field(values, n)))(found)
        })(unless(wrong))
      }),
    writeState: (values) =>
      asked(entry, () => {
        const wrong = writeFailure(program.state, values)
        if (wrong !== undefined) return E.left(wrong)
        const given = states.flatMap((name): (readonly [string, Values])[] => {
          const data: Values | undefined = values[name]
          return data === undefined ? [] : [[name, copied(allocate, typeOf(program.state[name].input).dtype, data)]]
        })
        return E.right(entry.inner.writeState(Object.fromEntries(given)))
      }),
  }
}

/** By `writeState`, which a program keeps that is given another `run`. */
const entries = new WeakMap<Prepared['writeState'], Entry>()

/** How `checked` goes about it. */
interface CheckedOptions {
  /** Arrays in which the executor wants its values (default: four bytes an element). */
  readonly allocate?: Allocate
  /** What executors that can share programs have in common: a device, say (default: nothing). */
  readonly on?: object
  /** Whether it opens itself again when it is used after a release, which then only releases its programs. */
  readonly reopens?: boolean
}

/** Why nothing can be asked any more of a program that was prepared when its home had been released so often, if so. */
const closedOf =
  (home: Home, since: number, root: Entry | undefined, isOpen: () => boolean): Entry['closed'] =>
  () => {
    if (home.released() > since) return EXECUTOR_RELEASED
    if (!isOpen()) return RELEASED
    return root?.closed() === undefined ? undefined : ROOT_RELEASED
  }

/** What is wrong with preparing a program beside another, which this executor may not know, if anything. */
const prepareFailure = (
  program: Program,
  home: Home,
  beside: Prepared | undefined,
  root: Entry | undefined,
): Failure | undefined =>
  (beside !== undefined && root?.home !== home ? STRANGER : undefined) ??
  (root?.closed() === undefined ? undefined : ROOT_RELEASED) ??
  programFailure(program) ??
  besideFailure(program.state, root?.types)

/** A program that an executor has made ready, with the checks around it. */
const enclosed = <S extends string, O extends string>(
  program: Program<S, O>,
  inner: Prepared,
  place: { readonly home: Home; readonly since: number; readonly root: Entry | undefined },
  allocate: Allocate,
): Prepared<S, O> => {
  const { home, since, root } = place
  let open = true
  const entry: Entry = {
    home,
    inner,
    types: typesBeside(root?.types, program.state),
    turn: root?.turn ?? home.counted(turnOf()),
    closed: closedOf(home, since, root, () => open),
  }
  const release = (): void => {
    if (!open) return
    open = false
    entry.turn.afterwards(inner.release)
  }
  const prepared: Prepared<S, O> = { ...preparedOf(program, entry, allocate), release }
  entries.set(prepared.writeState, entry)
  return prepared
}

/** An executor that keeps the contract (see above), over one that need check nothing. */
export const checked = (
  executor: Executor,
  { allocate = allocateStorage, on = {}, reopens = false }: CheckedOptions = {},
): Executor => {
  const home = homeOf(on)
  const prepare = async <S extends string, O extends string>(
    program: Program<S, O>,
    beside: Prepared | undefined,
  ): Promise<Result<Prepared<S, O>>> => {
    const since = home.released()
    if (!reopens && since > 0) return E.left(EXECUTOR_RELEASED)
    const root = beside === undefined ? undefined : entries.get(beside.writeState)
    const wrong = prepareFailure(program, home, beside, root)
    if (wrong !== undefined) return E.left(wrong)
    const made = await executor.prepare(guarded(program), root?.inner)()
    if (E.isLeft(made)) return made
    if (home.released() === since) return E.right(enclosed(program, made.right, { home, since, root }, allocate))
    made.right.release()
    return E.left(EXECUTOR_RELEASED)
  }
  return {
    ...executor,
    prepare: (program, beside) => () => prepare(program, beside).catch((thrown: unknown) => E.left(typed(thrown))),
    release: () => {
      if (home.released() === 0 || reopens) home.release(executor.release)
    },
  }
}
