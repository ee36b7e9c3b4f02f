/** Laws of estimators: wrong labels and narrow intervals are seen. The library's own labels: `energy/labels.spec.ts`. */
import { describe, expect, it } from 'vitest'
import { meanEstimate } from '../../lib/energy/index.ts'
import { biasLaw, coverageLaw, estimatorLaws, type Stated } from '../../lib/laws/estimator.ts'
import { complaintsOf } from '../../lib/laws/law.ts'
import { mean } from '../../lib/math.ts'
import { keepsLaws } from './kept.ts'

const probabilities = [0.2, 0.3, 0.5]
const subject = { points: [0, 1, 3], logWeights: probabilities.map(Math.log), truth: 1.8 }

describe('the mean', () => {
  keepsLaws(estimatorLaws({ ...subject, estimate: (draws) => meanEstimate(draws) }))
})

describe('planted bugs', () => {
  const seen = async (estimate: (draws: readonly number[]) => Stated): Promise<readonly string[]> =>
    (await complaintsOf(estimatorLaws({ ...subject, estimate }))).map((found) => found.split(':')[0] ?? '')

  it('a bias of 1/n under the label "unbiased" is seen, at its smallest size', async () => {
    const shrunk = (draws: readonly number[]): Stated => {
      const found = meanEstimate(draws)
      return { ...found, value: (found.value * draws.length) / (draws.length + 1) }
    }
    const found = await complaintsOf(estimatorLaws({ ...subject, estimate: shrunk }))
    expect(found[0]).toMatch(/^the bias is unbiased: the mean over 1 draws misses 1.8 by -0\.9/)
  })

  it('intervals of half the width are seen, with the share that they cover', async () => {
    const narrow = (draws: readonly number[]): Stated => {
      const found = meanEstimate(draws)
      const half = (found.interval[1] - found.interval[0]) / 4
      return { ...found, interval: [found.value - half, found.value + half] }
    }
    expect(await seen(narrow)).toEqual(['intervals cover the truth, or say that they may not'])
    expect(await seen((draws) => ({ ...narrow(draws), reliable: false }))).toEqual([])
  })

  it('a variance by 1/n has a bias of O(1/n), which is not unbiased, not O(1/√n) and not O(1/n²)', async () => {
    const variance = (n: number): number => (1.56 * (n - 1)) / n
    const law = (bias: Stated['bias']) => complaintsOf([biasLaw({ bias, mean: variance, truth: 1.56 })])
    expect(await law('O(1/n)')).toEqual([])
    expect(await law('O(1)')).toEqual([])
    for (const wrong of ['unbiased', 'O(1/√n)', 'O(1/n²)'] as const) expect(await law(wrong)).toHaveLength(1)
    expect((await law('O(1/n²)'))[0]).toContain('like n^−1.000')
  })

  it('a label of bias where there is none is seen', async () => {
    const found = await complaintsOf([biasLaw({ bias: 'O(1/n)', mean: () => mean([1, 2]), truth: 1.5 })])
    expect(found[0]).toContain('there is none')
  })

  it('coverage is of the truth that is given', async () => {
    const always = () => ({ interval: [0, 1] as const, reliable: true })
    expect(await complaintsOf([coverageLaw(always, 0.5)])).toEqual([])
    expect(await complaintsOf([coverageLaw(always, 2)])).toHaveLength(1)
  })
})
