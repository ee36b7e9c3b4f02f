/**
 * F1: a dispatch of more workgroups than a dimension holds is spread over two, which changes no bit of what a kernel gives,
 * forward and backward. Every kernel is tried on the narrowest device that it fits on.
 */
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import type { Device } from '../../lib/device.ts'
import { feedsOf } from '../../lib/executor.ts'
import { fold, key } from '../../lib/key.ts'
import { operations } from '../../lib/ops/table.ts'
import { evaluateOn, outputs } from '../../lib/program.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { domains, feedsFor, type How, sample, wild } from '../domains.ts'
import { right } from '../either.ts'
import { narrow } from './compare.ts'
import { type Compared, pullback, renamed } from './operation-comparisons.ts'

const names = [...operations.values()].filter(({ kind, name }) => kind === 'kernel' && name in domains)
/** Rows and elements enough for several workgroups, and few enough for the narrowest devices. */
const several: How = { ...wild, sizes: [1, 3, 65, 700], rank: 3, elements: 3000 }

/** The bits of the results of a sample. */
const bitsOn = (device: Device, { roots, inputs }: Compared) => {
  const named = Object.fromEntries(roots.map((root, i) => [`r${i}`, root]))
  const read = feedsOf(outputs(named))
  return evaluateOn(webGpuExecutor()(device))(named, feedsFor(inputs.filter(({ node }) => read.includes(node))))()
}

await describeOnDevice('workgroups over two dimensions', (device) => {
  it.each(names.map(({ name }) => name))('F1: %s gives the same bits', { timeout: 120_000 }, async (name) => {
    for (let i = 0; i < 3; i++) {
      const s = sample(name, fold(key(20_243), i), several)
      for (const compared of [{ roots: s.results, inputs: s.inputs }, ...pullback(s, i)].map(renamed)) {
        const wide = right(await bitsOn(device, compared))
        for (const most of [2, 3, 4, 6, 9, 14, 20, 30, 45, 65]) {
          const found = await bitsOn(narrow(most)(device), compared)
          if (E.isLeft(found) && found.left.tag === 'Limit' && most < 65) continue
          expect(right(found), `${most} a dimension`).toEqual(wide)
          break
        }
      }
    }
  })
})
