/** The loss of a policy is its divergence, and its gradient that of f-DPG: over all outcomes, and on a few draws. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { axis } from '../../lib/axis.ts'
import { type FDivergence, policyCoefficients, policyDivergence } from '../../lib/energy/policy.ts'
import { gradient } from '../../lib/grad.ts'
import { logMeanExp, logSumExp, sum } from '../../lib/math.ts'
import { policyLoss } from '../../lib/models/policy-loss.ts'
import { gather } from '../../lib/ops/gather.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { logSoftmax } from '../../lib/ops/reduce.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right, run } from '../either.ts'

const names: readonly FDivergence[] = ['forward KL', 'reverse KL', 'JS', 'TV', 'χ²']
const theta = [0.3, -0.7, 1.1, 0.05, -1.4]
const target = [0.9, 0.1, -0.3, 1.6, -2.5]
const normalised = (logs: readonly number[]): readonly number[] => logs.map((log) => log - logSumExp(logs))
const logTarget = normalised(target)

/** The loss and its gradient over logits of five outcomes, from draws with their log q. */
const lossOf = async (name: FDivergence, draws: readonly number[], logProposal: (i: number) => number) => {
  const [batch, outcome] = [axis('batch', draws.length), axis('outcome', 5)]
  const logits = input('logits', outcome)
  const loss = policyLoss(
    name,
    batch,
  )({
    logModel: gather(outcome)(logSoftmax(outcome)(logits), inputOf('i32')('draws', batch)),
    logTarget: input('logTarget', batch),
    logProposal: input('logProposal', batch),
  })
  const { logits: slope } = gradient(loss, { logits })
  const out = await run(
    evaluateOn(reference)(
      { loss, slope },
      {
        logits: Float64Array.from(theta),
        draws: Int32Array.from(draws),
        logTarget: Float64Array.from(draws, (i) => at(logTarget, i)),
        logProposal: Float64Array.from(draws, logProposal),
      },
    ),
  )
  return { loss: at(out.loss?.data ?? [], 0), slope: Array.from(out.slope?.data ?? []) }
}

/** D_f by all outcomes, as draws of the uniform law. */
const exact = (name: FDivergence, logits: readonly number[]): number =>
  right(
    policyDivergence(name)({
      logPotential: target,
      logModel: normalised(logits),
      logProposal: target.map(() => -Math.log(5)),
      logPartition: logSumExp(target),
    }),
  ).value

describe('the loss of a policy', () => {
  it.each(names)('G20 is %s, and its gradient that of the divergence, over all outcomes', async (name) => {
    const counts = [7, 2, 20, 8, 3]
    const draws = counts.flatMap((count, i) => Array.from({ length: count }, () => i))
    const { loss, slope } = await lossOf(name, draws, (i) => Math.log(at(counts, i) / sum(counts)))
    expect(loss).toBeCloseTo(exact(name, theta), 12)
    theta.forEach((_, k) => {
      const moved = (by: number): number =>
        exact(
          name,
          theta.map((x, j) => (j === k ? x + by : x)),
        )
      expect(at(slope, k)).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 8)
    })
  })

  it.each(names)(
    'G20 has the coefficients of f-DPG for its gradient on a few draws, baseline included: %s',
    async (name) => {
      const draws = [2, 0, 2, 3, 4, 2, 0]
      const logProposal = normalised([0.5, 0.1, 0.8, -0.3, 0])
      const own = normalised(theta)
      const { slope } = await lossOf(name, draws, (i) => at(logProposal, i))
      const logMean = logMeanExp(draws.map((i) => at(own, i) - at(logProposal, i)))
      const coefficients = right(
        policyCoefficients(name)({
          logPotential: draws.map((i) => at(logTarget, i)),
          logModel: draws.map((i) => at(own, i) - logMean),
          logProposal: draws.map((i) => at(logProposal, i)),
          logPartition: 0,
        }),
      )
      theta.forEach((_, k) =>
        expect(at(slope, k)).toBeCloseTo(
          sum(draws.map((i, d) => at(coefficients, d) * (Number(i === k) - Math.exp(at(own, k))))),
          12,
        ),
      )
    },
  )
})
