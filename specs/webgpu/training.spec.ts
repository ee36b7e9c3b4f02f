/** Training an LSTM on the GPU: the steps of the reference, exact samples, and no memory left behind. */
import { expect, it } from 'vitest'
import { liveBuffers } from '../../lib/device.ts'
import type { Executor, Feeds, Program } from '../../lib/executor.ts'
import { key } from '../../lib/key.ts'
import { initialiseLstm, lstmInputs, lstmLoss, type LstmSize } from '../../lib/models/lstm.ts'
import { input } from '../../lib/ops/layout.ts'
import { multiply } from '../../lib/ops/pointwise.ts'
import { adam, chain, clipByGlobalNorm, sgd, trainingProgram } from '../../lib/optimise/index.ts'
import { reference } from '../../lib/reference.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { right } from '../either.ts'
import { smallRuntime } from '../models/enumerate.ts'

const trainer = (size: LstmSize, batch: number, time: number) => {
  const parameters = lstmInputs(size)
  const loss = lstmLoss(size, parameters, { batch, time, dropout: 0.2 })
  return trainingProgram({ parameters, loss, optimiser: chain(clipByGlobalNorm(0.25), adam(0.01)) })
}

const feedsAt = (step: number, { symbols }: LstmSize, batch: number, time: number) => ({
  tokens: Int32Array.from({ length: batch * time }, (_, i) => (i * 7 + step * 3 + (i >> 2)) % symbols),
  rowWeight: Float32Array.from({ length: batch }, (_, r) => (r === batch - 1 ? 0 : 1)),
  key: Uint32Array.of(1, step),
})

const initial = (size: LstmSize) => initialiseLstm(size)(key(3))

/** Losses of some steps, then the parameters. */
const train = async (executor: Executor, size: LstmSize, batch: number, time: number) => {
  const prepared = right(await executor.prepare(trainer(size, batch, time))())
  right(await prepared.writeState(initial(size))())
  const losses: number[] = []
  for (let step = 0; step < 4; step++)
    losses.push(right(await prepared.run(feedsAt(step, size, batch, time), ['loss'])())['loss']?.data[0] ?? Number.NaN)
  const state = right(await prepared.readState()())
  prepared.release()
  return { losses, state }
}

await describeOnDevice('training on the GPU', (device) => {
  const executor = webGpuExecutor()(device)

  it.each([8, 5])(
    'a two-layer LSTM of %i units with dropout, clipping and Adam takes the steps of the reference',
    { timeout: 60_000 },
    async (hidden) => {
      const size = { symbols: 3, hidden, layers: 2 }
      const [own, oracle] = [await train(executor, size, 7, 6), await train(reference, size, 7, 6)]
      own.losses.forEach((loss, i) => expect(Math.abs(loss - (oracle.losses[i] ?? 0))).toBeLessThan(2e-5))
      // Adam divides by the root of the second moment, so where a gradient is tiny its sign alone decides a step of 0.01.
      for (const [name, { data }] of Object.entries(own.state)) {
        const far = [...data].filter(
          (x, i) => Math.abs(x - (oracle.state[name]?.data[i] ?? 0)) > 1e-3 * (1 + Math.abs(x)),
        )
        expect(far.length, name).toBeLessThanOrEqual(0.01 * data.length)
      }
    },
  )

  it('samples and scores agree with the reference, row by row', { timeout: 60_000 }, async () => {
    const size = { symbols: 3, hidden: 8, layers: 2 }
    const parameters = initialiseLstm(size)(key(8))
    const [own, oracle] = [smallRuntime(size, { batch: 20 }, executor), smallRuntime(size, { batch: 20 })]
    const asked = { key: key(5), count: 50, length: 9 }
    const [a, b] = [right(await own.sample(parameters, asked)()), right(await oracle.sample(parameters, asked)())]
    expect(a.tokens).toEqual(b.tokens)
    a.logProbability.forEach((x, i) => expect(Math.abs(x - (b.logProbability[i] ?? 0))).toBeLessThan(1e-5))
    const scores = right(await own.score(parameters, a)())
    scores.forEach((x, i) => expect(Math.abs(x - (a.logProbability[i] ?? 0))).toBeLessThan(1e-5))
    for (const each of [own, oracle]) each.release()
  })

  /** The buffers alive after the first step, after `steps` steps (with the loss read now and then), and once released. */
  const buffersAfter = async (program: Program, feeds: Feeds, steps: number) => {
    const before = liveBuffers(device)
    const prepared = right(await executor.prepare(program)())
    right(await prepared.run(feeds, ['loss'])())
    const during = liveBuffers(device)
    for (let step = 0; step < steps; step++) right(await prepared.run(feeds, step % 100 === 99 ? ['loss'] : [])())
    const after = liveBuffers(device)
    prepared.release()
    return { before, during, after, released: liveBuffers(device) }
  }

  it('F12: 500 training steps of an LSTM leave no buffer behind', { timeout: 60_000 }, async () => {
    const size = { symbols: 2, hidden: 2, layers: 1 }
    const parameters = lstmInputs(size)
    const loss = lstmLoss(size, parameters, { batch: 1, time: 2, dropout: 0 })
    const feeds = { tokens: Int32Array.of(0, 1), rowWeight: Float32Array.of(1) }
    const found = await buffersAfter(trainingProgram({ parameters, loss, optimiser: sgd(0.01) }), feeds, 500)
    expect(found.after).toEqual(found.during)
    expect(found.released).toEqual(found.before)
  })

  it('F12: ten thousand training steps of one weight leave no buffer behind', { timeout: 120_000 }, async () => {
    const weight = input('parameter/weight')
    const loss = multiply(weight, weight)
    const program = trainingProgram({ parameters: { weight }, loss, optimiser: sgd(0.01) })
    const found = await buffersAfter(program, {}, 10_000)
    expect(found.after).toEqual(found.during)
    expect(found.released).toEqual(found.before)
  })
})
