/**
 * Causal attention and its three gradients. Operands stay on the device where there is one; the sum of all gradients is
 * read back, so that nothing can be left out.
 */
import { axis } from '../../lib/axis.ts'
import { gradient } from '../../lib/grad.ts'
import { attention } from '../../lib/ops/attention.ts'
import { input, rename } from '../../lib/ops/layout.ts'
import { add, square } from '../../lib/ops/pointwise.ts'
import { sumOver } from '../../lib/ops/reduce.ts'
import { program } from '../../lib/program.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { matrix } from '../matrices.ts'
import { must, openDevice } from '../open.ts'

/** Settings: `device`, `batch`, `heads`, `time`, `depth`. */
export const measure: Task = async (settings) => {
  const axes = [
    axis('batch', numberIn(settings, 'batch')),
    axis('head', numberIn(settings, 'heads')),
    axis('time', numberIn(settings, 'time')),
    axis('depth', numberIn(settings, 'depth')),
  ] as const
  const [batch, head, time, depth] = axes
  const keys = rename(time, axis('keyTime', time.size))
  const operand = (name: string) => input(name, ...axes)
  const [query, key, value] = [operand('query'), operand('key'), operand('value')]
  const context = attention({ causal: true }, query, keys(key), keys(value))
  const loss = sumOver(batch, head, time, depth)(square(context))
  const gradients = gradient(loss, { query, key, value })
  const total = sumOver(batch, head, time, depth)
  const state = { query, key, value }
  const all = add(total(gradients.query), add(total(gradients.key), total(gradients.value)))
  const prepared = await must((await openDevice(settings)).prepare(program(state, state, { all })))
  const size = Math.ceil(Math.sqrt(batch.size * head.size * time.size * depth.size))
  const filled = (seed: number): Float32Array =>
    matrix(size, seed).subarray(0, batch.size * head.size * time.size * depth.size)
  await must(prepared.writeState({ query: filled(1), key: filled(2), value: filled(3) }))
  return { times: await timed(settings, () => must(prepared.run({}, ['all']))), facts: {} }
}
