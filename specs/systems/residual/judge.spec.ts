/** Validation of an energy: the objectives from energies, with a log-normaliser and with dynamic NCE's further noise. */
import { describe, expect, it } from 'vitest'
import { nceLoss } from '../../../lib/energy/index.ts'
import { logSumExp, mean, softplus } from '../../../lib/math.ts'
import { judgePool } from '../../../lib/systems/residual/judge.ts'
import { close } from '../../energy/support.ts'

const data = Float64Array.of(0.5, -1)
const noise = Float64Array.of(1, 0.25, -0.5, 2, 1.5, -0.75)

describe('a pool’s energies judged', () => {
  it('NCE with c is NCE of s = −E − c, and c only moves the threshold of the accuracy', () => {
    const shifted = judgePool(data, noise, { objective: 'nce', ratio: 3, logNormaliser: 0.4 })
    const wanted = nceLoss({ data: data.map((e) => -e - 0.4), noise: noise.map((e) => -e - 0.4), ratio: 3 })
    expect(close(shifted.score, wanted.loss)).toBe(true)
    expect(shifted.facts?.['logNormaliser']).toBe(0.4)
    expect(shifted.facts?.['accuracy']).toBe((0 + 1 - 0) / 2)
    const plain = judgePool(data, noise, { objective: 'nce', ratio: 1 })
    expect(close(plain.score, nceLoss({ data: data.map((e) => -e), noise: noise.map((e) => -e), ratio: 1 }).loss)).toBe(
      true,
    )
    expect(close(plain.facts?.['logPartition'] ?? 0, logSumExp(noise.map((e) => -e)) - Math.log(6))).toBe(true)
  })

  it('dynamic NCE: the last noise row of each datum is on the data side, with weight 1 − α', () => {
    const found = judgePool(data, noise, { objective: 'dynamic-nce', ratio: 2, interpolation: 0.75 })
    const [main, extra] = [Float64Array.of(1, 0.25, 2, 1.5), Float64Array.of(-0.5, -0.75)]
    const accept = (es: Float64Array): number => mean(es.map((e) => softplus(Math.log(2) + e)))
    const wanted = 0.75 * accept(data) + 0.25 * accept(extra) + 2 * mean(main.map((e) => softplus(-e - Math.log(2))))
    expect(close(found.score, wanted, 5)).toBe(true)
    expect(close(found.facts?.['logPartition'] ?? 0, logSumExp(main.map((e) => -e)) - Math.log(4), 5)).toBe(true)
  })

  it('importance-sampled likelihood does not see c', () => {
    const of = (logNormaliser: number): number =>
      judgePool(data, noise, { objective: 'importance', ratio: 3, logNormaliser }).score
    expect(of(0)).toBe(of(5))
  })
})
