import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import {
  allocateBuffers,
  type Command,
  type Device,
  destroy,
  liveBuffers,
  prepare,
  recover,
  releaseBuffers,
  type Replay,
  TENSOR_USAGE,
  type View,
  wholeOf,
} from '../../lib/device.ts'
import type { Failure } from '../../lib/errors.ts'
import { acquireOrThrow, describeOnDevice } from '../adapter.ts'
import { type Counter, counting, instrumented } from './instrument.ts'

const orThrow = <A>(either: E.Either<Failure, A>): A => {
  if (E.isRight(either)) return either.right
  throw new Error(`${either.left.tag}: ${either.left.what}`)
}

interface Adder {
  readonly replay: Replay
  readonly views: readonly [View, View, View]
  readonly buffers: readonly GPUBuffer[]
}

/** A replay of `result := left · right` for 2 × 2 matrices, repeated `times`. */
const product = async (device: Device, times = 1): Promise<Adder> => {
  const request = (label: string) => ({ label, bytes: 16, usage: TENSOR_USAGE })
  const buffers = orThrow(await allocateBuffers(device)(['left', 'right', 'result'].map(request))())
  const [left, right, result] = buffers.map(wholeOf)
  if (left === undefined || right === undefined || result === undefined) throw new Error('three buffers')
  const command: Command = {
    kind: 'dispatch',
    shader: 'contract_naive',
    preludes: ['semiring_real'],
    overrides: {},
    params: { batch: 1, m: 2, k: 2, n: 2 },
    workgroups: 1,
    buffers: [left, right, result],
  }
  const commands = Array.from({ length: times }, () => command)
  return { replay: orThrow(await prepare(device)(commands, [result])()), views: [left, right, result], buffers }
}

const writes = ({ views }: Adder, a: number) => [
  { to: views[0], data: new Float32Array([a, 0, 0, a]) },
  { to: views[1], data: new Float32Array([1, 2, 3, 4]) },
]

const numbers = (answer: readonly ArrayBuffer[]): readonly number[] => [
  ...new Float32Array(answer[0] ?? new ArrayBuffer(0)),
]

const free = (device: Device, { replay, buffers }: Adder): void => {
  replay.release()
  releaseBuffers(device)(buffers)
}

const within = async <A>(ms: number, work: Promise<A>): Promise<A> => {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error(`not within ${ms} ms`)), ms))
  return Promise.race([work, late])
}

await describeOnDevice('replay', (device) => {
  it('runs again with new data', async () => {
    const adder = await product(device)
    for (const a of [1, 2, 3]) {
      expect(numbers(orThrow(await adder.replay.run({ writes: writes(adder, a) })()))).toEqual([a, 2 * a, 3 * a, 4 * a])
    }
    free(device, adder)
  })

  it('keeps concurrent runs apart and in order', async () => {
    const adder = await product(device)
    const runs = [1, 2, 3, 4, 5, 6].map((a) => adder.replay.run({ writes: writes(adder, a) })())
    const answers = (await Promise.all(runs)).map((r) => numbers(orThrow(r))[0])
    expect(answers).toEqual([1, 2, 3, 4, 5, 6])
    free(device, adder)
  })

  it('counts unread runs in the epoch word', async () => {
    const adder = await product(device)
    for (let i = 0; i < 40; i++) orThrow(await adder.replay.run({ writes: writes(adder, i), read: 'nothing' })())
    expect(numbers(orThrow(await adder.replay.run({ writes: writes(adder, 7) })()))[0]).toBe(7)
    free(device, adder)
  })

  it('fails after release', async () => {
    const adder = await product(device)
    free(device, adder)
    const run = await adder.replay.run()()
    expect(E.isLeft(run) && run.left.tag).toBe('Runtime')
  })

  it('leaves no buffer alive', async () => {
    const before = liveBuffers(device)
    const adder = await product(device, 3)
    expect(liveBuffers(device).count).toBe(before.count + 6)
    free(device, adder)
    expect(liveBuffers(device)).toEqual(before)
  })
})

await describeOnDevice('devices that fail', () => {
  it('a skipped submit gives a failure, not stale numbers', async () => {
    let skip = false
    const device = await acquireOrThrow({ instrument: instrumented({ submit: (real) => (skip ? undefined : real()) }) })
    const adder = await product(device)
    expect(numbers(orThrow(await adder.replay.run({ writes: writes(adder, 1) })()))[0]).toBe(1)
    skip = true
    const run = await adder.replay.run({ writes: writes(adder, 2) })()
    expect(E.isLeft(run) && run.left.tag).toBe('Runtime')
    expect(E.isLeft(run) && run.left.what).toContain('ran 1 submits of 2')
    destroy(device)
  })

  it('a skipped unread submit is found at the next readback', async () => {
    let skip = true
    const device = await acquireOrThrow({ instrument: instrumented({ submit: (real) => (skip ? undefined : real()) }) })
    const adder = await product(device)
    orThrow(await adder.replay.run({ writes: writes(adder, 1), read: 'nothing' })())
    skip = false
    const run = await adder.replay.run({ writes: writes(adder, 2) })()
    expect(E.isLeft(run) && run.left.what).toContain('ran 1 submits of 2')
    destroy(device)
  })

  it('destroys exactly what it made', async () => {
    const counter: Counter = { made: 0, destroyed: 0 }
    const device = await acquireOrThrow({ instrument: counting(counter), selfTest: 'run' })
    expect(counter.made).toBeGreaterThan(0)
    const adder = await product(device)
    orThrow(await adder.replay.run({ writes: writes(adder, 1) })())
    free(device, adder)
    free(device, adder)
    expect(counter.destroyed).toBe(counter.made)
    expect(liveBuffers(device)).toEqual({ count: 0, bytes: 0 })
    destroy(device)
  })

  it('destroy at each await of a loop gives DeviceLost within a second, and recovery gives equal bits', async () => {
    const undisturbed: number[] = []
    const train = async (device: Device, from: number, seen: number[], stop: (step: number) => void) => {
      const adder = await product(device)
      for (let step = from; step < 4; step++) {
        const pending = adder.replay.run({ writes: writes(adder, step + 0.1) })()
        stop(step)
        const run = await within(1000, pending)
        if (E.isLeft(run)) return run
        seen.push(...numbers(run.right))
      }
      return E.right('done')
    }
    const first = await acquireOrThrow()
    expect(E.isRight(await train(first, 0, undisturbed, () => undefined))).toBe(true)
    destroy(first)
    for (const at of [0, 1, 2, 3]) {
      const device = await acquireOrThrow()
      const seen: number[] = []
      const ended = await train(device, 0, seen, (step) => (step === at ? destroy(device) : undefined))
      expect(E.isLeft(ended) && ended.left.tag).toBe('DeviceLost')
      const again = orThrow(await within(5000, recover(device)()))
      expect(again.generation).toBe(device.generation + 1)
      expect(E.isRight(await train(again, seen.length / 4, seen, () => undefined))).toBe(true)
      expect(seen).toEqual(undisturbed)
      destroy(again)
    }
  })

  it('every call on a lost device fails at once', async () => {
    const device = await acquireOrThrow()
    const adder = await product(device)
    destroy(device)
    const run = await within(1000, adder.replay.run({ writes: writes(adder, 1) })())
    expect(E.isLeft(run) && run.left.tag).toBe('DeviceLost')
    const made = await within(1000, allocateBuffers(device)([{ label: 'x', bytes: 4, usage: TENSOR_USAGE }])())
    expect(E.isLeft(made) && made.left.tag).toBe('DeviceLost')
    const ready = await within(1000, prepare(device)([], [])())
    expect(E.isLeft(ready) && ready.left.tag).toBe('DeviceLost')
  })
})
