/**
 * One process a folder: an empty file whose name says who works in it, `.lock.PID.START.HOST`. START is when the process
 * began, so that a number that was given to another process since is not taken for the owner.
 *
 * Every contender makes a file of its own and then looks for others: of two, the later one sees the earlier, so both never
 * hold. Names are never used twice, so removing that of a dead process can never remove a living one's.
 */
import * as fs from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { codeOf, type Failure, failure, fileFailure } from '../errors.ts'
import { type Process, isAlive, ownStart } from './process-start.ts'

/** A folder that is ours until `release`, which never fails and may be called again. */
export interface Lock {
  readonly release: () => void
}

/** Who works in a folder. */
interface Owner extends Process {
  readonly host: string
  readonly file: string
}

/** What a lock is needed for: who only reads a run does without one in a folder that cannot be written to. */
type LockPurpose = 'write' | 'read'

const NAME = /^\.lock\.(\d+)\.([A-Za-z0-9-]+)\.([A-Za-z0-9.-]*)$/

const thisHost = hostname().replace(/[^A-Za-z0-9.-]/gu, '-')

const ownName = (): string => `.lock.${process.pid}.${ownStart()}.${thisHost}`

const ownersOf = (directory: string): readonly Owner[] =>
  fs.readdirSync(directory).flatMap((file) => {
    const [, pid, start, host] = NAME.exec(file) ?? []
    return pid === undefined || start === undefined || host === undefined
      ? []
      : [{ pid: Number(pid), start, host, file }]
  })

/** Another machine's processes cannot be seen from here: they count as alive. */
const works = (owner: Owner): boolean => owner.host !== thisHost || isAlive(owner)

const held = new Set<string>()

const drop = (path: string): void => {
  held.delete(path)
  try {
    fs.rmSync(path, { force: true })
  } catch {
    // A folder that is gone, or can no longer be written to: whoever comes next sees that this process is dead.
  }
}

/** Whatever ends the process, save a kill that cannot be heard, its locks go with it. */
const dropAll = (): void => {
  for (const path of [...held]) drop(path)
}

const releaseAtExit = (): void => {
  process.off('exit', dropAll)
  process.once('exit', dropAll)
}

/** Takes the folder if nobody has it; the one who has it otherwise. */
const attempt = (directory: string): Lock | Owner => {
  const own = ownName()
  const others = (): Owner | undefined => {
    const found = ownersOf(directory).filter(({ file }) => file !== own || held.has(join(directory, own)))
    for (const dead of found.filter((owner) => !works(owner))) drop(join(directory, dead.file))
    return found.find(works)
  }
  const before = others()
  if (before !== undefined) return before
  const path = join(directory, own)
  fs.closeSync(fs.openSync(path, 'w'))
  const beside = others()
  if (beside !== undefined) {
    drop(path)
    return { ...beside, file: '' }
  }
  if (held.size === 0) releaseAtExit()
  held.add(path)
  return { release: () => drop(path) }
}

const isLock = (found: Lock | Owner): found is Lock => 'release' in found

const inUse = (directory: string, { pid, host, file }: Owner): Failure =>
  host === thisHost
    ? failure(
        'InUse',
        `${directory} is in use by another exptilt, process ${pid}`,
        `wait until it has ended, stop it with kill ${pid}, or give another folder with --out`,
        { directory, pid, host },
      )
    : failure(
        'InUse',
        `${directory} is in use by another exptilt, process ${pid} on ${host}`,
        `wait until it has ended, or give another folder with --out; if it no longer runs there, remove ${join(directory, file)}`,
        { directory, pid, host },
      )

const unlockable = fileFailure(
  {
    ENOENT: 'make the folder, or give another one',
    ENOTDIR: 'give a folder, not a file',
    EACCES: 'give a folder that you may write to with --out DIR',
    EPERM: 'give a folder that you may write to with --out DIR',
    EROFS: 'give a folder on a disk that can be written with --out DIR',
    ENOSPC: 'free some space on the disk',
    EDQUOT: 'free some space within the quota',
  },
  'check the disk and the folder',
)

const READ_ONLY = new Set(['EACCES', 'EPERM', 'EROFS', 'ENOSPC', 'EDQUOT'])

const unlocked: Lock = { release: () => undefined }

const nap = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds * (0.5 + (process.pid % 97) / 97)))

/** How often two that came at once step back before one is told to wait. */
const ROUNDS = 8

/**
 * Takes a folder that is there. Left `InUse` when another process works in it, naming it; the lock of one that died is
 * taken over. `File` when the folder cannot be used.
 */
export const lockFolder =
  (directory: string, purpose: LockPurpose = 'write'): TaskEither<Failure, Lock> =>
  async () => {
    try {
      for (let round = 1; ; round++) {
        const found = attempt(directory)
        if (isLock(found)) return E.right(found)
        if (found.file !== '' || round === ROUNDS) return E.left(inUse(directory, found))
        await nap(20 * round)
      }
    } catch (thrown) {
      return purpose === 'read' && (READ_ONLY.has(codeOf(thrown)) || !fs.existsSync(directory))
        ? E.right(unlocked)
        : E.left(unlockable('lock', directory)(thrown))
    }
  }

/** Does something with folders locked, which are released in any case. Left as in `lockFolder`, or `work`'s own. */
export const withLocks =
  (directories: readonly string[], purpose: LockPurpose = 'write') =>
  <A>(work: TaskEither<Failure, A>): TaskEither<Failure, A> =>
  async () => {
    const locks: Lock[] = []
    try {
      for (const directory of new Set(directories.map((each) => resolve(each)))) {
        const lock = await lockFolder(directory, purpose)()
        if (E.isLeft(lock)) return lock
        locks.push(lock.right)
      }
      return await work()
    } finally {
      for (const lock of locks) lock.release()
    }
  }
