/**
 * Arithmetic, comparisons, `where` and conversions. Operands broadcast by axis name.
 *
 * Derivatives multiply by `annihilate`, for which 0·x = 0 whatever x is, so that an unselected branch of `where` never
 * leaks (F8).
 */
import type { DType, Numeric } from '../dtype.ts'
import { apply, type Expr, type Op, type Tensor, typeOf } from '../expr.ts'
import { castNode, quotientNode, wide, wideNode } from './emit.ts'
import { pointwise, readNumber, readText, type PointwiseRule } from './rules.ts'

type Unary = (x: number) => number

type Binary = (x: number, y: number) => number

/** Keeps integer results in their type: wraps i32 and u32. */
const wrap = (dtype: DType): Unary => (dtype === 'i32' ? (x) => x | 0 : dtype === 'u32' ? (x) => x >>> 0 : (x) => x)

/** The dtype rule of a function of f32 operands. */
export const floating = ([x]: readonly DType[]): DType | undefined => (x === 'f32' ? 'f32' : undefined)

const sameNumeric = ([x, y]: readonly DType[]): DType | undefined =>
  x !== 'bool' && (y === undefined || x === y) ? x : undefined

const comparison = ([x, y]: readonly DType[]): DType | undefined => (x === y ? 'bool' : undefined)

/** A differentiable function of one f32 operand; `slope(x, y)` is its derivative in terms of operand and result. */
export const unary = (name: string, f: Unary, onnx: Op['onnx'], slope?: (x: Expr, y: Expr) => Expr): Op =>
  pointwise({
    name,
    dtype: floating,
    compute: () => f,
    ...(onnx === undefined ? {} : { onnx }),
    ...(slope === undefined
      ? {}
      : { vjp: (node: Expr, g: Expr) => node.args.map((x) => apply(annihilateOp, {}, g, slope(x, node))) }),
  })

/** A single ONNX node with the operands as they are. */
export const onnxNode =
  (type: string): NonNullable<Op['onnx']> =>
  (_attrs, builder, inputs) => [builder.node(type, inputs)]

/** Arithmetic on two operands of one numeric type. */
const arithmetic = (name: string, f: Binary, onnx: Op['onnx'], vjp?: PointwiseRule['vjp']): Op =>
  pointwise({
    name,
    dtype: sameNumeric,
    compute: (_attrs, out) => {
      const to = wrap(out)
      return name === 'multiply' && out !== 'f32' ? (x, y) => to(Math.imul(x, y)) : (x, y) => to(f(x, y))
    },
    ...(onnx === undefined ? {} : { onnx }),
    ...(vjp === undefined ? {} : { vjp }),
  })

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

/** g·x, with 0·x = 0 for every x, infinite or undefined ones included. */
export const annihilateOp: Op = pointwise({
  name: 'annihilate',
  dtype: floating,
  compute: () => (g, x) => (g === 0 ? 0 : g * x),
  vjp: (node, u) => {
    const [g, x] = node.args
    return g === undefined || x === undefined ? [] : [apply(annihilateOp, {}, u, x), apply(annihilateOp, {}, u, g)]
  },
  onnx: (_attrs, b, [g = '', x = '']) => {
    const zero = b.constant('f32', [], [0])
    return [b.node('Where', [b.node('Equal', [g, zero]), zero, b.node('Mul', [g, x])])]
  },
})

/** The two operands of a node. */
export const pair = (node: Expr): readonly [Expr, Expr] => [node.args[0] ?? node, node.args[1] ?? node]

const addOp = arithmetic(
  'add',
  (x, y) => x + y,
  wideNode(['u32'], 'Add'),
  (_n, g) => [g, g],
)

const subtractOp = arithmetic(
  'subtract',
  (x, y) => x - y,
  wideNode(['u32'], 'Sub'),
  (_n, g) => [g, negate(g)],
)

const multiplyOp = arithmetic(
  'multiply',
  (x, y) => x * y,
  wideNode(['u32'], 'Mul'),
  (node, g) => {
    const [x, y] = pair(node)
    return [apply(annihilateOp, {}, g, y), apply(annihilateOp, {}, g, x)]
  },
)

const divideOp = arithmetic(
  'divide',
  (x, y) => x / y,
  wide(['i32', 'u32'], (b, inputs, out) => (out === 'f32' ? b.node('Div', inputs) : quotientNode(b, 'Div', inputs))),
  (node, g) => {
    const [, y] = pair(node)
    return [apply(annihilateOp, {}, g, reciprocal(y)), negate(apply(annihilateOp, {}, g, divide(node, y)))]
  },
)

/** The larger of two operands; at a tie the gradient goes to the first. */
export const maximumOp: Op = arithmetic('maximum', Math.max, onnxNode('Max'), (node, g) => {
  const [x, y] = pair(node)
  return [where(greaterEqual(x, y), g, constant(0)), where(less(x, y), g, constant(0))]
})

const minimumOp = arithmetic('minimum', Math.min, onnxNode('Min'), (node, g) => {
  const [x, y] = pair(node)
  return [where(lessEqual(x, y), g, constant(0)), where(greater(x, y), g, constant(0))]
})

const remainderOp = arithmetic(
  'remainder',
  (x, y) => x - y * Math.floor(x / y),
  wide(['i32', 'u32'], (b, inputs, out) =>
    out === 'f32'
      ? b.node('Sub', [inputs[0] ?? '', b.node('Mul', [inputs[1] ?? '', b.node('Floor', [b.node('Div', inputs)])])])
      : quotientNode(b, 'Mod', inputs),
  ),
)

const equalOp = compare('equal', (x, y) => x === y, wideNode(['u32'], 'Equal'))

const lessOp = compare('less', (x, y) => x < y, wideNode(['u32', 'bool'], 'Less'))

const lessEqualOp = compare('less_equal', (x, y) => x <= y, wideNode(['u32', 'bool'], 'LessOrEqual'))

const andOp = logic('and', (x, y) => x & y, onnxNode('And'))

const orOp = logic('or', (x, y) => x | y, onnxNode('Or'))

const notOp = logic('not', (x) => 1 - x, onnxNode('Not'))

const whereOp: Op = pointwise({
  name: 'where',
  dtype: ([c, x, y]) => (c === 'bool' && x === y ? x : undefined),
  compute: () => (c, x, y) => (c === 0 ? y : x),
  wgsl: (_attrs, [, x]) => `where_${x ?? 'f32'}`,
  onnx: (_attrs, b, [c = '', x = '', y = ''], [out]) => {
    if (out?.dtype === 'f32' || out?.dtype === 'i32') return [b.node('Where', [c, x, y])]
    const chosen = b.node('Where', [c, castNode(b, x, 'i64'), castNode(b, y, 'i64')])
    return [castNode(b, chosen, out?.dtype ?? 'f32')]
  },
  vjp: (node, g) => {
    const condition = node.args[0] ?? node
    return [undefined, where(condition, g, constant(0)), where(condition, constant(0), g)]
  },
})

const negateOp = pointwise({
  name: 'negate',
  dtype: ([x]) => (x === 'f32' || x === 'i32' ? x : undefined),
  compute: (_attrs, out) => {
    const to = wrap(out)
    return (x) => to(-x)
  },
  onnx: onnxNode('Neg'),
  vjp: (_n, g) => [negate(g)],
})

const reciprocalOp = unary(
  'reciprocal',
  (x) => 1 / x,
  onnxNode('Reciprocal'),
  (_x, y) => negate(multiply(y, y)),
)

const absoluteOp = unary('absolute', Math.abs, onnxNode('Abs'), (x) => sign(x))

const signOp = unary('sign', Math.sign, onnxNode('Sign'))

const CASTS = ['f32', 'i32', 'u32', 'bool'] as const

const castOp: Op = pointwise({
  name: 'cast',
  dtype: (_args, attrs) => CASTS.find((d) => d === attrs['to']),
  compute: (_attrs, out) =>
    out === 'bool'
      ? (x) => Number(x !== 0)
      : out === 'i32'
        ? (x) => Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, Math.trunc(x)))
        : out === 'u32'
          ? (x) => Math.max(0, Math.min(2 ** 32 - 1, Math.trunc(x)))
          : (x) => x,
  wgsl: (attrs, [x]) => `cast_${x ?? 'f32'}_${readText(attrs['to'])}`,
  onnx: (_attrs, b, [x = ''], [out], [from]) => {
    const to = out?.dtype ?? 'f32'
    if (from?.dtype === to) return [x]
    if (to === 'f32' || to === 'bool' || from?.dtype === 'bool') return [castNode(b, x, to)]
    const [low, high] = to === 'i32' ? [-(2 ** 31), 2 ** 31 - 1] : [0, 2 ** 32 - 1]
    const bound = (value: number): string => castNode(b, b.constant('i64', [], [value]), 'f64')
    return [castNode(b, b.node('Min', [b.node('Max', [castNode(b, x, 'f64'), bound(low)]), bound(high)]), to)]
  },
  vjp: (node, g) => [
    node.args[0] !== undefined && typeOf(node.args[0]).dtype === 'f32' && typeOf(node).dtype === 'f32' ? g : undefined,
  ],
})

const constantOp: Op = {
  name: 'constant',
  kind: 'pointwise',
  types: (attrs) => [{ axes: [], dtype: CASTS.find((d) => d === attrs['dtype']) ?? 'f32' }],
  reference: (attrs, [out]) => [
    out?.dtype === 'f32'
      ? Float64Array.of(readNumber(attrs['value']))
      : out?.dtype === 'i32'
        ? Int32Array.of(readNumber(attrs['value']))
        : Uint32Array.of(readNumber(attrs['value'])),
  ],
  onnx: (attrs, b, _inputs, [out]) => [b.constant(out?.dtype ?? 'f32', [], [readNumber(attrs['value'])])],
}

/** Passes the value and stops the gradient. */
const stopGradientOp: Op = {
  name: 'stop_gradient',
  kind: 'alias',
  types: (_attrs, args) => args.slice(0, 1),
  reference: (_attrs, _out, [x]) => (x === undefined ? [] : [x.data]),
  onnx: (_attrs, b, inputs) => [b.node('Identity', inputs)],
}

/** A constant scalar. */
export const constant = (value: number): Tensor<'1'> => apply(constantOp, { value, dtype: 'f32' })

/** A constant scalar of a given element type. */
export const constantOf = <D extends DType>(dtype: D, value: number): Tensor<'1', D> =>
  apply(constantOp, { value, dtype })

type Two = <A extends string, B extends string, D extends Numeric = 'f32'>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, D>

/** A function of two f32 tensors that broadcasts by axis name. */
export type Float2 = <A extends string, B extends string>(x: Tensor<A>, y: Tensor<B>) => Tensor<A | B>

type Compare = <A extends string, B extends string, D extends DType>(
  x: Tensor<A, D>,
  y: Tensor<B, D>,
) => Tensor<A | B, 'bool'>

/** A function of one f32 tensor. */
export type One = <A extends string>(x: Tensor<A>) => Tensor<A>

/** x + y. */
export const add: Two = (x, y) => apply(addOp, {}, x, y)

/** x − y. */
export const subtract: Two = (x, y) => apply(subtractOp, {}, x, y)

/** x·y. */
export const multiply: Two = (x, y) => apply(multiplyOp, {}, x, y)

/** x / y; integers truncate. */
export const divide: Two = (x, y) => apply(divideOp, {}, x, y)

/** The larger of x and y; at a tie the gradient goes to x. */
export const maximum: Two = (x, y) => apply(maximumOp, {}, x, y)

/** The smaller of x and y; at a tie the gradient goes to x. */
export const minimum: Two = (x, y) => apply(minimumOp, {}, x, y)

/** x − y·⌊x/y⌋, with the sign of y; no gradient. */
export const remainder: Two = (x, y) => apply(remainderOp, {}, x, y)

/** g·x with 0·x = 0 for every x. */
export const annihilate: Float2 = (g, x) => apply(annihilateOp, {}, g, x)

/** x = y. */
export const equal: Compare = (x, y) => apply(equalOp, {}, x, y)

/** x < y. */
export const less: Compare = (x, y) => apply(lessOp, {}, x, y)

/** x ≤ y. */
export const lessEqual: Compare = (x, y) => apply(lessEqualOp, {}, x, y)

/** x > y. */
export const greater: Compare = (x, y) => apply(lessOp, {}, y, x)

/** x ≥ y. */
export const greaterEqual: Compare = (x, y) => apply(lessEqualOp, {}, y, x)

/** Both. */
export const and = <A extends string, B extends string>(
  x: Tensor<A, 'bool'>,
  y: Tensor<B, 'bool'>,
): Tensor<A | B, 'bool'> => apply(andOp, {}, x, y)

/** Either. */
export const or = <A extends string, B extends string>(
  x: Tensor<A, 'bool'>,
  y: Tensor<B, 'bool'>,
): Tensor<A | B, 'bool'> => apply(orOp, {}, x, y)

/** Not. */
export const not = <A extends string>(x: Tensor<A, 'bool'>): Tensor<A, 'bool'> => apply(notOp, {}, x)

/** x where the condition holds, else y; the gradient reaches the selected branch only, and is finite when that is. */
export const where = <C extends string, A extends string, B extends string, D extends DType = 'f32'>(
  condition: Tensor<C, 'bool'>,
  x: Tensor<A, D>,
  y: Tensor<B, D>,
): Tensor<A | B | C, D> => apply(whereOp, {}, condition, x, y)

/** −x. */
export const negate = <A extends string, D extends 'f32' | 'i32' = 'f32'>(x: Tensor<A, D>): Tensor<A, D> =>
  apply(negateOp, {}, x)

/** 1 / x. */
export const reciprocal: One = (x) => apply(reciprocalOp, {}, x)

/** |x|. */
export const absolute: One = (x) => apply(absoluteOp, {}, x)

/** −1, 0 or 1; no gradient. */
export const sign: One = (x) => apply(signOp, {}, x)

/** c·x for a number c. */
export const scale =
  (c: number) =>
  <A extends string>(x: Tensor<A>): Tensor<A> =>
    apply(multiplyOp, {}, x, constant(c))

/** x + c for a number c. */
export const shift =
  (c: number) =>
  <A extends string>(x: Tensor<A>): Tensor<A> =>
    apply(addOp, {}, x, constant(c))

/** Conversion between element types; f32 → integer truncates and saturates, anything → bool is `≠ 0`. */
export const cast =
  <D extends DType>(to: D) =>
  <A extends string, E extends DType>(x: Tensor<A, E>): Tensor<A, D> =>
    apply(castOp, { to }, x)

/** The same value, through which no gradient flows. */
export const stopGradient = <A extends string, D extends DType>(x: Tensor<A, D>): Tensor<A, D> =>
  apply(stopGradientOp, {}, x)

/** The operations of this file, for the table. */
export const arithmeticOps: readonly Op[] = [
  annihilateOp,
  addOp,
  subtractOp,
  multiplyOp,
  divideOp,
  maximumOp,
  minimumOp,
  remainderOp,
  equalOp,
  lessOp,
  lessEqualOp,
  andOp,
  orOp,
  notOp,
  whereOp,
  negateOp,
  reciprocalOp,
  absoluteOp,
  signOp,
  castOp,
  constantOp,
  stopGradientOp,
]
