/**
 * A masked convolution of images with its two gradients. Operands stay on the device where there is one; the sum of both
 * gradients is read back, so that nothing can be left out. Each of several workers has a part of the images.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
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

/** Settings: `device`, `workers`, `batch`, `side` (pixels), `window`, `kind` (A or B), `input` and `output` (maps). */
export const measure: Task = async (settings) => {
  const executor = await openDevice(settings)
  const lanes = executor.lanes ?? [TE.right(executor)]
  const kind = settings['kind'] === 'A' ? 'A' : 'B'
  const mask: Mask = { stack: 'full', kind, size: numberIn(settings, 'window'), groups: 1 }
  const [from, to] = [numberIn(settings, 'input'), numberIn(settings, 'output')]
  const axes = [
    axis('batch', numberIn(settings, 'batch') / lanes.length),
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
  const pixels = batch.size * row.size * column.size
  const prepared = await Promise.all(
    lanes.map(async (lane, i) => {
      const part = await must((await must(lane)).prepare(program(state, state, { all })))
      const seen = numbers(pixels * from, 1 + i)
      await must(part.writeState({ images: seen, weight: numbers(tap.size * from * to, 0) }))
      return part
    }),
  )
  const work = () => Promise.all(prepared.map((part) => must(part.run({}, ['all']))))
  return { times: await timed(settings, work), facts: { taps: tap.size } }
}
