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
const several: How = { ...wild, sizes: [3, 40, 65, 700], rank: 3, elements: 3000 }
/** Those whose samples are not the work of several workgroups; `lstm.gpu.spec.ts` spreads strings and their scores. */
const single: readonly string[] = ['literal', 'iota', 'fold_key', 'lstm_sample', 'lstm_score']

/** The bits of the results of a sample. */
const bitsOn = (device: Device, { roots, inputs }: Compared) => {
  const named = Object.fromEntries(roots.map((root, i) => [`r${i}`, root]))
  const read = feedsOf(outputs(named))
  return evaluateOn(webGpuExecutor()(device))(named, feedsFor(inputs.filter(({ node }) => read.includes(node))))()
}

await describeOnDevice('workgroups over two dimensions', (device) => {
  /** How few workgroups a dimension may hold for a sample, after it was seen to give the same bits there. */
  const narrowest = async (compared: Compared): Promise<number> => {
    for (const most of [1, 2, 3, 4, 6, 9, 14, 20, 30, 45]) {
      const found = await bitsOn(narrow(most)(device), compared)
      if (E.isLeft(found) && found.left.tag === 'Limit') continue
      if (most > 1) expect(right(found), `${most} a dimension`).toEqual(right(await bitsOn(device, compared)))
      return most
    }
    throw new Error('the sample is too large')
  }

  it.each(names.map(({ name }) => name))('F1: %s gives the same bits', { timeout: 120_000 }, async (name) => {
    let spread = 0
    for (let i = 0; i < 12 && spread < 3; i++) {
      const s = sample(name, fold(key(20_243), i), several)
      for (const compared of [{ roots: s.results, inputs: s.inputs }, ...pullback(s, i)].map(renamed))
        if ((await narrowest(compared)) > 1) spread += 1
    }
    expect(spread > 0 || single.includes(name)).toBe(true)
  })
})
