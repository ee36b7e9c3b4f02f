/** NCE on logits: value, optimum, concavity, ν, missing support and extreme energies (R3–R8). */
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { exactTilt } from '../../lib/energy/exact.ts'
import { exactDivergence, exactNceGradient, exactNceLoss, nceLoss } from '../../lib/energy/index.ts'
import { at } from '../../lib/at.ts'
import { dot, logSigmoid, softplus } from '../../lib/math.ts'
import { distributions, energies } from '../../lib/laws/arbitraries/distributions.ts'
import { thrown } from '../thrown.ts'
import { close } from './support.ts'

const SIZE = 5
const smooth = (p: Float64Array): Float64Array => p.map((x) => (x + 1e-3) / (1 + SIZE * 1e-3))
const pairs = fc.record({
  data: distributions(SIZE).map(smooth),
  noise: distributions(SIZE).map(smooth),
  energy: energies(SIZE),
  other: energies(SIZE),
})
const logits = (e: Float64Array): Float64Array => e.map((x) => -x)

describe('noise-contrastive estimation', () => {
  it('refuses a ratio that is no positive number, and empty batches', () => {
    const batch = { data: [0], noise: [0], ratio: 1 }
    const bad = [{ ratio: 0 }, { ratio: -1 }, { ratio: Number.NaN }, { ratio: Infinity }, { data: [] }, { noise: [] }]
    for (const part of bad) expect(thrown(() => nceLoss({ ...batch, ...part }))?.tag).toBe('Domain')
  })

  test.prop([pairs], { seed: 81, numRuns: 300 })('R3: the value is E_d log σ(−E) + E_q log σ(E)', (c) => {
    const value =
      dot(
        c.data,
        c.energy.map((e) => logSigmoid(-e)),
      ) +
      dot(
        c.noise,
        c.energy.map((e) => logSigmoid(e)),
      )
    const loss = exactNceLoss(c.data, c.noise, logits(c.energy), 1)
    expect(close(-loss, value)).toBe(true)
  })

  test.prop([pairs], { seed: 82, numRuns: 300 })(
    'R4: at E* = log q − log p_d: gradient 0, value −2 ln 2 + 2 JSD, q·e^{−E*} = p_d, log Z = 0',
    ({ data, noise }) => {
      const best = data.map((p, i) => Math.log(p) - Math.log(at(noise, i)))
      const middle = data.map((p, i) => Math.log((p + at(noise, i)) / 2))
      const jsd = (exactDivergence(data.map(Math.log), middle) + exactDivergence(noise.map(Math.log), middle)) / 2
      exactNceGradient(data, noise, best, 1).forEach((g) => {
        expect(Math.abs(g)).toBeLessThan(1e-12)
      })
      expect(close(-exactNceLoss(data, noise, best, 1), 2 * jsd - 2 * Math.LN2)).toBe(true)
      const tilt = exactTilt(
        noise.map(Math.log),
        best.map((s) => -s),
      )
      expect(Math.abs(tilt.logPartition)).toBeLessThan(1e-12)
      tilt.probabilities.forEach((p, i) => {
        expect(close(p, at(data, i))).toBe(true)
      })
    },
  )

  test.prop([pairs], { seed: 83, numRuns: 300 })('R5: J is concave in E, and no E beats E*', (c) => {
    const j = (s: Float64Array): number => -exactNceLoss(c.data, c.noise, s, 1)
    const [a, b] = [logits(c.energy), logits(c.other)]
    expect(j(a.map((x, i) => (x + at(b, i)) / 2))).toBeGreaterThanOrEqual((j(a) + j(b)) / 2 - 1e-12)
    const best = c.data.map((p, i) => Math.log(p) - Math.log(at(c.noise, i)))
    expect(j(best.map((x, i) => x + at(a, i)))).toBeLessThanOrEqual(j(best) + 1e-12)
  })

  test.prop([pairs, fc.constantFrom(2, 5, 20)], { seed: 84, numRuns: 200 })(
    'R6: with log ν the optimum is unchanged; without it Z = 1/ν',
    ({ data, noise }, ratio) => {
      const best = data.map((p, i) => Math.log(p) - Math.log(at(noise, i)))
      exactNceGradient(data, noise, best, ratio).forEach((g) => {
        expect(Math.abs(g)).toBeLessThan(1e-11 * ratio)
      })
      const naive = best.map((s) => s - Math.log(ratio))
      const forgetful = naive.map(
        (s, i) => (ratio * at(noise, i)) / (1 + Math.exp(-s)) - at(data, i) / (1 + Math.exp(s)),
      )
      forgetful.forEach((g) => {
        expect(Math.abs(g)).toBeLessThan(1e-11 * ratio)
      })
      const z = exactTilt(
        noise.map(Math.log),
        naive.map((s) => -s),
      ).logPartition
      expect(close(Math.exp(z), 1 / ratio)).toBe(true)
    },
  )

  it('R7: without common support values stay finite and ascent moves E monotonically', () => {
    const data = [0.5, 0.5, 0]
    const noise = [0, 0.5, 0.5]
    let s = new Float64Array(3)
    for (let i = 0; i < 200; i++) {
      const g = exactNceGradient(data, noise, s, 1)
      const next = s.map((x, j) => x - at(g, j))
      expect(at(next, 0)).toBeGreaterThan(at(s, 0))
      expect(at(next, 2)).toBeLessThan(at(s, 2))
      expect(Number.isFinite(exactNceLoss(data, noise, next, 1))).toBe(true)
      s = next
    }
  })

  it('R8: extreme energies: the loss is |E| on the losing side, the gradient in [−1, 1]', () => {
    for (const e of [88, 89, 1e3, 1e4, 3e38]) {
      for (const s of [e, -e]) {
        const found = nceLoss({ data: [s], noise: [s], ratio: 1 })
        expect(Math.abs(found.loss / e - 1)).toBeLessThan(3e-16)
        expect(found.loss).toBeGreaterThanOrEqual(0)
        expect(Math.abs(at(found.data, 0))).toBeLessThanOrEqual(1)
        expect(Math.abs(at(found.noise, 0))).toBeLessThanOrEqual(1)
        expect(softplus(s)).toBeGreaterThanOrEqual(0)
      }
    }
  })

  it('the batch loss with every point at its frequency is the exact loss, and so is its gradient', () => {
    const s = [0.3, -1, 2]
    const batch = nceLoss({ data: [0.3, 0.3, -1, 2], noise: [0.3, -1, -1, 2], ratio: 3 })
    const data = [0.5, 0.25, 0.25]
    const noise = [0.25, 0.5, 0.25]
    expect(batch.loss).toBeCloseTo(exactNceLoss(data, noise, s, 3), 14)
    const gradient = exactNceGradient(data, noise, s, 3)
    expect(at(batch.data, 0) + at(batch.data, 1) + at(batch.noise, 0)).toBeCloseTo(at(gradient, 0), 14)
  })
})
