/** The jobs of a worker, as the queue hands them out: sessions and whole runs, and how each ends. */
import type { Job } from 'bullmq'
import * as E from 'fp-ts/lib/Either.js'
import { decodeAs } from '../../codec/json.ts'
import { ExptiltError, raise, usage } from '../../errors.ts'
import { keysOf, type LaneJob, laneJobCodec } from './protocol.ts'
import { type TaskBench, type Verdict, workTask } from './task-work.ts'
import { TASK } from './tasks.ts'

/** Says what the worker does meanwhile, and what it did when it is over, and how that was. */
export type During = <A>(what: string, done: string, work: () => Promise<A>, how: (found: A) => string) => Promise<A>

/** What a worker does jobs with. */
interface Doing {
  readonly bench: TaskBench
  /** BullMQ's ways to end a job: not to be tried again, given back. */
  readonly errors: Pick<typeof import('bullmq'), 'UnrecoverableError' | 'WaitingError'>
  readonly session: (job: LaneJob) => Promise<string>
  readonly during: During
}

const serve = async ({ bench, session, during }: Doing, data: unknown): Promise<void> => {
  const job = decodeAs(laneJobCodec, 'job')(data)
  if (E.isLeft(job)) return raise(job.left)
  if (job.right.version !== bench.version)
    return raise(
      usage(
        `the job is of exptilt ${job.right.version}, and this worker is ${bench.version}`,
        'install the same version on all machines',
      ),
    )
  // It is the one's who takes it.
  if ((await bench.client.del(keysOf(bench.prefix).wanted(job.right.session))) === 0) return
  const { giver } = job.right
  // One worker waits for a giver that is dead, and no other does: it may have left many sessions.
  if ((await bench.client.exists(keysOf(bench.prefix).gone(giver))) === 1) return
  await during(
    `serves ${giver}`,
    `served ${giver}`,
    () => session(job.right),
    (why) => why,
  )
}

/** What BullMQ is to be told. */
const endOf = (errors: Doing['errors'], verdict: Exclude<Verdict, { readonly kind: 'done' }>): Error => {
  if (verdict.kind === 'again') return new errors.WaitingError()
  return verdict.kind === 'died' ? new Error(verdict.why) : new errors.UnrecoverableError(verdict.why)
}

const compute = async ({ bench, errors, during }: Doing, job: Job, token: string | undefined): Promise<void> => {
  const id = String(job.id)
  const verdict = await during(
    `computes ${id}`,
    `computed ${id}`,
    () => workTask(bench, job),
    ({ kind }) => kind,
  )
  if (verdict.kind === 'done') return
  if (verdict.kind === 'again') await job.moveToWait(token)
  await Promise.reject(endOf(errors, verdict))
}

/** Does a job; rejects as BullMQ wants it said. What is refused is not tried again. */
export const processorOf =
  (doing: Doing) =>
  async (job: Job, token: string | undefined): Promise<void> => {
    const work = job.name === TASK ? compute(doing, job, token) : serve(doing, job.data)
    await work.catch((thrown: unknown) =>
      Promise.reject(
        thrown instanceof ExptiltError ? new doing.errors.UnrecoverableError(thrown.message) : E.toError(thrown),
      ),
    )
  }
