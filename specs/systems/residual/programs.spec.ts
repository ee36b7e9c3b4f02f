/** A step of training an energy: its loss is the objective of the energies that the runtime gives, rows in the stated order. */
import { describe, expect, it } from 'vitest'
import { nceLoss } from '../../../lib/energy/index.ts'
import { fold, key, uniforms } from '../../../lib/key.ts'
import { logSumExp, mean, softplus } from '../../../lib/math.ts'
import { energyNetwork } from '../../../lib/models/energy-network.ts'
import { openOnnx } from '../../../lib/onnx.ts'
import { sgd } from '../../../lib/optimise/index.ts'
import { reference } from '../../../lib/reference.ts'
import { energyRuntime } from '../../../lib/systems/residual/energy-runtime.ts'
import { type EnergyTraining, energyTraining, LOG_NORMALISER } from '../../../lib/systems/residual/programs.ts'
import { openStepper, stepProgram } from '../../../lib/train/micro-batches.ts'
import { run } from '../../either.ts'

const [time, from, mix] = [4, 1, { data: 2, ratio: 3 }] as const
const network = energyNetwork({
  size: {
    ...{ symbols: 3, model: 8, heads: 2, layers: 1, feedForward: 8, context: time, begin: 3 },
    ...{ positions: 'learned', norm: 'pre', activation: 'gelu-tanh', tied: true, deviation: 0.5 },
  },
  direction: 'bidirectional',
  head: 'position-sum',
})
const parameters = { ...network.initialise(key(4)), 'head.weight': new Float32Array(8).fill(0.3) }

/** The loss and the next c of one step of gradient descent at rate 1, and the energies of the rows. */
const stepped = async (options: Pick<EnergyTraining, 'objective' | 'logNormaliser' | 'whole'>, rows: number) => {
  const executor = await run(openOnnx())
  const tokens = Int32Array.from(uniforms(fold(key(5), rows), rows * time), (u) => Math.floor(3 * u))
  const logBase = Float32Array.from(uniforms(key(6), rows), (u) => -u)
  const optimiser = sgd(1)
  const training = energyTraining(network, { mix, time, from, dropout: 0, optimiser, ...options })
  const prepared = await run(executor.prepare(stepProgram(training)))
  const normaliser = options.logNormaliser === true ? { [LOG_NORMALISER]: Float32Array.of(0.3) } : {}
  await run(prepared.writeState({ ...parameters, ...normaliser }))
  const feeds = { tokens, ...(options.whole === true ? { logBase } : {}) }
  const loss = (await run(prepared.run(feeds, ['loss'])))['loss']?.data[0] ?? Number.NaN
  const next = (await run(prepared.readState()))[LOG_NORMALISER]?.data[0]
  const runtime = energyRuntime(executor, network, { batch: rows, time, from })
  const energies = await run(runtime.energy({ ...parameters, ...normaliser })({ tokens, count: rows, time }))
  executor.release()
  return { loss, next, energies, logBase: Float64Array.from(logBase) }
}

describe('a step of training an energy', { timeout: 30_000 }, () => {
  it('by NCE of the energy alone with a log-normaliser: s = −E − c − log q, and c goes down its slope', async () => {
    const { loss, next, energies, logBase } = await stepped(
      { objective: { name: 'nce', penalty: 0 }, logNormaliser: true, whole: true },
      8,
    )
    const s = energies.map((e, i) => -e - 0.3 - (logBase[i] ?? 0))
    const wanted = nceLoss({ data: s.slice(0, 2), noise: s.slice(2), ratio: 3 })
    expect(loss).toBeCloseTo(wanted.loss, 5)
    const slope = -[...wanted.data, ...wanted.noise].reduce((a, b) => a + b, 0)
    expect(next).toBeCloseTo(0.3 - slope, 5)
  })

  it('by importance-sampled likelihood, each datum with its own proposals', async () => {
    const { loss, energies } = await stepped({ objective: { name: 'importance', penalty: 0 } }, 8)
    const of = (b: number): number => logSumExp(energies.slice(2 + 3 * b, 5 + 3 * b).map((e) => -e)) - Math.log(3)
    expect(loss).toBeCloseTo(mean([0, 1].map((b) => of(b) + (energies[b] ?? 0))), 5)
  })

  it('by dynamic NCE: two more rows of noise stand on the data side with weight 1 − α', async () => {
    const { loss, energies } = await stepped({ objective: { name: 'dynamic-nce', penalty: 0, interpolation: 0.6 } }, 10)
    const accept = (from: number, to: number): number =>
      mean(energies.slice(from, to).map((e) => softplus(Math.log(3) + e)))
    const fake = 3 * mean(energies.slice(2, 8).map((e) => softplus(-e - Math.log(3))))
    expect(loss).toBeCloseTo(0.6 * accept(0, 2) + 0.4 * accept(8, 10) + fake, 5)
  })
})

describe('a batch in two parts', () => {
  /** A step of gradient descent on 4 data with 3 rows of noise each, in so many parts: what it says, and c after it. */
  const split = async (parts: number, objective: EnergyTraining['objective']) => {
    const training = energyTraining(network, {
      ...{ mix: { data: 4 / parts, ratio: 3 }, time, from, dropout: 0, optimiser: sgd(1), objective },
      ...{ logNormaliser: true },
    })
    const extra = objective.name === 'dynamic-nce' ? [1] : []
    const blocks = [1, 3, ...extra].map((rows) => (4 / parts) * rows)
    const stepper = await run(openStepper(reference, training, { parts, blocks }))
    await run(stepper.writeState({ ...parameters, [LOG_NORMALISER]: Float32Array.of(0.3) }))
    const rows = 16 + 4 * extra.length
    const tokens = Int32Array.from(uniforms(fold(key(8), rows), rows * time), (u) => Math.floor(3 * u))
    const found = Object.values(await run(stepper.run({ tokens }))).flatMap((x) => [...(x?.data ?? [])])
    const next = [...((await run(stepper.readState()))[LOG_NORMALISER]?.data ?? [])]
    stepper.release()
    return [...found, ...next].toSorted((a, b) => a - b)
  }

  it.each([
    { name: 'nce', penalty: 0.01 },
    { name: 'dynamic-nce', penalty: 0.01, interpolation: 0.6 },
  ] as const)('has of data, noise and mixed noise its half each: $name says the same', async (objective) => {
    const [whole, halves] = [await split(1, objective), await split(2, objective)]
    expect(whole).toHaveLength(6)
    halves.forEach((x, i) => expect(x).toBeCloseTo(whole[i] ?? Number.NaN, 12))
  })
})
