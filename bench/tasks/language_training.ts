/**
 * The training step of a transformer language model (forward, backward, clipping, AdamW), its loss read at every step.
 */
import { key } from '../../lib/key.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { adamW, chain, clipByGlobalNorm } from '../../lib/optimise/index.ts'
import { languageTraining } from '../../lib/systems/residual/programs.ts'
import { openStepper } from '../../lib/train/micro-batches.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { must, openDevice } from '../open.ts'
import { rowsOf, sizeOf } from '../transformer.ts'

/** Settings: `device`, `workers` (each with a part of the batch), `batch`, `time`, `model`, `layers`, `heads`. */
export const measure: Task = async (settings) => {
  const model = transformer(sizeOf(settings))
  const parts = Number(settings['workers'] ?? 1)
  const trained = languageTraining(model, {
    batch: numberIn(settings, 'batch') / parts,
    time: numberIn(settings, 'time'),
    from: 0,
    dropout: 0,
    optimiser: chain(clipByGlobalNorm(1), adamW(1e-3, 0.01)),
  })
  const prepared = await must(openStepper(await openDevice(settings), trained, { parts }))
  await must(prepared.writeState(model.initialise(key(1))))
  const tokens = rowsOf(settings)
  const step = async () => (await must(prepared.run({ tokens }, ['loss'])))['loss']?.data[0]
  const first = await step()
  let last = first
  const times = await timed(settings, async () => {
    last = await step()
  })
  if (first === undefined || last === undefined || !(last < first))
    throw new Error(`the loss went from ${first} to ${last}`)
  return { times, facts: {} }
}
