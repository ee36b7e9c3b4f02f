/**
 * The one signature of every executor: the f64 reference, WebGPU, and ONNX Runtime on the CPU.
 *
 * A program is prepared once and run many times with new feeds. Its state (parameters, optimiser moments) stays where the
 * executor keeps it; a run reads back only what is asked for.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from './at.ts'
import { showAxes, sizeOf } from './axis.ts'
import { type DType, RANGES, type Values, isDetached, isNumbers } from './dtype.ts'
import { type Failure, failure } from './errors.ts'
import { type ArrayType, type Expr, type Value, topological, typeOf } from './expr.ts'

/**
 * A state variable: the input that reads it, its value after a run, laid out like the input. Where that is the input
 * itself the state stays as it is, at no cost.
 *
 * With `at`, a fed i32, the state grows instead: `next` is one row (the input's axes without the first), which is written at
 * that index of the first axis once the run has read the state as it was. Where `at` has an axis, `next` has it first: a row
 * for each index, written one after the other. The other rows are not touched.
 */
export interface StateVariable {
  readonly input: Expr
  readonly next: Expr
  readonly at?: Expr
}

/**
 * A watch over the runs of a program, by scalars among its states. The first is an i32: 0 as long as all went well, and what
 * went wrong from the first run on that failed; after such runs the executor leaves all states but these as they were (none
 * of a guarded program may grow). The next
 * run that reads anything is the failure told by `failure`, of the values of these states, and clears the first.
 */
export interface Guard {
  readonly states: readonly [string, ...(readonly string[])]
  readonly failure: (values: readonly number[]) => Failure
}

/** What to compute: named outputs, and state that every run carries on. All other inputs are fed. */
export interface Program<S extends string = string, O extends string = string> {
  readonly state: Readonly<Record<S, StateVariable>>
  readonly outputs: Readonly<Record<O, Expr>>
  readonly guard?: Guard
}

/** Values for the inputs of a program, by input name, row-major in the order of the input's axes. */
export type Feeds = Readonly<Record<string, Values>>

/**
 * A program ready to run. State is zero until it is written. A call is made when its task is invoked: it is checked and
 * its values are copied there and then, and it takes effect after the calls that were made before it, on this program and
 * on those beside it. Results are the caller's own. Everything that can go wrong is a `Left`, which leaves state as it was:
 * `Feed` for wrong names, lengths or values, `Runtime` after a release.
 */
export interface Prepared<S extends string = string, O extends string = string> {
  /** Runs once: computes the outputs named in `read` (all by default; none: nothing is waited for) and advances the state. */
  run(this: void, feeds: Feeds, read?: readonly O[]): TaskEither<Failure, Readonly<Partial<Record<O, Value>>>>
  /** The states of these names (all by default). */
  readState(this: void, names?: readonly S[]): TaskEither<Failure, Readonly<Record<S, Value>>>
  writeState(this: void, values: Readonly<Partial<Record<S, Values>>>): TaskEither<Failure, void>
  /** Frees what the program holds, after the calls made so far; further ones fail with `Runtime`. Twice is once. */
  readonly release: () => void
}

/** A place beside others where work runs: what is there, or what is now in its place where that was lost. */
export type Lane<L = Executor> = TaskEither<Failure, L>

/** At least one. */
export type Lanes<L = Executor> = readonly [Lane<L>, ...(readonly Lane<L>[])]

/** Something that runs programs. `description` is one line for a person: what it is and on what it runs. */
export interface Executor {
  readonly name: 'reference' | 'webgpu' | 'onnx'
  readonly description: string
  readonly software: boolean
  /** Executors of one thread each that compute side by side, where it was opened with such: work in shards is theirs. */
  readonly lanes?: Lanes
  /** Names of those who have computed for it so far, where they are processes of their own. */
  readonly helpers?: () => readonly string[]
  /**
   * Makes a program ready to run. Next to another program of the same executor (`beside`), states of one name are one
   * storage, which the runs of both read and write in turn; the program may have only the first rows of such a state.
   * `beside` is released after the programs that were prepared next to it: `Runtime` for calls on them afterwards, and
   * where it was released already or comes from another executor.
   */
  readonly prepare: <S extends string, O extends string>(
    program: Program<S, O>,
    beside?: Prepared,
  ) => TaskEither<Failure, Prepared<S, O>>
  /** Frees the executor, after the calls made so far; its programs, and further ones, fail with `Runtime`. */
  readonly release: () => void
}

/** Which states an executor leaves as they were after a run, by the value that the guard's first state then has. */
export const keptAfter = (guard: Guard | undefined, valueOf: (name: string) => number): ((name: string) => boolean) =>
  guard === undefined || valueOf(guard.states[0]) === 0 ? () => false : (name) => !guard.states.includes(name)

/** The name of an input node. */
export const inputName = (x: Expr): string => {
  const { name } = x.attrs
  return typeof name === 'string' ? name : ''
}

/** Everything that a program computes: outputs, then the next state. */
export const rootsOf = (program: Program): readonly Expr[] => [
  ...Object.values(program.outputs),
  ...Object.values(program.state).map((s) => s.next),
]

/** The inputs that must be fed: all those reached that are not state. */
export const feedsOf = (program: Program): readonly Expr[] => {
  const variables = Object.values(program.state)
  const state = new Set(variables.map((s) => s.input))
  const indices = variables.flatMap((s) => s.at ?? [])
  return topological([...rootsOf(program), ...indices]).filter((x) => x.op.name === 'input' && !state.has(x))
}

/** The indices at which a growing state is written in a run with these feeds; none for any other. */
export const indicesOf = ({ at: position }: StateVariable, feeds: Feeds): ArrayLike<number> =>
  position === undefined ? [] : field(feeds, inputName(position))

/** An array of numbers that rows are written into, or taken from. */
interface Rows {
  readonly length: number
  readonly set: (rows: ArrayLike<number>, offset: number) => void
  readonly subarray: (start: number, end: number) => ArrayLike<number>
}

/** Writes rows at indices of a growing state, one after the other. */
export const writeRows = (state: Rows, rows: Rows, indices: ArrayLike<number>): void => {
  const width = rows.length / indices.length
  for (let i = 0; i < indices.length; i++) state.set(rows.subarray(i * width, (i + 1) * width), at(indices, i) * width)
}

const rowsOf = ({ axes }: ArrayType): number => (axes.length === 0 ? 1 : at(axes, 0).size)

/** The failure of preparing a program next to another, if a state of its own does not fit that of the same name. */
export const besideFailure = (
  state: Program['state'],
  given: ReadonlyMap<string, ArrayType> | undefined,
): Failure | undefined => {
  for (const [name, { input }] of Object.entries(state)) {
    const [own, other] = [typeOf(input), given?.get(name)]
    if (other === undefined) continue
    const [rows, others] = [rowsOf(own), rowsOf(other)]
    const rest = (axes: ArrayType['axes']): string => showAxes(axes.slice(1))
    const same = own.dtype === other.dtype && own.axes.length === other.axes.length
    if (!same || rest(own.axes) !== rest(other.axes) || rows > others)
      return failure(
        'Shape',
        `state '${name}' has ${showAxes(own.axes)} and lies beside one with ${showAxes(other.axes)}`,
        'give both the same axes and element type, or fewer rows along the first axis',
        { state: name },
      )
  }
  return undefined
}

/** The types of a program's states next to those that there are. */
export const typesBeside = (
  given: ReadonlyMap<string, ArrayType> | undefined,
  state: Program['state'],
): ReadonlyMap<string, ArrayType> =>
  new Map([
    ...Object.entries(state).map(([name, { input }]): [string, ArrayType] => [name, typeOf(input)]),
    ...(given ?? []),
  ])

/** The first index that is none of a row. */
const strayIn = (indices: ArrayLike<number>, rows: number): number | undefined => {
  for (let i = 0; i < indices.length; i++) {
    const index = at(indices, i)
    if (!Number.isInteger(index) || index < 0 || index >= rows) return index
  }
  return undefined
}

/** The failure of a run that would write outside a growing state, if it would. */
export const indexFailure = (state: Program['state'], feeds: Feeds): Failure | undefined => {
  for (const [name, variable] of Object.entries(state)) {
    if (variable.at === undefined) continue
    const size = at(typeOf(variable.input).axes, 0).size
    const index = strayIn(indicesOf(variable, feeds), size)
    if (index !== undefined)
      return failure(
        'Feed',
        `'${inputName(variable.at)}' is ${index}, and state '${name}' has rows 0 to ${size - 1}`,
        'feed the index of a row, or give the state more rows',
        { state: name, index, rows: size },
      )
  }
  return undefined
}

/** Whether an array can hold nothing but values of a type. */
const fits = (dtype: 'i32' | 'u32', data: Values): boolean =>
  (dtype === 'i32' && data instanceof Int32Array) || (dtype === 'u32' && data instanceof Uint32Array)

/** The failure of values for an input or a state (`subject`) that are not whole numbers of its type, where it wants such; all but 0 are true. */
const valuesFailure = (subject: string, dtype: DType, data: Values): Failure | undefined => {
  if (dtype === 'f32' || dtype === 'bool' || fits(dtype, data)) return undefined
  const [low, high] = RANGES[dtype]
  const index = data.findIndex((x: number) => !(Number.isInteger(x) && x >= low && x <= high))
  return index < 0
    ? undefined
    : failure(
        'Feed',
        `${subject} is of type ${dtype} and got ${data[index]} at index ${index}`,
        `give whole numbers from ${low} to ${high}`,
        { index, value: data[index], dtype },
      )
}

/** Names must come as a list, where any are given. */
export const listFailure = (names: unknown): Failure | undefined =>
  names === undefined || Array.isArray(names)
    ? undefined
    : failure('Feed', 'the names that are asked for are no list', 'give an array of names')

/** The failure of a name that is not among those that there are, if one is not. */
export const nameFailure = (
  kind: string,
  names: readonly string[],
  known: readonly string[],
  remedy: string = known.length === 0 ? 'give none' : `use only ${known.join(', ')}`,
): Failure | undefined => {
  const none = listFailure(names)
  if (none !== undefined) return none
  const unknown = names.find((name) => !known.includes(name))
  return unknown === undefined
    ? undefined
    : failure('Feed', `'${unknown}' is not ${kind} of the program`, remedy, { name: unknown, known })
}

/** The axes of what is written into a state of these axes at an index. */
export const rowAxes = (axes: ArrayType['axes'], at: Expr): ArrayType['axes'] => [...typeOf(at).axes, ...axes.slice(1)]

const stateFailure = (name: string, { input, next, at }: StateVariable): Failure | undefined => {
  const [own, after] = [typeOf(input), typeOf(next)]
  const axes = at === undefined ? own.axes : rowAxes(own.axes, at)
  const same = own.dtype === after.dtype && showAxes(axes) === showAxes(after.axes)
  if (same && (at === undefined || own.axes.length > 0)) return undefined
  return failure(
    'Shape',
    `state '${name}' is ${own.dtype} of ${showAxes(axes)}, and its next value ${after.dtype} of ${showAxes(after.axes)}`,
    'give the next value the same axes, in the same order, and element type',
    { state: name },
  )
}

/** The failure of a name that not every record and every file can hold, if there is one. */
const unusableFailure = (program: Program): Failure | undefined => {
  const inputs = [...feedsOf(program), ...Object.values(program.state).map((s) => s.input)].map(inputName)
  const name = [...inputs, ...Object.keys(program.state), ...Object.keys(program.outputs)].find(
    (n) => n === '' || n === '__proto__',
  )
  return name === undefined
    ? undefined
    : failure('Shape', `a program has an input, a state or an output named '${name}'`, 'give it another name', { name })
}

/** The most elements of a tensor: what an index of 32 bits with a sign can say. */
const LARGEST = 2 ** 31 - 1

/** The failure of a program with a tensor that is too large for any executor, before anything is allocated. */
const sizeFailure = (program: Program): Failure | undefined => {
  for (const { op, types } of topological(rootsOf(program)))
    for (const { axes } of types)
      if (sizeOf(axes) > LARGEST)
        return failure(
          'Limit',
          `the result of ${op.name} (${showAxes(axes)}) has ${sizeOf(axes)} elements`,
          `split it along an axis: a tensor has at most ${LARGEST}`,
          { op: op.name, axes },
        )
  return undefined
}

/** What is wrong with a program that was not made by `program`, if anything: names, next values, guards and sizes that do not fit. */
export const programFailure = (program: Program): Failure | undefined => {
  const { state, guard } = program
  const unusable = unusableFailure(program) ?? sizeFailure(program)
  if (unusable !== undefined) return unusable
  for (const [name, variable] of Object.entries(state)) {
    const wrong = stateFailure(name, variable)
    if (wrong !== undefined) return wrong
  }
  if (guard === undefined) return undefined
  const growing = Object.keys(state).find((name) => state[name]?.at !== undefined)
  if (growing !== undefined)
    return failure('Shape', `the state '${growing}' of a guarded program grows`, 'write it in another program', {
      state: growing,
    })
  const missing = guard.states.find((name) => !Object.hasOwn(state, name))
  return missing === undefined
    ? undefined
    : failure('Shape', `the guard's state '${missing}' is not a state of the program`, 'make it one', {
        state: missing,
      })
}

/** What is wrong with what is given for an input or a state as a list of numbers, if anything. */
const arrayFailure = (what: string, data: unknown): Failure | undefined => {
  if (!isNumbers(data))
    return failure('Feed', `${what} got what is no list of numbers`, 'give a typed array, such as a Float32Array', {
      what,
    })
  return isDetached(data)
    ? failure('Feed', `${what} got an array whose memory was handed on`, 'give a copy, or transfer it afterwards', {
        what,
      })
    : undefined
}

/** What is given for names must be a record. */
const recordFailure = (kind: 'input' | 'state', values: unknown): Failure | undefined =>
  typeof values === 'object' && values !== null
    ? undefined
    : failure('Feed', `what is given for the ${kind}s is no record`, 'give an object with a list of numbers a name')

/** What is no list of numbers among values, if anything; `kind` says what they are for. */
export const arraysFailure = (
  kind: 'input' | 'state',
  values: Readonly<Record<string, unknown>>,
): Failure | undefined => {
  const none = recordFailure(kind, values)
  if (none !== undefined) return none
  for (const [name, data] of Object.entries(values)) {
    const wrong = data === undefined ? undefined : arrayFailure(`${kind} '${name}'`, data)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

/** What is wrong with the feeds of a run, if anything: a missing name, an unknown name, a wrong length, a wrong value. */
export const feedFailure = (wanted: readonly Expr[], feeds: Feeds): Failure | undefined => {
  const none = recordFailure('input', feeds)
  if (none !== undefined) return none
  for (const x of wanted) {
    const name = inputName(x)
    const type = typeOf(x)
    const data = Object.hasOwn(feeds, name) ? feeds[name] : undefined
    if (data === undefined)
      return failure(
        'Feed',
        `input '${name}' (${showAxes(type.axes)}) was not fed`,
        `give ${sizeOf(type.axes)} values under that name`,
        { input: name },
      )
    const unreadable = arrayFailure(`input '${name}'`, data)
    if (unreadable !== undefined) return unreadable
    if (data.length !== sizeOf(type.axes))
      return failure(
        'Feed',
        `input '${name}' (${showAxes(type.axes)}) got ${data.length} values`,
        `give ${sizeOf(type.axes)} values, row-major`,
        { input: name, values: data.length },
      )
    const wrong = valuesFailure(`input '${name}'`, type.dtype, data)
    if (wrong !== undefined) return wrong
  }
  const names = wanted.map(inputName)
  return nameFailure(
    'an input',
    Object.keys(feeds),
    names,
    names.length === 0 ? 'feed nothing' : `feed only ${names.join(', ')}`,
  )
}

/** What is wrong with values for the state of a program, if anything. */
export const writeFailure = (
  state: Program['state'],
  values: Readonly<Partial<Record<string, Values>>>,
): Failure | undefined => {
  const unknown = recordFailure('state', values) ?? nameFailure('a state', Object.keys(values), Object.keys(state))
  if (unknown !== undefined) return unknown
  for (const [name, { input }] of Object.entries(state)) {
    const data = Object.hasOwn(values, name) ? values[name] : undefined
    if (data === undefined) continue
    const { axes, dtype } = typeOf(input)
    const unreadable = arrayFailure(`state '${name}'`, data)
    if (unreadable !== undefined) return unreadable
    if (data.length !== sizeOf(axes))
      return failure(
        'Feed',
        `state '${name}' holds ${sizeOf(axes)} values`,
        `write ${sizeOf(axes)} values (${showAxes(axes)}), not ${data.length}`,
        { state: name, values: data.length },
      )
    const wrong = valuesFailure(`state '${name}'`, dtype, data)
    if (wrong !== undefined) return wrong
  }
  return undefined
}
