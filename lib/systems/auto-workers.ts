/**
 * `--workers auto`: how many workers are fastest for the work of a command on this machine, or none. Measured once, for some two
 * seconds, and remembered in the user's cache by processor, cores, executor and program.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { availableParallelism, cpus, homedir } from 'node:os'
import { join } from 'node:path'
import { decodeJson } from '../codec/json.ts'
import { sha256 } from '../codec/sha256.ts'
import { cacheFolder } from '../data/services.ts'
import { effect } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { Executor, Program } from '../executor.ts'
import type { Threads } from '../scale/lanes.ts'
import { bestWay, measureWays, type Timing, type Way } from '../scale/ways.ts'
import { encodeProgram } from '../wire.ts'
import { type FileSystem, saveDurably } from '../train/file-system.ts'
import { nodeFileSystem } from '../train/file-system-node.ts'

/** What is asked of the machine. */
export interface Machine extends Timing {
  readonly processor: string
  readonly cores: number
  /** Where what was measured is remembered. */
  readonly folder: string
  readonly files: FileSystem
}

/** This machine. */
export const thisMachine = (): Machine => ({
  clock: () => performance.now(),
  span: 400,
  processor: [...new Set(cpus().map(({ model }) => model))].join(', '),
  cores: availableParallelism(),
  folder: cacheFolder(process.env, homedir()),
  files: nodeFileSystem,
})

const wayCodec: t.Type<Way> = t.intersection([t.type({ rate: t.number }), t.partial({ workers: t.number })])
const rememberedCodec = t.type({ ways: t.readonlyArray(wayCodec) })

const shown = ({ workers, rate }: Way): string =>
  `${workers === undefined ? 'none' : workers} ${rate < 10 ? rate.toFixed(2) : rate.toFixed(0)}`

/** What was chosen, in a line. */
const chosenLine = (ways: readonly Way[], { workers }: Way, from: string): string =>
  `--workers auto: ${workers ?? 'none'} (runs a second by workers: ${ways.map(shown).join(', ')}; ${from})`

/** What measures where nothing is remembered. */
interface Measuring {
  readonly machine: Machine
  /** So many workers, which are released afterwards. */
  readonly open: (workers: number) => TaskEither<Failure, Threads>
  readonly note: (line: string) => void
}

/**
 * The number of workers that is fastest for such work, or `undefined` where one executor on all its threads is as fast. A file that
 * cannot be read is measured again; where it cannot be written that is said, and the choice holds. Left: as `open`, and of
 * running the program.
 */
export const autoWorkers =
  ({ machine, open, note }: Measuring) =>
  (executor: Executor, program: Program): TaskEither<Failure, number | undefined> =>
    effect(async (run) => {
      const { processor, cores, folder, files } = machine
      if (cores < 2) return undefined
      const work = sha256(JSON.stringify([processor, cores, executor.description, encodeProgram(program)]))
      const name = `workers-${work.slice(0, 32)}.json`
      const path = join(folder, name)
      const known = pipe(
        await files.read(path)(),
        E.chain((bytes) => decodeJson(rememberedCodec, path)(new TextDecoder().decode(bytes))),
      )
      const kept = E.isRight(known) ? bestWay(known.right.ways) : undefined
      if (E.isRight(known) && kept !== undefined) {
        note(chosenLine(known.right.ways, kept, `as measured before: ${path}`))
        return kept.workers
      }
      const threads = await run(open(cores))
      const ways = await measureWays(executor, threads.lanes, program, machine)()
      threads.release()
      const found = await run(TE.fromEither(ways))
      const best = bestWay(found)
      const saved = pipe(
        files.makeDirectory(folder),
        TE.chain(() => saveDurably(files, folder, name)(new TextEncoder().encode(JSON.stringify({ ways: found })))),
      )
      const written = await saved()
      if (E.isLeft(written)) note(`what was measured for --workers auto is not remembered: ${written.left.what}`)
      if (best !== undefined) note(chosenLine(found, best, `measured now, remembered in ${path}`))
      return best?.workers
    })
