/** Runs of a queue in this process, for specs of what they give: the processes of workers have specs of their own. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { checkpointName } from '../../lib/codec/checkpoint-name.ts'
import { checkpointFolder, lastCheckpoints } from '../../lib/cli/run-folder.ts'
import { systemOf } from '../../lib/cli/task-systems.ts'
import { silentProgress } from '../../lib/progress.ts'
import { readFileSync } from 'node:fs'
import type { TaskRunner } from '../../lib/scale/queue/task-work.ts'
import type { WorkerKind } from '../../lib/scale/protocol.ts'
import { serveQueue } from '../../lib/scale/queue/worker.ts'
import { openKind } from '../../lib/scale/thread.ts'
import type { Server } from '../redis-server.ts'

/** Computes runs here. */
export const runnerHere: TaskRunner = {
  check: ({ system, options }) =>
    pipe(
      systemOf(system),
      E.chain(({ check }) => check(options)),
    ),
  run:
    ({ system, options, kind }, { signal, given }) =>
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'exptilt-task-'))
      const place = join(folder, 'given')
      for (const { name, content } of given) {
        const file = join(checkpointName.is(name) ? checkpointFolder(place) : place, name)
        mkdirSync(dirname(file), { recursive: true })
        writeFileSync(file, content)
      }
      const directory = checkpointFolder(folder)
      const services = { progress: silentProgress, signal, executor: openKind(kind), directory, begun: undefined }
      const done = await pipe(
        TE.fromEither(systemOf(system)),
        TE.chain(({ run }) => run({ ...services, given: place })(options)),
      )()
      const names = await lastCheckpoints(folder)
      const files = names.map((name) => ({ name, content: readFileSync(join(directory, name)) }))
      rmSync(folder, { recursive: true, force: true })
      return E.map((results: string) => ({ results, files }))(done)
    },
}

/** So many workers of a queue here; what ends them. */
export const workersHere = (server: Server, kind: WorkerKind, count: number): (() => Promise<unknown>) => {
  const end = new AbortController()
  const given = { on: server.on, kind, note: () => undefined, signal: end.signal, runner: runnerHere } as const
  const all = Array.from({ length: count }, () => serveQueue(given)())
  return () => {
    end.abort()
    return Promise.all(all)
  }
}
