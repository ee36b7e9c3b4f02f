/**
 * The LSTM training step (forward, backward through time, clipping, Adam), its loss read back at every step.
 */
import { type Task, timed } from '../clock.ts'
import { trainingStep } from '../lstm.ts'
import { openDevice } from '../open.ts'

/** Settings: `device`, `batch`, `time`, `hidden`, `layers`. */
export const measure: Task = async (settings) => {
  const step = await trainingStep(await openDevice(settings), settings)
  const first = await step(0, 'loss')
  let last = first
  const times = await timed(settings, async (round) => {
    last = await step(round + 1, 'loss')
  })
  if (first === undefined || last === undefined || !(last < first))
    throw new Error(`the loss went from ${first} to ${last}`)
  return { times, facts: {} }
}
