/**
 * Where the fused operations of transformers are tried: normalisation, attention, cross-entropy.
 */
import { type AnyAxis, axis } from '../../lib/axis.ts'
import { apply, type Attributes, type Expr } from '../../lib/expr.ts'
import { part } from '../../lib/ops/scan-op.ts'
import { operations } from '../../lib/ops/table.ts'
import {
  type Draws,
  drawAxes,
  drawInput,
  flags,
  type Placed,
  type Range,
  reals,
  type Sample,
  sampleNode,
  sampleOf,
} from './draws.ts'

/** Values whose squares and products do not overflow, with large ones among them. */
const tame = (low: number, high: number): Range => ({
  ...reals(low, high),
  edges: [0, 1, -1, low, high, 1e-30, 20, -20],
})

/** A size among those asked for, at most `most`. */
const sizeUpTo = (d: Draws, most: number): number => {
  const sizes = d.how.sizes.filter((s) => s >= 1 && s <= most)
  return sizes[d.integer(0, sizes.length - 1)] ?? 1
}

/** A smooth sample keeps deviations away from 0, where the second derivative is that of a corner. */
const epsilonFor = (d: Draws): number => (d.how.values === 'smooth' ? d.one([0.05, 0.3]) : d.one([1e-5, 1e-3]))

const rowsAndAxis = (d: Draws): readonly [readonly AnyAxis[], AnyAxis] => {
  const over = axis('z', sizeUpTo(d, 257))
  const room = { ...d, how: { ...d.how, elements: Math.max(1, d.how.elements / over.size) } }
  return [drawAxes(room, Math.min(2, d.how.rank)), over]
}

const layerNorm = (d: Draws): Sample => {
  const [rows, over] = rowsAndAxis(d)
  return sampleNode(
    'layer_norm',
    { over: [over.name], epsilon: epsilonFor(d) },
    [[...rows, over], [over], [over]].map((axes) => drawInput(d, axes, tame(-2, 2))),
  )
}

const layerNormBackward = (d: Draws): Sample => {
  const [rows, over] = rowsAndAxis(d)
  const whole = [...rows, over]
  return sampleNode('layer_norm_backward', { over: [over.name], epsilon: 1e-5 }, [
    ...[whole, whole, [over], rows].map((axes) => drawInput(d, axes, tame(-2, 2))),
    drawInput(d, rows, { dtype: 'f32', low: 0.2, high: 2 }),
    drawInput(d, rows, { dtype: 'f32', low: 0.5, high: 1 }),
  ])
}

/** The operands of an attention: query, keys, values, and lengths for some. */
const attended = (
  d: Draws,
): { readonly attrs: Attributes; readonly operands: readonly Placed[]; readonly lengths: readonly Placed[] } => {
  const causal = d.integer(0, 1)
  const [batch, head, depth] = [
    axis('batch', sizeUpTo(d, 3)),
    axis('head', sizeUpTo(d, 3)),
    axis('depth', sizeUpTo(d, 7)),
  ]
  const [first, second] = [sizeUpTo(d, 65), sizeUpTo(d, 65)]
  const time = axis('time', causal === 1 ? Math.min(first, second) : first)
  const keyTime = axis('keyTime', causal === 1 ? Math.max(first, second) : second)
  const keys = [batch, head, keyTime, depth]
  const operands = [[batch, head, time, depth], keys, keys].map((axes) => drawInput(d, axes, tame(-1, 1)))
  const lengths = { dtype: 'i32' as const, low: 0, high: keyTime.size + 1, edges: [-1, 1] }
  const attrs = { causal, scale: d.one([0.5, 1, -0.7]) }
  return { attrs, operands, lengths: d.uniform() < 0.5 ? [drawInput(d, [batch], lengths)] : [] }
}

const opOf = (name: string) => operations.get(name) ?? { name, kind: 'kernel' as const, types: () => [] }

const attention = (d: Draws): Sample => {
  const { attrs, operands, lengths } = attended(d)
  return sampleNode('attention', attrs, [...operands, ...lengths])
}

/** The sums are those of the scores, as they always are; the cotangents are free. */
const attentionBackward = (d: Draws): Sample => {
  const { attrs, operands, lengths } = attended(d)
  const nodes = (xs: readonly Placed[]): readonly Expr[] => xs.map((x) => x.node)
  const forward = apply(opOf('attention'), attrs, ...nodes(operands), ...nodes(lengths))
  const [context, sums] = forward.types.map((t) => t.axes)
  const free = [drawInput(d, context ?? [], tame(-1, 1)), drawInput(d, sums?.slice(0, -1) ?? [], tame(-1, 1))]
  const args = [...nodes(operands), part(1)(forward), ...nodes(free), ...nodes(lengths)]
  return sampleOf(apply(opOf('attention_backward'), attrs, ...args), [...operands, ...free, ...lengths])
}

const attentionStep = (d: Draws): Sample => {
  const [batch, head, depth] = [
    axis('batch', sizeUpTo(d, 3)),
    axis('head', sizeUpTo(d, 3)),
    axis('depth', sizeUpTo(d, 7)),
  ]
  const row = [batch, head, depth]
  const time = axis('time', sizeUpTo(d, 65))
  const own = d.uniform() < 0.5
  const range = tame(-1, 1)
  const position = drawInput(d, [], { dtype: 'i32', low: 0, high: own ? time.size : time.size - 1 })
  const [query, keys, values] = [row, [time, ...row], [time, ...row]].map((axes) => drawInput(d, axes, range))
  const mine = own ? [drawInput(d, row, range), drawInput(d, row, range)] : []
  return sampleNode(
    'attention_step',
    { scale: d.one([0.5, 1]) },
    [query, keys, values, position, ...mine].flatMap((x) => (x === undefined ? [] : [x])),
  )
}

const attentionLanes = (d: Draws): Sample => {
  const [group, rank, head, depth] = [
    axis('group', sizeUpTo(d, 3)),
    axis('rank', sizeUpTo(d, 5)),
    axis('head', sizeUpTo(d, 3)),
    axis('depth', sizeUpTo(d, 7)),
  ]
  const time = axis('time', sizeUpTo(d, 65))
  const [lane, row] = [
    [group, rank, head, depth],
    [time, group, head, depth],
  ]
  const seen = drawInput(d, [group, rank, time], flags)
  const [query, keys, values, ownKey, ownValue] = [lane, row, row, lane, lane].map((axes) =>
    drawInput(d, axes, tame(-1, 1)),
  )
  return sampleNode(
    'attention_lanes',
    { scale: d.one([0.5, 1]) },
    [query, keys, values, seen, ownKey, ownValue].flatMap((x) => (x === undefined ? [] : [x])),
  )
}

/** Logits with their targets, some outside the axis. */
const classified = (
  d: Draws,
): { readonly attrs: Attributes; readonly operands: readonly Placed[]; readonly rows: readonly AnyAxis[] } => {
  const [rows, over] = rowsAndAxis(d)
  const targets = drawInput(d, rows, { dtype: 'i32', low: 0, high: over.size - 1, edges: [-1, over.size, 2 ** 31 - 1] })
  const logits = drawInput(d, [...rows, over], { ...reals(-3, 3), edges: [0, 1, -1, 88, -88, 1e4, -1e4, 1e-30] })
  return { attrs: { over: [over.name], smoothing: d.one([0, 0.1, 0.5]) }, operands: [logits, targets], rows }
}

const crossEntropy = (d: Draws): Sample => {
  const { attrs, operands } = classified(d)
  return sampleNode('cross_entropy', attrs, operands)
}

const crossEntropyBackward = (d: Draws): Sample => {
  const { attrs, operands, rows } = classified(d)
  const nodes = operands.map((x) => x.node)
  const g = drawInput(d, rows, tame(-2, 2))
  const forward = apply(opOf('cross_entropy'), attrs, ...nodes)
  const sums = [part(1)(forward), part(2)(forward)]
  return sampleOf(apply(opOf('cross_entropy_backward'), attrs, ...nodes, ...sums, g.node), [...operands, g])
}

/** Generators by operation. */
export const fusedDomains: Readonly<Record<string, (d: Draws) => Sample>> = {
  layer_norm: layerNorm,
  layer_norm_backward: layerNormBackward,
  attention,
  attention_backward: attentionBackward,
  attention_step: attentionStep,
  attention_lanes: attentionLanes,
  cross_entropy: crossEntropy,
  cross_entropy_backward: crossEntropyBackward,
}
