/** Parked runs, put back into their queue with what they were asked for. */
import * as E from 'fp-ts/lib/Either.js'
import type { Job, Queue } from 'bullmq'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Failure, raise, usage } from '../../errors.ts'
import { isThere, queuesOf, withQueues } from './overview.ts'
import { putBack } from './task-jobs.ts'
import { taskOf } from './tasks.ts'
import type { QueueUrl } from './url.ts'

/** A run that failed, and its queue. */
interface Parked {
  readonly job: Job
  readonly queue: Queue
}

/** Jobs that are looked at in one go. */
const AT_ONCE = 200

const parkedIn = async (queue: Queue): Promise<readonly Parked[]> => {
  const found: Parked[] = []
  for (let start = 0; ; start += AT_ONCE) {
    const jobs = await queue.getJobs(['failed'], start, start + AT_ONCE - 1)
    found.push(
      ...jobs.filter((job) => isThere(job) && E.isRight(taskOf(job.id, job.data))).map((job) => ({ job, queue })),
    )
    if (jobs.length < AT_ONCE) return found
  }
}

const isCalled =
  (name: string) =>
  ({ job }: Parked): boolean =>
    String(job.id).startsWith(name)

/**
 * Puts runs back that failed: those whose names begin so, or all; their names. Left: `Usage` for a name that none has, else as
 * `openRedis`.
 */
export const retryTasks = (on: QueueUrl, names: readonly string[]): TaskEither<Failure, readonly string[]> =>
  withQueues(on, async ({ client, workers, queue }) => {
    const parked: Parked[] = []
    for (const each of queuesOf(workers)) parked.push(...(await parkedIn(queue(each))))
    const stray = names.find((name) => !parked.some(isCalled(name)))
    if (stray !== undefined)
      raise(
        usage(
          `no run that failed at ${on.shown} is called ${stray}`,
          `see npx exptilt jobs --on ${on.shown} for those there are`,
        ),
      )
    const wanted = parked.filter((each) => names.length === 0 || names.some((name) => isCalled(name)(each)))
    for (const { job, queue: own } of wanted) await putBack({ client, queue: own, prefix: on.prefix }, job)
    return wanted.map(({ job }) => String(job.id))
  })
