/**
 * Queues in a browser: there are none. What bundlers for browsers put in the place of `packages.ts` (the field `browser` of
 * package.json), so that they look for no Redis.
 */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Failure, usage } from '../../errors.ts'

const absent: TaskEither<Failure, never> = () =>
  Promise.resolve(E.left(usage('a page cannot reach a Redis', 'leave --on out, or run this on Node')))

/** No BullMQ. */
export const loadBullMq: TaskEither<Failure, typeof import('bullmq')> = absent

/** No client. */
export const loadRedis: TaskEither<Failure, { readonly Redis: typeof import('ioredis').Redis }> = absent
