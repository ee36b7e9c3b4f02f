/** Who grows the shares of a tilt: the workers of a queue, or processes of this machine. */
import type * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { held, orElse } from '../at.ts'
import { effect, need } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { WorkerKind } from '../scale/protocol.ts'
import { hashed, type HashedFile, storedAs } from '../scale/queue/task-files.ts'
import { type Delivered, type GivenTask, giveTasks } from '../scale/queue/task-giver.ts'
import { idOf, type Task } from '../scale/queue/tasks.ts'
import { queueUrl } from '../scale/queue/url.ts'
import { eachShard, places } from '../scale/shards.ts'
import { packageVersion } from '../scale/version.ts'
import type { DealTilt } from '../systems/tilt/populations.ts'
import type { TiltOptions } from '../systems/tilt/options.ts'
import { grownOf } from '../systems/tilt/shares.ts'
import { processRunner } from './task-runner.ts'
import { GIVEN, tiltFiles } from './tilt-files.ts'
import { tiltTaskText } from './tilt-task.ts'
import type { World } from './world.ts'

/** What is told of it, and what stops it. */
interface Dealing extends Pick<World, 'progress'> {
  readonly signal: AbortSignal
  /** Hears who has computed. */
  readonly by: (worker: string) => void
}

/** Has runs computed: what they gave, in their order. */
type Computing = (tasks: readonly GivenTask[]) => TE.TaskEither<Failure, readonly string[]>

const byQueue =
  (on: string, kind: WorkerKind, { progress, signal, by }: Dealing): Computing =>
  (tasks) =>
    effect(async (run) => {
      const found = new Map<number, string>()
      const asked = { on: need(queueUrl(on)), kind, note: progress.note, signal }
      const take = (index: number, ended: E.Either<Failure, Delivered>): TE.TaskEither<Failure, void> =>
        pipe(
          TE.fromEither(ended),
          TE.map(({ worker, results }) => {
            by(worker)
            found.set(index, results)
            progress.advance(1, {})
          }),
        )
      await run(giveTasks(asked, tasks, take))
      return tasks.map((_, i) => held(found, i))
    })

const byProcesses =
  (workers: number, kind: WorkerKind, { progress, signal }: Dealing): Computing =>
  (tasks) =>
    effect(async (run) => {
      const found: string[] = []
      const shard = (
        _: undefined,
        { files = [], ...given }: GivenTask,
      ): TE.TaskEither<Failure, { readonly results: string }> => {
        const task: Task = { ...given, kind, version: packageVersion(), files: files.map(storedAs) }
        return processRunner.run(task, {
          id: idOf(task),
          signal,
          tell: () => undefined,
          begun: undefined,
          given: files,
        })
      }
      await run(
        eachShard({ lanes: places(workers), signal })(shard)(tasks, ({ results }) => {
          found.push(results)
          progress.advance(1, {})
        }),
      )
      return found
    })

const fittedText = (fitted: readonly (readonly number[])[]): Uint8Array => Buffer.from(JSON.stringify(fitted))

/** A tilt's shares as runs, one each; who computes them. */
const dealt =
  (options: TiltOptions, files: readonly HashedFile[], progress: Dealing['progress'], compute: Computing): DealTilt =>
  ({ fitted, ...population }, shares) =>
    effect(async (run) => {
      const beside = fitted === undefined ? [] : hashed([{ name: GIVEN.fitted, content: fittedText(fitted) }])
      const tasks = shares.map(
        (share): GivenTask => ({
          system: 'tilt',
          options: need(tiltTaskText(options, { population, share }, fitted !== undefined)),
          files: [...files, ...beside],
        }),
      )
      progress.start(
        `${population.sampler}: ${population.sampler === 'smc' ? 'islands' : 'texts by 64'}`,
        shares.length,
      )
      const found = await run(compute(tasks))
      progress.end()
      return found.map((text) => need(grownOf(text)))
    })

/**
 * Who grows the shares of a tilt, where somebody else is to: the workers of a queue, or processes of this machine; `helpers` are the names
 * of the former. Left: as `tiltFiles`.
 */
export const tiltDealer = (
  { progress }: Pick<World, 'progress'>,
  signal: AbortSignal,
  options: TiltOptions,
): TE.TaskEither<Failure, { readonly deal: DealTilt | undefined; readonly helpers: () => readonly string[] }> =>
  effect(async (run) => {
    const names = new Set<string>()
    const helpers = (): readonly string[] => [...names]
    const { on, workers } = options
    if (on === undefined && workers === undefined) return { deal: undefined, helpers }
    const { files, kind } = await run(tiltFiles(options))
    const dealing: Dealing = { progress, signal, by: (worker) => names.add(worker) }
    const compute = on === undefined ? byProcesses(orElse(workers, 1), kind, dealing) : byQueue(on, kind, dealing)
    return { deal: dealt(options, files, progress, compute), helpers }
  })
