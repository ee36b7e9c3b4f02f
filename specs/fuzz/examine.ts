/** The law of files from outside: whatever the bytes, a value or a typed failure, within a limit of time. */
import { isDeepStrictEqual } from 'node:util'
import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { faults } from './faults.ts'
import type { Format } from './format.ts'
import { applied, changes } from './mutations.ts'

/** Seconds of processor time for one small file; compiling and other work beside included. */
const LONGEST = 5

/** Mebibytes by which one small file may raise the most memory that the process ever had. */
const LARGEST = 256

const peak = (): number => process.resourceUsage().maxRSS / 1024

/** What is wrong with what reading gave, if anything. */
const complaint = (
  found: E.Either<{ readonly tag: string; readonly what: string; readonly remedy: string }, unknown>,
) =>
  E.isRight(found)
    ? undefined
    : found.left.what === '' || found.left.remedy === '' || found.left.tag === 'Runtime'
      ? `no proper failure: ${JSON.stringify(found.left)}`
      : /ReadonlyArray|Readonly<|Partial<|Cannot read prop|undefined is not|is not a function|is not iterable/.test(
            `${found.left.what} ${found.left.remedy}`,
          )
        ? `a message that is not for people: ${found.left.what} ${found.left.remedy}`
        : undefined

/** What a property's failure says of its cause. */
const reasonOf = (thrown: unknown): string =>
  thrown instanceof Error ? (thrown.cause instanceof Error ? thrown.cause.message : thrown.message) : String(thrown)

/** What reading a file gave, and what it took. Throws where the law does not hold. */
const judged = async (format: Format, bytes: Uint8Array) => {
  const file = (): string => Buffer.from(bytes.subarray(0, 3000)).toString('base64')
  const before = peak()
  const start = process.cpuUsage()
  const found = await format.read(bytes).catch((thrown: unknown) => {
    throw new Error(`throws ${String(thrown)} for ${file()}`)
  })
  const { user, system } = process.cpuUsage(start)
  const seconds = (user + system) / 1e6
  const grown = peak() - before
  const wrong =
    seconds > LONGEST ? `${seconds} seconds` : grown > LARGEST ? `${grown} MiB more of memory` : complaint(found)
  if (wrong !== undefined) throw new Error(`${wrong} for ${file()}`)
  return { found, seconds, grown }
}

/** Examines a format with every fault of its row in the table; the number of files. */
export const examineFaults = async (format: Format, effort: number): Promise<number> => {
  const good = await format.read(format.good)
  let n = 0
  for (const made of faults[format.kind])
    for (const { fault, bytes, law } of made(format.good, effort)) {
      n += 1
      const { found } = await judged(format, bytes).catch((thrown: unknown) => {
        throw new Error(`${format.name}: ${fault}: ${reasonOf(thrown)}`)
      })
      if (E.isLeft(found)) continue
      if (law === 'lost') throw new Error(`${format.name}: ${fault}: it is read as if it were whole`)
      if (law === 'same' && !isDeepStrictEqual(found, good))
        throw new Error(`${format.name}: ${fault}: it is read as something else`)
    }
  return n
}

/** Examines `runs` damaged files of a format; throws with the seed and the file where the law does not hold. */
export const examine = async (
  format: Format,
  runs: number,
  seed: number,
): Promise<{ readonly accepted: number; readonly slowest: number; readonly largest: number }> => {
  let [accepted, slowest, largest] = [0, 0, 0]
  const tried = await fc.check(
    fc.asyncProperty(changes(format.kind), async (all) => {
      const { found, seconds, grown } = await judged(format, applied(format.good, all))
      slowest = Math.max(slowest, seconds)
      largest = Math.max(largest, grown)
      accepted += Number(E.isRight(found))
    }),
    { numRuns: runs, seed, endOnFailure: true },
  )
  if (tried.failed) {
    const why = 'errorInstance' in tried ? reasonOf(tried.errorInstance) : 'no reason is known'
    throw new Error(`${format.name}: file ${tried.numRuns} of seed ${seed}: ${why}`)
  }
  return { accepted, slowest, largest }
}
