/** M1–M5 and F13: random tensors are the words of their key; what is drawn has the right law, with no impossible draw. */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import type { Expr } from '../../lib/expr.ts'
import { fold, key, uniforms, unit, words } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { bernoulli, dropout, foldKey, gumbel, inputKey, normal, randomBits, uniform } from '../../lib/ops/random.ts'
import { reference } from '../../lib/reference.ts'
import { type Placed, valuesOf } from '../domains.ts'
import { binomialDesign, dkwDesign, standard } from '../../lib/laws/statistics.ts'
import { thrown } from '../thrown.ts'
import { exactDraws } from './exact-draws.ts'
import { fed, impossibleDraws } from './impossible-draws.ts'
import { declared } from '../../lib/phantom.ts'

const k = inputKey('key')
const keyed = (seed: number): Placed => ({ node: k, data: Uint32Array.from(key(seed)) })
const run = (root: Expr, ...inputs: readonly Placed[]): Values => valuesOf([root], inputs)[0] ?? new Float64Array(0)

describe('bits', () => {
  test.prop([fc.nat(2 ** 31), fc.nat(2 ** 31), fc.integer({ min: 1, max: 40 })], { seed: 81, numRuns: 50 })(
    'F13: element i is word i of the key, whatever the axes; children are those of lib/key.ts',
    (seed, child, n) => {
      const flat = randomBits(k)(axis('n', n))
      expect(run(flat, keyed(seed))).toEqual(words(key(seed), n))
      expect(run(randomBits(k)(axis('a', 2), axis('n', n)), keyed(seed))).toEqual(words(key(seed), 2 * n))
      expect(run(foldKey(child)(k), keyed(seed))).toEqual(Uint32Array.from(fold(key(seed), child)))
      expect(run(uniform(foldKey(3)(k))(axis('n', n)), keyed(seed))).toEqual(uniforms(fold(key(seed), 3), n))
    },
  )

  it('a key is two u32 words', () => {
    const wrong: typeof k = declared(input('float', axis('word', 2)))
    expect(thrown(() => randomBits(wrong)(axis('n', 1)))).toMatchObject({
      tag: 'DType',
      what: 'random_bits takes u32, not f32',
    })
  })
})

const last = 2 ** 23 - 1

describe('all uniforms there are', () => {
  it('M3: Gumbel variables are finite for each of the 2²³ uniforms, between −2.82 and 16.64, and increase with it', () => {
    let [low, high, before, wrong] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NEGATIVE_INFINITY, 0]
    for (let i = 0; i <= last; i++) {
      const g = -Math.log(-Math.log(unit((i << 9) >>> 0)))
      if (!(g > before)) wrong += 1
      before = g
      low = Math.min(low, g)
      high = Math.max(high, g)
    }
    expect(wrong).toBe(0)
    expect([low, high]).toEqual([expect.closeTo(-Math.log(24 * Math.LN2), 6), expect.closeTo(24 * Math.LN2, 6)])
    expect(low >= -2.83 && high <= 16.7).toBe(true)
    // M1 for the Gumbel maximum: a logit 20 below another cannot win, with any pair of words.
    expect(high - low).toBeLessThan(19.5)
  })

  it('M3: and the operations compute them: both ends, and every 512th between', () => {
    const ends = Array.from({ length: 2 ** 14 }, (_, i) => [i, last - i, 512 * i]).flat()
    const { root, bits } = fed(gumbel(k)(axis('n', ends.length)))
    const found = run(root, { node: bits, data: Uint32Array.from(ends, (i) => (i << 9) >>> 0) })
    expect(ends.filter((i, j) => at(found, j) !== -Math.log(-Math.log(unit((i << 9) >>> 0))))).toEqual([])
  })

  it.each([...impossibleDraws, ...exactDraws])('$title', { timeout: 60_000 }, async ({ complaints }) =>
    expect(await complaints(reference)).toEqual([]),
  )

  it('M1: a probability of 0 never happens and one of 1 always does', () => {
    const n = axis('n', 4)
    const extremes = { node: inputOf('u32')('bits', n), data: Uint32Array.of(0, 511, 2 ** 32 - 1, 2 ** 31) }
    expect(Array.from(run(fed(bernoulli(k, 0)(n)).root, extremes))).toEqual([0, 0, 0, 0])
    expect(Array.from(run(fed(bernoulli(k, 1)(n)).root, extremes))).toEqual([1, 1, 1, 1])
  })
})

const symbol = axis('symbol', 4)

describe('laws', () => {
  it('normals have their distribution function: DKW (α = 1e-9, sup-distance 0.02)', () => {
    const design = dkwDesign({ ...standard, minDiscrepancy: 0.02 })
    const draws = run(normal(k)(axis('n', design.n)), keyed(4))
    expect(design.check(draws, (x) => normalDistribution(x)).complaints).toEqual([])
    expect(design.check(draws, (x) => normalDistribution(x - 0.06)).passed).toBe(false)
  })

  it('dropout keeps the right share and the mean (α = 1e-9, a share of 0.01)', () => {
    const design = binomialDesign(standard)
    const n = axis('n', design.n)
    const kept = run(dropout(k, 0.3)(n)(input('x', n)), keyed(5), {
      node: input('x', n),
      data: new Float64Array(design.n).fill(7),
    })
    expect(new Set(kept)).toEqual(new Set([0, 7 * (1 / 0.7)]))
    expect(design.check(kept.filter((v) => v !== 0).length, design.n, 0.7).complaints).toEqual([])
    expect(thrown(() => dropout(k, 1)(n)(input('x', n)))).toMatchObject({
      tag: 'Domain',
      what: 'dropout: a rate of 1',
      remedy: 'give a rate in [0, 1)',
    })
  })

  it('a probability outside [0, 1] is refused', () => {
    expect(thrown(() => bernoulli(k, 1.5)(symbol))).toMatchObject({
      tag: 'Domain',
      what: 'bernoulli: a probability of 1.5',
      remedy: 'give a probability in [0, 1]',
    })
  })
})

/** Φ(x), by Zelen & Severo's formula 26.2.17 (7.5e-8): enough for a band of 0.01. */
const normalDistribution = (x: number): number => {
  if (x < 0) return 1 - normalDistribution(-x)
  const t = 1 / (1 + 0.2316419 * x)
  const tail = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))))
  return 1 - (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * tail
}
