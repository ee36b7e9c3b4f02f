/**
 * Optimisers as {state, update} pairs on records of expressions. Chaining is a monoid; a training step is one program.
 *
 * `update` turns gradients into updates, which are *added* to the parameters. All state starts at zero.
 */
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import type { ArrayType, Expr } from '../expr.ts'

/** Expressions by name. */
export type Exprs = Readonly<Record<string, Expr>>

/** What an optimiser sees at a step: gradients (or updates so far), parameters, its state. */
export interface OptimiserStep {
  readonly gradients: Exprs
  readonly parameters: Exprs
  readonly state: Exprs
}

/** Updates to add to the parameters, and the next state. */
export interface OptimiserResult {
  readonly updates: Exprs
  readonly state: Exprs
}

/** A pure gradient transformation. */
export interface Optimiser {
  /** Names and types of the state variables for parameters of these types; all start at zero. */
  readonly state: (parameters: Readonly<Record<string, ArrayType>>) => Readonly<Record<string, ArrayType>>
  readonly update: (step: OptimiserStep) => OptimiserResult
}

/** Applies a function to every value of a record. */
export const mapValues = <A, B>(
  xs: Readonly<Record<string, A>>,
  f: (x: A, name: string) => B,
): Readonly<Record<string, B>> => Object.fromEntries(Object.entries(xs).map(([name, x]) => [name, f(x, name)]))

/**
 * An optimiser without state.
 *
 * @example
 * const halved = stateless(({ gradients: { x } }) => (x === undefined ? {} : { x: divide(typed()(x), constant(2)) }))
 * halved.update({ gradients: { x: constant(4) }, parameters: {}, state: {} }).updates['x'] // => 2
 */
export const stateless = (update: (step: Omit<OptimiserStep, 'state'>) => Exprs): Optimiser => ({
  state: () => ({}),
  update: (step) => ({ updates: update(step), state: {} }),
})

const prefixed = <A>(prefix: string, xs: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(xs).map(([name, x]) => [`${prefix}${name}`, x]))

const stripped = (prefix: string, xs: Exprs): Exprs =>
  Object.fromEntries(
    Object.entries(xs).flatMap(([name, x]) => (name.startsWith(prefix) ? [[name.slice(prefix.length), x]] : [])),
  )

const both = (first: Optimiser, second: Optimiser): Optimiser => ({
  state: (parameters) => ({ ...prefixed('a.', first.state(parameters)), ...prefixed('b.', second.state(parameters)) }),
  update: ({ gradients, parameters, state }) => {
    const one = first.update({ gradients, parameters, state: stripped('a.', state) })
    const two = second.update({ gradients: one.updates, parameters, state: stripped('b.', state) })
    return { updates: two.updates, state: { ...prefixed('a.', one.state), ...prefixed('b.', two.state) } }
  },
})

/**
 * Passes gradients on unchanged.
 *
 * @example
 * identity.update({ gradients: { x: constant(2) }, parameters: {}, state: {} }).updates['x'] // => 2
 */
export const identity: Optimiser = stateless(({ gradients }) => gradients)

/**
 * Optimisers under composition: what the first returns is what the second sees. The laws hold for what is computed; the
 * names of the state variables show the nesting.
 *
 * @example
 * monoidOptimiser.concat(sgd(0.1), monoidOptimiser.empty).state({}) // => { 'a.step': { axes: [], dtype: 'f32' } }
 */
export const monoidOptimiser: Monoid<Optimiser> = { concat: both, empty: identity }

/**
 * Several optimisers one after the other.
 *
 * @example
 * const step = { gradients: { x: constant(2) }, parameters: { x: constant(1) } }
 * const parts = chain(weightDecay(0.5), clipByGlobalNorm(1))
 * parts.update({ ...step, state: {} }).updates['x'] // => 1
 */
export const chain = (...parts: readonly Optimiser[]): Optimiser =>
  parts.reduce((all, next) => (all === identity ? next : both(all, next)), identity)
