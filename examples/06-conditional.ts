/**
 * A conditional GAM (Eq. 2 of the paper with a context): base and energy both depend on C, and λ is a function of C.
 * The context is how polite a reply must be, in [0, 1]; the base proposes replies, and λ(C) rewards those that say please.
 */
import { energy, key, right, run } from 'exptilt'

const { enumerable, given, importance, indicators, linearEnergy, logPartition, rejection, logEnvelope, weigh } = energy

const replies = ['no', 'not now', 'later please', 'please wait', 'yes', 'yes please']
const features = indicators<string>(['please', 'short'], (x) => [x.includes('please') ? 1 : 0, x.length < 4 ? 1 : 0])

/** λ(C): linear in the context here; a network of the context in general. */
const lambda = (politeness: number): readonly number[] => [4 * politeness - 1, -2 * politeness]

const model: energy.ConditionalTilt<number, string> = {
  base: () => enumerable({ points: replies, probabilities: [4, 2, 1, 1, 4, 1] }),
  energy: (politeness) => linearEnergy(features, lambda(politeness)),
}

/** The share of replies that say please, and log Z(C), in one context. */
const describe = async (politeness: number) => {
  const tilt = given(politeness)(model)
  const bound = logEnvelope(features, lambda(politeness))
  const options = { target: 4000, budget: 1e6, batch: 4096, logEnvelope: bound }
  const { samples } = await run(rejection(key(1), options)(tilt))
  const { logWeights } = await run(importance(key(2), 20_000)(tilt))
  const please = samples.filter((x) => x.includes('please')).length / samples.length
  return { politeness, please, logPartition: logPartition(right(weigh(logWeights))).jackknife }
}

/** By hand: `no` and `yes` are short (8/13), three replies say please (3/13), `not now` is neither (2/13). */
export const exactly = (politeness: number): { readonly please: number; readonly logPartition: number } => {
  const [please = 0, short = 0] = lambda(politeness).map(Math.exp)
  const total = (8 * short + 3 * please + 2) / 13
  return { please: (3 * please) / 13 / total, logPartition: Math.log(total) }
}

export const answer = [await describe(0), await describe(0.5), await describe(1)]
console.log(answer)
