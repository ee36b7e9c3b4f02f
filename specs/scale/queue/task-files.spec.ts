/** Files that runs of a queue compute on, on a real Redis. */
import { Queue } from 'bullmq'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { queueName } from '../../../lib/scale/queue/protocol.ts'
import { hashed, storedAs } from '../../../lib/scale/queue/task-files.ts'
import { giveTasks } from '../../../lib/scale/queue/task-giver.ts'
import type { TaskRunner } from '../../../lib/scale/queue/task-work.ts'
import { idOf } from '../../../lib/scale/queue/tasks.ts'
import { serveQueue } from '../../../lib/scale/queue/worker.ts'
import { packageVersion } from '../../../lib/scale/version.ts'
import { right } from '../../either.ts'
import { describeOnRedis } from '../../on-redis.ts'
import { type Server, startRedis } from '../../redis-server.ts'

const [version, BEAT] = [packageVersion(), 50]

const settled = (test: () => Promise<boolean>) => expect.poll(test, { timeout: 20_000, interval: 50 }).toBe(true)

describeOnRedis('runs of a queue', () => {
  let server: Server
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  it('compute on the files that they are given, which are kept once and put there again; without them they do not end', async () => {
    const seen: string[] = []
    const runner: TaskRunner = {
      check: () => E.right(undefined),
      run: ({ options }, { given }) => {
        seen.push(...given.map(({ name, content }) => `${options} ${name} ${[...content].join()}`))
        return TE.right({ results: options, files: [] })
      },
    }
    const files = hashed([{ name: 'own.txt', content: Uint8Array.of(1, 2) }])
    const asked = { on: server.on, kind: 'reference', note: () => undefined, beat: BEAT } as const
    const ended: unknown[] = []
    const giving = (...names: readonly string[]) =>
      giveTasks(
        asked,
        names.map((options) => ({ system: 'square', options, files })),
        (_, each) => TE.right(void ended.push(each)),
      )()
    const first = giving('71', '72')
    await settled(async () => (await server.client.keys('exptilt:file:*')).length === 1)
    const end = new AbortController()
    const worker = serveQueue({ ...asked, lock: 1000, signal: end.signal, runner })()
    right(await first)
    expect(ended).toEqual([E.right(expect.anything()), E.right(expect.anything())])
    expect(seen.toSorted()).toEqual(['71 own.txt 1,2', '72 own.txt 1,2'])
    const queue = new Queue(queueName('reference', version), { connection: server.client, prefix: 'exptilt' })
    const id = idOf({ version, kind: 'reference', system: 'square', options: '73', files: files.map(storedAs) })
    await queue.pause()
    const late = giving('73')
    await settled(async () => (await queue.getJobState(id)) !== 'unknown')
    await server.client.del(...(await server.client.keys('exptilt:file:*')))
    await queue.resume()
    await settled(async () => (await queue.getJobState(id)) === 'failed')
    expect((await queue.getJob(id))?.failedReason).toMatch(/no longer in Redis: give the same command again/)
    right(await late)
    expect(ended.at(-1)).toEqual(E.left(expect.objectContaining({ tag: 'WorkerLost' })))
    right(await giving('73'))
    expect(ended.at(-1)).toEqual(E.right(expect.anything()))
    end.abort()
    await worker
    await queue.close()
  })
})
