/**
 * `exptilt worker`: does what the runs of a queue give it, until a signal.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { queueUrl } from '../scale/queue/url.ts'
import { serveQueue } from '../scale/queue/worker.ts'
import { refuse } from './exit.ts'
import type { WorkerFlags } from './flags.ts'
import { processRunner } from './task-runner.ts'
import { kindOf } from './worker-kind.ts'
import type { World } from './world.ts'

/** Milliseconds for which connections may take to end. */
const PATIENCE = 1000

/** Works until a signal; the exit code. */
export const workerCommand =
  (world: World) =>
  async ({ on, device }: WorkerFlags): Promise<number> => {
    const stopped = new AbortController()
    const release = world.onInterrupt(
      () => {
        world.progress.note('Stopping: what is under way goes to another worker …')
        stopped.abort()
      },
      { saves: true, signal: stopped.signal },
    )
    const done = await pipe(
      TE.fromEither(queueUrl(on)),
      TE.bindTo('on'),
      TE.bind('kind', () => kindOf(device)),
      TE.chain((given) =>
        serveQueue({
          ...given,
          runner: processRunner,
          programs: world.programs,
          note: world.progress.note,
          signal: stopped.signal,
        }),
      ),
    )()
    release()
    const code = E.isLeft(done) ? refuse(world, done.left) : 0
    // Where Redis does not answer, BullMQ waits for it and keeps the process.
    setTimeout(() => {
      world.exit(code)
    }, PATIENCE).unref()
    return code
  }
