/**
 * Comparisons, Boolean functions and `where`. Operands broadcast by axis name.
 */
import { absent, at } from '../at.ts'
import type { DType } from '../dtype.ts'
import type { Op, Tensor, AnyTensor } from '../expr.ts'
import { constant } from './conversion.ts'
import { castNode, wideNode } from './emit.ts'
import { type Binary, onnxNode } from './pointwise-rules.ts'
import { made, pointwise } from './rules.ts'
import { declared } from '../phantom.ts'

const comparison = ([x, y]: readonly DType[]): DType | undefined => (x === y ? 'bool' : undefined)

const compare = (name: string, f: (x: number, y: number) => boolean, onnx: Op['onnx']): Op =>
  pointwise({
    name,
    dtype: comparison,
    compute: () => (x, y) => Number(f(x, y)),
    ...(onnx === undefined ? {} : { onnx }),
  })

const logic = (name: string, f: Binary, onnx: Op['onnx']): Op =>
  pointwise({
    name,
    dtype: (dtypes) => (dtypes.every((d) => d === 'bool') ? 'bool' : undefined),
    compute: () => f,
    ...(onnx === undefined ? {} : { onnx }),
  })

const equalOp = compare('equal', (x, y) => x === y, wideNode(['u32'], 'Equal'))

const lessOp = compare('less', (x, y) => x < y, wideNode(['u32', 'bool'], 'Less'))

const lessEqualOp = compare('less_equal', (x, y) => x <= y, wideNode(['u32', 'bool'], 'LessOrEqual'))

const finiteOp = pointwise({
  name: 'is_finite',
  dtype: ([x]) => (x === 'f32' ? 'bool' : undefined),
  compute: () => (x) => Number(Number.isFinite(x)),
  onnx: (_attrs, b, [x = absent()]) => [
    b.node('Less', [b.node('Abs', [x]), b.constant('f32', [], [Number.POSITIVE_INFINITY])]),
  ],
})

const andOp = logic('and', (x, y) => x & y, onnxNode('And'))

const orOp = logic('or', (x, y) => x | y, onnxNode('Or'))

const notOp = logic('not', (x) => 1 - x, onnxNode('Not'))

const whereOp: Op = pointwise({
  name: 'where',
  dtype: ([c, x, y]) => (c === 'bool' && x === y ? x : undefined),
  compute: () => (c, x, y) => (c === 0 ? y : x),
  wgsl: (_attrs, [, x]) => `where_${x ?? 'f32'}`,
  onnx: (_attrs, b, [c = absent(), x = absent(), y = absent()], [out]) => {
    if (out?.dtype === 'f32' || out?.dtype === 'i32') return [b.node('Where', [c, x, y])]
    const chosen = b.node('Where', [c, castNode(b, x, 'i64'), castNode(b, y, 'i64')])
    return [castNode(b, chosen, out?.dtype ?? 'f32')]
  },
  vjp: (node, g) => {
    const condition: AnyTensor<'bool'> = declared(at(node.args, 0))
    return [undefined, where(condition, g, constant(0)), where(condition, constant(0), g)]
  },
})

/**
 * x = y.
 *
 * @example
 * equal(constant(1), constant(1)) // => true
 */
export const equal: <A extends string, B extends string, D extends DType>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, 'bool'> = (x, y) => made(equalOp, {}, x, y)

/**
 * x < y.
 *
 * @example
 * less(constant(2), constant(2)) // => false
 */
export const less: <A extends string, B extends string, D extends DType>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, 'bool'> = (x, y) => made(lessOp, {}, x, y)

/**
 * x ≤ y.
 *
 * @example
 * lessEqual(constant(2), constant(2)) // => true
 */
export const lessEqual: <A extends string, B extends string, D extends DType>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, 'bool'> = (x, y) => made(lessEqualOp, {}, x, y)

/**
 * x > y.
 *
 * @example
 * greater(constant(2), constant(1)) // => true
 */
export const greater: <A extends string, B extends string, D extends DType>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, 'bool'> = (x, y) => made(lessOp, {}, y, x)

/**
 * x ≥ y.
 *
 * @example
 * greaterEqual(constant(2), constant(2)) // => true
 */
export const greaterEqual: <A extends string, B extends string, D extends DType>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, 'bool'> = (x, y) => made(lessEqualOp, {}, y, x)

/** Whether x is finite: neither NaN nor infinite; by the bits of f32 on a GPU, whose arithmetic may not know NaN. */
export const finite = <A extends string>(x: Tensor<A>): Tensor<A, 'bool'> => made(finiteOp, {}, x)

/**
 * Both.
 *
 * @example
 * and(less(constant(1), constant(2)), less(constant(2), constant(2))) // => false
 */
export const and = <A extends string, B extends string>(
  x: Tensor<A, 'bool'>,
  y: Tensor<B, 'bool'>,
): Tensor<A | B, 'bool'> => made(andOp, {}, x, y)

/**
 * Either.
 *
 * @example
 * or(less(constant(1), constant(2)), less(constant(2), constant(2))) // => true
 */
export const or = <A extends string, B extends string>(
  x: Tensor<A, 'bool'>,
  y: Tensor<B, 'bool'>,
): Tensor<A | B, 'bool'> => made(orOp, {}, x, y)

/**
 * Not.
 *
 * @example
 * not(equal(constant(1), constant(2))) // => true
 */
export const not = <A extends string>(x: Tensor<A, 'bool'>): Tensor<A, 'bool'> => made(notOp, {}, x)

/**
 * x where the condition holds, else y; the gradient reaches the selected branch only, and is finite when that is.
 *
 * @example
 * where(less(constant(1), constant(2)), constant(3), constant(4)) // => 3
 */
export const where = <C extends string, A extends string, B extends string, D extends DType = 'f32'>(
  condition: Tensor<C, 'bool'>,
  x: Tensor<A, D>,
  y: Tensor<B, D>,
): Tensor<A | B | C, D> => made(whereOp, {}, condition, x, y)

/** The operations of this file, for the table. */
export const comparisonOps: readonly Op[] = [equalOp, lessOp, lessEqualOp, finiteOp, andOp, orOp, notOp, whereOp]
