/**
 * Worker threads as lanes: samples, scores and beams are the same to the bit on any number of them, a worker that is killed costs time
 * and nothing else, and what a worker cannot do is a failure of the kind that it is.
 */
import { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { axis } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import { key } from '../../lib/key.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { tableModel } from '../../lib/models/table-model.ts'
import { input } from '../../lib/ops/layout.ts'
import { exp } from '../../lib/ops/pointwise.ts'
import { outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { eachShard } from '../../lib/scale/shards.ts'
import { startThread } from '../../lib/scale/thread.ts'
import { openThreads, openThreadsFrom, spawnWorker } from '../../lib/scale/threads.ts'
import { left, right, run } from '../either.ts'
import { smallRuntime, wideParameters } from '../models/enumerate.ts'

const size = { symbols: 3, hidden: 4, layers: 1 }
const parameters = wideParameters(size, 3)
const model = tableModel({ symbols: 3, length: 4 })
const table = model.initialise(key(1))

/** Samples and scores of an LSTM and of a language model, and beams, in several batches the last of which is not full. */
const figures = async (executor: Executor) => {
  const [lstm, language] = [
    smallRuntime(size, { batch: 4 }, executor),
    languageRuntime(executor, model, { batch: 4, end: 2 }),
  ]
  const heard: number[] = []
  const drawn = await run(
    lstm.sample(parameters, { key: key(5), count: 14, length: 5, onRows: (rows) => heard.push(rows) }),
  )
  const rows = await run(language.sample(table, { key: key(6), count: 14, length: 4 }))
  const starts = { tokens: Int32Array.of(0, 1, 1, 0, 0), count: 5, time: 1 }
  const found = {
    drawn,
    heard,
    beams: await run(language.beam(table, { prefix: starts, width: 2, length: 4 })),
    rows,
    scores: await run(lstm.score(parameters, drawn)),
    rowScores: await run(language.score(table, rows)),
    next: await run(language.nextLogits(table, { ...rows, tokens: rows.tokens.slice(0, 14 * 3), time: 3 })),
  }
  for (const { release } of [lstm, language]) release()
  return found
}

const n = axis('n', 2)

describe('work on worker threads', () => {
  const pool = run(openThreads('reference', 5))
  afterAll(async () => (await pool).release())

  it('is the same to the bit on 1, 2 and 5 of them, and without', async () => {
    const [first, ...others] = (await pool).lanes
    const alone = await figures(reference)
    for (const count of [1, 2, 5])
      expect(await figures({ ...reference, lanes: [first, ...others.slice(0, count - 1)] })).toStrictEqual(alone)
  })

  it('may be asked for at once: calls run side by side, each with its own parameters', async () => {
    const { lanes } = await pool
    const others = model.initialise(key(2))
    const drawn = async (executor: Executor) => {
      const language = languageRuntime(executor, model, { batch: 4, end: 2 })
      const calls = Array.from({ length: 12 }, (_, i) =>
        run(language.sample(i % 2 === 0 ? table : others, { key: key(i), count: 4, length: 4 })),
      )
      const found = await Promise.all(calls)
      language.release()
      return found
    }
    expect(await drawn({ ...reference, lanes })).toStrictEqual(await drawn(reference))
  })

  it('says what it is, and what goes wrong there', async () => {
    const { description, lanes } = await pool
    expect(description).toBe('5 workers: CPU reference (f64, JavaScript)')
    const prepared = await run((await run(lanes[0])).prepare(outputs({ y: exp(input('x', n)) })))
    const found = left(await prepared.run({ x: Float32Array.of(1) })())
    expect([found.tag, found.what]).toEqual(['Feed', "input 'x' (n=2) got 1 values"])
  })
})

describe('a worker that ends', () => {
  it('loses its call; its shard is done by the one in its place', async () => {
    const workers: Worker[] = []
    const pool = await run(
      openThreadsFrom((kind) => {
        const worker = spawnWorker(kind)
        workers.push(worker)
        return worker
      })('reference', 2),
    )
    const prepared = await run((await run(pool.lanes[0])).prepare(outputs({ y: exp(input('x', n)) })))
    // Asked while it ends: before that, the answer might be on its way.
    const killed = at(workers, 0).terminate()
    const pending = prepared.run({ x: Float32Array.of(1, 2) })()
    const lost = left(await pending)
    expect([lost.tag, lost.remedy]).toEqual(['WorkerLost', expect.stringContaining('--workers')])
    await killed
    expect(left(await prepared.run({ x: Float32Array.of(1, 2) })()).tag).toBe('WorkerLost')

    let kills = 3
    const square = eachShard({ lanes: pool.lanes })((executor, x: number) => async () => {
      const own = right(await executor.prepare(outputs({ y: exp(input('x', n)) }))())
      const asked = own.run({ x: Float32Array.of(x, x) })()
      if (x === 7 && kills > 0) {
        kills -= 1
        await at(workers, workers.length - 1).terminate()
      }
      return asked
    })
    const found: number[] = []
    const inputs = Array.from({ length: 12 }, (_, i) => i)
    await run(square(inputs, ({ y }) => found.push(at(y?.data ?? [], 0))))
    expect(found).toEqual(inputs.map(Math.exp))
    expect(workers.length).toBeGreaterThan(2)
    pool.release()
  })

  it('is no worker where nobody started it', async () => {
    await expect(startThread()).rejects.toThrow('this is no worker thread')
  })

  it('before it begins is a failure', async () => {
    const dying = openThreadsFrom(() => new Worker('process.exit(3)', { eval: true }))('reference', 2)
    expect(left(await dying())).toMatchObject({ tag: 'WorkerLost', facts: { reason: 'exit code 3' } })
    const silly = openThreadsFrom(
      () => new Worker("require('node:worker_threads').parentPort.postMessage({ run: 'me' })", { eval: true }),
    )('reference', 1)
    expect(left(await silly()).tag).toBe('Format')
  })
})

it('a thousand shards leave as much memory as a hundred', async () => {
  const pool = await run(openThreads('reference', 1))
  const wide = axis('n', 10_000)
  const prepared = await run((await run(pool.lanes[0])).prepare(outputs({ y: exp(input('x', wide)) })))
  const x = new Float32Array(10_000)
  const after = async (shards: number): Promise<number> => {
    const each = eachShard({ lanes: pool.lanes })(() => prepared.run({ x }))
    await run(each(new Array(shards).fill(0), () => undefined))
    globalThis.gc?.()
    return process.memoryUsage().arrayBuffers
  }
  await after(100)
  const before = await after(10)
  // Results of 80 kB each: kept, they would be 80 MB.
  expect((await after(1000)) - before).toBeLessThan(20e6)
  pool.release()
})
