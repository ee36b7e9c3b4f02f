/**
 * Programs: what to compute from what, ready for an executor.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure, raise } from './errors.ts'
import type { Executor, Feeds, Program } from './executor.ts'
import { type Expr, type Value, axesOf, typeOf } from './expr.ts'
import { showAxes } from './axis.ts'
import { like } from './ops/layout.ts'
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

/**
 * A program with state: `next[name]` becomes the value of input `state[name]` for the following run. Throws a `Shape`
 * failure when their axes differ.
 */
export const program = <S extends string, O extends string>(
  state: Readonly<Record<S, Expr>>,
  next: Readonly<Record<S, Expr>>,
  named: Readonly<Record<O, Expr>>,
): Program<S, O> => ({
  state: recordOf(keysOf(state), (name) => {
    const [input, following] = [state[name], next[name]]
    const extra = axesOf(following).find((a) => !axesOf(input).some((b) => b.name === a.name && b.size === a.size))
    if (extra !== undefined || typeOf(input).dtype !== typeOf(following).dtype)
      raise(
        failure(
          'Shape',
          `state '${name}' has ${showAxes(axesOf(input))} and its next value ${showAxes(axesOf(following))}`,
          'give the next value the same axes and element type',
          { state: name },
        ),
      )
    return { input, next: like(input)(following) }
  }),
  outputs: named,
})

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
