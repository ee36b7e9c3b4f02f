/**
 * One step of a masked convolution: a single pixel of each image, from the rows that earlier steps left in a cache. What it
 * costs depends on the window alone, not on the image.
 *
 * Positions count channels: position t stands for channel t mod C of pixel ⌊t / C⌋. A layer may lag behind by `delay` pixels
 * (so that a vertical stack, which looks ahead in its row, only reads what is there) and reads another that lags by `source`.
 */
import { absent, at, three, two } from '../at.ts'
import { type AnyAxis, axis, findAxis } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import {
  type ArrayType,
  type Attributes,
  type Expr,
  type KernelCall,
  type OnnxBuilder,
  type Op,
  type Tensor,
  axesOf,
} from '../expr.ts'
import { contractOver } from './contract.ts'
import { extentsOf, reshapeNode } from './emit.ts'
import { gather } from './gather.ts'
import { groupsFor } from './kernels.ts'
import { literalIntegers, reorder } from './layout.ts'
import { type Mask, maskedWeight, offsetsOf, windowOf, type Window } from './mask.ts'
import type { TapWeight } from './masked-convolution.ts'
import {
  add,
  and,
  constant,
  constantOf,
  divide,
  equal,
  greaterEqual,
  less,
  maximum,
  minimum,
  multiply,
  remainder,
  where,
} from './pointwise.ts'
import { made, readNumber, requireDType } from './rules.ts'
import { declared } from '../phantom.ts'

/** How an image lies in time, and how far a layer and the one that it reads lag behind (pixels). */
interface StepPlace {
  /** Pixels in a row of the image. */
  readonly columns: number
  /** Tokens of a pixel. */
  readonly channels: number
  readonly delay: number
  readonly source: number
}

/** The row of a cache for each image. */
type Row = Tensor<'batch' | 'input' | '1'>

const placeOf = (attrs: Attributes): { readonly window: Window; readonly place: StepPlace } => ({
  window: {
    count: readNumber(attrs['count']),
    columns: readNumber(attrs['across']),
    up: readNumber(attrs['up']),
    left: readNumber(attrs['left']),
  },
  place: {
    columns: readNumber(attrs['columns']),
    channels: readNumber(attrs['channels']),
    delay: readNumber(attrs['delay']),
    source: readNumber(attrs['source']),
  },
})

/** How many pixels before this step's each tap's row was written; 0 is this step's own. Taps wider than the image: Infinity. */
const agesOf = (window: Window, { columns, delay, source }: StepPlace): readonly number[] =>
  offsetsOf(window, false).map(([row, column]) =>
    Math.abs(column) < columns ? delay - source - row * columns - column : Number.POSITIVE_INFINITY,
  )

const stepTypes = (attrs: Attributes, args: readonly ArrayType[]): readonly ArrayType[] => {
  const [cache, current, position, weight] = args
  if (cache === undefined || current === undefined || position === undefined || weight === undefined) return []
  requireDType('masked_convolution_step', 'f32', cache, current, weight)
  requireDType('masked_convolution_step', 'i32', position)
  const { window, place } = placeOf(attrs)
  const [batch, input] = ['batch', 'input'].map((name) => findAxis('masked_convolution_step', current.axes, name))
  const output = findAxis('masked_convolution_step', weight.axes, 'output')
  const [time, rows, features] = extentsOf(cache.axes)
  const [taps, from] = extentsOf(weight.axes)
  if (taps !== window.count || from !== input?.size || features !== input?.size || rows !== batch?.size || time === 0)
    return raise(
      failure(
        'Shape',
        'masked_convolution_step: cache, row and weight differ in batch, channels or taps',
        'give a cache [time, batch, input], a row [batch, input] and a weight with the axes of weightAxes',
        { time, rows, features, taps },
      ),
    )
  if (agesOf(window, place).some((age) => age < 0))
    return raise(
      failure(
        'Shape',
        'masked_convolution_step: a tap sees a pixel that is not there yet',
        'let the layer lag behind more',
        {
          ...place,
        },
      ),
    )
  return [{ axes: [batch, output].flatMap((a): readonly AnyAxis[] => (a === undefined ? [] : [a])), dtype: 'f32' }]
}

/** Rows of the cache [tap, batch, input] that the taps of this position see: 0 outside the image, `current` for age 0. */
const seenRows = (attrs: Attributes, cache: Expr, current: Row, position: Tensor<'1', 'i32'>): Expr => {
  const { window, place } = placeOf(attrs)
  const { columns, channels, delay } = place
  const [tap, time] = [axis('tap', window.count), axis('time', findAxis('step', axesOf(cache), 'time').size)]
  const listed = (f: (row: number, column: number, i: number) => number): Tensor<'tap' | '1', 'i32'> =>
    literalIntegers(
      Int32Array.from(offsetsOf(window, false), ([row, column], i) => f(row, column, i)),
      tap,
    )
  const ages = agesOf(window, place)
  const whole = (n: number): Tensor<'1', 'i32'> => constantOf('i32', n)
  const now = divide(maximum(minimum(position, whole(time.size - 1)), whole(0)), whole(channels))
  const pixel = add(now, whole(-delay))
  const inside = maximum(pixel, whole(0))
  const row = add(
    divide(inside, whole(columns)),
    listed((r) => r),
  )
  const column = add(
    remainder(inside, whole(columns)),
    listed((_r, c) => c),
  )
  const within = and(greaterEqual(column, whole(0)), less(column, whole(columns)))
  const valid = and(and(greaterEqual(pixel, whole(0)), greaterEqual(row, whole(0))), within)
  const index = add(
    multiply(
      add(
        now,
        listed((_r, _c, i) => -Math.min(at(ages, i), time.size)),
      ),
      whole(channels),
    ),
    whole(channels - 1),
  )
  const rows: Tensor<'time' | 'batch' | 'input' | '1'> = declared(cache)
  const own = equal(
    listed((_r, _c, i) => Number(ages[i] === 0)),
    whole(1),
  )
  return where(valid, where(own, current, gather(time)(rows, index)), constant(0))
}

const stepCall = (attrs: Attributes, args: readonly ArrayType[]): readonly KernelCall[] => {
  const { window, place } = placeOf(attrs)
  const [time, batch, input] = three(extentsOf(at(args, 0).axes))
  const [taps, , output] = three(extentsOf(at(args, 3).axes))
  if (batch * input * output * taps === 0) return []
  const { count: _count, columns: across, ...reach } = window
  return [
    {
      shader: 'masked_convolution_step',
      preludes: [],
      overrides: {},
      params: { last: time - 1, batch, input, output, taps, across, ...reach, ...place },
      workgroups: groupsFor(batch * output, 64),
      buffers: [{ in: 0 }, { in: 1 }, { in: 2 }, { in: 3 }, { out: 0 }],
    },
  ]
}

/** For every pixel that a cache of `time` rows has room for: the rows that its taps see, and whether they are in the image. */
const tables = (
  window: Window,
  place: StepPlace,
  time: number,
): { readonly pixels: number; readonly rows: Int32Array; readonly valid: readonly number[] } => {
  const { columns, channels, delay } = place
  const ages = agesOf(window, place)
  const taps = offsetsOf(window, false)
  const pixels = Math.ceil(time / channels)
  const rows = new Int32Array(pixels * taps.length)
  const valid = Array.from(rows, (_, i) => {
    const [now, f] = [Math.floor(i / taps.length), i % taps.length]
    const [down, along] = two(at(taps, f))
    const pixel = now - delay
    const column = (pixel % columns) + along
    const seen = pixel >= 0 && Math.floor(pixel / columns) + down >= 0 && column >= 0 && column < columns
    rows[i] = seen ? Math.min(time - 1, (now - at(ages, f)) * channels + channels - 1) : 0
    return Number(seen)
  })
  return { pixels, rows, valid }
}

const stepNodes = (
  attrs: Attributes,
  b: OnnxBuilder,
  [cache = absent(), current = absent(), position = absent(), weight = absent()]: readonly string[],
  args: readonly ArrayType[],
): readonly string[] => {
  const { window, place } = placeOf(attrs)
  const [time, batch, input] = three(extentsOf(at(args, 0).axes))
  const [taps, , output] = three(extentsOf(at(args, 3).axes))
  if (taps * input * batch * output === 0) return [b.constant('f32', [batch, output], new Float32Array(batch * output))]
  const whole = (n: number): string => b.constant('i32', [], [n])
  const inside = b.node('Max', [b.node('Min', [position, whole(time - 1)]), whole(0)])
  const now = place.channels === 1 ? inside : b.node('Div', [inside, whole(place.channels)])
  const { pixels, rows, valid } = tables(window, place, time)
  const shownBy = (table: string): string => b.node('Gather', [table, now], { axis: 0 })
  const stored = b.node('Gather', [cache, shownBy(b.constant('i32', [pixels, taps], rows))], { axis: 0 })
  const own = agesOf(window, place).map((age) => Number(age === 0))
  const row = reshapeNode(b, current, [1, batch, input])
  const seen = own.includes(1) ? b.node('Where', [b.constant('bool', [taps, 1, 1], own), row, stored]) : stored
  const flags = shownBy(b.constant('bool', [pixels, taps, 1, 1], valid))
  const shown = b.node('Where', [flags, seen, b.constant('f32', [], [0])])
  const flat = reshapeNode(b, b.node('Transpose', [shown], { perm: [1, 0, 2] }), [batch, taps * input])
  return [b.node('MatMul', [flat, reshapeNode(b, weight, [taps * input, output])])]
}

const stepOp: Op = {
  name: 'masked_convolution_step',
  kind: 'kernel',
  types: stepTypes,
  definition: (attrs, [cache, current, position, weight]) => {
    if (cache === undefined || current === undefined || position === undefined || weight === undefined) return []
    const row: Row = declared(current)
    const at: Tensor<'1', 'i32'> = declared(position)
    const seen = seenRows(attrs, cache, row, at)
    const [tap, input] = [axis('tap', readNumber(attrs['count'])), findAxis('step', axesOf(row), 'input')]
    return [reorder(['batch', 'output'])(contractOver(tap, input)<string, string>(declared(seen), declared(weight)))]
  },
  lower: (attrs, _out, args) => stepCall(attrs, args),
  onnx: (attrs, b, inputs, _out, args) => stepNodes(attrs, b, inputs, args),
}

/**
 * Masked convolution at one pixel: y[b, o] = Σ_f Σ_i x_f[b, i]·w[f, i, o], the rows x_f taken from a cache.
 *
 * @param cache [time, batch, input]: what earlier steps computed; rows from `position` on are not read
 * @param current [batch, input]: this step's own row
 * @param position [] : t, 0 for the first token
 */
export const maskedConvolutionStep =
  (mask: Mask, place: StepPlace) =>
  (
    cache: Tensor<'time' | 'batch' | 'input' | '1'>,
    current: Row,
    position: Tensor<'1', 'i32'>,
    weight: TapWeight,
  ): Tensor<'batch' | 'output' | '1'> => {
    const { columns: across, ...window } = windowOf(mask)
    return made(
      stepOp,
      { ...window, across, ...place },
      reorder(['time', 'batch', 'input'])(cache),
      reorder(['batch', 'input'])(current),
      position,
      reorder(['tap', 'input', 'output'])(maskedWeight(mask)(weight)),
    )
  }

/** The operations of this file, for the table. */
export const maskedConvolutionStepOps: readonly Op[] = [stepOp]
