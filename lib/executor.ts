/**
 * The one signature of every executor: the f64 reference, WebGPU, and ONNX Runtime on the CPU.
 *
 * A program is prepared once and run many times with new feeds. Its state (parameters, optimiser moments) stays where the
 * executor keeps it; a run reads back only what is asked for.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at, field } from './at.ts'
import { showAxes, sizeOf } from './axis.ts'
import type { Values } from './dtype.ts'
import { type Failure, failure } from './errors.ts'
import { type ArrayType, type Expr, type Value, topological, typeOf } from './expr.ts'

/**
 * A state variable: the input that reads it, its value after a run, laid out like the input. Where that is the input
 * itself the state stays as it is, at no cost.
 *
 * With `at`, a fed i32 scalar, the state grows instead: `next` is one row (the input's axes without the first), which is
 * written at that index of the first axis once the run has read the state as it was. The other rows are not touched.
 */
export interface StateVariable {
  readonly input: Expr
  readonly next: Expr
  readonly at?: Expr
}

/** What to compute: named outputs, and state that every run carries on. All other inputs are fed. */
export interface Program<S extends string = string, O extends string = string> {
  readonly state: Readonly<Record<S, StateVariable>>
  readonly outputs: Readonly<Record<O, Expr>>
}

/** Values for the inputs of a program, by input name, row-major in the order of the input's axes. */
export type Feeds = Readonly<Record<string, Values>>

/** A program ready to run. State is zero until it is written. */
export interface Prepared<S extends string = string, O extends string = string> {
  /** Runs once: computes the outputs named in `read` (all by default; none: nothing is waited for) and advances the state. */
  readonly run: (feeds: Feeds, read?: readonly O[]) => TaskEither<Failure, Readonly<Partial<Record<O, Value>>>>
  /** The states of these names (all by default). */
  readonly readState: (names?: readonly S[]) => TaskEither<Failure, Readonly<Record<S, Value>>>
  readonly writeState: (values: Readonly<Partial<Record<S, Values>>>) => TaskEither<Failure, void>
  /** Frees what the program holds; further runs fail with a `Runtime` failure. */
  readonly release: () => void
}

/** Something that runs programs. `description` is one line for a person: what it is and on what it runs. */
export interface Executor {
  readonly name: 'reference' | 'webgpu' | 'onnx'
  readonly description: string
  readonly software: boolean
  /**
   * Makes a program ready to run. Next to another program of the same executor (`beside`), states of one name are one
   * storage, which the runs of both read and write in turn; the program may have only the first rows of such a state.
   * `beside` is released after the programs that were prepared next to it, and their runs must not overlap.
   */
  readonly prepare: <S extends string, O extends string>(
    program: Program<S, O>,
    beside?: Prepared,
  ) => TaskEither<Failure, Prepared<S, O>>
  readonly release: () => void
}

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

/** The index at which a growing state is written in a run with these feeds; 0 for any other. */
export const indexOf = ({ at: position }: StateVariable, feeds: Feeds): number =>
  position === undefined ? 0 : at(field(feeds, inputName(position)), 0)

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

/** The failure of a run that would write outside a growing state, if it would. */
export const indexFailure = (state: Program['state'], feeds: Feeds): Failure | undefined => {
  for (const [name, variable] of Object.entries(state)) {
    if (variable.at === undefined) continue
    const [index, size] = [indexOf(variable, feeds), at(typeOf(variable.input).axes, 0).size]
    if (!Number.isInteger(index) || index < 0 || index >= size)
      return failure(
        'Feed',
        `'${inputName(variable.at)}' is ${index}, and state '${name}' has rows 0 to ${size - 1}`,
        'feed the index of a row, or give the state more rows',
        { state: name, index, rows: size },
      )
  }
  return undefined
}

/** What is wrong with the feeds of a run, if anything: a missing name, an unknown name, a wrong length. */
export const feedFailure = (wanted: readonly Expr[], feeds: Feeds): Failure | undefined => {
  const names = wanted.map(inputName)
  for (const x of wanted) {
    const data = feeds[inputName(x)]
    const { axes } = typeOf(x)
    if (data === undefined)
      return failure(
        'Feed',
        `input '${inputName(x)}' (${showAxes(axes)}) was not fed`,
        `give ${sizeOf(axes)} values under that name`,
        { input: inputName(x) },
      )
    if (data.length !== sizeOf(axes))
      return failure(
        'Feed',
        `input '${inputName(x)}' (${showAxes(axes)}) got ${data.length} values`,
        `give ${sizeOf(axes)} values, row-major`,
        { input: inputName(x), values: data.length },
      )
  }
  const unknown = Object.keys(feeds).find((name) => !names.includes(name))
  return unknown === undefined
    ? undefined
    : failure(
        'Feed',
        `'${unknown}' is not an input of the program`,
        names.length === 0 ? 'feed nothing' : `feed only ${names.join(', ')}`,
        { input: unknown },
      )
}
