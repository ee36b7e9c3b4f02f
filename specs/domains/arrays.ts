/**
 * Where reductions, layout operations, contraction, indexing and random bits are tried.
 */
import { type AnyAxis, sizeOf } from '../../lib/axis.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import {
  type Draws,
  drawAxes,
  drawDistinct,
  drawInput,
  drawValues,
  type Placed,
  rangeOf,
  reals,
  type Sample,
  sampleNode,
  sampleOf,
  signed,
  some,
  unsigned,
} from './draws.ts'

const attributes = (axes: readonly AnyAxis[]) => axes.map(({ name, size }) => ({ name, size }))

/** At least one axis, none of them empty where `smallest` is 1. */
const axesFor = (d: Draws, smallest: number): readonly AnyAxis[] => drawAxes(d, d.how.rank, 0, 1, smallest)

const pick = (d: Draws, axes: readonly AnyAxis[]): AnyAxis =>
  axes[d.integer(0, axes.length - 1)] ?? { name: 'a', size: 1 }

/** An f32 tensor without ties, or an integer one. */
const ordered = (d: Draws, axes: readonly AnyAxis[]): Placed =>
  d.uniform() < 0.7
    ? d.how.values === 'edge'
      ? drawInput(d, axes, reals(-3, 3))
      : drawDistinct(d, axes, 0.1)
    : drawInput(d, axes, d.one([signed, unsigned]))

const extreme =
  (name: string) =>
  (d: Draws): Sample => {
    const axes = axesFor(d, 1)
    const over = some(d, axes)
    return sampleNode(name, { over: (over.length === 0 ? [pick(d, axes)] : over).map((a) => a.name) }, [
      ordered(d, axes),
    ])
  }

const argument =
  (name: string) =>
  (d: Draws): Sample => {
    const axes = axesFor(d, 1)
    return sampleNode(name, { over: [pick(d, axes).name] }, [ordered(d, axes)])
  }

const sum = (d: Draws): Sample => {
  const axes = axesFor(d, 0)
  return sampleNode('sum', { over: some(d, axes).map((a) => a.name) }, [
    drawInput(d, axes, d.one([reals(-3, 3), reals(-3, 3), signed, unsigned])),
  ])
}

const mean = (d: Draws): Sample => {
  const axes = axesFor(d, 1)
  return sampleNode('mean', { over: [pick(d, axes).name] }, [drawInput(d, axes, reals(-3, 3))])
}

/** Over one axis or several. */
const exponential =
  (name: string) =>
  (d: Draws): Sample => {
    const axes = axesFor(d, 0)
    const over = some(d, axes)
    return sampleNode(name, { over: (over.length === 0 ? [pick(d, axes)] : over).map((a) => a.name) }, [
      drawInput(d, axes, reals(-3, 3)),
    ])
  }

const cumulativeSum = (d: Draws): Sample => {
  const axes = axesFor(d, 0)
  return sampleNode('cumulative_sum', { over: [pick(d, axes).name], reverse: d.integer(0, 1) }, [
    drawInput(d, axes, reals(-3, 3)),
  ])
}

/** Any element type. */
const anyInput = (d: Draws, axes: readonly AnyAxis[]): Placed =>
  drawInput(d, axes, rangeOf(d.one(['f32', 'f32', 'i32', 'u32', 'bool'])))

const input = (d: Draws): Sample => {
  const x = anyInput(d, drawAxes(d, d.how.rank))
  return sampleOf(x.node, [x])
}

const literal = (d: Draws): Sample => {
  const axes = drawAxes(d, d.how.rank)
  const dtype = d.one(['f32', 'i32', 'u32', 'bool'])
  return sampleNode('literal', { data: drawValues(d, sizeOf(axes), rangeOf(dtype)), axes: attributes(axes), dtype }, [])
}

const iota = (d: Draws): Sample => sampleNode('iota', { axes: attributes(drawAxes(d, 1, 0, 1)), dtype: 'i32' }, [])

const reorder = (d: Draws): Sample => {
  const axes = drawAxes(d, d.how.rank)
  return sampleNode('reorder', { order: d.shuffled(axes).map((a) => a.name) }, [anyInput(d, axes)])
}

/** Renames, splits one axis, or merges everything into one. */
const reshape = (d: Draws): Sample => {
  const axes = drawAxes(d, d.how.rank)
  const renamed = axes.map((a) => ({ name: `${a.name}2`, size: a.size }))
  const shapes = [
    renamed,
    [{ name: 'all', size: sizeOf(axes) }],
    [...renamed, { name: 'one', size: 1 }],
    renamed.flatMap((a) =>
      a.size % 2 === 0
        ? [
            { name: `${a.name}high`, size: a.size / 2 },
            { name: `${a.name}low`, size: 2 },
          ]
        : [a],
    ),
  ]
  return sampleNode('reshape', { axes: shapes[d.integer(0, 3)] ?? renamed }, [anyInput(d, axes)])
}

const slice = (d: Draws): Sample => {
  const axes = axesFor(d, 0)
  const over = pick(d, axes)
  const start = d.integer(0, over.size)
  return sampleNode('slice', { over: [over.name], start, size: d.integer(0, over.size - start) }, [anyInput(d, axes)])
}

const pad = (d: Draws): Sample => {
  const axes = axesFor(d, 0)
  return sampleNode('pad', { over: [pick(d, axes).name], start: d.integer(0, 2), size: d.integer(0, 2) }, [
    anyInput(d, axes),
  ])
}

const concat = (d: Draws): Sample => {
  const axes = axesFor(d, 0)
  const over = pick(d, axes)
  const range = rangeOf(d.one(['f32', 'f32', 'i32', 'u32', 'bool']))
  const sized = (size: number) => axes.map((a) => (a.name === over.name ? { name: a.name, size } : a))
  return sampleNode(
    'concat',
    { over: [over.name] },
    Array.from({ length: d.integer(1, 3) }, () => drawInput(d, sized(d.integer(0, over.size)), range)),
  )
}

const reverse = (d: Draws): Sample => {
  const axes = axesFor(d, 0)
  return sampleNode('reverse', { over: [pick(d, axes).name] }, [anyInput(d, axes)])
}

const take = (d: Draws, from: number, most: number, smallest: number): readonly AnyAxis[] =>
  drawAxes({ ...d, how: { ...d.how, elements: Math.ceil(d.how.elements ** (1 / 3)) } }, most, from, 0, smallest)

/** x [batch, rows, inner], y [batch, inner, columns]. */
const contract = (d: Draws): Sample => {
  const semiring = d.one(['real', 'real', 'log', 'max-plus'])
  const [batch, rows, inner, columns] = [
    take(d, 0, 1, 0),
    take(d, 1, 2, 0),
    take(d, 3, 2, semiring === 'real' ? 0 : 1),
    take(d, 5, 2, 0),
  ]
  const [left, right] = [
    [...batch, ...rows, ...inner],
    [...batch, ...inner, ...columns],
  ]
  const tropical = semiring === 'max-plus' && d.how.values === 'smooth'
  const x = tropical ? drawDistinct(d, left, 0.37) : drawInput(d, left, reals(-2, 2))
  const y = tropical ? drawDistinct(d, right, 0.37 * Math.SQRT2) : drawInput(d, right, reals(-2, 2))
  return sampleNode('contract', { over: inner.map((a) => a.name), semiring }, [x, y])
}

/** Indices, some outside the axis. */
const indices = (d: Draws, axes: readonly AnyAxis[], size: number): Placed =>
  drawInput(d, axes, { dtype: 'i32', low: -1, high: size, edges: [-(2 ** 31), 2 ** 31 - 1] })

/** x [batch, over, inner], index [batch, picks]. */
const gather = (d: Draws): Sample => {
  const [batch, inner, picks] = [take(d, 0, 1, 0), take(d, 1, 2, 0), take(d, 3, 2, 0)]
  const over = { name: 'over', size: d.integer(1, 5) }
  const x = anyInput(d, [...batch, over, ...inner])
  return sampleNode('gather', { over: [over.name] }, [x, indices(d, [...batch, ...picks], over.size)])
}

/** updates [batch, picks, inner], index [batch, picks]. */
const scatterAdd = (d: Draws): Sample => {
  const [batch, inner, picks] = [take(d, 0, 1, 0), take(d, 1, 2, 0), take(d, 3, 2, 0)]
  const size = d.integer(1, 5)
  const updates = drawInput(d, [...batch, ...picks, ...inner], d.one([reals(-3, 3), reals(-3, 3), signed]))
  return sampleNode('scatter_add', { over: ['over'], size, batch: batch.map((a) => a.name) }, [
    updates,
    indices(d, [...batch, ...picks], size),
  ])
}

/** A key of random words. */
export const keyInput = (d: Draws): Placed => {
  const node = inputOf('u32')('key', { name: 'word', size: 2 })
  return { node, data: drawValues(d, 2, { dtype: 'u32', low: 0, high: 2 ** 32 - 1 }) }
}

/** Thresholds at which equal logits never lie exactly. */
const filterLogits = (d: Draws): Sample => {
  const axes = axesFor(d, 1)
  return sampleNode('filter_logits', { k: d.one([0, 1, 2, 5]), p: d.one([1, 0.3137, 0.617, 0.9041]) }, [
    d.how.values === 'edge' ? drawInput(d, axes, reals(-3, 3)) : drawDistinct(d, axes, 0.1),
  ])
}

const largest = (d: Draws): Sample => {
  const axes = axesFor(d, 1)
  const places = d.integer(1, Math.min(5, axes.at(-1)?.size ?? 1))
  return sampleNode('largest', { rank: attributes([{ name: 'rank', size: places }]) }, [
    d.how.values === 'edge' ? drawInput(d, axes, reals(-3, 3)) : drawDistinct(d, axes, 0.1),
  ])
}

const randomBits = (d: Draws): Sample =>
  sampleNode('random_bits', { axes: attributes(drawAxes(d, d.how.rank)) }, [keyInput(d)])
const foldKey = (d: Draws): Sample => sampleNode('fold_key', { child: d.integer(0, 2 ** 31) }, [keyInput(d)])

/** Generators by operation. */
export const arrayDomains: Readonly<Record<string, (d: Draws) => Sample>> = {
  sum,
  mean,
  max: extreme('max'),
  min: extreme('min'),
  argmax: argument('argmax'),
  argmin: argument('argmin'),
  exponential_sums: exponential('exponential_sums'),
  log_sum_exp: exponential('log_sum_exp'),
  softmax: exponential('softmax'),
  log_softmax: exponential('log_softmax'),
  cumulative_sum: cumulativeSum,
  input,
  literal,
  iota,
  reorder,
  reshape,
  slice,
  pad,
  concat,
  reverse,
  contract,
  gather,
  scatter_add: scatterAdd,
  filter_logits: filterLogits,
  largest,
  random_bits: randomBits,
  fold_key: foldKey,
}
