/** The weights of sampled prefixes as an estimator: its exact bias by enumeration, its invariances, its groups. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../../lib/axis.ts'
import { ExptiltError } from '../../../lib/errors.ts'
import { expectation, forEachComposition, logMultinomial } from '../../../lib/energy/compositions.ts'
import { key } from '../../../lib/key.ts'
import { at } from '../../../lib/at.ts'
import { dot, logSumExp, mean, softmax, sum } from '../../../lib/math.ts'
import { literal } from '../../../lib/ops/layout.ts'
import { multiply } from '../../../lib/ops/pointwise.ts'
import { evaluateOn } from '../../../lib/program.ts'
import { reference } from '../../../lib/reference.ts'
import { type PerToken, stepMeans, type TokenTerms } from '../../../lib/systems/e-arm/rows.ts'
import { effectiveSampleSizes, prefixWeights, type Sharing } from '../../../lib/systems/e-arm/weights.ts'
import { normals } from '../../../lib/laws/arbitraries/distributions.ts'
import { run } from '../../either.ts'

/** Three prefixes with probabilities q, logsumexps and a function f of them. */
const q = Float64Array.of(0.5, 0.3, 0.2)
const lse = Float64Array.of(0.2, 1.5, -0.9)
const f = Float64Array.of(1, -2, 3)
const logZ = logSumExp(lse.map((l, i) => l + Math.log(at(q, i))))
const w = lse.map((l) => Math.exp(l - logZ))
const exact = sum(q.map((p, i) => p * at(w, i) * at(f, i)))

const grid = (rows: number, steps: number, value: (row: number, step: number) => number): PerToken =>
  literal(
    Float64Array.from({ length: rows * steps }, (_, i) => value(Math.floor(i / steps), i % steps)),
    axis('batch', rows),
    axis('time', steps),
  )

/** Terms with given logsumexps; nothing else of them is read. */
const termsOf = (logSumExps: PerToken, mask: PerToken): TokenTerms => ({
  logit: logSumExps,
  logProbability: logSumExps,
  logSumExp: logSumExps,
  mask,
})

const evaluated = async (x: PerToken | ReturnType<typeof stepMeans>): Promise<ArrayLike<number>> =>
  (await run(evaluateOn(reference)({ x })))['x']?.data ?? []

const compositions = (n: number): readonly Int32Array[] => {
  const all: Int32Array[] = []
  forEachComposition(n, 3, (counts) => all.push(counts.slice()))
  return all
}

/** `E[ĝ]` over all batches of n prefixes: each composition is one step of rows weighed by their multiplicity. */
const sharedExpectation = async (n: number): Promise<number> => {
  const all = compositions(n)
  const mask = grid(3, all.length, (row, step) => at(all[step] ?? [], row))
  const terms = termsOf(
    grid(3, all.length, (row) => at(lse, row)),
    mask,
  )
  const estimates = await evaluated(
    stepMeans(
      mask,
      multiply(
        prefixWeights(terms),
        grid(3, all.length, (row) => at(f, row)),
      ),
    ),
  )
  return sum(all.map((counts, i) => Math.exp(logMultinomial(counts, q)) * at(estimates, i)))
}

describe('weights from the same batch', () => {
  it('E17: bias = −Σ q w²(f − μ)/n + O(1/n²): the remainder falls fourfold from n to 2n', {
    timeout: 30_000,
  }, async () => {
    const limit = -sum(q.map((p, i) => p * at(w, i) ** 2 * (at(f, i) - exact)))
    const remainders = await Promise.all(
      [32, 64, 128].map(async (n) => n * n * Math.abs((await sharedExpectation(n)) - exact - limit / n)),
    )
    expect(Math.abs(limit)).toBeGreaterThan(0.1)
    // n²·remainder tends to a constant: within 10 % of itself from n to 2n, where a 1/n remainder would double it.
    for (const i of [0, 1]) expect(at(remainders, i + 1) / at(remainders, i)).toBeLessThan(1.1)
    for (const i of [0, 1]) expect(at(remainders, i + 1) / at(remainders, i)).toBeGreaterThan(0.9)
  })

  it('E17: the batch of one row has w = 1, whatever its energy', async () => {
    const lone = termsOf(
      grid(1, 4, (_, k) => 50 * k - 70),
      grid(1, 4, () => 1),
    )
    expect(await evaluated(prefixWeights(lone))).toEqual(new Float64Array(4).fill(1))
  })
})

describe('weights from elsewhere', () => {
  /** E[ĝ] with a batch of n against a normaliser of n′ independent rows, all pairs of compositions. */
  const independentExpectation = async (n: number, other: number, g: ArrayLike<number>): Promise<number> => {
    const pairs = compositions(n).flatMap((a) => compositions(other).map((b) => [a, b] as const))
    const mask = grid(3, pairs.length, (row, step) => at(pairs[step]?.[0] ?? [], row))
    const lses = grid(3, pairs.length, (row) => at(lse, row))
    const sharing: Sharing = {
      kind: 'independent',
      terms: termsOf(
        lses,
        grid(3, pairs.length, (row, step) => at(pairs[step]?.[1] ?? [], row)),
      ),
    }
    const estimates = await evaluated(
      stepMeans(
        mask,
        multiply(
          prefixWeights(termsOf(lses, mask), sharing),
          grid(3, pairs.length, (row) => at(g, row)),
        ),
      ),
    )
    return sum(pairs.map(([a, b], i) => Math.exp(logMultinomial(a, q) + logMultinomial(b, q)) * at(estimates, i)))
  }

  it('E18: with the exact Z, E[ĝ] = g at every batch size', async () => {
    const exactly: Sharing = {
      kind: 'independent',
      terms: termsOf(
        grid(3, 1, (row) => at(lse, row)),
        grid(3, 1, (row) => at(q, row)),
      ),
    }
    const single = termsOf(
      grid(3, 1, (row) => at(lse, row)),
      grid(3, 1, () => 1),
    )
    const weights = await evaluated(prefixWeights(single, exactly))
    for (const n of [1, 2, 5]) {
      const found = expectation(q, n, (counts) => sum(Array.from(counts, (c, i) => c * at(weights, i) * at(f, i))) / n)
      expect(Math.abs(found - exact)).toBeLessThan(1e-12)
    }
  })

  it('E18: with an independent batch E[ĝ] = E[Z/Ẑ]·g: the direction is unbiased, the length O(1/n)', async () => {
    const factor = async (g: ArrayLike<number>, n: number, other: number) =>
      (await independentExpectation(n, other, g)) / sum(q.map((p, i) => p * at(w, i) * at(g, i)))
    const lengths = await Promise.all(
      [f, Float64Array.of(1, 1, 1), Float64Array.of(0, 5, -1)].map((g) => factor(g, 3, 4)),
    )
    const wanted = expectation(q, 4, (counts) => 4 / dot(Float64Array.from(counts), w))
    for (const found of lengths) expect(Math.abs(found - wanted)).toBeLessThan(1e-11)
    expect(wanted).toBeGreaterThan(1.01)
    expect(Math.abs((await factor(f, 1, 16)) - 1)).toBeLessThan(0.3 * (wanted - 1))
  })
})

describe('invariances', () => {
  const [rows, steps] = [9, 5]
  const values = normals(key(30), rows * steps).map((z) => 3 * z)
  const read = async (
    change: (value: number, row: number, step: number) => number,
    mask: (row: number) => number = () => 1,
  ) =>
    evaluated(
      prefixWeights(
        termsOf(
          grid(rows, steps, (r, k) => change(at(values, r * steps + k), r, k)),
          grid(rows, steps, mask),
        ),
      ),
    )

  it('E19: w does not change when every logsumexp moves by |c| ≤ 1e4, and its mean is 1', async () => {
    const plain = await read((v) => v)
    for (const c of [-1e4, -3, 1e4]) {
      const moved = await read((v) => v + c)
      Array.from(plain).forEach((x, i) => expect(Math.abs(x - at(moved, i))).toBeLessThan(1e-10))
    }
    for (let k = 0; k < steps; k++)
      expect(Math.abs(mean(Array.from({ length: rows }, (_, r) => at(plain, r * steps + k))) - 1)).toBeLessThan(1e-12)
  })

  it('E19: permuting the batch permutes w, for logsumexps of up to 1e4 it is finite, and follows softmax', async () => {
    const order = [4, 2, 8, 0, 1, 7, 3, 6, 5]
    const plain = await read((v) => v)
    const permuted = await read((_v, r, k) => at(values, at(order, r) * steps + k))
    Array.from(permuted).forEach((x, i) =>
      expect(Math.abs(x - at(plain, at(order, Math.floor(i / steps)) * steps + (i % steps)))).toBeLessThan(1e-12),
    )
    const far = await read((_v, r) => (r % 2 === 0 ? 1e4 : -1e4))
    Array.from(far).forEach((x, i) =>
      expect(Math.abs(x - (Math.floor(i / steps) % 2 === 0 ? 9 / 5 : 0))).toBeLessThan(1e-12),
    )
    const wanted = softmax(Array.from({ length: rows }, (_, r) => at(values, r * steps)))
    wanted.forEach((p, r) => expect(Math.abs(at(plain, r * steps) - rows * p)).toBeLessThan(1e-11))
  })

  it('rows past their end have weight 0 and do not count in the others', async () => {
    const masked = await read(
      (v, r) => (r < 4 ? 1e4 : v),
      (r) => (r < 4 ? 0 : 1),
    )
    const wanted = softmax(Array.from({ length: 5 }, (_, r) => at(values, (r + 4) * steps)))
    for (let r = 0; r < 9; r++)
      expect(Math.abs(at(masked, r * steps) - (r < 4 ? 0 : 5 * at(wanted, r - 4)))).toBeLessThan(1e-11)
  })

  it('groups of rows of one source share their normaliser, and must divide the batch', async () => {
    const terms = termsOf(
      grid(6, 2, (r, k) => at(values, 2 * r + k)),
      grid(6, 2, () => 1),
    )
    const found = await evaluated(prefixWeights(terms, { kind: 'group', rows: 3 }))
    for (const g of [0, 1])
      for (const k of [0, 1]) {
        const wanted = softmax([0, 1, 2].map((i) => at(values, 2 * (3 * g + i) + k)))
        wanted.forEach((p, i) => expect(Math.abs(at(found, 2 * (3 * g + i) + k) - 3 * p)).toBeLessThan(1e-12))
      }
    expect(() => prefixWeights(terms, { kind: 'group', rows: 4 })).toThrow(ExptiltError)
  })

  it('groups may take their normaliser from as many independent rows of the same source', async () => {
    const rowsOf = (first: number) =>
      termsOf(
        grid(4, 1, (r) => at(values, first + r)),
        grid(4, 1, () => 1),
      )
    const found = await evaluated(prefixWeights(rowsOf(0), { kind: 'independent', terms: rowsOf(4), rows: 2 }))
    for (let r = 0; r < 4; r++) {
      const others = [0, 1].map((i) => at(values, 4 + 2 * Math.floor(r / 2) + i))
      const wanted = Math.exp(at(values, r) - logSumExp(others)) * 2
      expect(Math.abs(at(found, r) / wanted - 1)).toBeLessThan(1e-12)
    }
  })

  it('the effective sample size is (Σw)²/Σw²: the rows for equal weights, 1 for one row, 0 for none', async () => {
    const mask = grid(4, 3, (r, k) => (k === 0 ? 1 : k === 1 ? Number(r === 2) : 0))
    const equal = grid(4, 3, () => 1)
    expect(await evaluated(effectiveSampleSizes(mask, equal))).toEqual(Float64Array.of(4, 1, 0))
    const uneven = grid(4, 3, (r) => r)
    expect(at(await evaluated(effectiveSampleSizes(mask, uneven)), 0)).toBeCloseTo(36 / 14, 12)
  })
})
