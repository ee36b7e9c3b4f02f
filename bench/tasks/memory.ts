/**
 * What many training steps of a small LSTM leave behind: live device buffers, live memory of the heap and resident memory,
 * before and after.
 *
 * The steps that count begin after 2 000 others. Until then V8 still enlarges its heap: on ONNX Runtime the resident memory
 * after 500, 1 000, 2 000, 4 000, 6 000, 8 000 and 10 000 steps was 150, 152, 173, 175, 176, 172 and 162 MiB, while what was
 * alive stayed at 11.7 MiB. Each reading follows a collection, so that arrays that only wait for one do not count.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { counting } from '../../specs/device/instrument.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { openWebGpu } from '../../lib/webgpu.ts'
import { numberIn, type Task } from '../clock.ts'
import { trainingStep } from '../lstm.ts'
import { must } from '../open.ts'

/** Steps before the ones that count. */
const SETTLING = 2000

setFlagsFromString('--expose-gc')
const collect = (): void => {
  runInNewContext('gc()')
}

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
  const state = () => {
    collect()
    const { rss, heapUsed } = process.memoryUsage()
    return { buffers: counter.made - counter.destroyed, live: mebibytes(heapUsed), resident: mebibytes(rss) }
  }
  const steps = numberIn(settings, 'steps')
  await run(0, SETTLING)
  const before = state()
  const start = performance.now()
  await run(SETTLING, SETTLING + steps)
  const time = (performance.now() - start) / steps
  const after = state()
  const buffers = executor.name === 'webgpu' ? { 'live buffers': `${before.buffers} → ${after.buffers}` } : {}
  const memory = {
    'live heap (MiB)': `${before.live} → ${after.live}`,
    'RSS (MiB)': `${before.resident} → ${after.resident}`,
  }
  return { times: [time], facts: { steps, ...buffers, ...memory } }
}
