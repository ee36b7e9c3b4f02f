/**
 * From nothing to a training step that is ready to run: expressions, gradient, plan, kernels or session. Measured once in
 * a fresh process, because caches make every later time shorter.
 */
import { numberIn, type Task } from '../clock.ts'
import { trainerFor } from '../lstm.ts'
import { must, openDevice } from '../open.ts'

/** Settings: `device`, `batch`, `time`, `hidden`, `layers`. */
export const measure: Task = async (settings) => {
  const executor = await openDevice(settings)
  const start = performance.now()
  await must(trainerFor(executor, settings).trainer(numberIn(settings, 'time')))
  return { times: [performance.now() - start], facts: {} }
}
