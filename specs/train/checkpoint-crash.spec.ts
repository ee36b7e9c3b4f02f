/**
 * Crash safety: every prefix of the log of three saves, with every loss that fsync's rules allow, loads the last
 * acknowledged step or a newer one, whole. And kill −9 of a real process, over and over, changes nothing in the result.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import * as O from 'fp-ts/lib/Option.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { key, uniforms } from '../../lib/key.ts'
import { loadLatest, openStore, saveCheckpoint } from '../../lib/train/checkpoint.ts'
import { encodeCheckpoint } from '../../lib/train/checkpoint-format.ts'
import type { FileSystem } from '../../lib/train/file-system.ts'
import { type Disk, memoryFileSystem, type Operation } from './file-system-memory.ts'
import { nodeFileSystem } from '../../lib/train/file-system-node.ts'
import { after, next, storeIn, success } from './checkpoint-run.ts'
import { crashes } from './crash.ts'

/** A checkpoint of this run then has 6 pages: every subset of them may be lost. */
const PAGE = 160

interface Recorded {
  readonly log: readonly Operation[]
  /** Length of the log when save number i + 1 was acknowledged. */
  readonly acknowledged: readonly number[]
}

const record = async (saves: number, flawed: (fs: FileSystem) => FileSystem = (fs) => fs): Promise<Recorded> => {
  const memory = memoryFileSystem()
  const store = storeIn(flawed(memory.fileSystem), 'runs', 1)
  const acknowledged: number[] = []
  await success(openStore(store))
  for (let step = 1; step <= saves; step++) {
    await success(saveCheckpoint(store)(after(3, step)))
    acknowledged.push(memory.log().length)
  }
  return { log: memory.log(), acknowledged }
}

/** What is wrong with what a restart finds on `disk`, or nothing. */
const complaint = async (disk: Disk, atLeast: number, whole: readonly unknown[]): Promise<string | undefined> => {
  const store = storeIn(memoryFileSystem(disk).fileSystem, 'runs', 1)
  await success(openStore(store))
  const loaded = await loadLatest(store)()
  if (E.isLeft(loaded)) return loaded.left.what
  if (O.isNone(loaded.right)) return atLeast === 0 ? undefined : `nothing, and step ${atLeast} was acknowledged`
  const { checkpoint, skipped } = loaded.right.value
  if (skipped.length > 0) return 'a damaged file under a final name'
  if (checkpoint.step < atLeast) return `step ${checkpoint.step}, and step ${atLeast} was acknowledged`
  if (!isDeepStrictEqual(encodeCheckpoint(store.codec)(checkpoint), whole[checkpoint.step])) return 'a mixture of steps'
  await success(saveCheckpoint(store)(next(checkpoint)))
  const resumed = await success(loadLatest(store))
  return O.isSome(resumed) && resumed.value.checkpoint.step === checkpoint.step + 1
    ? undefined
    : 'a resumed run is lost'
}

/** Runs over all prefixes and losses; returns the number of disks and the first complaint. */
const survey = async ({
  log,
  acknowledged,
}: Recorded): Promise<{ readonly disks: number; readonly wrong: string | undefined }> => {
  const codec = storeIn(nodeFileSystem, '').codec
  const whole = [0, 1, 2, 3].map((step) => encodeCheckpoint(codec)(after(3, step)))
  let disks = 0
  for (let length = 0; length <= log.length; length++) {
    const atLeast = acknowledged.filter((n) => n <= length).length
    for (const disk of crashes(log.slice(0, length), PAGE)) {
      disks++
      const wrong = await complaint(disk, atLeast, whole)
      if (wrong !== undefined) return { disks, wrong }
    }
  }
  return { disks, wrong: undefined }
}

const nothing = (): TE.TaskEither<never, void> => TE.right(undefined)

describe('crash safety', () => {
  it('every prefix of three saves with every legal loss loads the last acknowledged step or newer, never a mixture', async () => {
    const { disks, wrong } = await survey(await record(3))
    expect(wrong).toBeUndefined()
    expect(disks).toBeGreaterThan(300)
  })

  it.each<[string, RegExp, (fs: FileSystem) => FileSystem]>([
    ['without fsync', /none of the 1 checkpoints/, (fs) => ({ ...fs, fsync: nothing })],
    [
      'without fsync of the directory',
      /nothing, and step 1 was acknowledged/,
      (fs) => ({ ...fs, fsyncDirectory: nothing }),
    ],
    [
      'that overwrites in place',
      /none of the 1 checkpoints/,
      (fs) => ({ ...fs, open: (path) => fs.open(path.replace('.partial', '')), rename: nothing }),
    ],
  ])('the model is strong enough to catch a save %s', async (_, sentence, flawed) => {
    const { wrong } = await survey(await record(3, flawed))
    expect(wrong).toMatch(sentence)
  })

  it('each save is open, write, fsync, close, rename, fsync of the directory, and only then anything else', async () => {
    const { log } = await record(3)
    const letters: Readonly<Record<Operation['kind'], string>> = {
      open: 'O',
      write: 'W',
      fsync: 'F',
      close: 'C',
      rename: 'R',
      fsyncDirectory: 'D',
      remove: 'x',
    }
    expect(log.map(({ kind }) => letters[kind]).join('')).toBe('OWFCRDOWFCRDxOWFCRDx')
  })

  it('kill −9 at random moments, again and again: the last acknowledged step is there, and the end is the same', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'exptilt-'))
    const program = new URL('./checkpoint-run.ts', import.meta.url).pathname
    const steps = 60
    const waits = uniforms(key(11), 8)
    const store = storeIn(nodeFileSystem, join(directory, 'deep', 'runs'))
    const run = (wait: number | undefined): Promise<number> =>
      new Promise((resolve) => {
        const child = spawn(process.execPath, ['--import', 'tsx', program, store.directory, String(steps)], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        let printed = ''
        child.stdout.on('data', (chunk: Buffer) => {
          if (printed === '' && wait !== undefined) setTimeout(() => child.kill('SIGKILL'), wait)
          printed += chunk.toString()
        })
        child.on('close', () => resolve(Number(printed.split('\n').at(-2) ?? 0)))
      })
    const found = async (): Promise<number> => {
      const loaded = await success(loadLatest(store))
      if (O.isNone(loaded)) return 0
      expect(loaded.value.skipped).toEqual([])
      return loaded.value.checkpoint.step
    }
    for (let i = 0; i < 3; i++) {
      const acknowledged = await run(30 * (waits[i] ?? 0))
      expect(await found()).toBeGreaterThanOrEqual(acknowledged)
    }
    await run(undefined)
    const last = await success(loadLatest(store))
    await rm(directory, { recursive: true })
    expect(O.isSome(last) && encodeCheckpoint(store.codec)(last.value.checkpoint)).toEqual(
      encodeCheckpoint(store.codec)(after(7, steps)),
    )
  }, 60_000)
})
