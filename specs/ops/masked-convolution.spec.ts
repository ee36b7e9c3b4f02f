/** Masked convolution: its masks, its definition, its derivatives, and the step against the whole image. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis, sizeOf } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import { apply, axesOf, type Expr, type Tensor } from '../../lib/expr.ts'
import { vjpOf, vjpWithin } from '../../lib/ops/pull-back.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { type Mask, offsetsOf, weightAxes, windowOf } from '../../lib/ops/mask.ts'
import { maskedConvolution } from '../../lib/ops/masked-convolution.ts'
import { maskedConvolutionStep } from '../../lib/ops/masked-convolution-step.ts'
import { operations } from '../../lib/ops/table.ts'
import { type Placed, sample, valuesOf } from '../domains.ts'
import { linearise, relativeGap, valuesAt } from '../../lib/laws/derivatives.ts'
import { thrown } from '../thrown.ts'
import { declared } from '../../lib/phantom.ts'

const noise = (seed: number, n: number): Float64Array => uniforms(key(seed), n).map((u) => 2 * u - 1)

const filled = (node: Expr, seed: number): Placed => ({ node, data: noise(seed, sizeOf(axesOf(node))) })

const first = (y: Expr, known: readonly Placed[]): Values => valuesOf([y], known)[0] ?? new Float64Array(0)

/** Whether a mask lets output channel `to` at a pixel see input channel `from` at an offset: the papers' words, tap by tap. */
const sees = (
  mask: Mask,
  row: number,
  column: number,
  from: number,
  to: number,
  channels: readonly [number, number],
) => {
  const reach = (mask.size - 1) / 2
  if (Math.abs(row) > reach || Math.abs(column) > reach) return false
  if (mask.stack === 'vertical') return row < 0 || (row === 0 && mask.kind === 'B')
  if (mask.stack === 'horizontal' && row !== 0) return false
  if (row < 0 || (row === 0 && column < 0)) return true
  if (row !== 0 || column !== 0) return false
  const [g, h] = [Math.floor((from * mask.groups) / channels[0]), Math.floor((to * mask.groups) / channels[1])]
  return mask.kind === 'A' ? g < h : g <= h
}

const masks: readonly Mask[] = (['full', 'vertical', 'horizontal'] as const).flatMap((stack) =>
  (['A', 'B'] as const).flatMap((kind) =>
    [1, 3, 5].flatMap((size) => [1, 3].map((groups): Mask => ({ stack, kind, size, groups }))),
  ),
)
const title = (m: Mask): string => `${m.stack} ${m.kind} ${m.size}×${m.size} in ${m.groups} groups`

describe('masks', () => {
  it.each(masks.map((m) => [title(m), m] as const))(
    '%s: an output depends on exactly the pixels and channels that the mask shows',
    (_title, mask) => {
      const [from, to, copies] = [axis('input', 3), axis('output', 6), 1 + 36]
      const x = input('x', axis('batch', copies), axis('row', 3), axis('column', 4), from)
      const w = input('w', axis('tap', windowOf(mask).count), from, to)
      const one = noise(1, 36)
      // Copy i has element i − 1 moved.
      const images = Float64Array.from({ length: copies * 36 }, (_, n) =>
        n % 36 === Math.floor(n / 36) - 1 ? 100 : at(one, n % 36),
      )
      const y = first(maskedConvolution(mask)(x, w), [
        { node: x, data: images },
        { node: w, data: new Float64Array(sizeOf(axesOf(w))).fill(1) },
      ])
      for (let moved = 0; moved < 36; moved++)
        for (let n = 0; n < 72; n++) {
          const [p, q] = [Math.floor(moved / 3), Math.floor(n / 6)]
          const [down, along] = [Math.floor(p / 4) - Math.floor(q / 4), (p % 4) - (q % 4)]
          const differs = at(y, (moved + 1) * 72 + n) !== at(y, n)
          if (differs !== sees(mask, down, along, moved % 3, n % 6, [3, 6]))
            expect.fail(`element ${moved} and result ${n}`)
        }
    },
  )

  it('has no dead weights where there is one channel group', () => {
    expect(windowOf({ stack: 'full', kind: 'A', size: 7, groups: 1 }).count).toBe(24)
    expect(windowOf({ stack: 'full', kind: 'B', size: 3, groups: 1 }).count).toBe(5)
    expect(windowOf({ stack: 'vertical', kind: 'A', size: 3, groups: 1 }).count).toBe(3)
    expect(windowOf({ stack: 'vertical', kind: 'B', size: 3, groups: 1 }).count).toBe(6)
    expect(windowOf({ stack: 'horizontal', kind: 'A', size: 5, groups: 1 }).count).toBe(2)
    expect(weightAxes({ stack: 'horizontal', kind: 'B', size: 5, groups: 3 }, 6, 9).map((a) => a.size)).toEqual([
      3, 6, 9,
    ])
    expect(offsetsOf(windowOf({ stack: 'full', kind: 'B', size: 3, groups: 1 }), false)).toEqual([
      [-1, -1],
      [-1, 0],
      [-1, 1],
      [0, -1],
      [0, 0],
    ])
  })

  it('names what is wrong with a mask, a weight and a step', () => {
    expect(thrown(() => windowOf({ stack: 'full', kind: 'A', size: 4, groups: 1 }))).toMatchObject({
      tag: 'Domain',
      what: 'a mask of size 4 with 1 channel groups',
    })
    const x = input('x', axis('batch', 1), axis('row', 2), axis('column', 2), axis('input', 3))
    const w = input('w', axis('tap', 4), axis('input', 3), axis('output', 2))
    expect(thrown(() => maskedConvolution({ stack: 'full', kind: 'B', size: 3, groups: 1 })(x, w))).toMatchObject({
      tag: 'Shape',
      what: 'masked_convolution: a weight of 4 taps and 3 input channels for a window of 5 taps and 3 channels',
    })
    const [batch, from] = [axis('batch', 1), axis('input', 3)]
    const ahead = maskedConvolutionStep(
      { stack: 'vertical', kind: 'B', size: 3, groups: 1 },
      { columns: 4, channels: 1, delay: 0, source: 0 },
    )
    expect(
      thrown(() =>
        ahead(
          input('c', axis('time', 8), batch, from),
          input('r', batch, from),
          inputOf('i32')('t'),
          input('w', axis('tap', 6), from, axis('output', 2)),
        ),
      ),
    ).toMatchObject({ tag: 'Shape', what: 'masked_convolution_step: a tap sees a pixel that is not there yet' })
  })
})

const stepped = (mask: Mask, columns: number, channels: number, seed: number): number => {
  const [rows, batch, from, to] = [3, axis('batch', 2), axis('input', 2), axis('output', 2)]
  const pixels = rows * columns
  const time = axis('time', pixels * channels)
  const reach = mask.stack === 'vertical' ? (mask.size - 1) / 2 : 0
  const tap = axis('tap', windowOf(mask).count)
  const weight = input('w', tap, from, to)
  const image = input('x', batch, axis('row', rows), axis('column', columns), from)
  const [w, x] = [filled(weight, seed), filled(image, seed + 1)]
  const whole = first(maskedConvolution(mask)(image, weight), [x, w])
  const cache = new Float64Array(time.size * 4).fill(1e30)
  const place = { columns, channels, delay: reach, source: 0 }
  const node = maskedConvolutionStep(mask, place)(
    input('cache', time, batch, from),
    input('row', batch, from),
    inputOf('i32')('t'),
    weight,
  )
  let worst = 0
  for (let t = 0; t < time.size; t++) {
    const p = Math.floor(t / channels)
    const own = Float64Array.from({ length: 4 }, (_, i) => at(x.data, (Math.floor(i / 2) * pixels + p) * 2 + (i % 2)))
    const known: readonly Placed[] = [
      { node: input('cache', time, batch, from), data: cache },
      { node: input('row', batch, from), data: own },
      { node: inputOf('i32')('t'), data: Int32Array.of(t) },
      w,
    ]
    const got = first(node, known)
    cache.set(own, t * 4)
    for (let i = 0; i < 4; i++) {
      const q = p - reach
      const wanted = q < 0 ? 0 : at(whole, (Math.floor(i / 2) * pixels + q) * 2 + (i % 2))
      worst = Math.max(worst, Math.abs(at(got, i) - wanted))
    }
  }
  return worst
}

describe('a step', () => {
  it.each(masks.filter((m) => m.groups === 1 || m.kind === 'B').map((m) => [title(m), m] as const))(
    '%s: pixel by pixel from a cache gives the whole image, whatever stands in later rows',
    (_title, mask) => {
      for (const [columns, channels] of [
        [4, 1],
        [3, 2],
        [1, 1],
      ] as const)
        expect(stepped(mask, columns, channels, 7)).toBeLessThanOrEqual(1e-12)
    },
  )
})

describe('fused operations mean their definitions', () => {
  test.prop([fc.nat(1e6)], { seed: 51, numRuns: 12 })('F2: derivatives are those of the definition', (seed) => {
    for (const name of ['masked_convolution', 'masked_convolution_weight']) {
      const s = sample(name, key(seed))
      const l = linearise(s, key(seed + 1))
      const nodes = l.xs.map((x) => x.node)
      const meaning = operations.get(name)?.definition?.(s.node.attrs, s.node.args) ?? []
      const zero = (x: Expr): Expr => vjpOf([x], [undefined], [x])[0] ?? input('zero', ...axesOf(x))
      const [own, defined] = [
        vjpWithin(
          [s.node],
          l.us.map((u) => u.node),
          nodes,
        ),
        vjpWithin(
          meaning,
          l.us.map((u) => u.node),
          nodes,
        ),
      ].map((gs) => gs.map((g, i) => g ?? zero(nodes[i] ?? s.node)))
      const zeros = nodes.map(
        (x): Placed => ({ node: input('zero', ...axesOf(x)), data: new Float64Array(sizeOf(axesOf(x))) }),
      )
      const filledIn = { ...l, sample: { ...s, inputs: [...s.inputs, ...zeros] } }
      expect(relativeGap(valuesAt(filledIn, own ?? []), valuesAt(filledIn, defined ?? []))).toBeLessThanOrEqual(1e-12)
    }
  })

  test.prop([fc.nat(1e6)], { seed: 52, numRuns: 12 })('values are those of the definition, with its axes', (seed) => {
    for (const name of ['masked_convolution', 'masked_convolution_weight', 'masked_convolution_step']) {
      const s = sample(name, fold(key(seed), 1))
      const meaning = operations.get(name)?.definition?.(s.node.attrs, s.node.args) ?? []
      expect(meaning.map((y) => y.types[0])).toEqual(s.node.types)
      expect(relativeGap(valuesOf([s.node], s.inputs), valuesOf(meaning, s.inputs))).toBe(0)
    }
  })

  it('takes its operands in any storage order', () => {
    const [batch, row, column, from, to] = [
      axis('batch', 2),
      axis('row', 2),
      axis('column', 3),
      axis('input', 2),
      axis('output', 2),
    ]
    const mask: Mask = { stack: 'full', kind: 'B', size: 3, groups: 1 }
    const [x, w] = [input('x', batch, row, column, from), input('w', axis('tap', 5), from, to)]
    const reordered = <A extends string>(order: readonly string[], e: Tensor<A>): Tensor<A> =>
      declared(apply(operations.get('reorder') ?? e.op, { order }, e))
    expect(
      maskedConvolution(mask)(
        reordered(['input', 'column', 'row', 'batch'], x),
        reordered(['output', 'tap', 'input'], w),
      ),
    ).toBe(maskedConvolution(mask)(x, w))
  })
})
