/**
 * Programs: what to compute from what, ready for an executor.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure, raise } from './errors.ts'
import { at } from './at.ts'
import { type Executor, type Feeds, type Prepared, type Program, type StateVariable, rowAxes } from './executor.ts'
import { type Expr, type Value, axesOf, typeOf } from './expr.ts'
import { type AnyAxis, showAxes } from './axis.ts'
import { reorder } from './ops/layout.ts'
import { spreadTo } from './ops/rules.ts'
import { keysOf, recordOf } from './phantom.ts'

/**
 * A program without state: named outputs of named inputs.
 *
 * @example
 * const n = axis('n', 3)
 * const summed = outputs({ total: sum(n)(input('x', n)) })
 * Object.keys(summed.outputs) // => ['total']
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
  if (at.op.name !== 'input' || typeOf(at).dtype !== 'i32' || axesOf(at).length > 1)
    raise(
      failure(
        'Shape',
        `the index of state '${name}' is not a fed i32 of at most one axis`,
        'give an input of type i32, without axes or with one',
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
 * axis, or a row for each index of an input with an axis. Throws a `Shape` failure when axes do not fit.
 *
 * @example
 * const x = input('x')
 * const counter = program({ count: input('count') }, { count: add(input('count'), x) }, { double: add(x, x) })
 * const prepared = await run(reference.prepare(counter))
 * await run(prepared.writeState({ count: Float64Array.of(0) }))
 * for (const step of [1, 2, 3]) await run(runAll(prepared)({ x: Float64Array.of(step) }))
 * const { count } = await run(prepared.readState(['count']))
 * scalarOf(count) // => 6
 */
export const program = <S extends string, O extends string>(
  state: Readonly<Record<S, Expr>>,
  next: Readonly<Record<S, Expr>>,
  named: Readonly<Record<O, Expr>>,
  at: Readonly<Record<string, Expr>> = {},
): Program<S, O> => {
  const unknown = Object.keys(at).find((name) => !Object.hasOwn(state, name))
  if (unknown !== undefined)
    raise(failure('Shape', `'${unknown}' is to grow and is not a state`, 'name states only', { state: unknown }))
  return {
    state: recordOf(keysOf(state), (name): StateVariable => {
      const [input, following] = [state[name], next[name]]
      const index = Object.hasOwn(at, name) ? at[name] : undefined
      if (index === undefined) return { input, next: laidOut(name, input, axesOf(input), following) }
      checkIndex(name, input, index)
      return { input, next: laidOut(name, input, rowAxes(axesOf(input), index), following), at: index }
    }),
    outputs: named,
  }
}

const missingOutput = (name: string): Failure =>
  failure('Runtime', `the program gave no '${name}'`, 'report this program', { output: name })

/**
 * Runs a prepared program and gives all of its outputs, each under its name: `out.loss` is a `Value`.
 *
 * @example
 * const n = axis('n', 3)
 * const prepared = await run(reference.prepare(outputs({ total: sum(n)(input('x', n)) })))
 * const { total } = await run(runAll(prepared)({ x: Float64Array.of(1, 2, 3) }))
 * scalarOf(total) // => 6
 */
export const runAll =
  <S extends string, O extends string>(prepared: Prepared<S, O>) =>
  (feeds: Feeds = {}): TE.TaskEither<Failure, Readonly<Record<O, Value>>> =>
    pipe(
      prepared.run(feeds),
      TE.chain((found) => {
        const names = keysOf<O>(found)
        const missing = names.find((name) => found[name] === undefined)
        return missing === undefined
          ? TE.right(recordOf(names, (name) => found[name] ?? raise(missingOutput(name))))
          : TE.left(missingOutput(missing))
      }),
    )

/**
 * The number that a value without axes holds; throws a `Shape` failure for one with axes.
 *
 * @example
 * scalarOf(await run(evaluateOne(reference)(constant(0.5)))) // => 0.5
 */
export const scalarOf = ({ axes, data }: Value): number =>
  axes.length === 0
    ? at(data, 0)
    : raise(failure('Shape', `a value has ${showAxes(axes)}`, 'sum over its axes first, or read its data', { axes }))

/**
 * Runs a program without state once: prepare, run, release.
 *
 * @example
 * const { three } = await run(evaluateOn(reference)({ three: add(constant(1), constant(2)) }))
 * three?.data[0] // => 3
 */
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

/**
 * Runs and unwraps one output.
 *
 * @example
 * evaluateOne(reference)(add(constant(1), constant(2))) // => 3
 */
export const evaluateOne =
  (executor: Executor) =>
  (x: Expr, feeds: Feeds = {}): TE.TaskEither<Failure, Value> =>
    pipe(
      evaluateOn(executor)({ value: x }, feeds),
      TE.chain(({ value }) => (value === undefined ? TE.left(missingOutput('value')) : TE.right(value))),
    )
