/** Solving (I − B)·x = b for one block, against solutions that are known, and in few passes. */
import { describe, expect, it } from 'vitest'
import { prepareBlock, solveBlock } from '../../lib/automata/krylov.ts'
import { fromTriples, type SparseMatrix } from '../../lib/automata/matrix.ts'
import { at } from '../../lib/at.ts'
import { key, uniforms } from '../../lib/key.ts'

const slackOf = (b: SparseMatrix): Float64Array => {
  const slack = new Float64Array(b.size).fill(1)
  for (let i = 0; i < b.size; i++)
    for (let k = at(b.rowPointers, i); k < at(b.rowPointers, i + 1); k++)
      if (at(b.columns, k) === i) slack[i] = at(slack, i) - at(b.values, k)
  return slack
}

/** (I − B)·x. */
const rightSide = (b: SparseMatrix, x: ArrayLike<number>): Float64Array => {
  const out = Float64Array.from(x)
  for (let i = 0; i < b.size; i++)
    for (let k = at(b.rowPointers, i); k < at(b.rowPointers, i + 1); k++)
      out[i] = at(out, i) - at(b.values, k) * at(x, at(b.columns, k))
  return out
}

/** Three entries a row, the diagonal among them, that sum to `mass`. */
const random = (size: number, mass: number, seed: number): SparseMatrix => {
  const u = uniforms(key(seed), 4 * size)
  const rows: number[] = []
  const columns: number[] = []
  const values: number[] = []
  for (let i = 0; i < size; i++) {
    const split = [0.1 + at(u, 4 * i), 0.1 + at(u, 4 * i + 1), 0.1 + at(u, 4 * i + 2)]
    const total = split.reduce((sum, x) => sum + x, 0)
    for (const [j, share] of split.entries()) {
      rows.push(i)
      columns.push(j === 0 ? i : (i * (j + 1) + Math.floor(at(u, 4 * i + 3) * size) + j) % size)
      values.push((mass * share) / total)
    }
  }
  return fromTriples(size, rows, columns, values)
}

describe('one block', () => {
  it('two states by hand: x = b + B·x', () => {
    const b = fromTriples(2, [0, 0, 1, 1], [0, 1, 0, 1], [0.5, 0.25, 0.125, 0.5])
    // (½, −¼; −⅛, ½): its inverse is (½, ¼; ⅛, ½)/(7/32).
    const { values } = solveBlock(prepareBlock(b, slackOf(b)), Float64Array.of(7, 14))
    expect(at(values, 0)).toBeCloseTo(32, 12)
    expect(at(values, 1)).toBeCloseTo(36, 12)
  })

  it('the diagonal is taken out, and rows keep their other entries', () => {
    const b = fromTriples(3, [0, 0, 1, 2, 2], [0, 2, 1, 0, 1], [0.5, 0.25, 0.75, 0.125, 0.375])
    const slack = slackOf(b)
    const block = prepareBlock(b, slack)
    expect(block.size).toBe(3)
    expect(Array.from(block.rowPointers)).toEqual([0, 1, 1, 3])
    expect(Array.from(block.columns.subarray(0, 3))).toEqual([2, 0, 1])
    expect(Array.from(block.values.subarray(0, 3))).toEqual([0.25, 0.125, 0.375])
    expect(block.slack).toBe(slack)
  })

  it('a right side of zeros is answered at once, and one that a single sweep solves in one', () => {
    const b = random(50, 0.9, 1)
    const nothing = solveBlock(prepareBlock(b, slackOf(b)), new Float64Array(50))
    expect(nothing.sweeps).toBe(1)
    expect(nothing.values.every((x) => x === 0)).toBe(true)
    const lower = fromTriples(3, [1, 2, 2], [0, 0, 1], [0.5, 0.25, 0.25])
    expect(solveBlock(prepareBlock(lower, slackOf(lower)), Float64Array.of(8, 4, 2))).toEqual({
      values: Float64Array.of(8, 8, 6),
      sweeps: 1,
    })
  })

  it.each([
    [0.9, 1e-14, 110],
    [0.999, 1e-12, 180],
    [0.999999, 1e-9, 210],
  ])('2 000 states whose rows sum to %d: error below %d, fewer than %d passes', (mass, error, passes) => {
    const b = random(2000, mass, 2)
    const wanted = Float64Array.from(uniforms(key(3), 2000), (u) => u - 0.3)
    const { values, sweeps } = solveBlock(prepareBlock(b, slackOf(b)), rightSide(b, wanted))
    const worst = values.reduce((high, x, i) => Math.max(high, Math.abs(x - at(wanted, i))), 0)
    expect(worst).toBeLessThan(error)
    expect(sweeps).toBeLessThan(passes)
  })

  it('where BiCGSTAB stalls, sweeps go on: a ring of 200 states in the order that helps them least', () => {
    const states = Array.from({ length: 200 }, (_, i) => i)
    const onward = states.map((i) => (i + 1) % 200)
    const ring = fromTriples(200, states, onward, new Float64Array(200).fill(0.9))
    const { values, sweeps } = solveBlock(prepareBlock(ring, slackOf(ring)), new Float64Array(200).fill(1))
    expect(Math.max(...values.map((x) => Math.abs(x - 10)))).toBeLessThan(1e-12)
    expect(sweeps).toBeLessThan(620)
  })
})
