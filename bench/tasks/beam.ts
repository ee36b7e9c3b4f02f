/**
 * Beam search from several prefixes at once over a transformer's caches, all hypotheses of full length.
 */
import { key } from '../../lib/key.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { must, openDevice } from '../open.ts'
import { rowsOf, sizeOf } from '../transformer.ts'

/** Settings: `device`, `workers` (each with a part of the prefixes), `batch` (prefixes), `prefix` (their length), `width`, `time`, `model`, `layers`, `heads`. */
export const measure: Task = async (settings) => {
  const model = transformer(sizeOf(settings))
  const [count, width] = [numberIn(settings, 'batch'), numberIn(settings, 'width')]
  const [time, length] = [numberIn(settings, 'prefix'), numberIn(settings, 'time')]
  const runtime = languageRuntime(await openDevice(settings), model, {
    batch: (count / Number(settings['workers'] ?? 1)) * width,
  })
  const parameters = model.initialise(key(1))
  const prefix = { tokens: rowsOf({ batch: count, time }), count, time }
  const times = await timed(settings, () => must(runtime.beam(parameters, { prefix, width, length })))
  return { times, facts: {} }
}
