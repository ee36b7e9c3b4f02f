/**
 * A twist fitted to samples of the model: a PFSA over the states of the target's own automaton, which ends after t tokens and
 * goes from state to state as often as the samples do. The target's law does not depend on the fit, only its cost does.
 */
import { at, held } from '../at.ts'
import { logSumExp, sum } from '../math.ts'
import { mayEnd } from './lift.ts'
import { run } from './compile.ts'
import { DEAD } from './constraint.ts'
import type { Prepared } from './target.ts'
import type { Twist } from './twist.ts'

/** How many steps of the surrogate's law of single tokens are added to what the samples did in each state. */
const PRIOR = 4

/** What samples did: how often they went on (`moved`) and ended after so many tokens, and from which place to which. */
interface Seen {
  readonly moved: Float64Array
  readonly ended: Float64Array
  readonly steps: readonly Map<number, number>[]
}

const seenIn = ({ target, automaton, graph, forced }: Prepared, samples: readonly (readonly number[])[]): Seen => {
  const { limit, model } = target
  const [moved, ended] = [new Float64Array(limit + 1), new Float64Array(limit + 1)]
  const steps = graph.states.map(() => new Map<number, number>())
  for (const tokens of samples) {
    let state = 0
    for (const [t, token] of tokens.slice(0, limit).entries()) {
      const to = state === DEAD ? DEAD : run(automaton, state, at(model.texts, token))
      moved[t] = at(moved, t) + 1
      if (state !== DEAD) {
        const own = at(steps, held(graph.places, state))
        const place = to === DEAD ? DEAD : held(graph.places, to)
        own.set(place, (own.get(place) ?? 0) + 1)
      }
      state = to
    }
    if (tokens.length < limit || (tokens.length === limit && !forced))
      ended[tokens.length] = at(ended, tokens.length) + 1
  }
  return { moved, ended, steps }
}

/** log of the law of the next place from each, given that the text goes on; what the constraint rules out is missing from it. */
const moves = ({ graph, logStop }: Prepared, { steps }: Seen): readonly Float64Array[] =>
  graph.targets.map((row, from) => {
    const own = at(steps, from)
    const [prior, total] = [at(graph.logs, from), Math.log([...own.values()].reduce((sum, n) => sum + n, PRIOR))]
    const scale = Math.log(PRIOR) - Math.log1p(-Math.exp(logStop))
    return Float64Array.from(row, (to, k) => Math.log((own.get(to) ?? 0) + Math.exp(at(prior, k) + scale)) - total)
  })

/** The chance of ending after t tokens, never 0 or 1: one more text that ends at the samples' mean rate. */
const hazards = ({ moved, ended }: Seen): Float64Array => {
  const rate = (sum(ended) + 1) / (sum(moved) + sum(ended) + 2)
  return ended.map((n, t) => (n + rate) / (n + at(moved, t) + 1))
}

/**
 * `log ψ_l(s)`: what the fitted PFSA expects of the weight of a text that is in state s with l tokens left, its soft constraints and
 * its end. `samples` are tokens of the model's own texts, without their ends; those of `limit` tokens count as cut where ends are forced.
 *
 * @example
 * import { run } from 'exptilt'
 * const arpa = '\\data\\\nngram 1=3\n\n\\1-grams:\n-0.30103 a\n-0.60206 b\n-0.60206 </s>\n\n\\end\\\n'
 * const model = ngramModel(right(ngram(right(parseArpa(arpa)))))
 * const target = { model, constraint: characters({ least: 2 }), limit: 8 }
 * const { tokens } = await run(smc(key(1), { particles: 40 })(target))
 * const found = await run(smc(key(2), { particles: 40, twist: fittedTwist(tokens) })(target))
 * found.texts.length // => 40
 */
export const fittedTwist =
  (samples: readonly (readonly number[])[]) =>
  (prepared: Prepared): Twist => {
    const { graph, target, forced, lifted, endings, least } = prepared
    const seen = seenIn(prepared, samples)
    const [logs, chances] = [moves(prepared, seen), hazards(seen)]
    const stop = graph.states.map((state) => (mayEnd(lifted, state) ? at(endings, state) : Number.NEGATIVE_INFINITY))
    const levels: Float64Array[] = []
    for (let left = 0; left <= target.limit; left++) {
      const chance = left === 0 && forced ? 1 : at(chances, target.limit - left)
      const early = target.limit - left < least
      const [end, on] = [early ? Number.NEGATIVE_INFINITY : Math.log(chance), Math.log1p(-chance)]
      const before = levels.at(-1)
      levels.push(
        Float64Array.from(stop, (weight, place) =>
          before === undefined
            ? end + weight
            : logSumExp([
                end + weight,
                ...Array.from(at(logs, place), (log, k) => on + log + at(before, at(at(graph.targets, place), k))),
              ]),
        ),
      )
    }
    return (state, left) => at(at(levels, left), held(graph.places, state))
  }
