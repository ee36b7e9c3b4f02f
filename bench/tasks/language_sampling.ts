/**
 * Ancestral sampling of whole rows from a transformer, token by token over its cache, with log-probabilities.
 */
import { key } from '../../lib/key.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { must, openDevice } from '../open.ts'
import { sizeOf } from '../transformer.ts'

/** Settings: `device`, `workers` (each with a part of the rows), `batch`, `time`, `model`, `layers`, `heads`. */
export const measure: Task = async (settings) => {
  const model = transformer(sizeOf(settings))
  const [batch, length] = [numberIn(settings, 'batch'), numberIn(settings, 'time')]
  const runtime = languageRuntime(await openDevice(settings), model, {
    batch: batch / Number(settings['workers'] ?? 1),
  })
  const parameters = model.initialise(key(1))
  const times = await timed(settings, (round) =>
    must(runtime.sample(parameters, { key: key(round), count: batch, length })),
  )
  return { times, facts: {} }
}
