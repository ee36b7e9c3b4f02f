/** Arrays that a giver keeps in Redis: one that a call holds stays, whatever else is believed or let go; the others are bounded. */
import { createHash } from 'node:crypto'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { keeperOf, keptIn } from '../../../lib/scale/queue/kept.ts'
import { left, run } from '../../either.ts'
import { describeOnRedis } from '../../on-redis.ts'
import { type Server, startRedis } from '../../redis-server.ts'

/** An array large enough to be kept. */
const large = (of: number): Uint8Array => new Uint8Array(2 ** 16 + of).fill(of)

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const keyOf = (hash: string): string => `array:${hash}`

describeOnRedis('arrays in Redis', () => {
  let server: Server
  beforeAll(async () => {
    server = await startRedis()
  })
  afterAll(() => server.stop())

  const keeper = (most?: number) => keeperOf(server.client, keyOf, (thrown) => expect.unreachable(String(thrown)), most)
  const isThere = async (of: number): Promise<boolean> => (await server.client.exists(keyOf(hashOf(large(of))))) === 1

  it('that a call holds stay, also where they were put again after nothing was believed to be there', async () => {
    const { hold, forget } = keeper(0)
    const early = hold()
    expect(early.keep(large(1))).toBe(hashOf(large(1)))
    expect(await isThere(1)).toBe(true)
    await server.client.flushall()
    forget()
    const late = hold()
    late.keep(large(1))
    expect(await isThere(1)).toBe(true)
    early.release()
    early.release()
    expect(await isThere(1)).toBe(true)
    late.release()
    expect(await isThere(1)).toBe(false)
  })

  it('are put once while they are believed to be there, and are bounded once no call holds them', async () => {
    const { hold, clear } = keeper(2 * 2 ** 16 + 100)
    const calls = [1, 2, 3].map((of) => {
      const call = hold()
      call.keep(large(of))
      return call
    })
    await server.client.set(keyOf(hashOf(large(1))), 'mine')
    const again = hold()
    again.keep(large(1))
    expect(await server.client.get(keyOf(hashOf(large(1))))).toBe('mine')
    for (const { release } of calls) release()
    again.release()
    // Of three, two have room: those that were asked for last.
    expect(await Promise.all([1, 2, 3].map(isThere))).toEqual([true, false, true])
    clear()
    expect(await Promise.all([1, 2, 3].map(isThere))).toEqual([false, false, false])
  })

  it('do not run out while their giver lives', async () => {
    const { hold, last, clear } = keeper()
    hold().keep(large(4))
    const key = keyOf(hashOf(large(4)))
    await server.client.expire(key, 5)
    await last()
    expect(await server.client.ttl(key)).toBeGreaterThan(3000)
    clear()
  })

  it('are fetched once, also by two at once, and are no longer there where Redis lost them or has others', async () => {
    const bytes = large(5)
    const [hash, of] = [hashOf(bytes), keptIn(server.client)(keyOf)]
    await server.client.set(keyOf(hash), Buffer.from(bytes))
    const both = await Promise.all([run(of(hash)), run(of(hash))])
    for (const found of both) expect(new Uint8Array(found)).toEqual(bytes)
    await server.client.del(keyOf(hash))
    expect(E.isRight(await of(hash)())).toBe(true)
    await server.client.set(keyOf(hash), 'another')
    expect(left(await keptIn(server.client)(keyOf)(hash)()).what).toContain('no longer holds')
  })
})
