/** The fused LSTM: its definition, its gradient against that of the definition, and a cell worked out by hand. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { apply, type Expr, type Op } from '../../lib/expr.ts'
import { vjpOf, vjpWithin } from '../../lib/ops/pull-back.ts'
import { key } from '../../lib/key.ts'
import { input, reorder } from '../../lib/ops/layout.ts'
import { gate, lstm } from '../../lib/ops/lstm.ts'
import { part } from '../../lib/ops/scan-op.ts'
import { operations } from '../../lib/ops/table.ts'
import { type Placed, sample, valuesOf } from '../domains.ts'
import { linearise, relativeGap, valuesAt } from '../../lib/laws/derivatives.ts'
import { thrown } from '../thrown.ts'

const sigmoid = (z: number): number => 1 / (1 + Math.exp(-z))

describe('lstm', () => {
  it('is i, f, g, o in this order: one cell over two steps by hand', () => {
    const [time, batch, hidden, previous] = [axis('time', 2), axis('batch', 1), axis('hidden', 1), axis('previous', 1)]
    const known: readonly Placed[] = [
      {
        node: input('pre', time, batch, gate, hidden),
        data: Float64Array.of(0.1, 0.2, 0.3, 0.4, -0.5, 0.6, 0.7, -0.8),
      },
      { node: input('weight', previous, gate, hidden), data: Float64Array.of(1, -1, 0.5, 2) },
      { node: input('h', batch, hidden), data: Float64Array.of(0.25) },
      { node: input('c', batch, hidden), data: Float64Array.of(-0.5) },
    ]
    const layer = lstm(input('pre', time, batch, gate, hidden), input('weight', previous, gate, hidden), {
      hidden: input('h', batch, hidden),
      cell: input('c', batch, hidden),
    })
    let [h, c] = [0.25, -0.5]
    const [hs, cs, gates]: readonly [number[], number[], number[]] = [[], [], []]
    for (const pre of [
      [0.1, 0.2, 0.3, 0.4],
      [-0.5, 0.6, 0.7, -0.8],
    ]) {
      const z = pre.map((p, j) => p + h * ([1, -1, 0.5, 2][j] ?? 0))
      const [i, f, g, o] = [sigmoid(z[0] ?? 0), sigmoid(z[1] ?? 0), Math.tanh(z[2] ?? 0), sigmoid(z[3] ?? 0)]
      c = f * c + i * g
      h = o * Math.tanh(c)
      hs.push(h)
      cs.push(c)
      gates.push(i, f, g, o)
    }
    expect(
      relativeGap(
        valuesOf([layer.hidden, layer.cell, layer.gates], known),
        [hs, cs, gates].map((v) => Float64Array.from(v)),
      ),
    ).toBeLessThanOrEqual(1e-14)
  })

  it('takes its operands in any storage order', () => {
    const [time, batch, hidden, previous] = [axis('time', 3), axis('batch', 2), axis('hidden', 2), axis('previous', 2)]
    const [pre, weight, h] = [
      input('pre', time, batch, gate, hidden),
      input('weight', previous, gate, hidden),
      input('h', batch, hidden),
    ]
    const turned = lstm(
      reorder(['gate', 'hidden', 'batch', 'time'])(pre),
      reorder(['hidden', 'previous', 'gate'])(weight),
      { hidden: reorder(['hidden', 'batch'])(h), cell: h },
    )
    expect(turned.hidden).toBe(lstm(pre, weight, { hidden: h, cell: h }).hidden)
  })

  it('names the axis that is missing and the element type that is wrong', () => {
    expect(thrown(() => apply(operations.get('lstm') ?? never, {}, input('pre', axis('time', 2))))).toMatchObject({
      tag: 'Shape',
      what: "lstm: there is no axis 'batch'",
      remedy: 'give the axes that the documentation of lstm names',
    })
  })
})

const never: Op = { name: 'never', kind: 'kernel', types: () => [] }

const results = (node: Expr, ys: readonly Expr[]): readonly Expr[] => (ys.length === 1 ? [node] : ys)

/** Cotangents by the node's own rule and by its definition. */
const both = (
  name: string,
  seed: number,
  some: number,
): readonly [readonly Expr[], readonly Expr[], ReturnType<typeof linearise>] => {
  const s = sample(name, key(seed))
  const l = linearise(s, key(seed + 1))
  const nodes = l.xs.map((x) => x.node)
  const us = l.us.map((u, i) => (((some >> i) & 1) === 1 ? u.node : undefined))
  const meaning = operations.get(name)?.definition?.(s.node.attrs, s.node.args) ?? []
  const zero = (i: number) => vjpOf([l.ys[0] ?? s.node], [undefined], [nodes[i] ?? s.node])[0]
  const own = vjpOf(results(s.node, l.ys), us, nodes).map((g, i) => g ?? zero(i) ?? input('zero'))
  const defined = vjpWithin(meaning, us, nodes).map((g, i) => g ?? zero(i) ?? input('zero'))
  return [own, defined, l]
}

describe('fused operations mean their definitions', () => {
  test.prop([fc.nat(1e6), fc.integer({ min: 1, max: 7 })], { seed: 95, numRuns: 12 })(
    'lstm: the kernel of the gradient is the gradient of the definition, whichever results are used',
    (seed, some) => {
      const [own, defined, l] = both('lstm', seed, some)
      const zeroed = {
        ...l,
        inputs: [...l.inputs, { node: input('zero'), data: Float64Array.of(0) }],
      }
      expect(relativeGap(valuesAt(zeroed, own), valuesAt(zeroed, defined))).toBeLessThanOrEqual(1e-12)
    },
  )

  test.prop([fc.nat(1e6)], { seed: 96, numRuns: 10 })(
    'every fused operation has the values of its definition',
    (seed) => {
      for (const name of ['lstm', 'lstm_backward', 'lstm_score', 'log_sum_exp']) {
        const s = sample(name, key(seed))
        const meaning = operations.get(name)?.definition?.(s.node.attrs, s.node.args) ?? []
        expect(meaning.map((y) => y.types[0])).toEqual(s.node.types)
        expect(
          relativeGap(
            valuesOf(
              s.node.types.map((_, i) => part(i)(s.node)),
              s.inputs,
            ),
            valuesOf(meaning, s.inputs),
          ),
        ).toBe(0)
      }
    },
  )
})
