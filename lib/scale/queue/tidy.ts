/** What is in Redis runs out where nobody uses it: BullMQ's keys too, which have no end of their own. */
import type { Queue } from 'bullmq'
import type { Redis } from 'ioredis'

/** Seconds that the keys of a queue stay where nobody uses it. */
export const WEEK = 604_800

/** But for BullMQ's own locks, which end by themselves: `stalled-check` kept for a week would hide every dead worker. */
const parts = [
  ...['', 'id', 'meta', 'wait', 'active', 'paused', 'delayed', 'prioritized', 'completed', 'failed', 'events'],
  ...['stalled', 'marker', 'pc', 'waiting-children', 'repeat', 'de'],
]

/** Lets the keys of a queue, and those of its jobs, stay for another week. */
export const keepQueue = async (client: Redis, queue: Pick<Queue, 'toKey' | 'getRanges'>): Promise<void> => {
  const jobs = await queue.getRanges(['wait', 'active', 'completed', 'failed', 'delayed'])
  const lasting = client.pipeline()
  for (const part of [...parts, ...jobs]) lasting.expire(queue.toKey(part), WEEK)
  await lasting.exec()
}
