/**
 * Contraction over a semiring: y[a, b] = ⊕_k x[a, k] ⊗ w[k, b]. Real is the matrix product, `log` the forward algorithm,
 * `max-plus` Viterbi. Axes that both operands have (and that are not summed) are batch axes.
 */
import { absent, at, field, orElse, outside } from '../at.ts'
import { type AnyAxis, type Axis, findAxis, hasAxis, sizeOf, unionAxes, without } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import {
  type AnyTensor,
  type Attributes,
  type Capabilities,
  type Expr,
  type KernelCall,
  type Op,
  type Tensor,
  axesOf,
} from '../expr.ts'
import { classify, matrixNode, productNode } from './contract-nodes.ts'
import { extentsOf, reshapeNode } from './emit.ts'
import { isHalf } from './halves.ts'
import { bySubgroup, COMPENSATED_ABOVE, fillCall } from './kernels.ts'
import { reorder } from './layout.ts'
import { add, annihilate, cast, constant, equal, multiply, where } from './pointwise.ts'
import { readNames, readText, requireDType, sumToAxes, made } from './rules.ts'
import { softmaxOp } from './softmax.ts'
import { pair } from './pointwise-rules.ts'
import { declared } from '../phantom.ts'

/** The semirings that `contract` knows. */
export type SemiringName = 'real' | 'log' | 'max-plus'

/** The largest term, or for `log` the log-sum-exp of all, relative to the largest; −∞ of no terms. */
const inSemiring = (name: string, n: number, term: (k: number) => number): number => {
  let high = Number.NEGATIVE_INFINITY
  for (let k = 0; k < n; k++) high = Math.max(high, term(k))
  if (name === 'max-plus' || !Number.isFinite(high)) return high
  let sum = 0
  for (let k = 0; k < n; k++) sum += Math.exp(term(k) - high)
  return high + Math.log(sum)
}

/** x: [batch, rows, inner], y: [batch, inner, columns] → [batch, rows, columns], all row-major. */
const contractOp: Op = {
  name: 'contract',
  kind: 'kernel',
  types: (attrs, [x, y]) => {
    if (x === undefined || y === undefined) return []
    requireDType('contract', 'f32', x, y)
    const over = readNames(attrs['over'])
    unionAxes('contract', x.axes, y.axes)
    for (const name of over)
      if (findAxis('contract', x.axes, name).size !== findAxis('contract', y.axes, name).size)
        raise(
          failure(
            'Shape',
            `contract: axis '${name}' cannot be summed`,
            'give both operands the axis, with the same size',
            { axis: name },
          ),
        )
    const { batch, rows, columns } = classify(over, x.axes, y.axes)
    return [{ axes: [...batch, ...rows, ...columns], dtype: 'f32' }]
  },
  reference: (attrs, [out], [x, y]) => {
    if (out === undefined || x === undefined || y === undefined) return []
    const sizes = classify(readNames(attrs['over']), x.axes, y.axes)
    const [b, m, k, n] = [sizeOf(sizes.batch), sizeOf(sizes.rows), sizeOf(sizes.inner), sizeOf(sizes.columns)]
    const data = new Float64Array(b * m * n)
    const semiring = readText(attrs['semiring'])
    for (let i = 0; i < b * m; i++)
      for (let j = 0; j < n; j++) {
        const from = Math.floor(i / m) * k * n + j
        data[i * n + j] =
          semiring === 'real'
            ? dot(x.data, y.data, i * k, from, k, n)
            : inSemiring(
                semiring,
                k,
                (l) =>
                  (x.data[i * k + l] ?? outside(x.data, i * k + l)) +
                  (y.data[from + l * n] ?? outside(y.data, from + l * n)),
              )
      }
    return [data]
  },
  vjp: (node, [g]) => (g === undefined ? [undefined, undefined] : vjp(node.attrs, declared(node), g)),
  lower: (attrs, _out, [x, y], on) =>
    x === undefined || y === undefined ? [] : [contractCall(attrs, x.axes, y.axes, on)],
  onnx: (attrs, b, [x = absent(), y = absent()], [out], [left, right]) => {
    const sizes = classify(readNames(attrs['over']), left?.axes ?? [], right?.axes ?? [])
    const { batch, rows, inner, columns } = sizes
    const xs = matrixNode(b, x, left?.axes ?? [], batch, rows, inner)
    const ys = matrixNode(b, y, right?.axes ?? [], batch, inner, columns)
    return [reshapeNode(b, productNode(b, readText(attrs['semiring']), xs, ys, sizes), extentsOf(out?.axes ?? []))]
  },
}

const SEMIRINGS: Readonly<Record<string, readonly string[]>> = {
  real: ['semiring_real'],
  log: ['pointwise', 'semiring_log'],
  'max-plus': ['pointwise', 'semiring_maxplus'],
}

/** Which kernel: the products of `tile8`, or tiles in workgroup memory. */
const contractKernel = (
  attrs: Attributes,
  [m, k, n]: readonly [number, number, number],
  left: boolean,
  on: Capabilities,
): { readonly shader: string; readonly preludes: readonly string[]; readonly tile: number } => {
  const semiring = readText(attrs['semiring'])
  const operands = ['left', 'right'].map((side, i) => `${side}_${isHalf(attrs, i) ? 'f16' : 'f32'}`)
  const preludes = [...field(SEMIRINGS, semiring), 'compensated', ...operands]
  if (semiring !== 'real' || !bySubgroup(on)) return { shader: 'contract_tiled', preludes, tile: 64 }
  const whole = n % 4 === 0 && k % 4 === 0 && (!left || m % 4 === 0)
  return {
    shader: whole ? 'contract_subgroup' : 'contract_subgroup_any',
    preludes: ['tile8', 'compensated', ...operands],
    tile: 32,
  }
}

/** The product of two matrices, each straight or transposed: [batch, rows, inner] or [batch, inner, rows], and so on. */
export const contractCall = (
  attrs: Attributes,
  x: readonly AnyAxis[],
  y: readonly AnyAxis[],
  on: Capabilities,
): KernelCall => {
  const over = readNames(attrs['over'])
  const { batch, rows, inner, columns } = classify(over, x, y)
  const summedFirst = (axes: readonly AnyAxis[]) =>
    axes.length > batch.length && over.includes(at(axes, batch.length).name)
  const left = rows.length > 0 && summedFirst(x)
  const right = columns.length > 0 && inner.length > 0 && !summedFirst(y)
  const [b, m, k, n] = [sizeOf(batch), sizeOf(rows), sizeOf(inner), sizeOf(columns)]
  if (k === 0) return fillCall(b * m * n, attrs['semiring'] === 'real' ? 0 : Number.NEGATIVE_INFINITY)
  const { tile, ...kernel } = contractKernel(attrs, [m, k, n], left, on)
  return {
    ...kernel,
    overrides: {
      ...{ LEFT_TRANSPOSED: Number(left), RIGHT_TRANSPOSED: Number(right) },
      LONG: Number(attrs['semiring'] === 'real' && k > COMPENSATED_ABOVE),
    },
    params: { batch: b, m, k, n },
    workgroups: [Math.ceil(n / tile), Math.ceil(m / tile), b],
    buffers: [{ in: 0 }, { in: 1 }, { out: 0 }],
  }
}

const dot = (x: ArrayLike<number>, y: ArrayLike<number>, i: number, j: number, k: number, stride: number): number => {
  let sum = 0
  for (let l = 0; l < k; l++) sum += (x[i + l] ?? outside(x, i + l)) * (y[j + l * stride] ?? outside(y, j + l * stride))
  return sum
}

/** real: g·yᵀ and xᵀ·g. log: the softmax of the terms, 0 where all are −∞. max-plus: the terms that attain the maximum. */
const vjp = (attrs: Attributes, node: AnyTensor, g: AnyTensor): readonly Expr[] => {
  const [x, y] = pair(node)
  if (attrs['semiring'] === 'real') return [onto(x, g, y), onto(y, g, x)]
  const term = add(x, y)
  const shared =
    attrs['semiring'] === 'log' ? softened(attrs, term, node, g) : annihilate(g, cast('f32')(equal(term, node)))
  return [sumToAxes(axesOf(x))(shared), sumToAxes(axesOf(y))(shared)]
}

const softened = (attrs: Attributes, term: Expr, node: AnyTensor, g: AnyTensor): AnyTensor => {
  const given = where(equal(node, constant(Number.NEGATIVE_INFINITY)), constant(0), g)
  const p: AnyTensor = made(softmaxOp, { over: orElse(attrs['over'], []) }, term)
  return annihilate(given, p)
}

/** The cotangent of `x` in x·y: g contracted with y over the axes that x lacks. */
const onto = (x: Expr, g: AnyTensor, y: AnyTensor): Expr => {
  const lacking = axesOf(y).filter((a) => !hasAxis(axesOf(x), a.name) && hasAxis(axesOf(g), a.name))
  const only = axesOf(y).filter((a) => !hasAxis(axesOf(x), a.name) && !hasAxis(axesOf(g), a.name))
  const summed =
    only.length === 0
      ? y
      : sumToAxes(
          without(
            axesOf(y),
            only.map((a) => a.name),
          ),
        )(y)
  return lacking.length === 0 ? sumToAxes(axesOf(x))(multiply(g, summed)) : contractNode('real', lacking, g, summed)
}

/** Puts both operands into the kernel's storage order and builds the node. */
const contractNode = <A extends string>(
  semiring: SemiringName,
  over: readonly AnyAxis[],
  x: Expr,
  y: Expr,
): Tensor<A> => {
  for (const a of over) {
    const sizes = [findAxis('contract', axesOf(x), a.name).size, findAxis('contract', axesOf(y), a.name).size, a.size]
    if (new Set(sizes).size !== 1)
      raise(
        failure(
          'Shape',
          `contract: axis '${a.name}' has size ${sizes[0]} on the left, ${sizes[1]} on the right and ${sizes[2]} as given`,
          'make the sizes agree',
          { axis: a.name, sizes },
        ),
      )
  }
  const names = over.map((a) => a.name)
  const { batch, rows, columns } = classify(names, axesOf(x), axesOf(y))
  const order = (...parts: readonly (readonly AnyAxis[])[]) => parts.flat().map((a) => a.name)
  return made(
    contractOp,
    { over: names, semiring },
    reorder(order(batch, rows, over))(x),
    reorder(order(batch, over, columns))(y),
  )
}

/**
 * Σ_k x[…, k]·y[k, …]: the matrix product over a named axis.
 *
 * @example
 * const k = axis('k', 2)
 * contract(k)(literal(Float64Array.of(1, 2), k), literal(Float64Array.of(3, 4), k)) // => 11
 */
export const contract: <K extends string>(
  over: Axis<K>,
) => <A extends string, B extends string>(x: Tensor<A | K>, y: Tensor<B | K>) => Tensor<A | B> = (over) => (x, y) =>
  contractNode('real', [over], x, y)
/**
 * The matrix product summed over several axes.
 *
 * @example
 * const [i, j] = [axis('i', 2), axis('j', 2)]
 * const x = literal(Float64Array.of(1, 2, 3, 4), i, j)
 * contractOver(i, j)(x, x) // => 30
 */
export const contractOver =
  <const Ks extends readonly AnyAxis[]>(...over: Ks) =>
  <A extends string, B extends string>(
    x: Tensor<A | Ks[number]['name']>,
    y: Tensor<B | Ks[number]['name']>,
  ): Tensor<A | B> =>
    contractNode('real', over, x, y)
/**
 * log Σ_k e^{x + y} (nats): a step of the forward algorithm.
 *
 * @example
 * const k = axis('k', 2)
 * contractLog(k)(literal(Float64Array.of(1, 2), k), literal(Float64Array.of(3, 4), k)) // => 6.126928
 */
export const contractLog: <K extends string>(
  over: Axis<K>,
) => <A extends string, B extends string>(x: Tensor<A | K>, y: Tensor<B | K>) => Tensor<A | B> = (over) => (x, y) =>
  contractNode('log', [over], x, y)
/**
 * max_k (x + y): a step of Viterbi.
 *
 * @example
 * const k = axis('k', 2)
 * contractMaxPlus(k)(literal(Float64Array.of(1, 2), k), literal(Float64Array.of(3, 4), k)) // => 6
 */
export const contractMaxPlus: <K extends string>(
  over: Axis<K>,
) => <A extends string, B extends string>(x: Tensor<A | K>, y: Tensor<B | K>) => Tensor<A | B> = (over) => (x, y) =>
  contractNode('max-plus', [over], x, y)

/** The operations of this file, for the table. */
export const contractOps: readonly Op[] = [contractOp]
