/** The objective on every executor: the reference in f64, WebGPU and ONNX Runtime in f32. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../../lib/axis.ts'
import type { Executor, Feeds } from '../../../lib/executor.ts'
import type { Expr, Scalar } from '../../../lib/expr.ts'
import { gradient } from '../../../lib/grad.ts'
import { fold, key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { mean } from '../../../lib/math.ts'
import { parameterInputs, prefixed } from '../../../lib/models/parameters.ts'
import { tableModel } from '../../../lib/models/table-model.ts'
import { openOnnx } from '../../../lib/onnx.ts'
import { input, inputOf } from '../../../lib/ops/layout.ts'
import { constant, shift } from '../../../lib/ops/pointwise.ts'
import { adam } from '../../../lib/optimise/index.ts'
import { evaluateOn } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import { eArmLoss } from '../../../lib/systems/e-arm/objective.ts'
import { paperOptions } from '../../../lib/systems/e-arm/options.ts'
import { endMask, type MaskedRows, type PerToken, tokenTerms } from '../../../lib/systems/e-arm/rows.ts'
import { tokenRows } from '../../../lib/systems/e-arm/row-kinds.ts'
import type { Variant } from '../../../lib/systems/e-arm/variants.ts'
import { eArmTrainer } from '../../../lib/systems/e-arm/trainer.ts'
import { prefixWeights } from '../../../lib/systems/e-arm/weights.ts'
import { before, prefixLogProbability } from '../../../lib/systems/e-arm/window.ts'
import { webGpuExecutor } from '../../../lib/webgpu.ts'
import { describeOnDevice } from '../../adapter.ts'
import { normals } from '../../../lib/laws/arbitraries/distributions.ts'
import { right, run } from '../../either.ts'
import { declared } from '../../../lib/phantom.ts'

const [ROWS, STEPS, END] = [6, 5, 2]
const model = tableModel({ symbols: 3, length: STEPS })
const parameters = parameterInputs(model.parameters)
const values = prefixed('parameter/', model.initialise(key(6)))
const [batch, time] = [axis('batch', ROWS), axis('time', STEPS)]

const rowsOf = (name: string): MaskedRows => {
  const tokens = inputOf('i32')(name, batch, time)
  return { tokens, mask: endMask(END)(tokens) }
}

const terms = eArmLoss(model, { lambda: 0.3, window: 2, squaredLogSumExp: 0.1, labelSmoothing: 0.1 })(
  parameters,
  rowsOf('data'),
  rowsOf('drawn'),
)
const scalarOf = (x: Expr): Scalar => declared(x)
const { slope } = gradient(terms.loss, { slope: scalarOf(parameters['logits'] ?? constant(0)) })
const named = { loss: terms.loss, slope, ess: terms.energy?.effectiveSampleSize ?? constant(0) }

/** Rows of symbols 0 and 1 that end with 2 somewhere, and then hold `after`. */
const tokensOf = (seed: number, after: number): Int32Array =>
  Int32Array.from({ length: ROWS * STEPS }, (_, i) => {
    const [row, step] = [Math.floor(i / STEPS), i % STEPS]
    const end = (row * seed + 1) % (STEPS + 2)
    return step < end ? (i * seed) % 2 : step === end ? END : (after + i) % 3
  })

const feeds = (after: number): Feeds => ({ ...values, data: tokensOf(3, after), drawn: tokensOf(5, after) })

const agrees = (executor: () => Executor): void => {
  const close = (xs: ArrayLike<number>, ys: ArrayLike<number>, within: number): void => {
    expect(xs.length).toBe(ys.length)
    Array.from(xs).forEach((x, i) => expect(Math.abs(x - at(ys, i))).toBeLessThanOrEqual(within))
  }

  it('E12: loss, gradient and ESS are the reference’s, to a few roundings of f32', async () => {
    const [own, exact] = [
      await run(evaluateOn(executor())(named, feeds(0))),
      await run(evaluateOn(reference)(named, feeds(0))),
    ]
    // Sums of at most 60 terms of size up to 8: 2⁻²³·8·(2 + log₂ 60)·60·8 is 4e-3; the largest found is far below.
    for (const name of ['loss', 'slope', 'ess'] as const) close(own[name]?.data ?? [], exact[name]?.data ?? [1], 2e-5)
  })

  it('E20: what stands after EOS changes neither loss nor gradient, exactly', async () => {
    const [one, other] = [
      await run(evaluateOn(executor())(named, feeds(0))),
      await run(evaluateOn(executor())(named, feeds(1))),
    ]
    expect(other).toEqual(one)
  })

  it('E2: q̃ has the value of q to the last bit', async () => {
    const x = input('x', batch, time)
    const data = normals(key(3), ROWS * STEPS).map((z) => Math.fround(-Math.abs(z)))
    const out = await run(evaluateOn(executor())({ a: prefixLogProbability(2)(x), b: before(x) }, { x: data }))
    expect(out.a?.data).toEqual(out.b?.data)
  })

  it('E19: w has mean 1, does not move with the logsumexps, and is finite for |logits| ≤ 1e4', async () => {
    const lse = input('lse', batch, time)
    const weightsOf = (logSumExp: PerToken, mask: PerToken): PerToken =>
      prefixWeights({ logit: logSumExp, logProbability: logSumExp, logSumExp, mask })
    const mask = input('mask', batch, time)
    const out = await run(
      evaluateOn(executor())(
        {
          plain: weightsOf(lse, mask),
          moved: weightsOf(shift(1e4)(lse), mask),
          far: weightsOf(input('far', batch, time), mask),
        },
        {
          lse: normals(key(8), ROWS * STEPS).map(Math.fround),
          far: Float64Array.from({ length: ROWS * STEPS }, (_, i) => (i % 3 === 0 ? 1e4 : -1e4)),
          mask: new Float64Array(ROWS * STEPS).fill(1),
        },
      ),
    )
    // A shift by 1e4 leaves 2⁻¹⁰ of absolute precision in f32: relative 2e-3 in w, T32 with terms of 1e4.
    close(out.moved?.data ?? [], out.plain?.data ?? [1], 1e-2)
    for (const w of [out.plain?.data ?? [], out.far?.data ?? []])
      for (let k = 0; k < STEPS; k++) {
        const column = Array.from({ length: ROWS }, (_, r) => at(w, r * STEPS + k))
        expect(Math.abs(mean(column) - 1)).toBeLessThan(1e-5)
      }
  })

  it('E16: raw logits give w ≢ 1', async () => {
    const drawn = rowsOf('drawn')
    const logits = model.forward(parameters, drawn.tokens, () => (x) => x).logits
    const out = await run(
      evaluateOn(executor())(
        { w: prefixWeights(tokenTerms({ ...drawn, logits })) },
        { ...values, drawn: tokensOf(5, 0) },
      ),
    )
    expect(Array.from(out.w?.data ?? []).some((w) => w > 0 && Math.abs(w - 1) > 0.1)).toBe(true)
  })

  it('E4, E21: with λ = 0 and before the start epoch updates have the bits of plain training', async () => {
    const updated = async (lambda: number, variant: Variant): Promise<readonly number[]> => {
      const trainer = right(
        await eArmTrainer(executor(), tokenRows(model, { end: END }), {
          options: { ...paperOptions, lambda, length: STEPS },
          batch: ROWS,
          time: STEPS,
          optimiser: adam(0.1),
          dropout: 0,
        })(),
      )
      const prepared = await run(trainer.prepared(variant))
      await run(prepared.writeState(model.initialise(key(6))))
      for (let i = 0; i < 2; i++)
        await run(prepared.run({ tokens: tokensOf(3, i), key: Uint32Array.from(fold(key(1), i)) }, ['loss']))
      const state = await run(prepared.readState(['logits']))
      trainer.release()
      return Array.from(state['logits']?.data ?? [])
    }
    const plain = await updated(0, 'plain')
    expect(await updated(0, 'e-arm')).toEqual(plain)
    expect(await updated(0.2, 'plain')).toEqual(plain)
    const energy = await updated(0.2, 'e-arm')
    expect(energy).not.toEqual(plain)
    expect(await updated(0.2, 'e-arm')).toEqual(energy)
  })
}

describe('on the reference', () => agrees(() => reference))

const onnx = right(await openOnnx({ threads: 1 })())
describe('on ONNX Runtime', () => agrees(() => onnx))

await describeOnDevice('on WebGPU', (device) => agrees(() => webGpuExecutor()(device)))
