/** Workers of a queue: what they refuse, and when they are idle again. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { presentWorkers } from '../../../lib/scale/queue/presence.ts'
import { keysOf, type LaneJob, queueName } from '../../../lib/scale/queue/protocol.ts'
import { loadBullMq } from '../../../lib/scale/queue/packages.ts'
import { queueUrl } from '../../../lib/scale/queue/url.ts'
import { serveQueue } from '../../../lib/scale/queue/worker.ts'
import { packageVersion } from '../../../lib/scale/version.ts'
import { left, right, run } from '../../either.ts'
import { describeOnRedis } from '../../on-redis.ts'
import { type Server, startRedis } from '../../redis-server.ts'
import { expected, expsOf, open, settled, workers } from '../../through-queue.ts'

describeOnRedis('a worker of a queue', () => {
  let server: Server
  let [stop, notes]: [() => Promise<unknown>, string[]] = [() => Promise.resolve(), []]
  beforeAll(async () => {
    server = await startRedis()
    stop = workers(server, 1, (line) => notes.push(line))
  })
  afterEach(() => {
    notes = []
  })
  afterAll(async () => {
    await stop()
    await server.stop()
  })

  const version = packageVersion()
  const job: LaneJob = { version, kind: 'reference', giver: 'g', session: 'g-1', beat: 50 }
  const ask = async (data: unknown, session: string): Promise<void> => {
    const { Queue } = await run(loadBullMq)
    const queue = new Queue(queueName('reference', version), { connection: server.client, prefix: server.on.prefix })
    queue.on('error', () => undefined)
    await server.client.set(keysOf(server.on.prefix).wanted(session), 1)
    await queue.add('lane', data, { removeOnFail: true, removeOnComplete: true })
  }
  const says = (pattern: RegExp): Promise<void> => settled(async () => notes.some((line) => pattern.test(line)))
  const idle = (): Promise<void> =>
    settled(async () => (await run(presentWorkers(server.client, server.on))).every(({ doing }) => doing === undefined))

  it('refuses jobs of another version and what is no job, with a sentence, and takes the next one', async () => {
    await ask({ ...job, version: '0.0.1', session: 'g-1' }, 'g-1')
    await says(/a job failed: the job is of exptilt 0\.0\.1, and this worker is /)
    await ask({ run: 'me' }, 'g-2')
    await says(/a job failed: job is not [^]* 5 places/)
    await ask({ ...job, giver: '../etc', session: 'g-3' }, 'g-3')
    await says(/a job failed: job is not [^]* one place[^]*giver/)
    expect(notes.some((line) => line.startsWith('serves'))).toBe(false)
  })

  it('is idle again once a giver is not heard of any more, and when one that was served has ended', async () => {
    await ask({ ...job, session: 'g-4' }, 'g-4')
    await says(/served g for .*: giver is gone/)
    await idle()
    // What else a dead giver has left keeps nobody waiting.
    const wanted = keysOf(server.on.prefix).wanted('g-8')
    await ask({ ...job, session: 'g-8' }, 'g-8')
    await settled(async () => (await server.client.exists(wanted)) === 0)
    await idle()
    expect(notes.filter((line) => line.startsWith('serves'))).toEqual(['serves g'])
    const pool = await run(open(server, 1))
    expect(await expsOf(pool.lanes, 3)).toEqual(expected(3))
    pool.release()
    await says(/served .*: done/)
    await idle()
  })

  it('takes a session that another has taken for none', async () => {
    await ask({ ...job, giver: 'h', session: 'g-5' }, 'g-6')
    await server.client.set(keysOf(server.on.prefix).wanted('g-7'), 1)
    await ask({ ...job, giver: 'h', session: 'g-7' }, 'g-7')
    await says(/served h for/)
    expect(notes.filter((line) => line.startsWith('serves'))).toEqual(['serves h'])
  })

  it('says within seconds that nobody answers, or that its password is wrong', async () => {
    const asked = { kind: 'reference' as const, note: () => undefined, signal: new AbortController().signal }
    const gone = left(await serveQueue({ ...asked, on: right(queueUrl('redis://127.0.0.1:1')) })())
    expect([gone.tag, gone.what]).toEqual(['Queue', expect.stringContaining('ECONNREFUSED')])
    const locked = await startRedis('--requirepass', 'right')
    const refused = left(await serveQueue({ ...asked, on: locked.on })())
    expect([refused.tag, refused.what]).toEqual(['Usage', expect.stringContaining('refuses the password')])
    await locked.stop()
  })
})
