/**
 * What a law is, for any test runner: a title, and a check whose promise is rejected where the subject breaks it. The failure
 * (`Law`) says what was asked of the subject, with the counterexample, or with the statistic, α and what could have been seen.
 */
import * as fc from 'fast-check'
import { ExptiltError, failure, messageOf, raise } from '../errors.ts'
import type { Verdict } from './statistics.ts'

/**
 * A law of one subject: hand title and check to a test runner, `test(title, check)`.
 *
 * @example
 * import * as laws from 'exptilt/laws'
 * import { semiring } from 'exptilt'
 * import * as fc from 'fast-check'
 * const found = laws.semiring({ semiring: semiring.real, values: fc.integer({ min: -9, max: 9 }) })
 * laws.complaintsOf(found) // => []
 */
export interface Law {
  readonly title: string
  readonly check: () => Promise<void>
}

/** How many cases are generated (100 by default), and from which seed (1 by default): the same cases each time. */
export interface Runs {
  readonly runs?: number
  readonly seed?: number
}

/** Rejects with a `Law` failure: what was found against what was asked, and the facts. */
export const broken = (what: string, facts: Readonly<Record<string, unknown>> = {}): never =>
  raise(failure('Law', what, 'the subject breaks this law, or was described to it wrongly', facts))

/** A law by a check that rejects; what it rejects with stands under the title. */
export const titled = (title: string, check: () => Promise<void>): Law => ({
  title,
  check: () =>
    check().catch((thrown: unknown) =>
      thrown instanceof ExptiltError
        ? raise({ ...thrown.failure, what: `${title}: ${thrown.failure.what}` })
        : broken(`${title}: ${messageOf(thrown)}`, { thrown }),
    ),
})

/**
 * A law whose check gives the complaints about the subject; none where it holds.
 *
 * @example
 * complaintsOf([law('two is even', () => (2 % 2 === 0 ? [] : ['2 is odd']))]) // => []
 */
export const law = (title: string, complaints: () => Promise<readonly string[]> | readonly string[]): Law =>
  titled(title, async () => {
    const found = await complaints()
    if (found.length > 0) broken(found.join('; '), { complaints: found })
  })

/**
 * A law by a designed statistical test.
 *
 * @example
 * const design = binomialDesign({ ...standard, minDiscrepancy: 0.2 })
 * const heads = uniforms(key(1), design.n).filter((u) => u < 0.5).length
 * complaintsOf([statisticalLaw('the coin is fair', async () => design.check(heads, design.n, 0.5))]) // => []
 */
export const statisticalLaw = (title: string, verdict: () => Promise<Verdict>): Law =>
  law(title, async () => (await verdict()).complaints)

/**
 * A law of all generated values: the complaint about a value, if there is one. The failure has the smallest value found that
 * breaks the law, and how to generate it again.
 *
 * @example
 * complaintsOf([forAll('keys differ from their folds', keys, (k) => (foldIn(k, 1) === k ? 'they are one' : undefined))]) // => []
 */
export const forAll = <A>(
  title: string,
  values: fc.Arbitrary<A>,
  complaint: (value: A) => Promise<string | undefined> | string | undefined,
  { runs = 100, seed = 1 }: Runs = {},
): Law =>
  law(title, async () => {
    const property = fc.asyncProperty(values, async (value) => {
      const found = await complaint(value)
      if (found !== undefined) broken(found)
    })
    const details = await fc.check(property, { numRuns: runs, seed })
    if (!details.failed) return []
    if (details.counterexample === null) return [`no case was tried: ${fc.defaultReportMessage(details)}`]
    const [value] = details.counterexample
    const thrown: unknown = details.errorInstance
    const why = thrown instanceof ExptiltError && thrown.failure.tag === 'Law' ? thrown.failure.what : messageOf(thrown)
    const again = `case ${details.numRuns} of ${runs}, seed ${details.seed}, path ${details.counterexamplePath}`
    return [`${why}; counterexample ${fc.stringify(value)} (${again})`]
  })

/**
 * What is wrong, law by law; empty where all hold. For scripts, and for specs of laws that a planted bug must break.
 *
 * @example
 * import * as laws from 'exptilt/laws'
 * import { semiring } from 'exptilt'
 * import * as fc from 'fast-check'
 * const wrong = { ...semiring.real, one: 2 }
 * const found = await laws.complaintsOf(laws.semiring({ semiring: wrong, values: fc.integer({ min: -9, max: 9 }) }))
 * found.some((complaint) => complaint.includes('1·a = a')) // => true
 */
export const complaintsOf = async (laws: readonly Law[]): Promise<readonly string[]> => {
  const found: string[] = []
  for (const { check } of laws)
    await check().then(
      () => undefined,
      (thrown: unknown) => found.push(messageOf(thrown)),
    )
  return found
}

/** `|a − b| ≤ tolerance·(1 + |b|)`; equal infinities are close, NaN is close to nothing. */
export const isClose = (a: number, b: number, tolerance: number): boolean =>
  a === b || (Number.isFinite(b) && Math.abs(a - b) <= tolerance * (1 + Math.abs(b)))
