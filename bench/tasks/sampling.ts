/**
 * Exact ancestral sampling of a batch, with its log-probabilities, strings read back.
 */
import { numberIn, type Task, timed } from '../clock.ts'
import { parametersFor, runtimeFor } from '../lstm.ts'
import { must, openDevice } from '../open.ts'
import { key } from '../../lib/key.ts'

/** Settings: `device`, `batch` (sequences), `time`, `hidden`, `layers`. */
export const measure: Task = async (settings) => {
  const runtime = runtimeFor(await openDevice(settings), settings)
  const parameters = parametersFor(settings)
  const [count, time] = [numberIn(settings, 'batch'), numberIn(settings, 'time')]
  const times = await timed(settings, (round) =>
    must(runtime.sample(parameters, { key: key(round), count, length: time })),
  )
  return { times, facts: {} }
}
