/**
 * Compiled programs kept in a folder, for the next process: a file a program, named after its content, the code that compiles it, ONNX
 * Runtime and the processor. Whatever is not whole there is compiled anew; where nothing can be written that is said once and all else
 * goes on. Those that were not used for longest go first when the folder holds more than it may.
 */
import { randomUUID } from 'node:crypto'
import { closeSync, openSync, readdirSync, readFileSync, readSync } from 'node:fs'
import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises'
import { cpus } from 'node:os'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as E from 'fp-ts/lib/Either.js'
import { orElse } from '../at.ts'
import { sha256 } from '../codec/sha256.ts'
import { makeFolders } from '../data/files.ts'
import { reasonOf } from '../errors.ts'
import type { Program } from '../executor.ts'
import { decodeEntry, encodeEntry, type Entry } from './entry.ts'
import type { Compiled } from './lower.ts'
import { programKey } from './program-key.ts'

/** Where compiled programs are kept. */
export interface CacheOptions {
  /** A folder; it is made when something is first kept in it. */
  readonly folder: string
  /** The most bytes of all files together; 512 MiB unless given. */
  readonly bytes?: number
  /** Hears why programs are not kept, once. */
  readonly note?: (line: string) => void
}

/** The place of one program. */
export interface Place {
  /** What was kept of it, where that is whole. */
  readonly kept: () => Promise<Entry | undefined>
  /** A file into which ONNX Runtime may write the model that it optimised; undefined where none can be written. */
  readonly draft: () => Promise<string | undefined>
  /** Keeps what was written there, or removes it. */
  readonly keep: (draft: string, compiled: Compiled | undefined) => Promise<void>
}

/** The programs that are kept. */
export interface KeptPrograms {
  /** Undefined for a program that is not kept: its constants are large. */
  readonly placeOf: (program: Program) => Place | undefined
}

const MOST = 512 * 2 ** 20
/** The most bytes of one file, of which the constants of a program are a part. */
const MOST_OF_ONE = 64 * 2 ** 20
const ENDING = '.program'
const PARTIAL = '.partial'
/** Milliseconds after which what was being written belongs to nobody any more. */
const ABANDONED = 3_600_000

/** The processor: files hold kernels that were chosen for it. */
const processor = (): string => {
  const head = Buffer.alloc(2 ** 14)
  const read = (): string => {
    const file = openSync('/proc/cpuinfo', 'r')
    try {
      return head.toString('latin1', 0, readSync(file, head))
    } finally {
      closeSync(file)
    }
  }
  const first = process.platform === 'linux' ? E.tryCatch(read, reasonOf) : E.left('')
  const lines = E.isLeft(first) ? [] : orElse(first.right.split('\n\n')[0], '').split('\n')
  const known = lines.filter((line) => /^(?:model name|stepping|flags|Features|CPU \w+)\s*:/u.test(line))
  return [process.platform, process.arch, ...(known.length > 0 ? known : [orElse(cpus()[0]?.model, '')])].join('\n')
}

/** The code that compiles: this room, that of operations, and the files above them; of a bundle all of it. Undefined where it is not in files. */
const code = (): string | undefined => {
  const here = E.tryCatch(() => fileURLToPath(new URL('.', import.meta.url)), reasonOf)
  if (E.isLeft(here)) return undefined
  const folders = basename(here.right) === 'onnx' ? ['.', '../ops', '..'] : ['.']
  const hashes = folders.flatMap((name) => {
    const folder = join(here.right, name)
    return readdirSync(folder)
      .filter((file) => /\.(?:js|ts)$/u.test(file))
      .toSorted()
      .map((file) => `${file} ${sha256(readFileSync(join(folder, file)))}`)
  })
  return sha256(hashes.join('\n'))
}

/** Removes those that were not used for longest, until the others have at most so many bytes. */
const evict = async (folder: string, most: number): Promise<void> => {
  const names = (await readdir(folder)).filter((name) => name.endsWith(ENDING) || name.endsWith(PARTIAL))
  const files = await Promise.all(
    names.map(async (name) => {
      const found = await stat(join(folder, name)).catch(() => undefined)
      return { name, size: orElse(found?.size, 0), used: orElse(found?.mtimeMs, 0) }
    }),
  )
  const now = Date.now()
  let total = 0
  for (const { name, size, used } of files.toSorted((a, b) => b.used - a.used)) {
    const partial = name.endsWith(PARTIAL)
    if (!partial) total += size
    if (partial ? now - used > ABANDONED : total > most) await rm(join(folder, name), { force: true })
  }
}

/** Does what may fail without anybody's harm; the reason of the first failure is told. */
const harmless = ({ folder, note }: CacheOptions) => {
  let told = false
  return async <A>(work: () => Promise<A>): Promise<A | undefined> => {
    try {
      return await work()
    } catch (thrown) {
      if (!told) note?.(`compiled programs are not kept in ${folder}: ${reasonOf(thrown)}`)
      told = true
      return undefined
    }
  }
}

const placeFor = (key: string, { folder, bytes = MOST }: CacheOptions, trying: ReturnType<typeof harmless>): Place => {
  const path = join(folder, `${key}${ENDING}`)
  const partial = (): string => join(folder, `${key}-${randomUUID()}${PARTIAL}`)
  return {
    kept: async () => {
      const found = await readFile(path).catch(() => undefined)
      const entry = found === undefined ? undefined : decodeEntry(key, found)
      if (entry === undefined || E.isLeft(entry)) return undefined
      const now = new Date()
      await utimes(path, now, now).catch(() => undefined)
      return entry.right
    },
    draft: () =>
      trying(async () => {
        const name = partial()
        await makeFolders(folder)
        await writeFile(name, '')
        return name
      }),
    keep: async (draft, compiled) => {
      const whole = partial()
      await trying(async () => {
        const { size } = await stat(draft)
        if (compiled === undefined || size > MOST_OF_ONE) return
        await writeFile(whole, encodeEntry(key, { compiled, model: await readFile(draft) }))
        await rename(whole, path)
        await evict(folder, bytes)
      })
      for (const file of [draft, whole]) await rm(file, { force: true }).catch(() => undefined)
    },
  }
}

/** The programs in a folder that were compiled as now: by this code and on this processor, and whatever else `about` says. */
export const keptPrograms = (options: CacheOptions, about: readonly string[]): KeptPrograms => {
  const compiling = code()
  if (compiling === undefined) return { placeOf: () => undefined }
  const trying = harmless(options)
  const all = [...about, compiling, processor()]
  return {
    placeOf: (program) => {
      const key = programKey(program, all, MOST_OF_ONE)
      return key === undefined ? undefined : placeFor(key, options, trying)
    },
  }
}
