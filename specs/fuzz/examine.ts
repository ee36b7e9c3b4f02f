/** The law of files from outside: whatever the bytes, a value or a typed failure, within a limit of time. */
import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import type { Format } from './formats.ts'
import { applied, changes } from './mutations.ts'

/** Seconds of processor time for one small file; compiling and other work beside included. */
const LONGEST = 5

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

/** Examines `runs` damaged files of a format; throws with the seed and the file where the law does not hold. */
export const examine = async (
  format: Format,
  runs: number,
  seed: number,
): Promise<{ readonly accepted: number; readonly slowest: number }> => {
  let [accepted, slowest] = [0, 0]
  await fc.assert(
    fc.asyncProperty(changes(format.kind), async (all) => {
      const bytes = applied(format.good, all)
      const start = process.cpuUsage()
      const found = await format.read(bytes).catch((thrown: unknown) => {
        throw new Error(`${format.name} throws ${String(thrown)} for ${Buffer.from(bytes).toString('base64')}`)
      })
      const { user, system } = process.cpuUsage(start)
      const seconds = (user + system) / 1e6
      slowest = Math.max(slowest, seconds)
      accepted += Number(E.isRight(found))
      const wrong = seconds > LONGEST ? `${seconds} seconds` : complaint(found)
      if (wrong !== undefined) throw new Error(`${format.name}: ${wrong} for ${Buffer.from(bytes).toString('base64')}`)
    }),
    { numRuns: runs, seed, endOnFailure: true },
  )
  return { accepted, slowest }
}
