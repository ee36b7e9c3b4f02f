/**
 * An update of E-ARM, a plain one, or the drawing of its rows alone, on a transformer: parameters, forward, backward, clipping and Adam.
 */
import { key } from '../../lib/key.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { adam, chain, clipByGlobalNorm } from '../../lib/optimise/index.ts'
import { childWords } from '../../lib/systems/e-arm/feeds.ts'
import { paperOptions } from '../../lib/systems/e-arm/options.ts'
import { tokenRows } from '../../lib/systems/e-arm/row-kinds.ts'
import { eArmTrainer } from '../../lib/systems/e-arm/trainer.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { must, openDevice } from '../open.ts'
import { sizeOf } from '../transformer.ts'

/** Settings: `device`, `how` ('plain', 'e-arm' or 'sampling'), `symbols`, `batch`, `time`, `model`, `layers`, `heads`. */
export const measure: Task = async (settings) => {
  const symbols = numberIn(settings, 'symbols')
  const [batch, time] = [numberIn(settings, 'batch'), numberIn(settings, 'time')]
  const model = transformer({ ...sizeOf(settings), symbols, deviation: 0.03 })
  const options = { ...paperOptions, startEpoch: 0 }
  const trained = { options, batch, time, optimiser: chain(clipByGlobalNorm(1), adam(1e-3)), dropout: 0 }
  const trainer = await must(eArmTrainer(await openDevice(settings), tokenRows(model), trained))
  const prepared = await must(trainer.prepared(settings['how'] === 'plain' ? 'plain' : 'e-arm'))
  await must(prepared.writeState(model.initialise(key(1))))
  const tokens = Int32Array.from({ length: batch * time }, (_, i) => (i * 7919 * 31) % symbols)
  const fed = (round: number) => ({ tokens, key: childWords(key(2), round) })
  const sampling = settings['how'] === 'sampling'
  const work = (round: number) =>
    sampling ? must(trainer.sample(fed(round))) : must(prepared.run(fed(round), ['loss']))
  return { times: await timed(settings, work), facts: {} }
}
