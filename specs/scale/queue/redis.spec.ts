/** Connections: whoever leaves, however early, leaves nothing behind that fails where nobody hears it. */
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { at } from '../../../lib/at.ts'
import { fold, key, uniforms } from '../../../lib/key.ts'
import { openQueue } from '../../../lib/scale/queue/giver.ts'
import { loadBullMq } from '../../../lib/scale/queue/packages.ts'
import { leave, openRedis } from '../../../lib/scale/queue/redis.ts'
import { reader, sender } from '../../../lib/scale/queue/stream.ts'
import { serveQueue } from '../../../lib/scale/queue/worker.ts'
import { run } from '../../either.ts'
import { describeOnRedis } from '../../on-redis.ts'
import { command, type Server, startRedis } from '../../redis-server.ts'

const later = (milliseconds: number) => new Promise((go) => setTimeout(go, milliseconds))

/** What nobody heard of while something was done. */
const unheard = async (work: () => Promise<unknown>): Promise<readonly unknown[]> => {
  const found: unknown[] = []
  const hear = (reason: unknown): void => void found.push(reason)
  process.on('unhandledRejection', hear)
  await work()
  await later(200)
  process.off('unhandledRejection', hear)
  return found
}

const TIMES = 50

describeOnRedis('leaving', () => {
  let server: Server
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  it('right after a connection was opened, with a queue, a worker and a reader on it, is heard by all', async () => {
    const { Queue, Worker } = await run(loadBullMq)
    const once = async (_: unknown, turn: number): Promise<void> => {
      const client = await run(openRedis(server.on))
      const options = { connection: client, prefix: 'leaving' }
      const queue = new Queue('a', options)
      queue.on('error', () => undefined)
      const worker = new Worker('a', async () => undefined, options)
      worker.on('error', () => undefined)
      const { close } = reader(client, `stream-${turn}`, { take: () => Promise.resolve(), lost: () => undefined })
      sender(client, `other-${turn}`, () => undefined)(Buffer.from('a'))
      if (turn % 5 > 0) await later(turn % 5)
      close()
      await leave(client, turn % 2 === 0 ? worker.close(true) : worker.close())
    }
    expect(await unheard(() => Promise.all(Array.from({ length: TIMES }, once)))).toEqual([])
  })

  it('of workers and of givers at once is heard by all', async () => {
    const once = async (_: unknown, turn: number): Promise<void> => {
      const stop = new AbortController()
      const asked = { on: server.on, kind: 'reference' as const, note: () => undefined, signal: stop.signal }
      const worker = serveQueue(asked)()
      const giver = openQueue({ ...asked, workers: 1, beat: 50 })()
      await later(turn % 10)
      stop.abort()
      const found = await giver
      if (E.isRight(found)) found.right.release()
      await worker
    }
    expect(
      await unheard(async () => {
        for (let turn = 0; turn < 15; turn++) await once(undefined, turn)
      }),
    ).toEqual([])
  }, 60_000)

  it('whatever became of Redis at whatever moment is heard by all', async () => {
    const once = async (_: unknown, turn: number): Promise<void> => {
      const u = uniforms(fold(key(11), turn), 6)
      const own = await startRedis()
      const stop = new AbortController()
      const asked = { on: own.on, kind: 'reference' as const, note: () => undefined, signal: stop.signal }
      const workers = [serveQueue(asked)(), serveQueue(asked)()]
      await later(200 * at(u, 0))
      const giver = openQueue({ ...asked, workers: 2, beat: 50 })()
      await later((turn % 2 === 0 ? 300 : 3000) * at(u, 1))
      if (at(u, 2) < 0.5) own.signal('SIGKILL')
      else await own.restart(at(u, 2) < 0.75)
      await later(500 * at(u, 3))
      if (at(u, 4) < 0.5) stop.abort()
      await later(200 * at(u, 5))
      stop.abort()
      const found = await giver
      if (E.isRight(found)) found.right.release()
      await Promise.all(workers)
      await own.stop()
    }
    expect(await unheard(() => Promise.all(Array.from({ length: 12 }, once)))).toEqual([])
  }, 60_000)

  it('of a worker whose Redis is dead takes seconds, and no connection stays', async () => {
    const own = await startRedis()
    const worker = command('worker', '--on', own.url, '--device', 'reference')
    await worker.says(/takes jobs/)
    own.signal('SIGKILL')
    await later(500)
    worker.kill('SIGTERM')
    expect(await worker.end).toBe(0)
    await own.stop()
  }, 30_000)
})
