/**
 * log Z of one prefix from many samples of a transformer, weighed by a bidirectional energy of its size as they come: sequences
 * per second, and whether ten times as many samples need more memory.
 */
import { energyNetwork } from '../../lib/models/energy-network.ts'
import { key } from '../../lib/key.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { rowsAtOnce, sequenceBase } from '../../lib/systems/residual/context.ts'
import { energyRuntime } from '../../lib/systems/residual/energy-runtime.ts'
import { firstTokens } from '../../lib/systems/residual/sequence.ts'
import { weighPrefixes } from '../../lib/systems/residual/weighing.ts'
import { numberIn, type Task } from '../clock.ts'
import { must, openDevice } from '../open.ts'
import { rowsOf, sizeOf } from '../transformer.ts'

/** The most memory that this process has held (MiB): VmHWM on Linux. */
const peak = (): number => Math.round(process.resourceUsage().maxRSS / 1024)

/** Settings: `device`, `samples`, `prefix`, `time`, `model`, `layers`, `heads`. A tenth of the samples goes before. */
export const measure: Task = async (settings) => {
  const executor = await openDevice(settings)
  const [size, batch, time] = [sizeOf(settings), rowsAtOnce(executor), numberIn(settings, 'time')]
  const [from, samples] = [numberIn(settings, 'prefix'), numberIn(settings, 'samples')]
  const model = transformer(size)
  const network = energyNetwork({ size, direction: 'bidirectional', head: 'mean-linear' })
  const base = sequenceBase(languageRuntime(executor, model, { batch }), model.initialise(key(1)), time)
  const energy = energyRuntime(executor, network, { batch, time, from }).energy(network.initialise(key(2)))
  const prefix = firstTokens({ tokens: rowsOf({ ...settings, batch: 1 }), count: 1, time }, from)
  const estimate = async (count: number) => {
    const start = performance.now()
    const { partitions } = await must(
      weighPrefixes({ base, energy }, { key: key(count), samples: count, batch })(prefix),
    )
    return { milliseconds: performance.now() - start, logPartition: partitions[0]?.jackknife ?? Number.NaN }
  }
  await estimate(Math.round(samples / 10))
  const before = peak()
  const { milliseconds, logPartition } = await estimate(samples)
  const after = peak()
  if (!Number.isFinite(logPartition)) throw new Error(`log Z is ${logPartition}`)
  const facts = { samples, 'peak RSS (MiB)': `${before} at a tenth → ${after}`, growth: (after / before).toFixed(3) }
  return { times: [milliseconds], facts }
}
