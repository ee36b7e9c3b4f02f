/** Independent Metropolis–Hastings: exact kernel, spectral gap, and the chains against it (R19). */
import { test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { symmetricEigen } from '../../lib/eigen.ts'
import { startKey } from '../../lib/energy/metropolis.ts'
import { independentKernel, independentMetropolis } from '../../lib/energy/index.ts'
import { fold, key } from '../../lib/key.ts'
import { kernelLaws } from '../../lib/laws/kernel.ts'
import { complaintsOf } from '../../lib/laws/law.ts'
import { apply, entry, matrix, transpose } from '../../lib/linear.ts'
import { at } from '../../lib/at.ts'
import { dot } from '../../lib/math.ts'
import { finiteTilts } from '../../lib/laws/arbitraries/distributions.ts'
import { chiSquareDesign, standard } from '../../lib/laws/statistics.ts'
import { left, run } from '../either.ts'
import { countsOf } from '../../lib/laws/space.ts'
import { asTilt, exactOf } from './support.ts'

describe('the kernel', () => {
  test.prop([finiteTilts(6)], { seed: 61, numRuns: 300 })(
    'R19: row sums 1, πT = π, detailed balance, all of the support in reach',
    async (model) => {
      const kernel = independentKernel(
        model.probabilities,
        model.energies.map((e) => -e),
      )
      const logWeights = model.probabilities.map((p, i) => Math.log(p) - at(model.energies, i))
      expect(await complaintsOf(kernelLaws({ kernel, logWeights }))).toEqual([])
    },
  )

  test.prop([finiteTilts(6)], { seed: 62, numRuns: 200 })('R19: the spectral gap is 1/max(w/Z)', (model) => {
    const base = model.probabilities.map((p) => (p + 1e-3) / (1 + 1e-3 * model.probabilities.length))
    const exact = exactOf({ ...model, probabilities: base })
    const kernel = independentKernel(
      base,
      model.energies.map((e) => -e),
    )
    const n = base.length
    const root = exact.probabilities.map(Math.sqrt)
    const symmetric = matrix(n, n, (i, j) => {
      const up = (at(root, i) / at(root, j)) * entry(kernel, i, j)
      const down = (at(root, j) / at(root, i)) * entry(kernel, j, i)
      return (up + down) / 2
    })
    const values = Array.from(symmetricEigen(symmetric).values).sort((a, b) => b - a)
    const largest = Math.max(...model.energies.map((e) => Math.exp(-e - exact.logPartition)))
    expect(Math.abs(1 - at(values, 1) - 1 / largest)).toBeLessThan(1e-8)
  })
})

describe('the chains', () => {
  const model = { probabilities: Float64Array.of(0.4, 0.3, 0.2, 0.1), energies: Float64Array.of(1.5, 0, 0.7, -0.5) }

  it('after k steps follow qTᵏ (χ², α = 1e-9, TV .03), and accept at the stated rate', async () => {
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.03 }, 4)
    const logs = model.energies.map((e) => -e)
    const kernel = transpose(independentKernel(model.probabilities, logs))
    const law = (k: number): Float64Array => (k === 0 ? model.probabilities : apply(kernel)(law(k - 1)))
    const found = await run(independentMetropolis<number>(key(1), { chains: design.n, steps: 2 })(asTilt(model)))
    const counts = countsOf(found.states, 4)
    expect(design.check(counts, law(2)).complaints).toEqual([])
    expect(design.check(counts, law(0)).passed).toBe(false)
    const rate = (start: Float64Array): number =>
      dot(
        start,
        start.map((_, i) =>
          dot(
            model.probabilities,
            logs.map((l) => Math.min(1, Math.exp(l - at(logs, i)))),
          ),
        ),
      )
    const expected = (rate(law(0)) + rate(law(1))) / 2
    expect(Math.abs(found.acceptance.value - expected)).toBeLessThan(6 * found.acceptance.standardError)
  })

  it('is reproducible, and shows every state to onStep', async () => {
    const steps: number[] = []
    const options = { chains: 10, steps: 5 }
    const first = await run(
      independentMetropolis<number>(key(2), { ...options, onStep: (c) => steps.push(c.step) })(asTilt(model)),
    )
    expect(await run(independentMetropolis<number>(key(2), options)(asTilt(model)))).toEqual(first)
    expect(steps).toEqual([1, 2, 3, 4, 5])
  })
})

describe('starts', () => {
  const partial = asTilt({
    probabilities: Float64Array.of(0.9, 0.06, 0.04),
    energies: Float64Array.of(Number.POSITIVE_INFINITY, 0, 0),
  })

  it('are the base given its support (χ², α = 1e-9, TV .03); a chain that begins inside keeps its own', async () => {
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.03 }, 2)
    const found = await run(independentMetropolis<number>(key(7), { chains: design.n, steps: 0 })(partial))
    const [outside = 0, ...inside] = countsOf(found.states, 3)
    expect(outside).toBe(0)
    expect(design.check(inside, [0.6, 0.4]).complaints).toEqual([])
    expect(design.check(inside, [0.5, 0.5]).passed).toBe(false)
    const first = await run(partial.base.sample(fold(fold(key(7), 0), 0), design.n))
    expect(first.every((x, i) => x === 0 || x === found.states[i])).toBe(true)
  })

  it('take draws of their own in each round: chains that had to look again are not copies of each other', async () => {
    const chains = 400
    const found = await run(independentMetropolis<number>(key(8), { chains, steps: 0 })(partial))
    const rounds = Array.from({ length: 3 }, (_, round) => startKey(key(8), round).join())
    expect(new Set(rounds).size).toBe(3)
    expect(countsOf(found.states, 3)[2]).toBeGreaterThan(80)
  })

  it('that are not found are a Support failure, with Z = 0 and with too few draws; no rate of 0 ± 0', async () => {
    const nowhere = asTilt({
      probabilities: Float64Array.of(0.5, 0.5),
      energies: new Float64Array(2).fill(Number.POSITIVE_INFINITY),
    })
    const failed = left(await independentMetropolis<number>(key(9), { chains: 50, steps: 5 })(nowhere)())
    expect([failed.tag, failed.facts]).toEqual(['Support', { found: 0, chains: 50, drawn: 10_000 }])
    const few = left(await independentMetropolis<number>(key(9), { chains: 1000, steps: 5, starts: 2000 })(partial)())
    expect(few.tag).toBe('Support')
    expect(few.what).toMatch(/^\d+ of 1000 chains found a start inside the support in 2000 draws of the base$/)
  })

  it('no steps have no rate: NaN, and a doubt that says so', async () => {
    const { acceptance } = await run(independentMetropolis<number>(key(9), { chains: 50, steps: 0 })(partial))
    expect([acceptance.value, acceptance.reliable]).toEqual([Number.NaN, false])
    expect(acceptance.doubts).toContain('not finite')
  })
})
