/** The loss of whole models: λ = 0 is plain training to the last bit, padding counts nowhere, the start epoch. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../../lib/axis.ts'
import type { Expr, Scalar } from '../../../lib/expr.ts'
import { gradient } from '../../../lib/grad.ts'
import { key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { literal, literalIntegers } from '../../../lib/ops/layout.ts'
import { keepAll } from '../../../lib/models/autoregressive.ts'
import { parameterInputs, prefixed } from '../../../lib/models/parameters.ts'
import { transformer } from '../../../lib/models/transformer.ts'
import { tableModel } from '../../../lib/models/table-model.ts'
import { evaluateOn } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import { crossEntropyOf } from '../../../lib/systems/e-arm/cross-entropy.ts'
import { eArmLoss, type LossOptions } from '../../../lib/systems/e-arm/objective.ts'
import { eArmOptions } from '../../../lib/systems/e-arm/objective-settings.ts'
import { activeIn, type EArmOptions, negativeRows, paperOptions } from '../../../lib/systems/e-arm/options.ts'
import { endMask, lengthMask, type MaskedRows } from '../../../lib/systems/e-arm/rows.ts'
import { left, right, run } from '../../either.ts'
import { smallTransformer } from '../../models/small-transformer.ts'
import { declared } from '../../../lib/phantom.ts'

const model = tableModel({ symbols: 3, length: 5 })
const inputs = parameterInputs(model.parameters)
const values = prefixed('parameter/', model.initialise(key(2)))
const END = 2

const rowsOf = (rows: readonly (readonly number[])[]): MaskedRows => {
  const tokens = literalIntegers(
    Int32Array.from(rows.flat()),
    axis('batch', rows.length),
    axis('time', rows[0]?.length ?? 0),
  )
  return { tokens, mask: endMask(END)(tokens) }
}

const data = rowsOf([
  [0, 1, 2, 2],
  [1, 1, 0, 2],
  [2, 2, 2, 2],
])
const drawn = rowsOf([
  [0, 2, 2, 2],
  [1, 0, 1, 1],
])
const options: LossOptions = { lambda: 0.5, window: 2, squaredLogSumExp: 0, labelSmoothing: 0 }

const scalarOf = (x: Expr): Scalar => declared(x)

const evaluated = async (loss: Scalar) => {
  const table: Expr = inputs['logits'] ?? loss
  const { slope } = gradient(loss, { slope: scalarOf(table) })
  const out = await run(evaluateOn(reference)({ loss, slope }, values))
  return { loss: at(out.loss?.data ?? [], 0), slope: Array.from(out.slope?.data ?? []) }
}

describe('λ', () => {
  it('E4: at λ = 0 the loss is the plain cross-entropy, the same expression', () => {
    const network = transformer({
      ...smallTransformer,
      symbols: 3,
      layers: 1,
      feedForward: 8,
      context: 5,
      begin: 0,
      activation: 'relu',
    })
    const own = parameterInputs(network.parameters)
    const plain = crossEntropyOf(0)({ ...data, logits: network.forward(own, data.tokens, keepAll).logits })
    expect(eArmLoss(network, { ...options, lambda: 0 })(own, data, drawn).loss === plain).toBe(true)
    expect(eArmLoss(network, options)(own, data).loss === plain).toBe(true)
    expect(eArmLoss(network, options)(own, data, drawn).loss === plain).toBe(false)
  })

  it('E4: the loss and its gradient are affine in λ', async () => {
    const at3 = await Promise.all(
      [0, 1, 2, 0.25].map((lambda) => evaluated(eArmLoss(model, { ...options, lambda })(inputs, data, drawn).loss)),
    )
    const [zero, one, two, quarter] = at3
    const slope = (i: number, s = one) => at(s?.slope ?? [], i) - at(zero?.slope ?? [], i)
    for (let i = 0; i < (zero?.slope.length ?? 0); i++) {
      expect(slope(i, two)).toBeCloseTo(2 * slope(i), 12)
      expect(slope(i, quarter)).toBeCloseTo(0.25 * slope(i), 12)
    }
    expect((two?.loss ?? 0) - (zero?.loss ?? 0)).toBeCloseTo(2 * ((one?.loss ?? 0) - (zero?.loss ?? 0)), 12)
  })

  it('E21: the objective is active from its start epoch on, and never with λ = 0', () => {
    const from = (startEpoch: number, lambda = 0.05): EArmOptions => ({ ...paperOptions, startEpoch, lambda })
    expect([0, 14, 15, 16].map((epoch) => activeIn(from(15), epoch))).toEqual([false, false, true, true])
    expect(activeIn(from(0, 0), 99)).toBe(false)
  })
})

describe('padding', () => {
  it('E20: PAD appended to rows, and what stands after EOS, change neither loss nor gradient, exactly', async () => {
    const plain = await evaluated(eArmLoss(model, options)(inputs, data, drawn).loss)
    const changed = rowsOf([
      [0, 1, 2, 0],
      [1, 1, 0, 2],
      [2, 0, 1, 1],
    ])
    const changedDrawn = rowsOf([
      [0, 2, 1, 0],
      [1, 0, 1, 1],
    ])
    expect(await evaluated(eArmLoss(model, options)(inputs, changed, changedDrawn).loss)).toEqual(plain)
    const longer = rowsOf([
      [0, 1, 2, 2, 2],
      [1, 1, 0, 2, 2],
      [2, 2, 2, 2, 2],
    ])
    expect(await evaluated(eArmLoss(model, options)(inputs, longer, drawn).loss)).toEqual(plain)
  })

  it('E20: a row of weight 0 counts nowhere', async () => {
    const withRow = (other: readonly number[]): MaskedRows => {
      const rows = rowsOf([[1, 0, 2, 2], other])
      return { ...rows, mask: literal(Float64Array.of(1, 1, 1, 0, 0, 0, 0, 0), axis('batch', 2), axis('time', 4)) }
    }
    const [first, second] = [
      [0, 0, 0, 0],
      [2, 1, 1, 0],
    ].map((row) => evaluated(eArmLoss(model, options)(inputs, withRow(row), withRow(row)).loss))
    expect(await first).toEqual(await second)
  })

  it('lengths make masks', async () => {
    const mask = lengthMask(axis('time', 3), literalIntegers(Int32Array.of(0, 2, 5), axis('batch', 3)))
    const out = await run(evaluateOn(reference)({ mask }))
    expect(out.mask?.axes.map((a) => a.name).sort()).toEqual(['batch', 'time'])
    const byRow = out.mask?.axes[0]?.name === 'batch'
    const value = (r: number, k: number) => at(out.mask?.data ?? [], byRow ? 3 * r + k : 3 * k + r)
    expect([0, 1, 2].map((r) => [0, 1, 2].map((k) => value(r, k)))).toEqual([
      [0, 0, 0],
      [1, 1, 0],
      [1, 1, 1],
    ])
  })
})

describe('what is added to the cross-entropy', () => {
  it('the squared logsumexp, by its coefficient, also with λ = 0', async () => {
    const loss = (squaredLogSumExp: number) =>
      evaluated(eArmLoss(model, { ...options, lambda: 0, squaredLogSumExp })(inputs, data).loss)
    const [none, some] = [await loss(0), await loss(0.3)]
    const terms = eArmLoss(model, options)(inputs, data, drawn)
    expect(some.loss).toBeGreaterThan(none.loss)
    expect((await evaluated(terms.logSumExp)).loss ** 2).toBeLessThanOrEqual((some.loss - none.loss) / 0.3 + 1e-12)
  })

  it('label smoothing mixes in the mean over the symbols', async () => {
    const rows = { ...data, logits: model.forward(inputs, data.tokens, keepAll).logits }
    const smoothed = async (epsilon: number) => (await evaluated(crossEntropyOf(epsilon)(rows))).loss
    const [zero, half, whole] = [await smoothed(0), await smoothed(0.5), await smoothed(1 - 1e-12)]
    expect(half).toBeCloseTo((zero + whole) / 2, 9)
  })

  it('label smoothing by hand: of q = (1/4, 3/4) and the first symbol', async () => {
    const [batch, time, symbol] = [axis('batch', 1), axis('time', 1), axis('symbol', 2)]
    const one = {
      logits: literal(Float64Array.of(0, Math.log(3)), batch, time, symbol),
      tokens: literalIntegers(Int32Array.of(0), batch, time),
      mask: literal(Float64Array.of(1), batch, time),
    }
    for (const epsilon of [0, 0.1, 0.75]) {
      const wanted = -(1 - epsilon) * Math.log(1 / 4) - (epsilon * (Math.log(1 / 4) + Math.log(3 / 4))) / 2
      const found = await run(evaluateOn(reference)({ loss: crossEntropyOf(epsilon)(one) }, {}))
      expect(found.loss?.data[0]).toBeCloseTo(wanted, 12)
    }
  })

  it('ESS of w is reported for every step that both reach', async () => {
    const { energy } = eArmLoss(model, options)(inputs, data, drawn)
    if (energy === undefined) throw new Error('no energy terms')
    const out = await run(evaluateOn(reference)({ ess: energy.effectiveSampleSize }, values))
    const ess = Array.from(out.ess?.data ?? [])
    expect(ess.slice(0, 2).every((e) => e >= 1 && e <= 2 + 1e-12)).toBe(true)
    expect(ess[0]).toBeCloseTo(2, 12)
    expect(ess.slice(2)).toEqual([1, 1])
  })
})

describe('settings', () => {
  it('are the paper’s unless given', () => expect(right(eArmOptions({}))).toEqual(paperOptions))

  it('wrong ones are named', () => {
    const wrong: readonly (readonly [Partial<EArmOptions>, string])[] = [
      [{ lambda: Number.NaN }, '--lambda NaN is not a number from 0'],
      [{ startEpoch: 41 }, '--start-epoch 41 is past the last of 40 epochs'],
      [{ startEpoch: 40 }, '--start-epoch 40 is past the last of 40 epochs'],
      [{ window: -1 }, '--window -1 is not a whole number from 0 to 1e9'],
      [{ length: 5000 }, '--length 5000 is more than the 4096 sampled tokens of an update'],
      [{ labelSmoothing: 1 }, '--label-smoothing 1 is not a number from 0 below 1'],
    ]
    for (const [given, what] of wrong) {
      expect(left(eArmOptions(given, 40)).what).toBe(what)
      expect(left(eArmOptions(given, 40)).tag).toBe('Usage')
    }
  })

  it('without energy no epoch needs it', () =>
    expect(right(eArmOptions({ lambda: 0, startEpoch: 40 }, 40))).toMatchObject({ startEpoch: 40 }))

  it('as many rows are sampled as the batch has, within the bound on tokens', () => {
    expect(negativeRows(paperOptions, 32, 50)).toBe(32)
    expect(negativeRows(paperOptions, 128, 50)).toBe(81)
    expect(negativeRows(paperOptions, 200, 32)).toBe(128)
  })
})
