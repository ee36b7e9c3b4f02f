/** Runs are put into the queue, and taken back. */
import type { Job, Queue } from 'bullmq'
import type { Redis } from 'ioredis'
import { keysOf } from './protocol.ts'
import { idOf, OUTCOME_SECONDS, TASK, type Task, TASK_RETRIES } from './tasks.ts'
import { WEEK } from './tidy.ts'

/** A queue and where it is. */
export interface TaskQueue {
  readonly client: Redis
  readonly queue: Queue
  readonly prefix: string
}

/** Finished runs that are remembered, for how long they took. */
const REMEMBERED = 100

/** Puts a run into the queue, once however often it is put, and says that it is wanted. */
export const putTask = async ({ client, queue, prefix }: TaskQueue, task: Task): Promise<void> => {
  const id = idOf(task)
  const keys = keysOf(prefix)
  await client.multi().del(keys.outcome(id)).set(keys.wanted(id), 1, 'EX', OUTCOME_SECONDS).exec()
  await queue.add(TASK, task, {
    jobId: id,
    attempts: TASK_RETRIES + 1,
    removeOnComplete: { age: WEEK, count: REMEMBERED },
    removeOnFail: { age: WEEK },
  })
  await client.expire(queue.toKey(id), WEEK)
}

/**
 * Puts a run that failed back into its queue, with its deaths forgotten. It stays among those that failed until one command of Redis
 * moves it: whoever dies before that has lost nothing.
 */
export const putBack = async ({ client, queue, prefix }: TaskQueue, job: Job): Promise<void> => {
  const id = String(job.id)
  const keys = keysOf(prefix)
  await client
    .multi()
    .del(keys.outcome(id))
    .set(keys.wanted(id), 1, 'EX', OUTCOME_SECONDS)
    .hdel(queue.toKey(id), 'stc', 'defa')
    .exec()
  await job.retry('failed', { resetAttemptsMade: true, resetAttemptsStarted: true })
}

/** Takes a run back: out of the queue, or from the worker that has it, which then stops. One that is parked stays so. */
export const takeBack = async ({ client, queue, prefix }: TaskQueue, id: string): Promise<void> => {
  await client.del(keysOf(prefix).wanted(id))
  const job = await queue.getJob(id)
  if (job?.finishedOn === undefined) await queue.remove(id)
}
