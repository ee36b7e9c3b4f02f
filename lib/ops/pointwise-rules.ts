/**
 * What pointwise operations are made from: their types, the product with which derivatives are taken, functions of one operand.
 *
 * Derivatives multiply by `annihilate`, for which 0·x = 0 whatever x is, so that an unselected branch of `where` never
 * leaks (F8).
 */
import { absent, at } from '../at.ts'
import type { DType } from '../dtype.ts'
import { type AnyTensor, apply, type Expr, type Op } from '../expr.ts'
import { declared } from '../phantom.ts'
import { pointwise } from './rules.ts'

type Unary = (x: number) => number

/** A function of two numbers. */
export type Binary = (x: number, y: number) => number

/** Keeps integer results in their type: wraps i32 and u32. */
export const wrap = (dtype: DType): Unary =>
  dtype === 'i32' ? (x) => x | 0 : dtype === 'u32' ? (x) => x >>> 0 : (x) => x

/** The dtype rule of a function of f32 operands. */
export const floating = ([x]: readonly DType[]): DType | undefined => (x === 'f32' ? 'f32' : undefined)

/** g·x, with 0·x = 0 for every x, infinite or undefined ones included. */
export const annihilateOp: Op = pointwise({
  name: 'annihilate',
  dtype: floating,
  compute: () => (g, x) => (g === 0 ? 0 : g * x),
  vjp: (node, u) => {
    const [g, x] = node.args
    return g === undefined || x === undefined ? [] : [apply(annihilateOp, {}, u, x), apply(annihilateOp, {}, u, g)]
  },
  onnx: (_attrs, b, [g = absent(), x = absent()]) => {
    const zero = b.constant('f32', [], [0])
    return [b.node('Where', [b.node('Equal', [g, zero]), zero, b.node('Mul', [g, x])])]
  },
})

/** A differentiable function of one f32 operand; `slope(x, y)` is its derivative in terms of operand and result. */
export const unary = (name: string, f: Unary, onnx: Op['onnx'], slope?: (x: AnyTensor, y: AnyTensor) => Expr): Op =>
  pointwise({
    name,
    dtype: floating,
    compute: () => f,
    ...(onnx === undefined ? {} : { onnx }),
    ...(slope === undefined
      ? {}
      : {
          vjp: (node: Expr, g: Expr) =>
            node.args.map((x) => apply(annihilateOp, {}, g, slope(declared(x), declared(node)))),
        }),
  })

/** A single ONNX node with the operands as they are. */
export const onnxNode =
  (type: string): NonNullable<Op['onnx']> =>
  (_attrs, builder, inputs) => [builder.node(type, inputs)]

/** The two operands of a differentiable node. */
export const pair = (node: Expr): readonly [AnyTensor, AnyTensor] => [
  declared(at(node.args, 0)),
  declared(at(node.args, 1)),
]
