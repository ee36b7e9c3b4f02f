/** Numbers to be compared to so many digits. */
import { expect } from 'vitest'

/** Matchers for numbers that may differ by half a unit of the given decimal. */
export const near = (xs: readonly number[], digits = 12): readonly unknown[] =>
  xs.map((x) => {
    const matcher: unknown = expect.closeTo(x, digits)
    return matcher
  })
