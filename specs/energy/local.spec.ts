/** Local Metropolis–Hastings on sequences: detailed balance of the edits by enumeration, and the chains' law. */
import { describe, expect, it } from 'vitest'
import { exactTilt } from '../../lib/energy/exact.ts'
import { allEdits, applyEdit, logEdit, logEditRatio } from '../../lib/energy/local.ts'
import { type EditSpace, enumerable, energyOf, localMetropolis } from '../../lib/energy/index.ts'
import { key } from '../../lib/key.ts'
import { apply, entry, type Matrix, matrix, row, transpose } from '../../lib/linear.ts'
import { at } from '../../lib/at.ts'
import { sum } from '../../lib/math.ts'
import { normals } from '../../lib/laws/arbitraries/distributions.ts'
import { chiSquareDesign, standard } from '../../lib/laws/statistics.ts'
import { left, run } from '../either.ts'
import { countsOf } from '../../lib/laws/space.ts'
import { close } from './support.ts'

const space: EditSpace<string> = { alphabet: ['a', 'b'], maxLength: 3 }
const strings = (n: number): readonly string[] => (n === 0 ? [''] : strings(n - 1).flatMap((s) => [`${s}a`, `${s}b`]))
const names = [0, 1, 2, 3].flatMap(strings)
const points: readonly (readonly string[])[] = names.map((s) => [...s])
const base = enumerable({
  points,
  probabilities: normals(key(1), points.length).map((z) => Math.exp(0.5 * z)),
  name: (x: readonly string[]) => x.join(''),
})
const energies = normals(key(2), points.length)
const energy = energyOf((x: readonly string[]) => at(energies, names.indexOf(x.join(''))))
const exact = exactTilt(base.logProbabilities, energies)

/** The exact kernel, summing over all edits of each sequence, with a ratio for each kind of edit. */
const kernelWith = (ratio: (length: number, kind: 'insert' | 'delete' | 'replace') => number): Matrix => {
  const values = new Float64Array(points.length ** 2)
  points.forEach((x, i) => {
    for (const edit of allEdits(space)(x)) {
      const j = names.indexOf(applyEdit(x, edit).join(''))
      const logAcceptance = at(exact.logProbabilities, j) - at(exact.logProbabilities, i) + ratio(x.length, edit.kind)
      const flow = Math.exp(logEdit(space)(x.length, edit.kind)) * Math.min(1, Math.exp(logAcceptance))
      values[i * points.length + j] = at(values, i * points.length + j) + flow
      values[i * points.length + i] =
        at(values, i * points.length + i) + Math.exp(logEdit(space)(x.length, edit.kind)) - flow
    }
  })
  return { rows: points.length, columns: points.length, values }
}

const imbalance = (kernel: Matrix): number =>
  matrix(points.length, points.length, (i, j) =>
    Math.abs(at(exact.probabilities, i) * entry(kernel, i, j) - at(exact.probabilities, j) * entry(kernel, j, i)),
  ).values.reduce((acc, x) => Math.max(acc, x), 0)

describe('the edits', () => {
  it('sum to one, are all undone by an edit, and satisfy detailed balance', () => {
    const kernel = kernelWith(logEditRatio(space))
    points.forEach((_, i) => {
      expect(close(sum(row(kernel, i)), 1)).toBe(true)
    })
    expect(imbalance(kernel)).toBeLessThan(1e-14)
  })

  it('planted bugs: without the factors 1/(T+1), 1/T, or with their sign flipped, balance is lost', () => {
    expect(imbalance(kernelWith(() => 0))).toBeGreaterThan(1e-3)
    expect(imbalance(kernelWith((length, kind) => -logEditRatio(space)(length, kind)))).toBeGreaterThan(1e-3)
  })

  it('states the ratio: an insertion into T of 0 < T < max − 1 is worth V·(T+1)/(T+1)', () => {
    const roomy = { alphabet: ['a', 'b', 'c'], maxLength: 10 }
    expect(logEditRatio(roomy)(4, 'insert')).toBeCloseTo(Math.log(3), 12)
    expect(logEditRatio(roomy)(4, 'delete')).toBeCloseTo(-Math.log(3), 12)
    expect(logEditRatio(roomy)(4, 'replace')).toBe(0)
  })
})

describe('the chains', () => {
  it('after k steps follow qTᵏ (χ², α = 1e-9, TV .04)', async () => {
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.04 }, points.length)
    const kernel = transpose(kernelWith(logEditRatio(space)))
    const start = base.logProbabilities.map(Math.exp)
    const law = (k: number): Float64Array => (k === 0 ? start : apply(kernel)(law(k - 1)))
    const found = await run(localMetropolis(key(3), space, { chains: design.n, steps: 3 })({ base, energy }))
    const counts = countsOf(
      found.states.map((x) => names.indexOf(x.join(''))),
      points.length,
    )
    expect(design.check(counts, law(3)).complaints).toEqual([])
    expect(design.check(counts, law(0)).passed).toBe(false)
    expect(found.acceptance.value).toBeGreaterThan(0)
    expect(found.acceptance.value).toBeLessThan(1)
  })
})

describe('starts', () => {
  it('lie inside the support, or there is a Support failure', async () => {
    const only = energyOf((x: readonly string[]) => (x.length === 3 ? 0 : Number.POSITIVE_INFINITY))
    const found = await run(localMetropolis(key(11), space, { chains: 200, steps: 3 })({ base, energy: only }))
    expect(found.states.map((x) => x.length).filter((length) => length !== 3)).toEqual([])
    const nowhere = energyOf(() => Number.POSITIVE_INFINITY)
    const failed = left(await localMetropolis(key(11), space, { chains: 9, steps: 3 })({ base, energy: nowhere })())
    expect([failed.tag, failed.facts['found']]).toEqual(['Support', 0])
  })
})
