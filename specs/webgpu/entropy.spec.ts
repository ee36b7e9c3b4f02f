/** Entropy sweeps of automata on the GPU. */
import { fc } from '@fast-check/vitest'
import { expect, it } from 'vitest'
import { sparseTransitions, sweepOnce } from '../../lib/automata/sparse.ts'
import { entropy } from '../../lib/automata/entropy.ts'
import type { Pfsa } from '../../lib/automata/pfsa.ts'
import { liveBuffers } from '../../lib/device.ts'
import { entropySweeps } from '../../lib/webgpu/entropy.ts'
import { describeOnDevice } from '../adapter.ts'
import { anyPfsa } from '../../lib/laws/arbitraries/automata.ts'
import { right } from '../either.ts'

const onCpu = (a: Pfsa, sweeps: number): Float64Array => {
  const t = sparseTransitions(a)
  let h = new Float64Array(t.states)
  for (let i = 0; i < sweeps; i++) h = Float64Array.from(sweepOnce(t)(h))
  return h
}

await describeOnDevice('entropy sweeps', (device) => {
  it('W3: sweeps on the GPU are those on the CPU, to f32', async () => {
    const before = liveBuffers(device)
    await fc.assert(
      fc.asyncProperty(anyPfsa, fc.integer({ min: 0, max: 30 }), async (a, sweeps) => {
        const [got, want] = [right(await entropySweeps(device)(sparseTransitions(a), sweeps)()), onCpu(a, sweeps)]
        expect(got.length).toBe(a.states)
        want.forEach((h, p) =>
          expect(Math.abs((got[p] ?? Number.NaN) - h)).toBeLessThanOrEqual((sweeps + 2) * 2 ** -20 * (1 + h)),
        )
      }),
      { seed: 41, numRuns: 20 },
    )
    expect(liveBuffers(device)).toEqual(before)
  })

  it('W3: enough sweeps reach the exact entropy of an automaton that stops soon', async () => {
    const [a] = fc.sample(anyPfsa, { seed: 3, numRuns: 1 })
    if (a === undefined) throw new Error('no automaton')
    const exact = entropy(a)
    const got = right(await entropySweeps(device)(sparseTransitions(a), 4000)())
    if (exact._tag === 'Left') return
    const start = Array.from(a.start).reduce((h, w, p) => h + w * (got[p] ?? 0), 0)
    expect(Math.abs(start - exact.right.value)).toBeLessThan(1e-3 * (1 + exact.right.value))
  })
})
