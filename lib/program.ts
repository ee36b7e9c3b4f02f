/**
 * Programs: what to compute from what, ready for an executor.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure, raise } from './errors.ts'
import type { Executor, Feeds, Program, StateVariable } from './executor.ts'
import { type Expr, type Value, axesOf, typeOf } from './expr.ts'
import { type AnyAxis, showAxes } from './axis.ts'
import { reorder } from './ops/layout.ts'
import { spreadTo } from './ops/rules.ts'
import { keysOf, recordOf } from './phantom.ts'

/**
 * A program without state: named outputs of named inputs.
 *
 * @example
 * import { axis, input, outputs, sum } from 'exptilt'
 * const n = axis('n', 3)
 * const program = outputs({ total: sum(n)(input('x', n)) })
 */
export const outputs = <O extends string>(named: Readonly<Record<O, Expr>>): Program<never, O> => ({
  state: {},
  outputs: named,
})

/** The next value of a state laid out as `axes` say; throws a `Shape` failure when it has others. */
const laidOut = (name: string, input: Expr, axes: readonly AnyAxis[], next: Expr): Expr => {
  const extra = axesOf(next).find((a) => !axes.some((b) => b.name === a.name && b.size === a.size))
  return extra === undefined && typeOf(input).dtype === typeOf(next).dtype
    ? reorder(axes.map((a) => a.name))(spreadTo(axes)(next))
    : raise(
        failure(
          'Shape',
          `state '${name}' has ${showAxes(axes)} and its next value ${showAxes(axesOf(next))}`,
          'give the next value the same axes and element type',
          { state: name },
        ),
      )
}

const checkIndex = (name: string, input: Expr, at: Expr): void => {
  if (at.op.name !== 'input' || typeOf(at).dtype !== 'i32' || axesOf(at).length > 0)
    raise(
      failure(
        'Shape',
        `the index of state '${name}' is not a fed i32 scalar`,
        'give an input without axes, of type i32',
        {
          state: name,
        },
      ),
    )
  if (axesOf(input).length === 0)
    raise(failure('Shape', `state '${name}' has no axis along which it could grow`, 'give it one', { state: name }))
}

/**
 * A program with state: `next[name]` becomes the value of input `state[name]` for the following run. A state named in
 * `at` grows: its `next` is the row that is written at the index which the given input is fed, along the state's first
 * axis. Throws a `Shape` failure when axes do not fit.
 *
 * @example
 * import { axis, input, inputOf, program } from 'exptilt'
 * const [time, n] = [axis('time', 8), axis('n', 3)]
 * const [log, x] = [input('log', time, n), input('x', n)]
 * const recorder = program({ log }, { log: x }, {}, { log: inputOf('i32')('step') })
 */
export const program = <S extends string, O extends string>(
  state: Readonly<Record<S, Expr>>,
  next: Readonly<Record<S, Expr>>,
  named: Readonly<Record<O, Expr>>,
  at: Readonly<Record<string, Expr>> = {},
): Program<S, O> => {
  const unknown = Object.keys(at).find((name) => !(name in state))
  if (unknown !== undefined)
    raise(failure('Shape', `'${unknown}' is to grow and is not a state`, 'name states only', { state: unknown }))
  return {
    state: recordOf(keysOf(state), (name): StateVariable => {
      const [input, following] = [state[name], next[name]]
      const index = Object.hasOwn(at, name) ? at[name] : undefined
      if (index === undefined) return { input, next: laidOut(name, input, axesOf(input), following) }
      checkIndex(name, input, index)
      return { input, next: laidOut(name, input, axesOf(input).slice(1), following), at: index }
    }),
    outputs: named,
  }
}

/** Runs a program without state once: prepare, run, release. */
export const evaluateOn =
  (executor: Executor) =>
  <O extends string>(
    named: Readonly<Record<O, Expr>>,
    feeds: Feeds = {},
  ): TE.TaskEither<Failure, Readonly<Partial<Record<O, Value>>>> =>
    TE.bracket(
      executor.prepare(outputs(named)),
      (prepared) => prepared.run(feeds),
      (prepared) => TE.fromIO(() => prepared.release()),
    )

/** Runs and unwraps one output. */
export const evaluateOne =
  (executor: Executor) =>
  (x: Expr, feeds: Feeds = {}): TE.TaskEither<Failure, Value> =>
    pipe(
      evaluateOn(executor)({ value: x }, feeds),
      TE.chain(({ value }) =>
        value === undefined
          ? TE.left(failure('Runtime', 'the program gave no value', 'report this program'))
          : TE.right(value),
      ),
    )
