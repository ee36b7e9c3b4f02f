/** The packages that queues need, for Node; `packages-web.ts` is their place in browsers. */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Failure, usage } from '../../errors.ts'

/** At the versions that were tried. */
const PACKAGES = 'bullmq@6 ioredis@6'

const ABSENT = usage('--on needs bullmq and ioredis, which are not installed', `run npm install ${PACKAGES}`)

const installed =
  <A>(load: () => Promise<A>): TaskEither<Failure, A> =>
  () =>
    load().then(E.right, () => E.left(ABSENT))

/** BullMQ, where it is installed. */
export const loadBullMq: TaskEither<Failure, typeof import('bullmq')> = installed(() => import('bullmq'))

/** Redis' client, where it is installed. */
export const loadRedis: TaskEither<Failure, { readonly Redis: typeof import('ioredis').Redis }> = installed(
  () => import('ioredis'),
)
