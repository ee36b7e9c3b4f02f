/**
 * Long sums in blocks: ONNX Runtime adds up an axis term by term, so the error of a sum grows with its length. Here a sum of
 * more than `LONG` terms is taken over blocks of at most `BLOCK`, then over the blocks' sums, and so on: its error grows with
 * the logarithm. Means, running sums and products of matrices with a long inner axis likewise; shorter ones stay as they are.
 */
import { at, two } from '../at.ts'
import type { GraphBuilder, GraphNode } from './types.ts'
import type { Rewriting, Rule } from './rewrite.ts'

/** The most terms that are added up one after the other. */
const BLOCK = 128
/** Sums of at most so many terms stay one node. */
const LONG = 1024
/** Running sums round at every term that they pass: blocks of at most so many. */
const RUN = 32
/** The same for inner axes of products, of which the operator takes those with a result of more than `SMALL` in its own blocks. */
const LONG_PRODUCT = 65_536
const SMALL = 256

const product = (sizes: readonly number[]): number => sizes.reduce((n, d) => n * d, 1)
const flag = (x: unknown): boolean => x === 1
const reshaped = (b: GraphBuilder, x: string, shape: readonly number[]): string =>
  b.node('Reshape', [x, b.constant('i64', [shape.length], shape)])

/** The largest divisor of n that a block may have; 0 where all are small. */
const divisorOf = (n: number, most = BLOCK): number => {
  for (let d = most; d >= most / 8; d--) if (n % d === 0) return d
  return 0
}

/** Neighbouring axes that a sum treats alike, as one. */
interface Run {
  readonly size: number
  readonly gone: boolean
}

const merged = (runs: readonly Run[]): readonly Run[] =>
  runs.reduce<readonly Run[]>((made, run) => {
    const last = made.at(-1)
    return last?.gone === run.gone
      ? [...made.slice(0, -1), { size: last.size * run.size, gone: run.gone }]
      : [...made, run]
  }, [])

const sizesOf = (runs: readonly Run[]): readonly number[] => runs.map((r) => r.size)
const goneOf = (runs: readonly Run[]): readonly Run[] => runs.filter((r) => r.gone)
const removed = (b: GraphBuilder, x: string, runs: readonly Run[], over: readonly number[]): string =>
  b.node('ReduceSum', [reshaped(b, x, sizesOf(runs)), b.constant('i64', [over.length], over)], { keepdims: 0 })

/** Elements [from, to) along an axis. */
const cut = (b: GraphBuilder, x: string, axis: number, from: number, to: number): string => {
  const one = (n: number): string => b.constant('i64', [1], [n])
  return b.node('Slice', [x, one(from), one(to), one(axis)])
}

/** Σ over the runs that go: over one block of the longest, then over what is left. */
const summed = (b: GraphBuilder, x: string, given: readonly Run[]): string => {
  const runs = merged(given)
  const lengths = goneOf(runs).map((r) => r.size)
  if (product(lengths) <= LONG)
    return removed(
      b,
      x,
      runs,
      runs.flatMap((r, i) => (r.gone ? [i] : [])),
    )
  const longest = Math.max(...lengths)
  const place = runs.findIndex((r) => r.gone && r.size === longest)
  const split = (...parts: readonly Run[]): readonly Run[] => [
    ...runs.slice(0, place),
    ...parts,
    ...runs.slice(place + 1),
  ]
  if (longest <= BLOCK) return summed(b, removed(b, x, runs, [place]), split())
  const block = divisorOf(longest)
  if (block > 0) {
    const rest: Run = { size: longest / block, gone: true }
    return summed(b, removed(b, x, split(rest, { size: block, gone: true }), [place + 1]), split(rest))
  }
  const whole = longest - (longest % BLOCK)
  const flat = reshaped(b, x, sizesOf(runs))
  const part = (from: number, to: number): string =>
    summed(b, cut(b, flat, place, from, to), split({ size: to - from, gone: true }))
  return b.node('Add', [part(0, whole), part(whole, longest)])
}

const longSum = (
  { builder: b, now, shapeOf, integersOf }: Rewriting,
  node: GraphNode,
): readonly string[] | undefined => {
  const [x, along] = two(node.inputs)
  const [shape, over] = [shapeOf(x), integersOf(along)]
  if (shape === undefined || over === undefined || shape.includes(0)) return undefined
  const axes = over.map((d) => (d < 0 ? d + shape.length : d))
  const count = product(axes.map((d) => at(shape, d)))
  if (count <= LONG) return undefined
  const total = summed(
    b,
    now(x),
    shape.map((size, d): Run => ({ size, gone: axes.includes(d) })),
  )
  const kept = node.attributes['keepdims'] !== 0
  const out = shape.flatMap((size, d) => (axes.includes(d) ? (kept ? [1] : []) : [size]))
  const result = reshaped(b, total, out)
  return [node.type === 'ReduceSum' ? result : b.node('Mul', [result, b.constant('f32', [], [1 / count])])]
}

/** Running sums of x [outer, size, inner]: within blocks, plus what came before each. */
const running = (
  b: GraphBuilder,
  x: string,
  [outer, size, inner]: readonly [number, number, number],
  { reverse, exclusive }: { readonly reverse: number; readonly exclusive: number },
): string => {
  const along = (y: string, axis: number): string =>
    b.node('CumSum', [y, b.constant('i64', [], [axis])], { reverse, exclusive })
  if (size <= RUN) return along(x, 1)
  const block = divisorOf(size, RUN)
  if (block === 0) {
    const whole = Math.ceil(size / RUN) * RUN
    const padded = b.node('Pad', [x, b.constant('i64', [6], [0, 0, 0, 0, whole - size, 0])])
    return cut(b, running(b, padded, [outer, whole, inner], { reverse, exclusive }), 1, 0, size)
  }
  const blocks = size / block
  const parts = reshaped(b, x, [outer, blocks, block, inner])
  const totals = b.node('ReduceSum', [parts, b.constant('i64', [1], [2])], { keepdims: 0 })
  const before = running(b, totals, [outer, blocks, inner], { reverse, exclusive: 1 })
  return reshaped(b, b.node('Add', [along(parts, 2), reshaped(b, before, [outer, blocks, 1, inner])]), [
    outer,
    size,
    inner,
  ])
}

const longRun = (
  { builder: b, now, shapeOf, integersOf }: Rewriting,
  node: GraphNode,
): readonly string[] | undefined => {
  const [x, along] = two(node.inputs)
  const [shape, axis] = [shapeOf(x), at(integersOf(along) ?? [-1], 0)]
  if (shape === undefined || axis < 0 || shape.includes(0) || at(shape, axis) <= 2 * RUN) return undefined
  const sizes: readonly [number, number, number] = [
    product(shape.slice(0, axis)),
    at(shape, axis),
    product(shape.slice(axis + 1)),
  ]
  const { reverse, exclusive } = node.attributes
  const told = { reverse: Number(flag(reverse)), exclusive: Number(flag(exclusive)) }
  return [reshaped(b, running(b, reshaped(b, now(x), sizes), sizes, told), shape)]
}

/** A matrix [m, k], or [k, m] where it is `turned`, as [blocks, m, block] or [blocks, block, m]. */
const inBlocks = (
  b: GraphBuilder,
  x: string,
  [m, k]: readonly [number, number],
  block: number,
  innerLast: boolean,
): string =>
  innerLast
    ? b.node('Transpose', [reshaped(b, x, [m, k / block, block])], { perm: [1, 0, 2] })
    : reshaped(b, x, [k / block, block, m])

/** [m, k]·[k, n] as the sum of products of blocks of the inner axis, for either matrix turned. */
const blockProduct = (
  b: GraphBuilder,
  [x, y]: readonly [string, string],
  [m, k, n]: readonly [number, number, number],
  [turnedX, turnedY]: readonly [boolean, boolean],
): string => {
  const block = productBlock(k)
  if (block === 0) {
    const whole = k - (k % PRODUCT_BLOCK)
    const part = (from: number, to: number): string =>
      blockProduct(
        b,
        [cut(b, x, turnedX ? 0 : 1, from, to), cut(b, y, turnedY ? 1 : 0, from, to)],
        [m, to - from, n],
        [turnedX, turnedY],
      )
    return b.node('Add', [part(0, whole), part(whole, k)])
  }
  const turn = (z: string): string => b.node('Transpose', [z], { perm: [0, 2, 1] })
  const [xs, ys] = [inBlocks(b, x, [m, k], block, !turnedX), inBlocks(b, y, [n, k], block, turnedY)]
  const products = b.node('MatMul', [turnedX ? turn(xs) : xs, turnedY ? turn(ys) : ys])
  const total = summed(b, products, [
    { size: k / block, gone: true },
    { size: m * n, gone: false },
  ])
  return reshaped(b, total, [m, n])
}

const PRODUCT_BLOCK = 512

/** The largest block that divides k, k itself where it is short; 0 where there is none. */
const productBlock = (k: number): number => {
  if (k <= PRODUCT_BLOCK) return k
  for (let d = PRODUCT_BLOCK; d >= PRODUCT_BLOCK / 8; d--) if (k % d === 0) return d
  return 0
}

const longProduct = ({ builder: b, now, shapeOf }: Rewriting, node: GraphNode): readonly string[] | undefined => {
  const [x, y] = two(node.inputs)
  const c = node.inputs[2]
  const [left, right] = [shapeOf(x), shapeOf(y)]
  if (left?.length !== 2 || right?.length !== 2) return undefined
  const turned: readonly [boolean, boolean] = [flag(node.attributes['transA']), flag(node.attributes['transB'])]
  const [m, k] = two(turned[0] ? [...left].reverse() : left)
  const n = at(right, turned[1] ? 0 : 1)
  if (m * n === 0 || k <= (m * n <= SMALL ? LONG : LONG_PRODUCT)) return undefined
  const result = blockProduct(b, [now(x), now(y)], [m, k, n], turned)
  return [c === undefined ? result : b.node('Add', [result, now(c)])]
}

/** The rule. */
export const blocked: Rule = (graph, node) => {
  if (node.type === 'ReduceSum' || node.type === 'ReduceMean') return longSum(graph, node)
  if (node.type === 'CumSum') return longRun(graph, node)
  return node.type === 'MatMul' || node.type === 'Gemm' ? longProduct(graph, node) : undefined
}
