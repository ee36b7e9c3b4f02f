/**
 * How much is to come: for each state and number of tokens left, what a surrogate of the model gives the ways to finish,
 * `ψ_0 = u(end)·stop`, `ψ_l = ψ_0 + M·ψ_{l−1}` with `stop` what ending there weighs and `M[s, s'] = Σ_{v: δ(s, v) = s'} u(v)` (in nats, so that nothing underflows).
 */
import * as E from 'fp-ts/lib/Either.js'
import { at, held, outside } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import { logSumExp } from '../math.ts'
import { type Lifted, mayEnd } from './lift.ts'

/** States that tokens reach from the start, and what leads from each to each: `log M`, without the zeros. */
export interface TokenGraph {
  readonly states: readonly number[]
  readonly places: ReadonlyMap<number, number>
  readonly targets: readonly Int32Array[]
  readonly logs: readonly Float64Array[]
  /** Fewest further tokens with which a text can end (Infinity: none can), by place. */
  readonly distances: Float64Array
}

/** Most states and most arcs (state to state) of a graph. */
const MOST_STATES = 50_000
const MOST_ARCS = 2 ** 22

const tooLarge = (what: string): Failure =>
  failure('Limit', `the constraint over the model's tokens has more than ${what}`, 'use a smaller constraint')

const distancesOf = (ends: readonly boolean[], targets: readonly Int32Array[]): Float64Array => {
  const into: number[][] = targets.map(() => [])
  targets.forEach((row, from) => {
    for (const to of row) at(into, to).push(from)
  })
  const out = Float64Array.from(ends, (end) => (end ? 0 : Number.POSITIVE_INFINITY))
  let level = Array.from(out.keys()).filter((place) => out[place] === 0)
  for (let distance = 1; level.length > 0; distance++) {
    const next: number[] = []
    for (const place of level)
      for (const from of at(into, place))
        if (out[from] === Number.POSITIVE_INFINITY) {
          out[from] = distance
          next.push(from)
        }
    level = next
  }
  return out
}

/** The graph of a lifted automaton under a surrogate law u of single tokens [symbols], not all of whose values need be known. */
export const tokenGraph = (lifted: Lifted, surrogate: Float64Array): E.Either<Failure, TokenGraph> => {
  const states = [0]
  const places = new Map([[0, 0]])
  const targets: Int32Array[] = []
  const logs: Float64Array[] = []
  let arcs = 0
  const sumsFrom = lifted.sums(surrogate)
  const sums = new Float64Array(lifted.automaton.states)
  const met = new Uint8Array(lifted.automaton.states)
  for (let from = 0; from < states.length; from++) {
    if (states.length > MOST_STATES) return E.left(tooLarge(`${MOST_STATES} states`))
    const reached: number[] = []
    sumsFrom(at(states, from), (target, sum) => {
      if (met[target] === 0) {
        met[target] = 1
        reached.push(target)
      }
      sums[target] = (sums[target] ?? outside(sums, target)) + sum
    })
    arcs += reached.length
    if (arcs > MOST_ARCS) return E.left(tooLarge(`${MOST_ARCS} arcs`))
    for (const target of reached) if (!places.has(target)) places.set(target, states.push(target) - 1)
    targets.push(Int32Array.from(reached, (target) => held(places, target)))
    logs.push(Float64Array.from(reached, (target) => Math.log(at(sums, target))))
    for (const target of reached) {
      sums[target] = 0
      met[target] = 0
    }
  }
  const ends = states.map((state) => mayEnd(lifted, state))
  return E.right({ states, places, targets, logs, distances: distancesOf(ends, targets) })
}

/** Whether any text of each length in tokens, up to a limit, leads from the start to an end [limit + 1]. */
export const lengthsOf = ({ targets, distances }: TokenGraph, limit: number): readonly boolean[] => {
  const out: boolean[] = []
  let reached = new Set([0])
  for (let length = 0; length <= limit; length++) {
    out.push([...reached].some((place) => distances[place] === 0))
    reached = new Set([...reached].flatMap((place) => Array.from(at(targets, place))))
  }
  return out
}

/** `log ψ_l(s)` (nats) of a state of the automaton with l tokens left. */
export type Twist = (state: number, left: number) => number

/** The kinds of twists by name. */
export const twistKinds = ['none', 'possible', 'surrogate'] as const

/** What `ψ` knows: nothing (1 everywhere), whether an end can be reached at all (0 or 1), or the surrogate's mass of it. */
export type TwistKind = (typeof twistKinds)[number]

/** What a table of `log ψ` is made with. */
interface TwistEnds {
  /** The surrogate's log-probability of the end. */
  readonly logStop: number
  /** Whether the end in the last place costs nothing. */
  readonly forced: boolean
  /** What an end in each state weighs (nats) [states]. */
  readonly endings: Float64Array
  /** Fewest tokens of a text. */
  readonly least: number
}

/** Most numbers of a table. */
const MOST_AHEAD = 2 ** 27

/** The graph, `Limit` where the table of a kind of twist would be too large. */
export const withinSight = (kind: TwistKind, graph: TokenGraph, limit: number): E.Either<Failure, TokenGraph> =>
  kind === 'none' || graph.states.length * (limit + 1) <= MOST_AHEAD
    ? E.right(graph)
    : E.left(
        failure(
          'Limit',
          `looking ahead over ${limit} tokens from ${graph.states.length} states of the constraint takes more than ${MOST_AHEAD} numbers`,
          "lower the limit, use a smaller constraint, or the twist 'none'",
          { states: graph.states.length, limit },
        ),
      )

/** The table of `log ψ` up to a limit. */
export const twistOf = (
  kind: TwistKind,
  graph: TokenGraph,
  limit: number,
  { logStop, forced, endings, least }: TwistEnds,
): Twist => {
  const { states, places, targets, logs, distances } = graph
  if (kind === 'none') return () => 0
  if (kind === 'possible' && least === 0)
    return (state, left) => (at(distances, held(places, state)) <= left ? 0 : Number.NEGATIVE_INFINITY)
  const stop = (cost: number): Float64Array =>
    distances.map((distance, place) =>
      distance === 0 ? cost + at(endings, at(states, place)) : Number.NEGATIVE_INFINITY,
    )
  const [ending, levels] = [stop(logStop), [stop(forced ? 0 : logStop)]]
  for (let left = 1; left <= limit; left++) {
    const before = at(levels, left - 1)
    const early = limit - left < least
    levels.push(
      ending.map((end, place) => {
        const row = at(targets, place)
        const terms = at(logs, place).map((log, k) => log + at(before, at(row, k)))
        return logSumExp([early ? Number.NEGATIVE_INFINITY : end, ...terms])
      }),
    )
  }
  const mass = (state: number, left: number): number => at(at(levels, left), held(places, state))
  if (kind === 'surrogate') return mass
  return (state, left) => (mass(state, left) > Number.NEGATIVE_INFINITY ? 0 : Number.NEGATIVE_INFINITY)
}
