/** Populations as draws to train a policy on: f-DPG from the samples of any sampler. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { at } from '../at.ts'
import { checkedSize } from '../energy/gate.ts'
import type { PolicyInputs } from '../energy/policy.ts'
import type { Failure } from '../errors.ts'
import type { Tilted } from './result.ts'

/** Living texts, by their places in the population, as draws: all of `PolicyInputs` but what the policy says of them. */
export interface PolicyDraws extends Omit<PolicyInputs, 'logModel'> {
  readonly places: readonly number[]
}

/**
 * The living texts of a population as draws for `policyCoefficients`, `policyDivergence` and `policyLoss`. `logPotential` is log P (nats)
 * of each text of the population, dead ones of no account. A particle has no density of its own; what it has is a weight that is
 * right on average, `E Σ e^{ℓᵢ} g(xᵢ) = Σ_x P(x) g(x)`, and so the law `q(xᵢ) = P(xᵢ)/(m·e^{ℓᵢ})` of one of m draws. Where p is 0 there are
 * no draws: for a policy that has mass there KL(p‖π) alone is estimated without a gap. `Shape` for a list of another length.
 *
 * @example
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const found = await run(smc(key(1), { particles: 40 })({ model, limit: 8 }))
 * right(policyDraws(found.texts.map(() => 0))(found)).places.length // => 40
 */
export const policyDraws =
  (logPotential: ArrayLike<number>) =>
  ({ texts, logWeights, logPartition }: Tilted): E.Either<Failure, PolicyDraws> =>
    pipe(
      logPotential,
      checkedSize('log P', texts.length),
      E.map((logs) => {
        const places = texts.flatMap((_, i) => (at(logWeights, i) > Number.NEGATIVE_INFINITY ? [i] : []))
        return {
          places,
          logPotential: Float64Array.from(places, (i) => at(logs, i)),
          logProposal: Float64Array.from(places, (i) => at(logs, i) - at(logWeights, i) - Math.log(places.length)),
          logPartition: logPartition.value,
        }
      }),
    )
