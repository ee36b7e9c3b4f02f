/**
 * A property test of an own sampler: Metropolis on a line, whose ends have one neighbour and the other points two. Who leaves the
 * proposal ratio out of the acceptance gets a chain that moves well and has another law; the laws say so, exactly.
 */
import { complaintsOf, type Choose, kernel, transitionsOf } from 'exptilt/laws'

const logWeights = [0, 1, -0.5, 2]
const points = [0, 1, 2, 3]
const neighbours = (x: number): readonly number[] => points.filter((y) => Math.abs(x - y) === 1)

/** One step: a neighbour, accepted with min(1, e^{Δ}·ratio). It asks `choose` for each of its random choices. */
const step =
  (ratio: (from: number, to: number) => number) =>
  (x: number, choose: Choose): number => {
    const own = neighbours(x)
    const to = own[choose(own.map(() => 1 / own.length))] ?? x
    const accept = Math.min(1, Math.exp((logWeights[to] ?? 0) - (logWeights[x] ?? 0)) * ratio(x, to))
    return choose([accept, 1 - accept]) === 0 ? to : x
  }

/** k(to → from) / k(from → to): how much likelier the way back is proposed. */
const right = step((from, to) => neighbours(from).length / neighbours(to).length)
const wrong = step(() => 1)

const laws = (own: typeof right) => kernel({ kernel: transitionsOf(points, own), logWeights })
export const answer = { right: await complaintsOf(laws(right)), wrong: await complaintsOf(laws(wrong)) }
console.log('with the ratio:', answer.right, 'without:', answer.wrong)
