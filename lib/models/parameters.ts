/**
 * Parameters of networks by name: their axes, the distributions from which they start, and how they are looked up.
 */
import { type AnyAxis, type Unit, sizeOf } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { type AnyTensor, axesOf, type Expr, type Tensor } from '../expr.ts'
import { type Key, fold, uniforms } from '../key.ts'
import { input } from '../ops/layout.ts'
import { normalQuantile } from '../math.ts'
import { keysOf, recordOf } from '../phantom.ts'
import { type Expected, type NameOf, typed } from '../typed.ts'
import type { Named, NamedAxes, Parameters } from './autoregressive.ts'

/** A parameter's axes and where it starts: independent normals with this mean (0) and standard deviation (0). */
export interface Initial {
  readonly axes: readonly AnyAxis[]
  readonly mean?: number
  readonly deviation?: number
}

/** Parameters by name, in the order in which they draw from a key. */
export type Initials = Readonly<Record<string, Initial>>

/** The axes of the parameters. */
export const axesOfInitials = (initials: Initials): NamedAxes =>
  Object.fromEntries(Object.entries(initials).map(([name, { axes }]) => [name, axes]))

const drawn = (k: Key, { axes, mean = 0, deviation = 0 }: Initial): Float32Array =>
  deviation === 0
    ? new Float32Array(sizeOf(axes)).fill(mean)
    : Float32Array.from(uniforms(k, sizeOf(axes)), (u) => mean + deviation * normalQuantile(u))

/** Fresh parameters: the i-th draws from child i of the key. */
export const drawParameters =
  (initials: Initials) =>
  (k: Key): Parameters =>
    Object.fromEntries(Object.entries(initials).map(([name, initial], i) => [name, drawn(fold(k, i), initial)]))

/**
 * Values from which parameters of one's own start: independent normals of the standard deviations that are given, and
 * zeros for 0. The i-th draws from child i of the key.
 *
 * @example
 * const [n, m] = [axis('n', 3), axis('m', 2)]
 * const start = initialValues({ w: input('w', n, m), b: input('b', m) }, { w: 0.1, b: 0 })(key(1))
 * start.b // => [0, 0]
 * start.w.length // => 6
 */
export const initialValues =
  <P extends string>(parameters: Readonly<Record<P, Expr>>, deviations: Readonly<Record<P, number>>) =>
  (k: Key): Readonly<Record<P, Float32Array>> =>
    recordOf(keysOf(parameters), (name, i) =>
      drawn(fold(k, i), { axes: axesOf(parameters[name]), deviation: deviations[name] }),
    )

/** The number of values of all parameters together. */
export const parameterCount = (axes: NamedAxes): number =>
  Object.values(axes).reduce((count, one) => count + sizeOf(one), 0)

/**
 * The parameters as inputs of an expression, called `parameter/NAME`.
 *
 * @example
 * Object.keys(parameterInputs({ w: [axis('n', 2)], b: [] })) // => ['w', 'b']
 */
export const parameterInputs = (axes: NamedAxes): Readonly<Record<string, AnyTensor>> =>
  Object.fromEntries(Object.entries(axes).map(([name, own]) => [name, input(`parameter/${name}`, ...own)]))

/** The parameter of this name; throws a `Feed` failure that names it when there is none. */
export const parameterOf = (parameters: Named, name: string): Expr =>
  parameters[name] ??
  raise(
    failure('Feed', `the model has no parameter '${name}'`, 'give every parameter that the model lists', {
      parameter: name,
    }),
  )

/** The parameter of this name over these axes; throws what `parameterOf` and `typed` throw. */
export const tensorOf = <const Axs extends readonly Expected[]>(
  parameters: Named,
  name: string,
  ...axes: Axs
): Tensor<NameOf<Axs[number]> | Unit> => typed(...axes)(parameterOf(parameters, name))

/**
 * Parameters and the other state of a program, by name. Throws `Shape` for a name that both have: one storage cannot be
 * both.
 */
export const withState = <A>(
  parameters: Readonly<Record<string, A>>,
  state: Readonly<Record<string, A>>,
): Readonly<Record<string, A>> => {
  const both = Object.keys(parameters).find((name) => Object.hasOwn(state, name))
  return both === undefined
    ? { ...parameters, ...state }
    : raise(
        failure(
          'Shape',
          `the model has a parameter '${both}', and the program keeps other state under that name`,
          'give the parameter another name',
          { parameter: both },
        ),
      )
}

/** A record with a prefix before every name. */
export const prefixed = <A>(prefix: string, xs: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(xs).map(([name, x]) => [`${prefix}${name}`, x]))

/** The entries under a prefix, without it. */
export const under = <A>(prefix: string, xs: Readonly<Record<string, A>>): Readonly<Record<string, A>> =>
  Object.fromEntries(
    Object.entries(xs).flatMap(([name, x]): [string, A][] =>
      name.startsWith(prefix) ? [[name.slice(prefix.length), x]] : [],
    ),
  )

/** Throws a `Shape` failure that names the first of these sizes of a model that is no whole number above 0. */
export const requireSizes = (model: string, sizes: Readonly<Record<string, number>>): void => {
  for (const [name, size] of Object.entries(sizes))
    if (!Number.isInteger(size) || size < 1)
      raise(failure('Shape', `${model}'s ${name} is ${size}, not a whole number above 0`, 'change the size', sizes))
}
