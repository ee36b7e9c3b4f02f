/** Langevin negatives of a translation: the chain moves embeddings over the memory, and an update trains. */
import { describe, expect, it } from 'vitest'
import { key } from '../../../lib/key.ts'
import { reference } from '../../../lib/reference.ts'
import { silentProgress } from '../../../lib/progress.ts'
import { adam } from '../../../lib/optimise/index.ts'
import { langevinTrainer } from '../../../lib/systems/e-arm/langevin-trainer.ts'
import { pairedRows } from '../../../lib/systems/e-arm/row-kinds.ts'
import { costsOn } from '../../../lib/systems/e-arm/experiment-costs.ts'
import { pairsTaskOf } from '../../../lib/systems/e-arm/pairs-task.ts'
import { run } from '../../either.ts'
import { end, feeds, network, options, start, task, time } from './reversal.ts'

const kind = pairedRows(network, end)
const chain = { batch: 6, time, window: 2, stepSize: 0.1, optimiser: adam(0.01) }

const updated = async (steps: number, lambda: number) => {
  const trainer = await run(langevinTrainer(reference, kind, { ...chain, lambda, steps }))
  await run(trainer.prepared.writeState(start))
  const losses = [await run(trainer.update(feeds(0), key(5))), await run(trainer.update(feeds(0), key(5)))]
  const { embeddings } = await run(trainer.prepared.readState(['embeddings']))
  trainer.release()
  return { losses, embeddings: Array.from(embeddings?.data ?? []) }
}

describe('an update with Langevin negatives', () => {
  it('lowers the loss without them, and depends on the length of its chain with them', async () => {
    const plain = await updated(0, 0)
    expect(plain.losses[1]).toBeLessThan(plain.losses[0] ?? 0)
    const [none, two] = [await updated(0, 0.1), await updated(2, 0.1)]
    expect(two.embeddings).toHaveLength(6 * 3 * 16)
    expect(two.embeddings).not.toEqual(none.embeddings)
    for (const loss of [...none.losses, ...two.losses]) expect(Number.isFinite(loss)).toBe(true)
    expect(await updated(2, 0.1)).toEqual(two)
  }, 60_000)
})

describe('Table 11', () => {
  it('stops when asked to before the clock starts', async () => {
    const controller = new AbortController()
    controller.abort()
    const data = {
      cache: '',
      run: () => () => Promise.reject(new Error('no program is run')),
      progress: silentProgress,
    }
    const services = { progress: silentProgress, signal: controller.signal, data }
    const found = await costsOn(reference, services, pairsTaskOf({ ...options, batch: 2 }, task))()
    expect(found).toMatchObject({ _tag: 'Left', left: { tag: 'Interrupted' } })
  }, 60_000)
})
