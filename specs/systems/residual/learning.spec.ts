/**
 * Energies learn what a base lacks: rows whose second half copies the first, under a base that does not know it (uniform),
 * so that the gain of the ideal energy over the base is known, and log Z is a sum over all rows.
 */
import { describe, expect, it } from 'vitest'
import { fold, type Key, key, uniforms } from '../../../lib/key.ts'
import { logSumExp, mean } from '../../../lib/math.ts'
import { energyNetwork, type EnergyNetworkOptions } from '../../../lib/models/energy-network.ts'
import { widthDeviation } from '../../../lib/models/transformer-size.ts'
import { openOnnx } from '../../../lib/onnx.ts'
import { energyRuntime } from '../../../lib/systems/residual/energy-runtime.ts'
import { energyTraining, optimiserOf } from '../../../lib/systems/residual/programs.ts'
import { joinRows } from '../../../lib/systems/residual/sequence.ts'
import { parametersOf } from '../../../lib/optimise/training.ts'
import { stepProgram } from '../../../lib/train/micro-batches.ts'
import { roundedState } from '../../../lib/train/stepper.ts'
import type { TokenRows } from '../../../lib/data/strings.ts'
import { run } from '../../either.ts'
import { everyRow } from './finite.ts'

const [symbols, half, kept, batch] = [3, 3, 0.85, 32]
const time = 2 * half

const uniformRows = (k: Key, count: number): TokenRows => ({
  tokens: Int32Array.from(uniforms(k, count * time), (u) => Math.floor(u * symbols)),
  count,
  time,
})

/** Each symbol of the second half is that of the first with probability 0.85, else any. */
const copies = (k: Key, count: number): TokenRows => {
  const rows = uniformRows(fold(k, 0), count)
  const u = uniforms(fold(k, 1), count * half)
  for (let i = 0; i < count; i++)
    for (let t = 0; t < half; t++)
      if ((u[i * half + t] ?? 1) < kept) rows.tokens[i * time + half + t] = rows.tokens[i * time + t] ?? 0
  return rows
}

/** KL(data ‖ uniform) in nats per row: what the ideal energy gains. */
const ideal = (): number => {
  const [same, other] = [kept + (1 - kept) / symbols, (1 - kept) / symbols]
  return half * (Math.log(symbols) + same * Math.log(same) + (symbols - 1) * other * Math.log(other))
}

const size: EnergyNetworkOptions['size'] = {
  ...{ symbols: symbols + 1, model: 32, heads: 4, layers: 2, feedForward: 128, context: time, begin: symbols },
  ...{ positions: 'learned', norm: 'pre', activation: 'gelu-tanh', tied: true, deviation: widthDeviation(32) },
}

/** Trains on fresh batches; the mean log-probability of data above the base's then, in nats per row. */
const gainOf = async (direction: EnergyNetworkOptions['direction'], steps: number): Promise<number> => {
  const network = energyNetwork({ size, direction, head: 'position-sum' })
  const executor = await run(openOnnx())
  const optimiser = optimiserOf({ steps, batch, learningRate: 4e-3, warmUp: 20, evaluateEvery: steps })
  const mix = { data: batch, ratio: 1 }
  const objective = { name: 'nce', penalty: 0 } as const
  const training = energyTraining(network, { mix, time, from: 0, dropout: 0, objective, optimiser })
  const prepared = await run(executor.prepare(stepProgram(training)))
  await run(prepared.writeState(network.initialise(key(1))))
  for (let step = 0; step < steps; step++) {
    const k = fold(key(2), step)
    const { tokens } = joinRows([copies(fold(k, 0), batch), uniformRows(fold(k, 1), batch)], time)
    await run(prepared.run({ tokens }, []))
  }
  const parameters = parametersOf(await roundedState(run, prepared))
  const energy = energyRuntime(executor, network, { batch: 729, time, from: 0 }).energy(parameters)
  const logPartition = logSumExp((await run(energy(everyRow(symbols, time)))).map((e) => -e)) - time * Math.log(symbols)
  const gain = -mean(await run(energy(copies(key(3), 2187)))) - logPartition
  executor.release()
  return gain
}

describe('an energy on a base that is too weak', { timeout: 60_000 }, () => {
  it('a deviation for a width is that of GPT-2 at 768', () => {
    expect(widthDeviation(768)).toBe(0.02)
    expect(widthDeviation(192)).toBeCloseTo(0.04, 12)
  })

  for (const direction of ['causal', 'bidirectional'] as const)
    it(`${direction}: most of the known gain`, async () => {
      const gain = await gainOf(direction, 160)
      expect(gain).toBeLessThan(ideal() + 0.05)
      expect(gain).toBeGreaterThan(0.7 * ideal())
    })
})
