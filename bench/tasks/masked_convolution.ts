/**
 * A masked convolution of images with its two gradients. Operands stay on the device where there is one; the sum of both
 * gradients is read back, so that nothing can be left out.
 */
import { axis } from '../../lib/axis.ts'
import { gradient } from '../../lib/grad.ts'
import { input } from '../../lib/ops/layout.ts'
import { type Mask, windowOf } from '../../lib/ops/mask.ts'
import { maskedConvolution } from '../../lib/ops/masked-convolution.ts'
import { add, square } from '../../lib/ops/pointwise.ts'
import { sumOver } from '../../lib/ops/reduce.ts'
import { program } from '../../lib/program.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { matrix } from '../matrices.ts'
import { must, openDevice } from '../open.ts'

const numbers = (count: number, seed: number): Float32Array =>
  matrix(Math.ceil(Math.sqrt(count)), seed).subarray(0, count)

/** Settings: `device`, `batch`, `side` (pixels), `window`, `kind` (A or B), `input` and `output` (maps). */
export const measure: Task = async (settings) => {
  const kind = settings['kind'] === 'A' ? 'A' : 'B'
  const mask: Mask = { stack: 'full', kind, size: numberIn(settings, 'window'), groups: 1 }
  const [from, to] = [numberIn(settings, 'input'), numberIn(settings, 'output')]
  const axes = [
    axis('batch', numberIn(settings, 'batch')),
    axis('row', numberIn(settings, 'side')),
    axis('column', numberIn(settings, 'side')),
    axis('input', from),
  ] as const
  const [batch, row, column, source] = axes
  const [tap, target] = [axis('tap', windowOf(mask).count), axis('output', to)]
  const [images, weight] = [input('images', ...axes), input('weight', tap, source, target)]
  const loss = sumOver(batch, row, column, target)(square(maskedConvolution(mask)(images, weight)))
  const gradients = gradient(loss, { images, weight })
  const all = add(sumOver(...axes)(gradients.images), sumOver(tap, source, target)(gradients.weight))
  const state = { images, weight }
  const prepared = await must((await openDevice(settings)).prepare(program(state, state, { all })))
  const pixels = batch.size * row.size * column.size
  await must(prepared.writeState({ images: numbers(pixels * from, 1), weight: numbers(tap.size * from * to, 2) }))
  return { times: await timed(settings, () => must(prepared.run({}, ['all']))), facts: { taps: tap.size } }
}
