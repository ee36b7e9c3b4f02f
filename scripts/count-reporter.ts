/**
 * A vitest reporter whose last word is one plain line, `N passed, N failed`, counted from the results themselves.
 *
 * A spec file that does not load and an error outside every test count as failures, so that the line never flatters.
 */
import type { Reporter, SerializedError, TestModule } from 'vitest/node'

/** How many tests ended in each way. */
export interface Counts {
  readonly passed: number
  readonly failed: number
  readonly skipped: number
}

/** Counts of a whole run: tests by state, plus broken files and stray errors as failures. */
export const count = (modules: readonly TestModule[], stray: readonly SerializedError[]): Counts => {
  const states = modules.flatMap((module) => [...module.children.allTests()].map((test) => test.result().state))
  const broken = modules.reduce((total, module) => total + module.errors().length, stray.length)
  const having = (state: string): number => states.filter((each) => each === state).length
  return { passed: having('passed'), failed: having('failed') + having('pending') + broken, skipped: having('skipped') }
}

/** `12 passed, 0 failed`, with `, 3 skipped` where any were. */
export const countLine = ({ passed, failed, skipped }: Counts): string =>
  `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`

/** The reporter: put it last in vitest's list. */
const countReporter: Reporter = {
  onTestRunEnd: (modules, errors) => {
    process.stdout.write(`${countLine(count(modules, errors))}\n`)
  },
}

export default countReporter
