/**
 * `exptilt jobs`: what the queue of a Redis does; `exptilt jobs retry`: runs that failed, put back.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import type { Failure } from '../errors.ts'
import { column, type Document, lead, note, numeric, quiet, table } from '../report/document.ts'
import { textOf } from '../report/document-text.ts'
import { startOf } from '../scale/queue/giver.ts'
import { placeOf } from '../scale/queue/names.ts'
import { type JobSeen, LISTED, type Overview, overviewOf, type QueueSeen } from '../scale/queue/overview.ts'
import { retryTasks } from '../scale/queue/retry.ts'
import { type QueueUrl, queueUrl } from '../scale/queue/url.ts'
import { refuse } from './exit.ts'
import type { JobsFlags, JobsRetryFlags } from './flags.ts'
import { leaving } from './interrupt.ts'
import { duration, pace } from './progress.ts'
import type { World } from './world.ts'

type Worker = Overview['workers'][number]

const ago = (since: number | undefined, now: number): string | undefined =>
  since === undefined ? undefined : duration(Math.max(0, now - since) / 1000)

const workersTable = (workers: readonly Worker[], now: number) =>
  table('Workers', workers, [
    column<Worker>('name', ({ name }) => name),
    column<Worker>('host', ({ name }) => placeOf(name)?.host),
    numeric<Worker>('process', ({ name }) => String(placeOf(name)?.pid ?? '')),
    column<Worker>('computes with', ({ kind, version }) => `${kind}, exptilt ${version}`),
    column<Worker>('does', ({ doing }) => doing ?? 'waits'),
    numeric<Worker>('for', ({ since }) => ago(since, now)),
  ])

const farOf = ({ progress }: JobSeen): string => {
  if (progress === undefined) return ''
  const { phase, done, earlier, total = Number.POSITIVE_INFINITY, seconds } = progress
  const amount = Number.isFinite(total) ? `${done}/${total}` : String(done)
  return [`${phase} ${amount}`, pace({ phase, done, earlier, total, elapsed: seconds, facts: {} })]
    .filter((part) => part !== '')
    .join('; ')
}

const jobsTable = (title: string, jobs: readonly JobSeen[], now: number) =>
  table(title, jobs, [
    column<JobSeen>('job', ({ id }) => id),
    column<JobSeen>('of', ({ giver }) => giver),
    column<JobSeen>('worker', ({ worker }) => worker),
    numeric<JobSeen>('for', ({ since, given, state }) => ago(state === 'waiting' ? given : since, now)),
    column<JobSeen>('how far', farOf),
    numeric<JobSeen>('died', ({ deaths }) => (deaths === 0 ? undefined : String(deaths))),
    quiet<JobSeen>('why', ({ reason }) => reason),
  ])

const TITLES = { active: 'under way', waiting: 'waiting', failed: 'failed' } as const

const listOf = ({ kind, version, jobs, counts }: QueueSeen, state: JobSeen['state'], now: number) => {
  const own = jobs.filter((job) => job.state === state)
  const more = counts[state] > LISTED ? ` (${LISTED} of ${counts[state]})` : ''
  return jobsTable(`${kind}, exptilt ${version}: ${TITLES[state]}${more}`, own, now)
}

const rateOf = ({ counts, secondsEach, secondsLeft }: QueueSeen): Document => {
  if (secondsEach === undefined) return []
  const left = secondsLeft === undefined ? '' : `; about ${duration(secondsLeft)} left`
  return [note(`Runs done: ${counts.done}, of late ${duration(secondsEach)} each${left}.`)]
}

const leadOf = (on: QueueUrl, { workers, queues }: Overview): string => {
  const sum = (state: JobSeen['state']): number => queues.reduce((n, { counts }) => n + counts[state], 0)
  const [active, waiting, failed] = [sum('active'), sum('waiting'), sum('failed')]
  const found =
    active + waiting + failed === 0
      ? `Nothing runs, waits or has failed at ${on.shown}.`
      : `At ${on.shown} ${active} under way, ${waiting} waiting, ${failed} failed.`
  const none = workers.length === 0 ? ` No worker is there: start one with ${startOf({ on, kind: 'onnx' })}.` : ''
  const again = failed > 0 ? ` Put those that failed back with npx exptilt jobs retry --on ${on.shown}.` : ''
  return found + none + again
}

/** An overview as it is printed. */
export const jobsDocument = (on: QueueUrl, overview: Overview, now: number): Document => [
  lead(leadOf(on, overview)),
  workersTable(overview.workers, now),
  ...overview.queues.flatMap((queue) => [
    listOf(queue, 'active', now),
    listOf(queue, 'waiting', now),
    listOf(queue, 'failed', now),
    ...rateOf(queue),
  ]),
]

const printed = async (world: World, work: TE.TaskEither<Failure, string>): Promise<number> => {
  const found = await leaving(world, work)
  if (E.isLeft(found)) return refuse(world, found.left)
  world.write(found.right)
  return 0
}

/** Runs `exptilt jobs`; the exit code. */
export const jobsCommand =
  (world: World) =>
  ({ on: typed, json }: JobsFlags): Promise<number> =>
    printed(
      world,
      pipe(
        TE.fromEither(queueUrl(typed)),
        TE.chain((on) =>
          pipe(
            overviewOf(on),
            TE.map((found) => (json ? exactJson(found) : textOf(jobsDocument(on, found, Date.now())))),
          ),
        ),
      ),
    )

/** Runs `exptilt jobs retry`; the exit code. */
export const retryCommand =
  (world: World) =>
  ({ on: typed, names, json }: JobsRetryFlags): Promise<number> =>
    printed(
      world,
      pipe(
        TE.fromEither(queueUrl(typed)),
        TE.chain((on) => retryTasks(on, names)),
        TE.map((back) => {
          if (json) return exactJson({ back })
          return back.length === 0 ? 'Nothing has failed.\n' : `Back in the queue: ${back.join(', ')}.\n`
        }),
      ),
    )
