/**
 * `test.prop` and `fc` as @fast-check/vitest has them, whose import takes two seconds of processor in every worker: it
 * builds every chain of vitest's modifiers. vitest.config.ts puts this module in its place; the types stay the package's.
 */
import * as fc from 'fast-check'
import { test as plain } from 'vitest'

/** A test of a property over arbitraries; the seed, drawn where none is given, stands in its name. */
const prop =
  <Ts extends [unknown, ...unknown[]]>(
    arbitraries: { [K in keyof Ts]: fc.Arbitrary<Ts[K]> },
    params: fc.Parameters<Ts> = {},
  ) =>
  (name: string, property: (...values: Ts) => unknown, timeout?: number): void => {
    const seed = params.seed ?? Date.now()
    const whole = fc.asyncProperty(...arbitraries, async (...values: Ts) => (await property(...values)) !== false)
    plain(`${name} (with seed=${seed})`, () => fc.assert(whole, { ...params, seed }), timeout)
  }

const test = Object.assign((...call: Parameters<typeof plain>) => plain(...call), { prop })

export { fc, test }
