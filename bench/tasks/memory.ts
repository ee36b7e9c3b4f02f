/**
 * What many training steps of a small LSTM leave behind: live device buffers and resident memory, before and after.
 */
import { counting } from '../../specs/device/instrument.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { openWebGpu } from '../../lib/webgpu.ts'
import { numberIn, type Task } from '../clock.ts'
import { trainingStep } from '../lstm.ts'
import { must } from '../open.ts'

const mebibytes = (bytes: number): number => Math.round(bytes / 2 ** 20)

/** Settings: `device`, `steps`, `batch`, `time`, `hidden`, `layers`. The loss is read at every tenth step. */
export const measure: Task = async (settings) => {
  const counter = { made: 0, destroyed: 0 }
  const executor = await must(
    settings['device'] === 'webgpu' ? openWebGpu({ instrument: counting(counter) }) : openOnnx(),
  )
  const step = await trainingStep(executor, settings)
  const run = async (from: number, to: number): Promise<void> => {
    for (let i = from; i < to; i++) await step(i, i % 10 === 9 ? 'loss' : 'nothing')
  }
  const state = () => ({ buffers: counter.made - counter.destroyed, resident: mebibytes(process.memoryUsage.rss()) })
  const [settling, steps] = [500, numberIn(settings, 'steps')]
  await run(0, settling)
  const before = state()
  const start = performance.now()
  await run(settling, settling + steps)
  const after = state()
  const buffers = executor.name === 'webgpu' ? { 'live buffers': `${before.buffers} → ${after.buffers}` } : {}
  const times = [(performance.now() - start) / steps]
  return { times, facts: { steps, ...buffers, 'RSS (MiB)': `${before.resident} → ${after.resident}` } }
}
