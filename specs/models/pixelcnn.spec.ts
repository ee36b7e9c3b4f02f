/** PixelCNN and Gated PixelCNN: normalised, exactly causal, the cached step, its caches, and PyTorch's numbers. */
import { fc } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis, sizeOf } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import type { Expr } from '../../lib/expr.ts'
import { key, uniforms } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { type Autoregressive, keepAll } from '../../lib/models/autoregressive.ts'
import { parameterInputs } from '../../lib/models/parameters.ts'
import { gatedPixelCnn, pixelCnn } from '../../lib/models/pixelcnn.ts'
import { type ImageShape, imageTokens } from '../../lib/data/images-shape.ts'
import { type PixelCnnSize, gatedPixelCnnPresets, pixelCnnPresets } from '../../lib/models/pixelcnn-size.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { type Placed, valuesOf } from '../domains.ts'
import { thrown } from '../thrown.ts'

const grey: ImageShape = { height: 3, width: 4, channels: 1, levels: 2 }
const colour: ImageShape = { height: 2, width: 3, channels: 3, levels: 2 }

interface Case {
  readonly title: string
  readonly model: Autoregressive
  readonly size: PixelCnnSize
}

const tiny = (image: ImageShape, layers: number): PixelCnnSize => ({
  image,
  encoding: 'scaled',
  features: 2 * image.channels,
  layers,
  first: 3,
  window: 3,
  head: 2 * image.channels,
})

const cases: readonly Case[] = [
  { ...tiny(grey, 3), encoding: 'one-hot' as const },
  { ...tiny(colour, 2), encoding: { embedding: 2 } },
  { ...tiny({ height: 2, width: 2, channels: 2, levels: 2 }, 2), first: 5 },
  tiny({ height: 3, width: 1, channels: 1, levels: 4 }, 2),
].flatMap((size) => {
  const { height, width, channels, levels } = size.image
  const what = `${height}×${width}×${channels} of ${levels}, ${typeof size.encoding === 'object' ? 'embedded' : size.encoding}`
  return [
    { title: `PixelCNN ${what}`, model: pixelCnn(size), size },
    { title: `Gated PixelCNN ${what}`, model: gatedPixelCnn(size), size },
  ]
})

const randomTokens = (seed: number, n: number, levels: number): Int32Array =>
  Int32Array.from(uniforms(key(seed), n), (u) => Math.floor(u * levels))

/** Fresh parameters with every bias moved from zero, as inputs with values. */
const placedParameters = (model: Autoregressive, seed: number): readonly Placed[] => {
  const values = model.initialise(key(seed))
  return Object.entries(parameterInputs(model.parameters)).map(([name, node], i) => ({
    node,
    data: Float64Array.from(values[name] ?? [], (x, j) => x + 0.3 * Math.sin(i + 3 * j)),
  }))
}

const tokensInput = (batch: number, time: number) => inputOf('i32')('tokens', axis('batch', batch), axis('time', time))

const forwardOf = (model: Autoregressive, batch: number, time = model.context) =>
  model.forward(parameterInputs(model.parameters), tokensInput(batch, time), keepAll)

const first = (y: Expr, known: readonly Placed[]): Values => valuesOf([y], known)[0] ?? new Float64Array(0)

const worst = (xs: ArrayLike<number>, ys: ArrayLike<number>): number =>
  xs.length === ys.length
    ? Array.from(xs).reduce((most, x, i) => Math.max(most, Math.abs(x - at(ys, i))), 0)
    : Number.POSITIVE_INFINITY

describe.each(cases.map((c) => [c.title, c] as const))('%s', (_title, { model, size }) => {
  const { levels } = size.image
  const time = model.context
  const known = placedParameters(model, 4)

  it('changing a token never changes the bits of its own or an earlier logit, and does change a later one', () => {
    // Row 0 is an image; row 1 + t·(levels − 1) + d has token t moved by d + 1.
    const copies = 1 + time * (levels - 1)
    const image = randomTokens(1, time, levels)
    const tokens = Int32Array.from({ length: copies * time }, (_, i) => {
      const [r, t] = [Math.floor(i / time) - 1, i % time]
      const moved = r >= 0 && Math.floor(r / (levels - 1)) === t ? 1 + (r % (levels - 1)) : 0
      return (at(image, t) + moved) % levels
    })
    const y = first(forwardOf(model, copies).logits, [...known, { node: tokensInput(copies, time), data: tokens }])
    let later = 0
    for (let r = 1; r < copies; r++) {
      const t = Math.floor((r - 1) / (levels - 1))
      for (let i = 0; i < time * levels; i++) {
        const same = Object.is(at(y, r * time * levels + i), at(y, i))
        if (!same && i < (t + 1) * levels)
          expect.fail(`token ${t} changes logit ${i % levels} of token ${Math.floor(i / levels)}`)
        if (!same) later += 1
      }
    }
    expect(later).toBeGreaterThan(0)
  })

  it('steps over its caches give the logits and the rows of the whole image', () => {
    const batch = 2
    const tokens = randomTokens(2, batch * time, levels)
    const whole = forwardOf(model, batch)
    const names = Object.keys(whole.rows)
    const [logits = [], ...rows] = valuesOf(
      [whole.logits, ...names.map((n) => whole.rows[n] ?? whole.logits)],
      [...known, { node: tokensInput(batch, time), data: tokens }],
    )
    const axes = model.cache(batch, time)
    expect(Object.keys(axes.appended).sort()).toEqual([...names].sort())
    const inputs = (all: typeof axes.appended) =>
      Object.entries(all).map(([n, own]) => ({ n, node: input(n, ...own), data: new Float64Array(sizeOf(own)) }))
    const [appended, carried] = [inputs(axes.appended), inputs(axes.carried)]
    for (const c of appended) c.data.fill(1e20)
    const named = (all: typeof appended) => Object.fromEntries(all.map(({ n, node }): [string, Expr] => [n, node]))
    const step = model.step(parameterInputs(model.parameters), {
      appended: named(appended),
      carried: named(carried),
      previous: inputOf('i32')('previous', axis('batch', batch)),
      position: inputOf('i32')('position'),
    })
    const wanted = [
      step.logits,
      ...appended.map(({ n }) => step.rows[n] ?? step.logits),
      ...carried.map(({ n }) => step.carried[n] ?? step.logits),
    ]
    let gap = 0
    for (let t = 0; t < time; t++) {
      const previous = Int32Array.from({ length: batch }, (_, b) => (t === 0 ? 1 : at(tokens, b * time + t - 1)))
      const [got = [], ...next] = valuesOf(wanted, [
        ...known,
        ...appended,
        ...carried,
        { node: inputOf('i32')('previous', axis('batch', batch)), data: previous },
        { node: inputOf('i32')('position'), data: Int32Array.of(t) },
      ])
      for (let i = 0; i < batch * levels; i++)
        gap = Math.max(
          gap,
          Math.abs(at(got, i) - at(logits, (Math.floor(i / levels) * time + t) * levels + (i % levels))),
        )
      appended.forEach((c, i) => c.data.set(next[i] ?? [], (t * c.data.length) / time))
      carried.forEach((c, i) => c.data.set(next[appended.length + i] ?? []))
    }
    expect(gap).toBeLessThanOrEqual(1e-12)
    for (const [i, { n, data }] of appended.entries())
      expect(worst(data, rows[names.indexOf(n)] ?? []), `${n} ${i}`).toBeLessThanOrEqual(1e-12)
    const after = forwardOf(model, batch).carried
    for (const { n, data } of carried)
      expect(
        worst(data, first(after[n] ?? step.logits, [...known, { node: tokensInput(batch, time), data: tokens }])),
        n,
      ).toBe(0)
  })

  it('the beginning of an image has the logits that it has in the whole one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: time - 1 }), (length) => {
        const tokens = randomTokens(3, time, levels)
        const whole = first(forwardOf(model, 1).logits, [...known, { node: tokensInput(1, time), data: tokens }])
        const short = forwardOf(model, 1, length)
        const part = first(short.logits, [...known, { node: tokensInput(1, length), data: tokens.slice(0, length) }])
        expect(worst(part, whole.slice(0, length * levels))).toBe(0)
      }),
      { seed: 61, numRuns: 2 },
    )
  })
})

describe('sizes', () => {
  it('name what is impossible', () => {
    expect(thrown(() => pixelCnn({ ...tiny(grey, 2), window: 4 }))).toMatchObject({
      tag: 'Shape',
      what: 'a PixelCNN cannot have windows of 3 and 4 pixels',
    })
    expect(thrown(() => gatedPixelCnn({ ...tiny(colour, 2), features: 4 }))).toMatchObject({
      what: 'a PixelCNN cannot have 4 features and a head of 6 for 3 channels, which do not divide them',
    })
    expect(thrown(() => forwardOf(pixelCnn(tiny(grey, 1)), 1, 13))).toMatchObject({
      what: 'rows of 13 tokens are longer than an image of 12',
    })
  })

  it('presets build for digits and for colour', () => {
    const digits = { height: 8, width: 8, channels: 1, levels: 17 }
    for (const preset of Object.values(pixelCnnPresets)) expect(pixelCnn({ image: digits, ...preset }).context).toBe(64)
    const emoji = { height: 32, width: 32, channels: 3, levels: 256 }
    for (const preset of Object.values(gatedPixelCnnPresets))
      expect(gatedPixelCnn({ image: emoji, ...preset }).context).toBe(imageTokens(emoji))
  })

  it('all images together have probability 1', () => {
    const size = tiny({ height: 2, width: 2, channels: 1, levels: 3 }, 2)
    for (const model of [pixelCnn(size), gatedPixelCnn(size)]) {
      const tokens = Int32Array.from({ length: 81 * 4 }, (_, i) => Math.floor(Math.floor(i / 4) / 3 ** (i % 4)) % 3)
      const y = first(forwardOf(model, 81).logits, [
        ...placedParameters(model, 5),
        { node: tokensInput(81, 4), data: tokens },
      ])
      let total = 0
      for (let r = 0; r < 81; r++) {
        let log = 0
        for (let t = 0; t < 4; t++) {
          const z = [0, 1, 2].map((s) => at(y, (r * 4 + t) * 3 + s))
          log += at(z, at(tokens, r * 4 + t)) - Math.log(z.reduce((sum, v) => sum + Math.exp(v), 0))
        }
        total += Math.exp(log)
      }
      expect(Math.abs(total - 1)).toBeLessThanOrEqual(1e-12)
    }
  })
})
