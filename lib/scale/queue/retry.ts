/** Parked runs, put back into their queue with what they were asked for. */
import * as E from 'fp-ts/lib/Either.js'
import type { Job, Queue } from 'bullmq'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { type Failure, raise, usage } from '../../errors.ts'
import { isThere, queuesOf, withQueues } from './overview.ts'
import { putTask } from './task-jobs.ts'
import { type Task, taskOf } from './tasks.ts'
import type { QueueUrl } from './url.ts'

/** A run that failed, and its queue. */
interface Parked {
  readonly job: Job
  readonly task: Task
  readonly queue: Queue
}

/** Jobs that are looked at in one go. */
const AT_ONCE = 200

const parkedIn = async (queue: Queue): Promise<readonly Parked[]> => {
  const found: Parked[] = []
  for (let start = 0; ; start += AT_ONCE) {
    const jobs = await queue.getJobs(['failed'], start, start + AT_ONCE - 1)
    for (const job of jobs.filter(isThere)) {
      const task = taskOf(job.id, job.data)
      if (E.isRight(task)) found.push({ job, task: task.right, queue })
    }
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
    for (const { job, task, queue: own } of wanted) {
      await job.remove()
      await putTask({ client, queue: own, prefix: on.prefix }, task)
    }
    return wanted.map(({ job }) => String(job.id))
  })
