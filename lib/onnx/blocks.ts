/**
 * Long sums in blocks: ONNX Runtime adds up an axis term by term, so the error of a sum grows with its length. Here a sum of
 * more than `LONG` terms is taken over blocks of at most `BLOCK`, then over the blocks' sums, and so on: its error grows with
 * the logarithm. Means, running sums, softmax and products of matrices with a long inner axis likewise; shorter ones stay as they are.
 */
import { at, lastOf, orElse, two } from '../at.ts'
import { product } from '../math.ts'
import { cutNode, reshapeNode } from '../ops/emit.ts'
import type { GraphBuilder, GraphNode } from './types.ts'
import type { Rewriting, Rule } from './rewrite.ts'

/** The most terms that are added up one after the other. */
const BLOCK = 128
/** Sums of at most so many terms stay one node. */
const LONG = 1024
/** Running sums round at every term that they pass, as do sums along axes before the last: blocks of at most so many. */
const RUN = 32
/** The same for inner axes of products, of which the operator takes those with a result of more than `SMALL` in its own blocks. */
const LONG_PRODUCT = 65_536
const SMALL = 256
/** Results of at most so many columns: its own blocks are the longer the fewer there are, 512 terms here and 1024 of 16. */
const NARROW = 32
const NARROW_BLOCK = 256
/** Rows of a softmax, whose sum the operator takes through a few lanes at once. */
const LONG_ROW = 65_536

const flag = (x: unknown): boolean => x === 1

/** The largest divisor of n, at most `most`, that a block may have; 0 where all are small. */
const divisorOf = (n: number, most: number): number => {
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
  b.node('ReduceSum', [reshapeNode(b, x, sizesOf(runs)), b.constant('i64', [over.length], over)], { keepdims: 0 })

/** Σ over the runs that go: at most `long` terms at once, else over one block of the longest, then over what is left. */
const summed = (b: GraphBuilder, x: string, given: readonly Run[], long = LONG, most = BLOCK): string => {
  const runs = merged(given)
  const lengths = goneOf(runs).map((r) => r.size)
  if (product(lengths) <= long)
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
  if (longest <= most) return summed(b, removed(b, x, runs, [place]), split(), long, most)
  const block = divisorOf(longest, most)
  if (block > 0) {
    const rest: Run = { size: longest / block, gone: true }
    return summed(b, removed(b, x, split(rest, { size: block, gone: true }), [place + 1]), split(rest), long, most)
  }
  const whole = longest - (longest % most)
  const flat = reshapeNode(b, x, sizesOf(runs))
  const part = (from: number, to: number): string =>
    summed(b, cutNode(b, flat, place, from, to), split({ size: to - from, gone: true }), long, most)
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
  const runs = merged(
    shape.map((size, d): Run => ({ size, gone: axes.includes(d) })).filter(({ size, gone }) => size > 1 || gone),
  )
  // The operator adds up neighbours through several lanes, and what lies apart term by term.
  const together = goneOf(runs).length === 1 && lastOf(runs).gone
  const [long, most] = together ? [LONG, BLOCK] : [2 * RUN, RUN]
  if (count <= long) return undefined
  const total = summed(b, now(x), runs, long, most)
  const kept = node.attributes['keepdims'] !== 0
  const out = shape.flatMap((size, d) => (axes.includes(d) ? (kept ? [1] : []) : [size]))
  const result = reshapeNode(b, total, out)
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
    return cutNode(b, running(b, padded, [outer, whole, inner], { reverse, exclusive }), 1, 0, size)
  }
  const blocks = size / block
  const parts = reshapeNode(b, x, [outer, blocks, block, inner])
  const totals = b.node('ReduceSum', [parts, b.constant('i64', [1], [2])], { keepdims: 0 })
  const before = running(b, totals, [outer, blocks, inner], { reverse, exclusive: 1 })
  return reshapeNode(b, b.node('Add', [along(parts, 2), reshapeNode(b, before, [outer, blocks, 1, inner])]), [
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
  return [reshapeNode(b, running(b, reshapeNode(b, now(x), sizes), sizes, told), shape)]
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
    ? b.node('Transpose', [reshapeNode(b, x, [m, k / block, block])], { perm: [1, 0, 2] })
    : reshapeNode(b, x, [k / block, block, m])

/** [m, k]·[k, n] as the sum of products of blocks of the inner axis, for either matrix turned. */
const blockProduct = (
  b: GraphBuilder,
  [x, y]: readonly [string, string],
  [m, k, n]: readonly [number, number, number],
  [turnedX, turnedY]: readonly [boolean, boolean],
): string => {
  const most = blockOf(n)
  const block = productBlock(k, most)
  if (block === 0) {
    const whole = k - (k % most)
    const part = (from: number, to: number): string =>
      blockProduct(
        b,
        [cutNode(b, x, turnedX ? 0 : 1, from, to), cutNode(b, y, turnedY ? 1 : 0, from, to)],
        [m, to - from, n],
        [turnedX, turnedY],
      )
    return b.node('Add', [part(0, whole), part(whole, k)])
  }
  const turn = (z: string): string => b.node('Transpose', [z], { perm: [0, 2, 1] })
  const [xs, ys] = [inBlocks(b, x, [m, k], block, !turnedX), inBlocks(b, y, [n, k], block, turnedY)]
  const products = b.node('MatMul', [turnedX ? turn(xs) : xs, turnedY ? turn(ys) : ys])
  const total = summed(
    b,
    products,
    [
      { size: k / block, gone: true },
      { size: m * n, gone: false },
    ],
    RUN,
    RUN,
  )
  return reshapeNode(b, total, [m, n])
}

const PRODUCT_BLOCK = 512

/** The longest block of a product with so many columns. */
const blockOf = (columns: number): number => (columns <= NARROW ? NARROW_BLOCK : PRODUCT_BLOCK)

/** The largest block that divides k, k itself where it is short; 0 where there is none. */
const productBlock = (k: number, most: number): number => (k <= most ? k : divisorOf(k, most))

/** Inner axes that are added up term by term, or in blocks that are too long: those of rows, of narrow results and of small ones. */
export const isLong = (m: number, k: number, n: number, turned = false): boolean =>
  m * n > 0 &&
  k > (n <= NARROW && m > 1 && !turned ? NARROW_BLOCK : m === 1 || n === 1 || m * n <= SMALL ? LONG : LONG_PRODUCT)

/** x [count, m, k]·y [count, k, n], block by block of the inner axis. */
const stackProduct = (
  b: GraphBuilder,
  [x, y]: readonly [string, string],
  count: number,
  [m, k, n]: readonly [number, number, number],
): string => {
  const most = blockOf(n)
  const block = productBlock(k, most)
  if (block === 0) {
    const whole = k - (k % most)
    const part = (from: number, to: number): string =>
      stackProduct(b, [cutNode(b, x, 2, from, to), cutNode(b, y, 1, from, to)], count, [m, to - from, n])
    return b.node('Add', [part(0, whole), part(whole, k)])
  }
  const rows = reshapeNode(b, x, [count, m, k / block, block])
  const left =
    m === 1 ? reshapeNode(b, x, [count, k / block, 1, block]) : b.node('Transpose', [rows], { perm: [0, 2, 1, 3] })
  const products = b.node('MatMul', [left, reshapeNode(b, y, [count, k / block, block, n])])
  const runs = [
    { size: count, gone: false },
    { size: k / block, gone: true },
    { size: m * n, gone: false },
  ]
  return summed(b, products, runs, RUN, RUN)
}

/** Products of many matrices with as many, such as those of every head of an attention. */
const longStack = ({ builder: b, now, shapeOf }: Rewriting, node: GraphNode): readonly string[] | undefined => {
  const [x, y] = two(node.inputs)
  const [left, right] = [shapeOf(x) ?? [], shapeOf(y) ?? []]
  const outer = left.slice(0, -2)
  const same = left.length === right.length && left.length > 2 && outer.every((d, i) => d === right[i])
  if (!same) return undefined
  const [m, k] = two(left.slice(-2))
  const [count, n] = [product(outer), lastOf(right)]
  if (count === 0 || !isLong(m, k, n)) return undefined
  const flat = (z: string, ...shape: readonly number[]): string => reshapeNode(b, now(z), [count, ...shape])
  return [reshapeNode(b, stackProduct(b, [flat(x, m, k), flat(y, k, n)], count, [m, k, n]), [...outer, m, n])]
}

const longProduct = (graph: Rewriting, node: GraphNode): readonly string[] | undefined => {
  const { builder: b, now, shapeOf } = graph
  const [x, y] = two(node.inputs)
  const c = node.inputs[2]
  const [left, right] = [shapeOf(x), shapeOf(y)]
  if (left?.length !== 2 || right?.length !== 2) return longStack(graph, node)
  const turned: readonly [boolean, boolean] = [flag(node.attributes['transA']), flag(node.attributes['transB'])]
  const [m, k] = two(turned[0] ? [...left].reverse() : left)
  const n = at(right, turned[1] ? 0 : 1)
  if (!isLong(m, k, n, turned[0])) return undefined
  const result = blockProduct(b, [now(x), now(y)], [m, k, n], turned)
  return [c === undefined ? result : b.node('Add', [result, now(c)])]
}

/** Shares of long rows once more divided by their sum, which the operator takes through a few lanes. */
const longShares = ({ builder: b, now, shapeOf }: Rewriting, node: GraphNode): readonly string[] | undefined => {
  const x = at(node.inputs, 0)
  const shape = shapeOf(x)
  const axis = Number(orElse(node.attributes['axis'], -1))
  const place = axis < 0 ? axis + (shape?.length ?? 0) : axis
  if (shape === undefined || shape.includes(0) || at(shape, place) <= LONG_ROW) return undefined
  const found = b.node(node.type, [now(x)], { axis: place })
  const runs = shape.map((size, d): Run => ({ size, gone: d === place }))
  const total = (shares: string): string =>
    reshapeNode(
      b,
      summed(b, shares, runs),
      shape.map((size, d) => (d === place ? 1 : size)),
    )
  return node.type === 'Softmax'
    ? [b.node('Div', [found, total(found)])]
    : [b.node('Sub', [found, b.node('Log', [total(b.node('Exp', [found]))])])]
}

/** The rule. */
export const blocked: Rule = (graph, node) => {
  if (node.type === 'ReduceSum' || node.type === 'ReduceMean') return longSum(graph, node)
  if (node.type === 'CumSum') return longRun(graph, node)
  if (node.type === 'Softmax' || node.type === 'LogSoftmax') return longShares(graph, node)
  return node.type === 'MatMul' || node.type === 'Gemm' ? longProduct(graph, node) : undefined
}
