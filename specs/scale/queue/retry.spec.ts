/** Runs that die too often, on a real Redis: parked with their inputs, and put back by one command of Redis. */
import { Queue } from 'bullmq'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { expect, it } from 'vitest'
import type { Failure } from '../../../lib/errors.ts'
import { overviewOf } from '../../../lib/scale/queue/overview.ts'
import { queueName } from '../../../lib/scale/queue/protocol.ts'
import { retryTasks } from '../../../lib/scale/queue/retry.ts'
import { type Delivered, giveTasks } from '../../../lib/scale/queue/task-giver.ts'
import { diedFor, type TaskRunner } from '../../../lib/scale/queue/task-work.ts'
import { idOf } from '../../../lib/scale/queue/tasks.ts'
import { serveQueue } from '../../../lib/scale/queue/worker.ts'
import { packageVersion } from '../../../lib/scale/version.ts'
import { left, right, run } from '../../either.ts'
import { describeOnRedis } from '../../on-redis.ts'
import { startRedis } from '../../redis-server.ts'

const version = packageVersion()
const task = (options: string) => ({ version, kind: 'reference', system: 'square', options }) as const

describeOnRedis('runs that die', () => {
  it('are begun again three times, then parked with their inputs; put back in one step, they end', async () => {
    const server = await startRedis()
    let [begun, dies] = [0, true]
    const runner: TaskRunner = {
      check: () => E.right(undefined),
      run: ({ options }) => {
        if (options === '7') begun += 1
        return options === '7' && dies ? TE.left(diedFor('SIGKILL')) : TE.right({ results: options, files: [] })
      },
    }
    const asked = { on: server.on, kind: 'reference', note: () => undefined, beat: 50 } as const
    const end = new AbortController()
    const work = [1, 2].map(() => serveQueue({ ...asked, lock: 1000, signal: end.signal, runner })())
    const give = async (...all: readonly string[]): Promise<readonly E.Either<Failure, Delivered>[]> => {
      const found = new Map<number, E.Either<Failure, Delivered>>()
      const tasks = all.map((options) => ({ system: 'square', options }))
      right(await giveTasks(asked, tasks, (index, each) => TE.right(void found.set(index, each)))())
      return all.map((_, i) => found.get(i) ?? E.left(diedFor('nothing came')))
    }
    const [lost, other] = await give('7', '4')
    expect([begun, other]).toEqual([4, E.right(expect.objectContaining({ results: '4' }))])
    expect(left(lost ?? E.right(undefined))).toMatchObject({
      tag: 'WorkerLost',
      remedy: expect.stringContaining(`exptilt jobs retry --on ${server.on.shown} square-`),
    })
    const id = idOf(task('7'))
    const seen = await run(overviewOf(server.on))
    expect(seen.queues.flatMap(({ jobs }) => jobs)).toEqual([
      expect.objectContaining({
        ...{ id, state: 'failed', what: 'run', task: task('7') },
        reason: expect.stringContaining('died 4 times'),
      }),
    ])
    expect(left(await retryTasks(server.on, ['square-nobody'])()).what).toContain('square-nobody')

    const queue = new Queue(queueName('reference', version), { connection: server.client, prefix: 'exptilt' })
    const parked = await queue.getJob(id)
    await queue.pause()
    dies = false
    expect(await run(retryTasks(server.on, [id.slice(0, 12)]))).toEqual([id])
    // It is the same job, which was never taken away: whoever dies at any moment leaves it parked or waiting.
    const put = await queue.getJob(id)
    const state = await put?.getState()
    expect([state, put?.timestamp, (put?.attemptsMade ?? 1) + (put?.stalledCounter ?? 1)]).toEqual([
      expect.stringMatching(/waiting|paused/),
      ...[parked?.timestamp, 0],
    ])
    await queue.resume()
    expect(await give('7')).toEqual([E.right(expect.objectContaining({ results: '7' }))])
    expect(begun).toBe(5)
    end.abort()
    await Promise.all(work)
    await queue.close()
    await server.stop()
  })
})
