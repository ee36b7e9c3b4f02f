/** A device that is lost: the calls after it are typed failures that say so, and an executor opened then works. */
import * as E from 'fp-ts/lib/Either.js'
import { axis } from '../../lib/axis.ts'
import { input } from '../../lib/ops/layout.ts'
import { scale } from '../../lib/ops/pointwise.ts'
import { outputs } from '../../lib/program.ts'
import { openWebGpu } from '../../lib/webgpu.ts'
import { run } from '../either.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'

const n = axis('n', 3)
const program = outputs({ doubled: scale(2)(input('x', n)) })
const feeds = { x: Float64Array.of(1, 2, 3) }

export const comparisons: readonly Comparison[] = [
  {
    title: 'after the loss of the device a run is a typed failure, and another device computes',
    complaints: async () => {
      const devices: GPUDevice[] = []
      const instrument = (gpu: GPUDevice): GPUDevice => {
        devices.push(gpu)
        return gpu
      }
      const first = await run(openWebGpu({ instrument, selfTest: 'skip' }))
      const prepared = await run(first.prepare(program))
      const before = await run(prepared.run(feeds))
      for (const gpu of devices) {
        gpu.destroy()
        await gpu.lost
      }
      const after = await prepared.run(feeds)()
      first.release()
      const second = await run(openWebGpu({ selfTest: 'skip' }))
      const again = await run((await run(second.prepare(program))).run(feeds))
      second.release()
      return [
        ...([...before.doubled.data].join() === '2,4,6' ? [] : [`before: ${[...before.doubled.data]}`]),
        ...(E.isLeft(after) && after.left.tag === 'DeviceLost' ? [] : [`after: ${JSON.stringify(after)}`]),
        ...([...again.doubled.data].join() === '2,4,6' ? [] : [`again: ${[...again.doubled.data]}`]),
      ]
    },
  },
]
