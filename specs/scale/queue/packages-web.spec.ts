/** In a browser there is no queue, and whoever asks for one is told so. */
import * as E from 'fp-ts/lib/Either.js'
import { expect, it } from 'vitest'
import { loadBullMq, loadRedis } from '../../../lib/scale/queue/packages-web.ts'
import { loadBullMq as ofNode } from '../../../lib/scale/queue/packages.ts'

it('is told to whoever asks, where Node has the packages', async () => {
  for (const load of [loadBullMq, loadRedis]) {
    const found = await load()
    expect(E.isLeft(found) && found.left.what).toBe('a page cannot reach a Redis')
  }
  expect(E.isRight(await ofNode())).toBe(true)
})
