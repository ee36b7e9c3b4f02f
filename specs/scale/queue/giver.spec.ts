/**
 * Work through a queue on a real Redis: the same bits on any number of workers, whoever is killed or stopped; what cannot go on is
 * a failure with a sentence.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { at, orElse } from '../../../lib/at.ts'
import { axis } from '../../../lib/axis.ts'
import { describeFailure } from '../../../lib/errors.ts'
import type { Executor, Lanes } from '../../../lib/executor.ts'
import { fold, key, permutation } from '../../../lib/key.ts'
import { input } from '../../../lib/ops/layout.ts'
import { exp } from '../../../lib/ops/pointwise.ts'
import { outputs } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import { openQueue } from '../../../lib/scale/queue/giver.ts'
import { presentWorkers, sayPresent } from '../../../lib/scale/queue/presence.ts'
import { leave, openRedis } from '../../../lib/scale/queue/redis.ts'
import { queueUrl } from '../../../lib/scale/queue/url.ts'
import { eachShard } from '../../../lib/scale/shards.ts'
import { packageVersion } from '../../../lib/scale/version.ts'
import { left, right, run } from '../../either.ts'
import { smallRuntime, wideParameters } from '../../models/enumerate.ts'
import { adapterOf } from '../../../lib/systems/executor.ts'
import { describeOnRedis } from '../../on-redis.ts'
import { command, type Server, startRedis } from '../../redis-server.ts'
import { at5, expected, exps, expsOf, open, settled, under, workers } from '../../through-queue.ts'

const size = { symbols: 3, hidden: 4, layers: 1 }
const parameters = wideParameters(size, 3)

/** Samples and scores of an LSTM, in several batches the last of which is not full. */
const figures = async (executor: Executor) => {
  const lstm = smallRuntime(size, { batch: 4 }, executor)
  const drawn = await run(lstm.sample(parameters, { key: key(5), count: 14, length: 5 }))
  const scores = await run(lstm.score(parameters, drawn))
  lstm.release()
  return { drawn, scores }
}

/** What an LSTM draws in each of these shards, in their order. */
const drawnIn = async (lanes: Lanes, shards: readonly number[]): Promise<readonly string[]> => {
  const found: string[] = []
  const draw = eachShard({ lanes })((executor, i: number) => {
    const lstm = smallRuntime(size, { batch: 4 }, executor)
    return TE.map(({ tokens }: { readonly tokens: Int32Array }) => {
      lstm.release()
      return tokens.join(' ')
    })(lstm.sample(parameters, { key: fold(key(5), i), count: 4, length: 5 }))
  })
  await run(draw(shards, (text) => found.push(text)))
  return found
}

/** Seconds for which Redis is paused: four times as long as the signs of life here may be missing. */
const PAUSE = Number(orElse(process.env['EXPTILT_PAUSE'], '12'))

/** The sessions that a giver speaks in. */
const openings = async (server: Server): Promise<readonly string[]> =>
  (await server.client.keys('exptilt:to-worker:*')).toSorted()

describeOnRedis('work through a queue', () => {
  let server: Server
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  it('is the same to the bit on 1, 2 and 5 workers, and without, in any order, however often; nothing of it stays in Redis for ever', async () => {
    const stop = workers(server, 5)
    const pool = await run(open(server, 5))
    const [first, ...others] = pool.lanes
    const alone = await figures(reference)
    for (const count of [1, 2, 5])
      expect(await figures({ ...reference, lanes: [first, ...others.slice(0, count - 1)] })).toStrictEqual(alone)
    const shards = Array.from({ length: 10 }, (_, i) => i)
    const drawn = await drawnIn([TE.right(reference)], shards)
    expect(new Set(drawn).size).toBe(shards.length)
    // Each of them twice, in any order.
    const shuffled = Array.from(permutation(key(7), 2 * shards.length), (i) => i % shards.length)
    expect(await drawnIn(pool.lanes, shuffled)).toEqual(shuffled.map((i) => at(drawn, i)))
    expect(await drawnIn([first], [...shards].reverse())).toEqual([...drawn].reverse())
    expect(await expsOf(pool.lanes, 20)).toEqual(expected(20))
    const named = adapterOf({ ...reference, ...pool })
    expect(named).toMatch(new RegExp(`( at|,) (\\S+\\.${process.pid}\\.\\w{4}(, )?){5}$`))
    const refused = await (await run(pool.lanes[0])).prepare(outputs({ y: exp(input('x', axis('n', 2))) }))()
    const found = left(await right(refused).run({ x: Float32Array.of(1) })())
    expect([found.tag, found.what]).toEqual(['Feed', "input 'x' (n=2) got 1 values"])
    pool.release()
    await stop()
    await settled(async () =>
      (await server.client.keys('exptilt:*')).every((name) => !/array|wanted|alive|to-giver/.test(name)),
    )
    // −1: for ever; −2: gone since the names were read.
    for (const name of await server.client.keys('*'))
      expect([name, (await server.client.ttl(name)) === -1]).toEqual([name, false])
  })

  it('goes on where workers are killed, and where one that is killed has no successor', async () => {
    const processes = [1, 2].map(() => command('worker', '--on', server.url, '--device', 'reference'))
    await Promise.all(processes.map(({ says }) => says(/takes jobs/)))
    const pool = await run(open(server, 2))
    expect(
      await expsOf(
        pool.lanes,
        40,
        at5(() => at(processes, 0).kill('SIGKILL')),
      ),
    ).toEqual(expected(40))
    const last = at(processes, 1)
    const halted = at5(() => {
      last.kill('SIGSTOP')
      setTimeout(() => last.kill('SIGCONT'), 5000)
    })
    expect(await expsOf(pool.lanes, 40, halted)).toEqual(expected(40))
    pool.release()
    // Told to stop in the middle of a session, it gives its work back, says so and ends well.
    const another = await run(open(server, 1))
    last.kill('SIGTERM')
    const stop = workers(server, 1)
    expect(await expsOf(another.lanes, 5)).toEqual(expected(5))
    expect(await last.end).toBe(0)
    expect(last.said()).toMatch(/told to stop/)
    another.release()
    await stop()
  })

  it(
    'goes on through a pause of Redis, and through its death where it keeps what it has',
    async () => {
      const stop = workers(server, 2)
      const before = await openings(server)
      const pool = await run(open(server, 2))
      const halted = at5(() => {
        server.signal('SIGSTOP')
        setTimeout(() => server.signal('SIGCONT'), 1000 * PAUSE)
      })
      expect(await expsOf(pool.lanes, 20, halted)).toEqual(expected(20))
      // Nobody counted as dead: no session was begun anew.
      expect((await openings(server)).filter((name) => !before.includes(name)).length).toBeLessThanOrEqual(2)
      expect(
        await expsOf(
          pool.lanes,
          20,
          at5(() => server.restart(true)),
        ),
      ).toEqual(expected(20))
      pool.release()
      await stop()
    },
    1000 * (PAUSE + 60),
  )
})

describeOnRedis('a queue whose arrays are lost', () => {
  it('puts them again, and goes on', async () => {
    const server = await startRedis()
    const notes: string[] = []
    const stop = workers(server, 1, (line) => notes.push(line))
    const pool = await run(open(server, 1))
    const losing = at5(async () => {
      while (!notes.some((line) => line.includes('no longer holds'))) {
        const arrays = await server.client.keys('*:array:*')
        if (arrays.length > 0) await server.client.del(arrays)
      }
    })
    expect(await expsOf(pool.lanes, 20, losing)).toEqual(expected(20))
    expect(notes.filter((line) => line.includes('no longer holds'))).not.toEqual([])
    pool.release()
    await Promise.all(under)
    await stop()
    await server.stop()
  })
})

describeOnRedis('a queue that cannot go on', () => {
  it('fails with a sentence where Redis is restarted empty, or has no memory left', async () => {
    const server = await startRedis()
    const stop = workers(server, 1)
    const pool = await run(open(server, 1))
    const shards = Array.from({ length: 1000 }, (_, i) => i)
    const lost = left(
      await exps(
        pool.lanes,
        at5(() => server.restart(false)),
      )(shards, () => undefined)(),
    )
    expect([lost.tag, lost.remedy]).toEqual(['Queue', expect.stringContaining('checkpoint')])
    pool.release()
    const full = await run(open(server, 1))
    const out = left(
      await exps(
        full.lanes,
        at5(() => server.client.config('SET', 'maxmemory', '1mb')),
      )(shards, () => undefined)(),
    )
    expect([out.tag, out.what]).toEqual(['Queue', expect.stringContaining('no memory left')])
    full.release()
    await Promise.all(under)
    await server.client.config('SET', 'maxmemory', '0')
    await stop()
    await server.stop()
  })

  it('refuses a wrong password, without telling it, and a host that does not answer', async () => {
    const server = await startRedis('--requirepass', 'right')
    const url = new URL(server.url)
    for (const [who, told] of [
      [':wrong@', 'refuses the password'],
      ['', 'refuses the password'],
    ] as const) {
      const on = right(queueUrl(`redis://${who}${url.host}`))
      const found = left(await openQueue({ on, kind: 'reference', note: () => undefined })())
      expect([found.tag, found.what]).toEqual(['Usage', expect.stringContaining(told)])
      expect(JSON.stringify(found) + describeFailure(found)).not.toContain('wrong')
    }
    await server.stop()
    const gone = left(await openQueue({ on: server.on, kind: 'reference', note: () => undefined })())
    expect([gone.tag, gone.what]).toEqual(['Queue', expect.stringContaining('ECONNREFUSED')])
  })

  it('refuses workers of another version or kind, and is told to start one where there is none', async () => {
    const server = await startRedis()
    const version = packageVersion()
    const present = (name: string, of: string, kind: 'onnx' | 'reference') =>
      sayPresent(server.client, server.on, { name, version: of, kind, doing: undefined })
    await present('old', '0.0.1', 'reference')
    const old = left(await open(server, 1)())
    expect([old.tag, old.what]).toEqual(['Usage', expect.stringContaining(`exptilt 0.0.1, and this is ${version}`)])
    await present('other', version, 'onnx')
    expect(left(await open(server, 1)()).remedy).toContain('--device reference')
    await server.client.flushall()
    const notes: string[] = []
    const stop = new AbortController()
    const waiting = openQueue({
      on: server.on,
      kind: 'reference',
      signal: stop.signal,
      note: (line) => {
        notes.push(line)
        stop.abort()
      },
    })()
    expect(left(await waiting).tag).toBe('Interrupted')
    expect(notes).toEqual([
      `no worker is there: start one with npx exptilt worker --on ${server.url} --device reference`,
    ])
    await server.stop()
  })
})

describeOnRedis('a Redis that stops to answer', () => {
  it('while a run opens is a failure of seconds; so it is where the run is told to stop', async () => {
    const server = await startRedis()
    const stop = workers(server, 1)
    const stopped = new AbortController()
    const asked = { on: server.on, kind: 'reference' as const, note: () => undefined, workers: 1 }
    const pool = await run(openQueue({ ...asked, signal: stopped.signal }))
    const client = await run(openRedis(server.on))
    server.signal('SIGSTOP')
    const opening = openQueue(asked)()
    const looking = presentWorkers(client, server.on)()
    const working = exps(pool.lanes)([1], () => undefined)()
    stopped.abort()
    for (const found of await Promise.all([opening, looking, working])) {
      const { tag, what } = left(found)
      expect([tag, what]).toEqual(['Queue', expect.stringContaining('no answer within')])
    }
    pool.release()
    server.signal('SIGCONT')
    await leave(client, Promise.resolve())
    await stop()
    await server.stop()
  })
})

describe('without Redis', () => {
  it('nobody waits: the failure comes at once', async () => {
    const found = left(
      await openQueue({ on: right(queueUrl('redis://127.0.0.1:1')), kind: 'reference', note: () => undefined })(),
    )
    expect(found.tag).toBe('Queue')
  })

  it('a host that takes a connection and says nothing is left', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const address = silent.address()
    const port = typeof address === 'object' ? orElse(address?.port, 0) : 0
    const on = right(queueUrl(`redis://127.0.0.1:${port}`))
    const { tag, what } = left(await openQueue({ on, kind: 'reference', note: () => undefined })())
    expect([tag, what]).toEqual(['Queue', expect.stringContaining('no answer within')])
    silent.close()
  })
})
