/** Messages through Redis: what was read is removed, and nobody's memory grows with the number of shards. */
import { afterAll, beforeAll, expect, it } from 'vitest'
import { axis } from '../../../lib/axis.ts'
import { input } from '../../../lib/ops/layout.ts'
import { exp } from '../../../lib/ops/pointwise.ts'
import { outputs } from '../../../lib/program.ts'
import { eachShard } from '../../../lib/scale/shards.ts'
import { run } from '../../either.ts'
import { describeOnRedis } from '../../on-redis.ts'
import { type Server, startRedis } from '../../redis-server.ts'
import { open, workers } from '../../through-queue.ts'

describeOnRedis('shards through streams', () => {
  let server: Server
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  it('leave as much memory after hundreds as after some, with giver, worker and Redis', async () => {
    const stop = workers(server, 1)
    const pool = await run(open(server, 1))
    const prepared = await run((await run(pool.lanes[0])).prepare(outputs({ y: exp(input('x', axis('n', 20_000))) })))
    const x = new Float32Array(20_000)
    const after = async (shards: number) => {
      const each = eachShard({ lanes: pool.lanes })(() => prepared.run({ x }))
      await run(each(new Array(shards).fill(0), () => undefined))
      globalThis.gc?.()
      const used = /used_memory:(\d+)/.exec(await server.client.info('memory'))?.[1]
      return { here: process.memoryUsage().arrayBuffers, redis: Number(used) }
    }
    await after(100)
    const before = await after(10)
    // Results of 160 kB each: kept, they would be 64 MB.
    const later = await after(400)
    expect(later.here - before.here).toBeLessThan(20e6)
    expect(later.redis - before.redis).toBeLessThan(10e6)
    for (const name of await server.client.keys('exptilt:to-*'))
      expect(await server.client.xlen(name)).toBeLessThanOrEqual(8)
    pool.release()
    await stop()
  })
})
