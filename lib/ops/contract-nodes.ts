/**
 * The axes of a contraction by their part in it, and the contraction as ONNX nodes: operands in any storage order as
 * matrices, and their product over a semiring.
 */
import { type AnyAxis, hasAxis, sizeOf } from '../axis.ts'
import type { OnnxBuilder } from '../expr.ts'
import { expandNode, highestNode, logSumExpNode, positionsOf, reshapeNode, scalarNode } from './emit.ts'

/** Batch axes, axes of the left operand only, contracted axes, axes of the right operand only: their sizes multiplied. */
interface ContractSizes {
  readonly batch: readonly AnyAxis[]
  readonly rows: readonly AnyAxis[]
  readonly inner: readonly AnyAxis[]
  readonly columns: readonly AnyAxis[]
}

/** Sorts the axes of both operands by their part in the contraction. */
export const classify = (over: readonly string[], x: readonly AnyAxis[], y: readonly AnyAxis[]): ContractSizes => ({
  batch: x.filter((a) => hasAxis(y, a.name) && !over.includes(a.name)),
  rows: x.filter((a) => !hasAxis(y, a.name)),
  inner: x.filter((a) => over.includes(a.name)),
  columns: y.filter((a) => !hasAxis(x, a.name)),
})

/** An operand as a matrix [batch, rows, columns], or transposed: [batch, columns, rows]. */
interface MatrixNode {
  readonly name: string
  readonly transposed: boolean
}

/**
 * Brings an operand in any storage order into one of the two forms of a matrix; 2-dimensional without batch axes. Of two
 * forms that both move elements, the transposed one is taken where it keeps the innermost axis innermost: it copies runs.
 */
export const matrixNode = (
  b: OnnxBuilder,
  x: string,
  axes: readonly AnyAxis[],
  batch: readonly AnyAxis[],
  rows: readonly AnyAxis[],
  columns: readonly AnyAxis[],
): MatrixNode => {
  const same = (order: readonly AnyAxis[]) => order.every((a, i) => a.name === axes[i]?.name)
  const [straight, turned] = [
    [...batch, ...rows, ...columns],
    [...batch, ...columns, ...rows],
  ]
  const keepsInnermost = (order: readonly AnyAxis[]) => order.at(-1)?.name === axes.at(-1)?.name
  const runs = batch.length === 0 && keepsInnermost(turned) && !keepsInnermost(straight)
  const transposed = !same(straight) && (same(turned) || runs)
  const wanted = transposed ? turned : straight
  const ready = same(wanted)
    ? x
    : b.node('Transpose', [x], {
        perm: positionsOf(
          wanted.map((a) => a.name),
          axes,
        ),
      })
  const [m, n] = [sizeOf(rows), sizeOf(columns)]
  return {
    name: reshapeNode(b, ready, [...(batch.length === 0 ? [] : [sizeOf(batch)]), ...(transposed ? [n, m] : [m, n])]),
    transposed,
  }
}

/** The matrix as [batch, rows, columns]. */
const straightened = (b: OnnxBuilder, { name, transposed }: MatrixNode, batched: boolean): string =>
  transposed ? b.node('Transpose', [name], { perm: batched ? [0, 2, 1] : [1, 0] }) : name

/** [batch, rows, inner]·[batch, inner, columns] over a semiring. */
export const productNode = (
  b: OnnxBuilder,
  semiring: string,
  x: MatrixNode,
  y: MatrixNode,
  { batch, rows, inner, columns }: ContractSizes,
): string => {
  const batched = batch.length > 0
  if (semiring === 'real' && !batched && (x.transposed || y.transposed))
    return b.node('Gemm', [x.name, y.name], { transA: Number(x.transposed), transB: Number(y.transposed) })
  const [left, right] = [straightened(b, x, batched), straightened(b, y, batched)]
  if (semiring === 'real') return b.node('MatMul', [left, right])
  const [s, m, k, n] = [sizeOf(batch), sizeOf(rows), sizeOf(inner), sizeOf(columns)]
  if (k === 0) return expandNode(b, scalarNode(b, Number.NEGATIVE_INFINITY), [s, m, n])
  const terms = b.node('Add', [reshapeNode(b, left, [s, m, k, 1]), reshapeNode(b, right, [s, 1, k, n])])
  const result = semiring === 'log' ? logSumExpNode(b, terms, [2]) : highestNode(b, terms, [2])
  return reshapeNode(b, result, [s, m, n])
}
