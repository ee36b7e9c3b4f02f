/** Gradients of f-divergences against differences of the divergences, over all outcomes. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { type FDivergence, policyCoefficients, policyDivergence } from '../../lib/energy/policy.ts'
import { logSumExp, softplus, sum } from '../../lib/math.ts'
import { left, right } from '../either.ts'

const names: readonly FDivergence[] = ['forward KL', 'reverse KL', 'JS', 'TV', 'χ²']
const theta = [0.3, -0.7, 1.1, 0.05, -1.4]
/** log P, unnormalised: log Z is not 0. */
const potential = [0.9, 0.1, -0.3, 1.6, -2.5]
const logZ = logSumExp(potential)

const logModel = (parameters: readonly number[]): readonly number[] => {
  const total = logSumExp(parameters)
  return parameters.map((x) => x - total)
}

/** f of `u = log(π/p)`. */
const generators: Readonly<Record<FDivergence, (u: number) => number>> = {
  'forward KL': (u) => -u,
  'reverse KL': (u) => u * Math.exp(u),
  JS: (u) => 0.5 * (u * Math.exp(u) - (Math.exp(u) + 1) * (softplus(u) - Math.LN2)),
  TV: (u) => 0.5 * Math.abs(Math.exp(u) - 1),
  'χ²': (u) => (Math.exp(u) - 1) ** 2,
}

/** D_f by its definition. */
const divergence = (name: FDivergence, parameters: readonly number[]): number =>
  sum(
    logModel(parameters).map(
      (log, i) => Math.exp(at(potential, i) - logZ) * generators[name](log - at(potential, i) + logZ),
    ),
  )

/** KL, JS, TV and χ² by their textbook sums. */
const textbook: Readonly<Record<FDivergence, (p: readonly number[], pi: readonly number[]) => number>> = {
  'forward KL': (p, pi) => sum(p.map((x, i) => x * Math.log(x / at(pi, i)))),
  'reverse KL': (p, pi) => sum(pi.map((y, i) => y * Math.log(y / at(p, i)))),
  JS: (p, pi) => {
    const middle = p.map((x, i) => (x + at(pi, i)) / 2)
    const kl = (a: readonly number[]): number => sum(a.map((x, i) => x * Math.log(x / at(middle, i))))
    return (kl(p) + kl(pi)) / 2
  },
  TV: (p, pi) => sum(p.map((x, i) => Math.abs(x - at(pi, i)))) / 2,
  'χ²': (p, pi) => sum(p.map((x, i) => (at(pi, i) - x) ** 2 / x)),
}

describe('f-DPG', () => {
  it.each(names)(
    'G20 has the gradient of %s, by differences over all outcomes, from draws of π and of another law',
    (name) => {
      const own = logModel(theta)
      const wanted = theta.map((_, k) => {
        const moved = (by: number): readonly number[] => theta.map((x, j) => (j === k ? x + by : x))
        return (divergence(name, moved(1e-5)) - divergence(name, moved(-1e-5))) / 2e-5
      })
      for (const proposal of [own, logModel([0, 0.5, -0.2, 0.3, 0.1])]) {
        // 10 000 draws in the proposal's proportions: outcome i as often as q says, to rounding, made exact by its own log q.
        const counts = proposal.map((log) => Math.round(1e4 * Math.exp(log)))
        const total = sum(counts)
        const draws = counts.flatMap((count, i) => Array.from({ length: count }, () => i))
        const coefficients = right(
          policyCoefficients(name)({
            logPotential: draws.map((i) => at(potential, i)),
            logModel: draws.map((i) => at(own, i)),
            logProposal: draws.map((i) => Math.log(at(counts, i) / total)),
            logPartition: logZ,
          }),
        )
        const found = theta.map((_, k) =>
          sum(draws.map((i, d) => at(coefficients, d) * (Number(i === k) - Math.exp(at(own, k))))),
        )
        found.forEach((g, k) => expect(g).toBeCloseTo(at(wanted, k), 8))
      }
    },
  )

  it.each(names)('measures %s as its textbook sum', (name) => {
    const p = potential.map((log) => Math.exp(log - logZ))
    expect(divergence(name, theta)).toBeCloseTo(textbook[name](p, logModel(theta).map(Math.exp)), 12)
    expect(divergence(name, potential)).toBeCloseTo(0, 12)
  })

  it.each(names)('G20 estimates %s without bias: over all outcomes, from draws of π and of another law', (name) => {
    const own = logModel(theta)
    for (const proposal of [own, logModel([0, 0.5, -0.2, 0.3, 0.1])]) {
      const values = potential.map(
        (log, i) =>
          right(
            policyDivergence(name)({
              logPotential: [log],
              logModel: [at(own, i)],
              logProposal: [at(proposal, i)],
              logPartition: logZ,
            }),
          ).value,
      )
      expect(sum(values.map((value, i) => value * Math.exp(at(proposal, i))))).toBeCloseTo(divergence(name, theta), 12)
    }
  })

  it('is finite where a law misses what the other makes, for JS and TV, and refused where it is not', () => {
    const NONE = Number.NEGATIVE_INFINITY
    const inputs = {
      logPotential: [0, NONE],
      logModel: [NONE, 0],
      logProposal: [-Math.LN2, -Math.LN2],
      logPartition: 0,
    }
    expect(right(policyDivergence('JS')(inputs)).value).toBeCloseTo(Math.LN2, 12)
    expect(right(policyDivergence('TV')(inputs)).value).toBeCloseTo(1, 12)
    for (const name of ['forward KL', 'reverse KL', 'χ²'] as const)
      expect(left(policyDivergence(name)(inputs)).tag).toBe('NonFinite')
  })

  it.each(names)('takes a baseline that leaves nothing where π = p, whatever is drawn: %s', (name) => {
    const own = logModel(potential)
    const draws = [0, 0, 3, 2]
    const found = right(
      policyCoefficients(name)({
        logPotential: draws.map((i) => at(potential, i)),
        logModel: draws.map((i) => at(own, i)),
        logProposal: draws.map((i) => at(own, i)),
        logPartition: logZ,
      }),
    )
    for (const c of found) expect(Math.abs(c)).toBeLessThan(1e-12)
  })

  it('takes draws that π never makes: only KL(p‖π) asks for them', () => {
    const inputs = {
      logPotential: [0, 0],
      logModel: [0, Number.NEGATIVE_INFINITY],
      logProposal: [-0.5, -1],
      logPartition: 0.5,
    }
    expect(at(right(policyCoefficients('forward KL')(inputs)), 1)).toBeLessThan(0)
    for (const name of names.slice(1)) expect(Math.abs(at(right(policyCoefficients(name)(inputs)), 1))).toBe(0)
  })

  it('is refused of lists of different lengths and of NaN', () => {
    const inputs = { logPotential: [0, 0], logModel: [0, 0], logProposal: [0, 0], logPartition: 0 }
    expect(left(policyCoefficients('TV')({ ...inputs, logModel: [0] })).tag).toBe('Shape')
    expect(left(policyCoefficients('TV')({ ...inputs, logPotential: [0, Number.NaN] })).tag).toBe('NonFinite')
  })
})
