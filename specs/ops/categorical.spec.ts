/** M1, M4, F4: an index drawn by the Gumbel maximum, at once or block by block, has the softmax for its law. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { axis } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import type { Expr } from '../../lib/expr.ts'
import { key, uniforms } from '../../lib/key.ts'
import { chiSquareDesign, standard, twoSampleDesign } from '../../lib/laws/statistics.ts'
import { softmax as exactSoftmax } from '../../lib/math.ts'
import { blocksOf, categorical } from '../../lib/ops/categorical.ts'
import { literal, reorder } from '../../lib/ops/layout.ts'
import { inputKey } from '../../lib/ops/random.ts'
import { operations } from '../../lib/ops/table.ts'
import { valuesOf } from '../domains.ts'
import { thrown } from '../thrown.ts'

const k = inputKey('key')
const symbol = axis('symbol', 4)
const logits = Float64Array.of(0.3, -1, 1.2, -2.5)
const drawn = (root: Expr, seed: number): Values =>
  valuesOf([root], [{ node: k, data: Uint32Array.from(key(seed)) }])[0] ?? new Float64Array(0)

describe('laws', () => {
  it('M4: the Gumbel maximum draws with softmax probabilities: χ² (α = 1e-9, TV 0.02)', () => {
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.02 }, 4)
    const rows = axis('rows', design.n)
    const found = drawn(categorical(symbol)(k, rows)(literal(logits, symbol)), 1)
    const counts = new Float64Array(4)
    for (const i of found) counts[i] = at(counts, i) + 1
    expect(design.check(counts, exactSoftmax(logits)).complaints).toEqual([])
    expect(
      design.check(
        counts,
        Float64Array.from(exactSoftmax(logits), (p, i) => p + at([0.04, 0, -0.04, 0], i)),
      ).passed,
    ).toBe(false)
  })

  it('M4: and agrees with the inverse of the distribution function: two-sample χ² (α = 1e-9, TV 0.02)', () => {
    const design = twoSampleDesign({ ...standard, minDiscrepancy: 0.02 }, 4)
    const found = drawn(categorical(symbol)(k, axis('rows', design.n))(literal(logits, symbol)), 2)
    const probabilities = exactSoftmax(logits)
    const [first, second] = [new Float64Array(4), new Float64Array(4)]
    for (const i of found) first[i] = at(first, i) + 1
    for (const u of uniforms(key(3), design.n)) {
      let [i, below] = [0, at(probabilities, 0)]
      while (u >= below && i < 3) below += at(probabilities, ++i)
      second[i] = at(second, i) + 1
    }
    expect(design.check(first, second).complaints).toEqual([])
  })

  it('M4: so do block and symbol together, of many symbols by the six kinds there are: χ² (α = 1e-9, TV 0.04)', () => {
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.04 }, 6)
    const many = axis('symbol', 1031)
    const [block, element] = blocksOf(many)
    const own = Float64Array.from({ length: many.size }, (_, s) => ((s * 7919) % 113) / 16 + (s < 33 ? 1 : -2))
    // Early or late in the row, and first, second or third part of its block: neither step alone has this law.
    const kindOf = (s: number) =>
      3 * Number(s >= 7 * element.size) + Math.floor((3 * (s % element.size)) / element.size)
    const [counts, law] = [new Float64Array(6), new Float64Array(6)]
    exactSoftmax(own).forEach((p, s) => (law[kindOf(s)] = at(law, kindOf(s)) + p))
    for (const s of drawn(categorical(many)(k, axis('rows', design.n))(literal(own, many)), 3))
      counts[kindOf(s)] = at(counts, kindOf(s)) + 1
    expect([block.size, element.size]).toEqual([32, 33])
    expect(design.check(counts, law).complaints).toEqual([])
  })
})

describe('blocks', () => {
  it('they hold every symbol once, and random numbers grow as a root: at most 3.2√n', () => {
    for (const n of [1024, 1031, 2000, 2047, 4000, 32_003, 50_257, 131_072, 256_000]) {
      const [block, element] = blocksOf(axis('symbol', n)).map(({ size }) => size)
      const [count, length] = [at([block ?? 0], 0), at([element ?? 0], 0)]
      expect([count * length >= n, (count - 1) * length < n]).toEqual([true, true])
      expect(count + length).toBeLessThan(3.2 * Math.sqrt(n))
    }
    expect(blocksOf(axis('symbol', 4000)).map(({ size }) => size)).toEqual([50, 80])
  })

  it('an axis that the logits do not have is refused', () => {
    const [given, other] = [axis('symbol', 2000), axis('symbol', 2001)]
    expect(thrown(() => categorical(other)(k)(literal(new Float64Array(2000), given)))).toMatchObject({ tag: 'Shape' })
  })
})

describe('batches', () => {
  it.each([4, 1031])('F4: a draw of row r, of %d symbols, depends on the position of the row alone', (size) => {
    const over = axis('symbol', size)
    const own = Float64Array.from({ length: size }, (_, s) => ((s * 7919) % 113) / 16)
    const draw = (rows: number) =>
      drawn(reorder(['rows'])(categorical(over)(k, axis('rows', rows))(literal(own, over))), 6)
    const all = Array.from(draw(50))
    for (const rows of [1, 7, 49]) expect(Array.from(draw(rows))).toEqual(all.slice(0, rows))
    expect(operations.get('random_bits')?.vjp).toBeUndefined()
  })
})
