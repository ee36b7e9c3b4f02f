/**
 * The one signature of every executor: the f64 reference, WebGPU, and ONNX Runtime on the CPU.
 *
 * A program is prepared once and run many times with new feeds. Its state (parameters, optimiser moments) stays where the
 * executor keeps it; a run reads back only what is asked for.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { showAxes, sizeOf } from './axis.ts'
import type { Values } from './dtype.ts'
import { type Failure, failure } from './errors.ts'
import { type Expr, type Value, topological, typeOf } from './expr.ts'

/** A state variable: the input that reads it, its value after a run, laid out like the input. */
export interface StateVariable {
  readonly input: Expr
  readonly next: Expr
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
  readonly readState: () => TaskEither<Failure, Readonly<Record<S, Value>>>
  readonly writeState: (values: Readonly<Partial<Record<S, Values>>>) => TaskEither<Failure, void>
  /** Frees what the program holds; further runs fail with a `Runtime` failure. */
  readonly release: () => void
}

/** Something that runs programs. `description` is one line for a person: what it is and on what it runs. */
export interface Executor {
  readonly name: 'reference' | 'webgpu' | 'onnx'
  readonly description: string
  readonly software: boolean
  readonly prepare: <S extends string, O extends string>(program: Program<S, O>) => TaskEither<Failure, Prepared<S, O>>
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
  const state = new Set(Object.values(program.state).map((s) => s.input))
  return topological(rootsOf(program)).filter((x) => x.op.name === 'input' && !state.has(x))
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
