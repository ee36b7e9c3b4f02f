/** F4: a function of a batch gives row by row exactly what it gives for each row alone. */
import { describe, expect, it } from 'vitest'
import { type AnyAxis, type Axis, axis, sizeOf } from '../../lib/axis.ts'
import { allocate, type Values } from '../../lib/dtype.ts'
import { apply, type Attributes, axesOf, type Expr, type Tensor, typeOf } from '../../lib/expr.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { contract } from '../../lib/ops/contract.ts'
import { input, inputOf, rename, reorder } from '../../lib/ops/layout.ts'
import { lstmSample, lstmScore } from '../../lib/ops/lstm-language.ts'
import { gate } from '../../lib/ops/lstm.ts'
import { add, tanh } from '../../lib/ops/pointwise.ts'
import { inputKey } from '../../lib/ops/random.ts'
import { logSoftmax } from '../../lib/ops/reduce.ts'
import { scan } from '../../lib/ops/scan.ts'
import { operations } from '../../lib/ops/table.ts'
import { type Placed, sample, valuesOf } from '../domains.ts'

/** Operations without operands, with axes of their own, or with a closed body: tried further down or without rows. */
const closed = new Set([
  'constant',
  'input',
  'literal',
  'iota',
  'random_bits',
  'fold_key',
  'scan',
  'part',
  'argument',
  'lstm',
  'lstm_backward',
  'lstm_sample',
  'lstm_score',
  'masked_convolution',
  'masked_convolution_weight',
  'masked_convolution_step',
  'attention',
  'attention_backward',
  'attention_step',
  'attention_lanes',
  'cross_entropy_backward',
])
const names = [...operations.keys()].filter((name) => !closed.has(name))

const attributes = (axes: readonly AnyAxis[]) => axes.map(({ name, size }) => ({ name, size }))

/** The attributes of the same operation on operands with a further axis in front. */
const lifted = (op: string, attrs: Attributes, rows: AnyAxis, out: readonly AnyAxis[]): Attributes => {
  const names = (list: unknown) => [rows.name, ...(Array.isArray(list) ? list.map(String) : [])]
  if (op === 'reorder') return { order: names(attrs['order']) }
  if (op === 'scatter_add') return { ...attrs, batch: names(attrs['batch']) }
  return op === 'reshape' || op === 'spread' ? { axes: attributes([rows, ...out]) } : attrs
}

const rotated = (data: Values, by: number): Values => {
  const copy = data.slice()
  copy.set(data.subarray(by % Math.max(1, data.length)))
  copy.set(data.subarray(0, by % Math.max(1, data.length)), data.length - (by % Math.max(1, data.length)))
  return copy
}

const stacked = (rows: readonly Values[], like: Expr): Values => {
  const all = allocate(
    typeOf(like).dtype,
    rows.reduce((n, r) => n + r.length, 0),
  )
  rows.forEach((r, i) => all.set(r, i * r.length))
  return all
}

const one = (root: Expr, inputs: readonly Placed[]): Values => valuesOf([root], inputs)[0] ?? new Float64Array(0)

describe('F4: every operation', () => {
  it.each(names)('F4: %s: a batch is its rows', (name) => {
    for (const [seed, size] of [
      [1, 1],
      [2, 2],
      [3, 5],
      [4, 3],
      [5, 7],
    ] as const) {
      const s = sample(name, key(seed))
      const rows = axis('rows', size)
      const inputs = s.inputs.map(({ node, data }, i) => ({
        node: inputOf(typeOf(node).dtype)(`rows${i}`, rows, ...axesOf(node)),
        data: stacked(
          Array.from({ length: size }, (_, r) => rotated(data, r)),
          node,
        ),
      }))
      const out = axesOf(s.node)
      const whole = apply(s.node.op, lifted(name, s.node.attrs, rows, out), ...inputs.map((x) => x.node))
      const batch = one(reorder(['rows', ...out.map((a) => a.name)])(whole), inputs)
      for (let r = 0; r < size; r++) {
        const alone = one(
          s.node,
          s.inputs.map(({ node, data }) => ({ node, data: rotated(data, r) })),
        )
        expect(Array.from(batch.subarray(r * sizeOf(out), (r + 1) * sizeOf(out)))).toEqual(Array.from(alone))
      }
    }
  })
})

const [from, to, time] = [axis('from', 3), axis('to', 4), axis('time', 3)]
const weight = { node: input('weight', from, to), data: uniforms(key(5), 12).map((u) => 2 * u - 1) }
const squareWeight = { node: input('square', from, axis('next', 3)), data: uniforms(key(6), 9).map((u) => 2 * u - 1) }

/** A layer and a recurrence for rows of `x` [rows, time, from]. */
const network = (rows: Axis<'rows'>): { readonly x: Expr; readonly layer: Expr; readonly last: Expr } => {
  const x: Tensor<'rows' | 'time' | 'from' | '1'> = input('x', rows, time, from)
  const w: Tensor<'from' | 'to' | '1'> = weight.node
  const layer = logSoftmax(to)(contract(from)(tanh(x), w))
  const start: Tensor<'rows' | 'from' | '1'> = input('start', rows, from)
  const recurrent: Tensor<'from' | 'next' | '1'> = squareWeight.node
  const { carry } = scan(time)({ h: start }, { x }, ({ h }, at) => ({
    carry: { h: tanh(add(rename(axis('next', 3), from)(contract(from)(h, recurrent)), at.x)) },
    out: {},
  }))
  return { x, layer: reorder(['rows', 'time', 'to'])(layer), last: reorder(['rows', 'from'])(carry.h) }
}

describe('F4: functions', () => {
  it('F4: a layer and a recurrence, for every batch size from 1 to 130', () => {
    const data = uniforms(key(7), 130 * 9).map((u) => 4 * u - 2)
    const start = uniforms(key(8), 130 * 3)
    const run = (size: number, first: number): readonly Values[] => {
      const { x, layer, last } = network(axis('rows', size))
      const inputs = [
        { node: x, data: data.subarray(9 * first, 9 * (first + size)) },
        { node: input('start', axis('rows', size), from), data: start.subarray(3 * first, 3 * (first + size)) },
      ]
      return valuesOf([layer, last], [...inputs, weight, squareWeight])
    }
    const alone = Array.from({ length: 130 }, (_, r) => run(1, r))
    for (let size = 1; size <= 130; size++)
      run(size, 0).forEach((batch, k) => {
        expect(Array.from(batch)).toEqual(alone.slice(0, size).flatMap((row) => Array.from(row[k] ?? [])))
      })
  })

  it('F4: strings are drawn and scored row by row, whatever the size of the batch', () => {
    const [symbols, hidden] = [3, 4]
    const model = {
      weights: input('weights', axis('row', symbols + 1 + hidden), gate, axis('hidden', hidden)),
      output: input('output', axis('outputRow', hidden + 1), axis('symbol', symbols)),
    }
    const parameters = [model.weights, model.output].map((node, i) => ({
      node,
      data: uniforms(fold(key(9), i), sizeOf(axesOf(node))).map((u) => 3 * u - 1.5),
    }))
    const draw = (size: number): readonly Values[] => {
      const drawn = lstmSample(model, inputKey('key'), axis('batch', size), axis('time', 5), 1)
      return valuesOf(
        [drawn.tokens, drawn.logProbability, drawn.length],
        [...parameters, { node: inputKey('key'), data: Uint32Array.of(3, 4) }],
      )
    }
    const largest = draw(9)
    const tokens = largest[0] ?? new Int32Array(0)
    for (const size of [1, 2, 5])
      draw(size).forEach((values, k) => {
        expect(Array.from(values)).toEqual(Array.from(largest[k]?.subarray(0, values.length) ?? []))
      })
    const score = (size: number, first: number): Values => {
      const strings = inputOf('i32')('tokens', axis('batch', size), axis('time', 5))
      return one(lstmScore(model, strings, 1).logProbability, [
        ...parameters,
        { node: strings, data: tokens.subarray(5 * first, 5 * (first + size)) },
      ])
    }
    expect(Array.from(score(9, 0))).toEqual(Array.from({ length: 9 }, (_, r) => score(1, r)[0]))
  })
})
