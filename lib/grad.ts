/**
 * Gradients: functions from expressions to expressions, of any order, made of the vector-Jacobian product.
 */
import { at } from './at.ts'
import { showAxes } from './axis.ts'
import { failure, raise } from './errors.ts'
import { type AnyTensor, axesOf, type Expr, type Scalar, substitute, type Tensor } from './expr.ts'
import { input } from './ops/layout.ts'
import { constant, multiply } from './ops/pointwise.ts'
import { vjpOf } from './ops/pull-back.ts'
import { spreadTo, sumToAxes } from './ops/rules.ts'
import { declared, typedRecord } from './phantom.ts'

const zerosLike = (x: Expr): AnyTensor => declared(spreadTo(axesOf(x))(constant(0)))

/**
 * The gradient of a scalar with respect to named tensors: a record of tensors with the axes of each. A tensor on which
 * the scalar does not depend has gradient 0. Throws a `Shape` failure when `y` has axes: sum it first.
 *
 * @example
 * const n = axis('n', 3)
 * const x = input('x', n)
 * const { x: twice } = gradient(sum(n)(multiply(x, x)), { x })
 * evaluateOne(reference)(twice, { x: Float64Array.of(1, 2, 3) }) // => [2, 4, 6]
 */
export const gradient = <P extends Readonly<Record<string, string>>>(
  y: Scalar,
  xs: { readonly [K in keyof P]: Tensor<P[K]> },
): { readonly [K in keyof P]: Tensor<P[K]> } => {
  if (axesOf(y).length > 0)
    raise(
      failure('Shape', `gradient: the result has axes ${showAxes(axesOf(y))}`, 'sum it to a scalar first', {
        axes: axesOf(y),
      }),
    )
  return mapRecord(xs, (nodes) => vjpOf([y], [constant(1)], nodes).map((g, i) => g ?? zerosLike(at(nodes, i))))
}

/** Applies a function of lists to the values of a record of expressions. */
const mapRecord = <R extends Readonly<Record<string, Expr>>>(
  xs: R,
  f: (nodes: readonly Expr[]) => readonly Expr[],
): R => {
  const entries = Object.entries(xs)
  const results = f(entries.map(([, x]) => x))
  return typedRecord(
    Object.fromEntries(
      entries.flatMap(([name], i) => {
        const r = results[i]
        return r === undefined ? [] : [[name, r]]
      }),
    ),
  )
}

/**
 * Forward mode as reverse mode twice: the directional derivative of `y` along `v` at `x`, ∂y/∂x · v (the vjp is linear
 * in its cotangent, so its own vjp is the Jacobian).
 *
 * @example
 * const x = input('x')
 * const along = jvp(square(x), x, constant(1), input('dummy'))
 * evaluateOne(reference)(along, { x: Float64Array.of(3) }) // => 6
 */
export const jvp = <A extends string, B extends string>(
  y: Tensor<A>,
  x: Tensor<B>,
  v: Tensor<B>,
  dummy: Tensor<A>,
): Tensor<A> => {
  const [pulled] = vjpOf([y], [dummy], [x])
  const [pushed] =
    pulled === undefined ? [undefined] : vjpOf([sumToAxes([])(multiply(pulled, v))], [constant(1)], [dummy])
  return declared(pushed ?? zerosLike(y))
}

/**
 * ⟨∇y, v⟩ differentiated again: the Hessian of a scalar at `x` times `v`, whatever `v` was made of.
 *
 * @example
 * const x = input('x')
 * const second = hessianVector(power(x, constant(3)), x, constant(1))
 * evaluateOne(reference)(second, { x: Float64Array.of(2) }) // => 12
 */
export const hessianVector = <B extends string>(y: Scalar, x: Tensor<B>, v: Tensor<B>): Tensor<B> => {
  const [g] = vjpOf([y], [constant(1)], [x])
  const direction = input('hessianVector/direction', ...axesOf(v))
  const inner = g === undefined ? undefined : sumToAxes([])(multiply(g, direction))
  const [h] = inner === undefined ? [undefined] : vjpOf([inner], [constant(1)], [x])
  return declared(
    h === undefined
      ? zerosLike(x)
      : at(
          substitute([h], (node) => (node === direction ? v : undefined)),
          0,
        ),
  )
}
