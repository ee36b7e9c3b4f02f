/**
 * Whole runs through a queue on a real Redis: the same results on any number of workers, whoever dies; what dies too often is
 * parked with its inputs and can be put back; what is no run is refused.
 */
import { fileURLToPath } from 'node:url'
import { Queue } from 'bullmq'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { at } from '../../../lib/at.ts'
import { processRunner } from '../../../lib/cli/task-runner.ts'
import { failure, usage } from '../../../lib/errors.ts'
import { overviewOf } from '../../../lib/scale/queue/overview.ts'
import { queueName } from '../../../lib/scale/queue/protocol.ts'
import { type Delivered, giveTasks } from '../../../lib/scale/queue/task-giver.ts'
import type { TaskRunner } from '../../../lib/scale/queue/task-work.ts'
import { idOf, taskOf } from '../../../lib/scale/queue/tasks.ts'
import { serveQueue } from '../../../lib/scale/queue/worker.ts'
import { packageVersion } from '../../../lib/scale/version.ts'
import { left, right, run } from '../../either.ts'
import { describeOnRedis } from '../../on-redis.ts'
import { program, type Server, startRedis } from '../../redis-server.ts'

const HASTY = fileURLToPath(new URL('../../hasty-worker.ts', import.meta.url))

const version = packageVersion()
const nothing: Delivered = { worker: '', results: '', files: [] }

/** Runs of a system of the spec: a number, squared; it hears of each that is begun. */
const squares = (
  begun: (x: number, signal: AbortSignal) => TE.TaskEither<ReturnType<typeof failure>, void>,
): TaskRunner => ({
  check: ({ options }) =>
    /^\d+$/.test(options) ? E.right(`like-${Number(options) % 2}`) : E.left(usage('no number', 'give one')),
  run: ({ options }, { signal, tell }) => {
    tell({ phase: 'squaring', done: 1, earlier: 0, total: 2, seconds: 1 })
    return TE.map(() => ({
      results: String(Number(options) ** 2),
      files: [{ name: `square.${options.padStart(6, '0')}.safetensors`, content: Uint8Array.of(Number(options)) }],
    }))(begun(Number(options), signal))
  },
})

const [QUICK, BEAT] = [1000, 50]

/** Workers in this process; what ends them. */
const workers = (server: Server, count: number, runner: TaskRunner): (() => Promise<unknown>) => {
  const stop = new AbortController()
  const given = {
    on: server.on,
    kind: 'reference',
    note: () => undefined,
    signal: stop.signal,
    lock: QUICK,
    beat: BEAT,
  } as const
  const all = Array.from({ length: count }, () => serveQueue({ ...given, runner })())
  return () => {
    stop.abort()
    return Promise.all(all)
  }
}

const taskFor = (options: string) => ({ version, kind: 'reference', system: 'square', options }) as const

/** Gives runs; what came of each, by its options. */
const give = async (server: Server, given: readonly number[], signal?: AbortSignal) => {
  const found = new Map<number, E.Either<ReturnType<typeof failure>, Delivered>>()
  const notes: string[] = []
  const ended = await giveTasks(
    {
      on: server.on,
      kind: 'reference',
      note: (line) => notes.push(line),
      beat: BEAT,
      ...(signal === undefined ? {} : { signal }),
    },
    given.map((x) => ({ system: 'square', options: String(x) })),
    (index, each) => {
      found.set(at(given, index), each)
      return TE.right(undefined)
    },
  )()
  return { found, ended, notes }
}

const resultsOf = ({ found }: Awaited<ReturnType<typeof give>>): readonly (readonly [number, string, number])[] =>
  [...found]
    .map(([x, each]) => {
      const { results, files } = right(each)
      return [x, results, at(at(files, 0).content, 0)] as const
    })
    .toSorted(([a], [b]) => a - b)

const expected = (given: readonly number[]) =>
  given.toSorted((a, b) => a - b).map((x) => [x, String(x * x), x] as const)

const settled = (test: () => Promise<boolean>) => expect.poll(test, { timeout: 20_000, interval: 50 }).toBe(true)

const ready = TE.right(undefined)

describeOnRedis('whole runs through a queue', () => {
  let server: Server
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  it('are the same on 1, 2 and 5 workers, in any order, given by two at once, and again; each is kept once', async () => {
    const numbers = [5, 3, 8, 1, 13, 2]
    for (const [i, count] of [1, 2, 5].entries()) {
      let begun = 0
      const stop = workers(
        server,
        count,
        squares(() => (begun++, ready)),
      )
      const shuffled = [...numbers.slice(i), ...numbers.slice(0, i)]
      const both = await Promise.all([give(server, shuffled), give(server, shuffled.toReversed())])
      for (const one of both) expect(resultsOf(one)).toEqual(expected(numbers))
      expect(begun).toBe(numbers.length)
      expect(resultsOf(await give(server, numbers))).toEqual(expected(numbers))
      expect(begun).toBe(numbers.length)
      await server.client.flushall()
      expect(resultsOf(await give(server, numbers))).toEqual(expected(numbers))
      expect(begun).toBe(2 * numbers.length)
      await stop()
      for (const name of await server.client.keys('*'))
        expect([name, (await server.client.pttl(name)) === -1]).toEqual([name, false])
      await server.client.flushall()
    }
  })

  it('that come to a worker twice are computed once, and those that begin alike have what the first of them left', async () => {
    const seen: (readonly [string, string | undefined, number | undefined])[] = []
    const plain = squares(() => ready)
    const stop = workers(server, 1, {
      ...plain,
      run: (task, services) => {
        const { begun } = services
        seen.push([task.options, begun?.options, begun?.files[0]?.content[0]])
        return plain.run(task, services)
      },
    })
    const queue = new Queue(queueName('reference', version), { connection: server.client, prefix: 'exptilt' })
    expect(resultsOf(await give(server, [61]))).toEqual(expected([61]))
    const id = idOf(taskFor('61'))
    await settled(async () => (await queue.remove(id)) === 1)
    await queue.add('run', taskFor('61'), { jobId: id })
    await settled(async () => (await queue.getJobState(id)) === 'completed')
    expect(resultsOf(await give(server, [62, 63]))).toEqual(expected([62, 63]))
    expect(seen).toEqual([
      ['61', undefined, undefined],
      ['62', undefined, undefined],
      ['63', '61', 61],
    ])
    await stop()
    await queue.close()
  })

  it('that a worker had who was killed are begun again by another', async () => {
    const hasty = program('--import', 'tsx', HASTY, server.url)
    await Promise.race([hasty.says(/takes jobs/), hasty.end])
    expect(hasty.said()).toContain('takes jobs')
    const giving = give(server, [11])
    await hasty.says(/computes/)
    hasty.kill('SIGKILL')
    const stop = workers(
      server,
      1,
      squares(() => ready),
    )
    expect(resultsOf(await giving)).toEqual(expected([11]))
    await stop().then(() => server.client.flushall()) // the killed one is still listed for half a minute
  })

  it('that fail typed fail with their sentence, at once; asked for again they are begun again', async () => {
    let begun = 0
    const refusal = failure('RejectionBudget', 'no string was accepted', 'allow more with --trials')
    const stop = workers(
      server,
      1,
      squares(() => (begun++, begun === 1 ? TE.left(refusal) : ready)),
    )
    expect(left((await give(server, [21])).found.get(21) ?? E.right(nothing))).toEqual(refusal)
    expect(begun).toBe(1)
    expect(resultsOf(await give(server, [21]))).toEqual(expected([21]))
    await stop()
  })

  it('are taken back where their giver is told to stop: nothing waits, workers are idle, and what they do is given back where they are', async () => {
    const [stopGiver, seen] = [new AbortController(), new Set<number>()]
    const halted = squares((x, signal) => {
      seen.add(x)
      if (seen.size === 2) stopGiver.abort()
      return () =>
        new Promise((go) => {
          signal.addEventListener('abort', () => go(E.left(failure('Interrupted', 'stopped', 'again'))))
        })
    })
    const stop = workers(server, 2, halted)
    const interrupted = await give(server, [31, 32, 33, 34], stopGiver.signal)
    expect(left(interrupted.ended).tag).toBe('Interrupted')
    await settled(async () => {
      const { queues, workers: all } = await run(overviewOf(server.on))
      return (
        queues.every(({ counts }) => counts.active + counts.waiting === 0) &&
        all.every(({ doing }) => doing === undefined)
      )
    })
    // A worker that is told to stop gives its run back; nobody counts that as a death.
    const giving = give(server, [41])
    await settled(async () => seen.has(41))
    await stop()
    const seenThen = (await run(overviewOf(server.on))).queues.flatMap(({ jobs }) => jobs)
    expect(seenThen).toEqual([expect.objectContaining({ state: 'waiting', deaths: 0 })])
    const another = workers(
      server,
      1,
      squares(() => ready),
    )
    expect(resultsOf(await giving)).toEqual(expected([41]))
    await another()
  })

  it('survive a Redis that is started again empty', async () => {
    let open: () => void = () => undefined
    const gate = new Promise<void>((go) => {
      open = go
    })
    const stop = workers(
      server,
      1,
      squares(() => () => gate.then(() => E.right(undefined))),
    )
    const giving = give(server, [51, 52])
    await settled(async () => (await server.client.exists(`exptilt:wanted:${idOf(taskFor('52'))}`)) === 1)
    await server.restart(false)
    open()
    expect(resultsOf(await giving)).toEqual(expected([51, 52]))
    await stop()
  })
})

describeOnRedis('what a queue may hold', () => {
  it('is refused with a sentence where it is no run: a path, a password, another version, another name, too much', async () => {
    const server = await startRedis()
    const queue = new Queue(queueName('reference', version), { connection: server.client, prefix: 'exptilt' })
    const stop = workers(server, 1, processRunner)
    const gam = '{"device":"reference","out":"/etc"}'
    const hostile = [
      { name: 'run', data: { ...taskFor('{}'), system: '../../etc/passwd' } },
      { name: 'run', data: { ...taskFor('{}'), system: 'constructor' } },
      { name: 'run', data: { ...taskFor(gam), system: 'gam' } },
      { name: 'run', data: { ...taskFor('{}'), version: '0.0.1' } },
      { name: 'run', data: { ...taskFor('x'.repeat(100_000)) } },
      { name: 'run', data: taskFor('{}'), id: 'square-of-somebody-else' },
      { name: 'run', data: 'process.exit()' },
      { name: 'lane', data: { session: '../x' } },
    ]
    for (const [i, { name, data, id }] of hostile.entries()) {
      const own = typeof data === 'object' && 'system' in data ? idOf(data) : `hostile-${i}`
      await server.client.set(`exptilt:wanted:${own}`, 1)
      await queue.add(name, data, { jobId: id ?? own, attempts: 1000 })
    }
    await settled(async () => (await queue.getFailedCount()) === hostile.length)
    const reasons = (await queue.getFailed()).map(({ failedReason }) => failedReason)
    expect(reasons.join('\n')).not.toMatch(/at .*\.ts:/)
    for (const told of [/0\.0\.1/, /100000 characters/, /another name/, /no run of constructor/, /options of a job/])
      expect(reasons.filter((reason) => told.test(reason))).not.toEqual([])
    await stop()
    await queue.close()
    await server.stop()
  })
})

describe('a task', () => {
  it('is called by all that it says', () => {
    const ids = [
      taskFor('1'),
      taskFor('2'),
      { ...taskFor('1'), version: '9.9.9' },
      { ...taskFor('1'), kind: 'onnx' as const },
    ].map(idOf)
    expect(new Set(ids).size).toBe(4)
    expect(right(taskOf(idOf(taskFor('1')), taskFor('1')))).toEqual(taskFor('1'))
    expect(left(taskOf(idOf(taskFor('2')), taskFor('1'))).tag).toBe('Usage')
  })
})
