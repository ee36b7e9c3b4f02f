/**
 * Runs that a worker has taken, each in a process of its own: what dies there ends that run alone. Its checkpoints lie in a folder
 * of this machine, named by its hash: begun again here, it goes on from them.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { checkpointName } from '../codec/checkpoint-name.ts'
import { decodeAs } from '../codec/json.ts'
import { makeFolders } from '../data/files.ts'
import { cacheFolder } from '../data/services.ts'
import { effect, interrupted, need } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { TaskFile } from '../scale/queue/task-files.ts'
import { diedFor, type TaskRunner, type TaskServices } from '../scale/queue/task-work.ts'
import type { Task } from '../scale/queue/tasks.ts'
import { lockFolder } from './lock.ts'
import { checkpointFolder, lastCheckpoints } from './run-folder.ts'
import { type TaskNews, taskNewsCodec, type TaskOrder } from './task-protocol.ts'
import { systemOf } from './task-systems.ts'

const PROGRAM = fileURLToPath(new URL('../../bin/task.js', import.meta.url))

/** Milliseconds for which a run may save what it has. */
const LAST_WORDS = 10_000

/** Days after which what a run left here is removed. */
const OLD_DAYS = 7

/** Where runs of this machine keep their checkpoints. */
const scratchFolder = (): string => join(cacheFolder(process.env, homedir()), 'tasks')

/** Removes folders of runs that nobody has gone on with for long. */
const removeOld = async (folder: string): Promise<void> => {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) {
    const found = await stat(join(folder, name)).catch(() => undefined)
    if (found !== undefined && Date.now() - found.mtimeMs > OLD_DAYS * 86_400_000)
      await rm(join(folder, name), { recursive: true, force: true })
  }
}

/** A folder of one run; another where a process of this machine still works in it. */
const ownFolder = async (id: string): Promise<{ readonly folder: string; readonly release: () => void }> => {
  const scratch = scratchFolder()
  await makeFolders(scratch)
  await removeOld(scratch)
  const folder = join(scratch, id)
  await makeFolders(folder)
  const lock = await lockFolder(folder)()
  if (E.isRight(lock)) return { folder, release: lock.right.release }
  return { folder: await mkdtemp(`${folder}-`), release: () => undefined }
}

/** The last checkpoint of a run: what a finished one keeps. */
const lastCheckpoint = async (folder: string): Promise<readonly TaskFile[]> => {
  const last = (await lastCheckpoints(folder)).at(-1)
  return last === undefined ? [] : [{ name: last, content: await readFile(join(checkpointFolder(folder), last)) }]
}

const written = async (directory: string, files: readonly TaskFile[]): Promise<string> => {
  await makeFolders(directory)
  for (const { name, content } of files) await writeFile(join(directory, name), content)
  return directory
}

/** Writes the files that a run computes on as a run's folder has them: checkpoints in their own. */
const writtenGiven = async (directory: string, files: readonly TaskFile[]): Promise<string> => {
  await written(
    checkpointFolder(directory),
    files.filter(({ name }) => checkpointName.is(name)),
  )
  return written(
    directory,
    files.filter(({ name }) => !checkpointName.is(name)),
  )
}

/** What a process of a run said before it ended. */
const heard = (
  child: ChildProcess,
  order: TaskOrder,
  { signal, tell }: TaskServices,
): Promise<E.Either<Failure, string>> =>
  new Promise((resolve) => {
    let alarm: NodeJS.Timeout | undefined
    let ended: E.Either<Failure, string> | undefined
    const say = (said: TaskOrder): void => void child.send(said, () => undefined)
    const stop = (): void => {
      say({ kind: 'stop' })
      alarm = setTimeout(() => void child.kill('SIGKILL'), LAST_WORDS)
    }
    const hear = (news: TaskNews): void => {
      if (news.kind === 'progress') tell(news.progress)
      else if (news.kind === 'results') ended = E.right(news.results)
      else if (news.kind === 'failed') ended = E.left(news.failure)
    }
    child.on('message', (message) => {
      const news = decodeAs(taskNewsCodec, 'news of a run')(message)
      if (E.isRight(news)) hear(news.right)
      else ended = news
    })
    child.on('error', () => undefined)
    child.on('close', (code, killed) => {
      clearTimeout(alarm)
      signal.removeEventListener('abort', stop)
      const reason = killed === null ? `exit code ${code}` : killed
      resolve(ended ?? E.left(signal.aborted ? interrupted : diedFor(reason)))
    })
    say(order)
    if (signal.aborted) stop()
    else signal.addEventListener('abort', stop)
  })

const run = (
  { system, options, kind }: Task,
  services: TaskServices,
): TaskEither<Failure, { readonly results: string; readonly files: readonly TaskFile[] }> =>
  effect(async () => {
    const { folder, release } = await ownFolder(services.id)
    try {
      const directory = checkpointFolder(folder)
      await makeFolders(directory)
      const { begun } = services
      const from =
        begun === undefined
          ? null
          : { options: begun.options, directory: await written(join(folder, 'begun'), begun.files) }
      const given = await writtenGiven(join(folder, 'given'), services.given)
      const child = fork(PROGRAM, import.meta.url.endsWith('.ts') ? ['source'] : [], {
        execArgv: [],
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      })
      const ended = await heard(
        child,
        { kind: 'run', system, options, device: kind, directory, begun: from, given },
        services,
      )
      const kept = E.isLeft(ended) && (ended.left.tag === 'Interrupted' || ended.left.tag === 'WorkerLost')
      const files = E.isRight(ended) ? await lastCheckpoint(folder) : []
      if (!kept) await rm(folder, { recursive: true, force: true })
      return { results: need(ended), files }
    } finally {
      release()
    }
  })

/** Runs in processes of their own. */
export const processRunner: TaskRunner = {
  check: ({ system, options }) =>
    pipe(
      systemOf(system),
      E.chain(({ check }) => check(options)),
    ),
  run,
}
