/**
 * Metropolis–Hastings for a tilt. The independent form proposes from the base and accepts with
 * `min(1, e^{ℓ' − ℓ})`; the local form (local.ts) edits the state. Many chains run side by side, so that each step is
 * one batch of energies.
 */
import { at, orElse } from '../at.ts'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure } from '../errors.ts'
import { fold, type Key } from '../key.ts'
import { type Matrix, matrix } from '../linear.ts'
import { type Estimate, meanEstimate, unitRange } from './estimate.ts'
import { checkLogs, checkProbabilities, proportions, sameLength } from './finite.ts'
import { checkedLogs, checkedSize } from './gate.ts'
import { iterateUntil } from './loop.ts'
import { importance, type Tilt } from './tilt.ts'
import { fineUniforms } from './uniform.ts'

/** Parallel chains after `step` steps, as plain data: `scores` are what the acceptance test compares. */
export interface ChainState<X> {
  readonly states: readonly X[]
  readonly scores: Float64Array
  readonly step: number
  readonly accepted: Float64Array
}

/** Where the chains ended, and how often each accepted. */
export interface ChainResult<X> {
  readonly states: readonly X[]
  readonly chain: ChainState<X>
  /**
   * The stationary acceptance rate, from all steps, the first included, of the chains as independent replicates: the bias of
   * the start falls like 1/steps, however many chains there are. It is without bias for the mean rate of these steps.
   */
  readonly acceptance: Estimate<'O(1/steps)'>
  readonly acceptanceByChain: Float64Array
}

/** Number of chains and of steps; `onStep` sees every state, for running averages. */
export interface ChainOptions<X> {
  readonly chains: number
  readonly steps: number
  /** The most draws of the base that looking for starts inside the support may cost (default: 100 a chain, at least 10 000). */
  readonly starts?: number
  readonly onStep?: (chain: ChainState<X>) => void
}

/** Proposed states with their scores and the log proposal ratio `log k(x|x') − log k(x'|x)`. */
export interface ProposedBatch<X> {
  readonly states: readonly X[]
  readonly scores: Float64Array
  readonly logRatios: Float64Array
}

/** Accepts each proposal with probability `min(1, e^{score' − score + ratio})`. */
export const acceptProposals = <X>(
  chain: ChainState<X>,
  proposed: ProposedBatch<X>,
  uniforms: Float64Array,
): ChainState<X> => {
  const taken = Array.from(uniforms, (u, i) => {
    const logAcceptance = at(proposed.scores, i) - at(chain.scores, i) + at(proposed.logRatios, i)
    return at(proposed.scores, i) > Number.NEGATIVE_INFINITY && !(Math.log(u) >= logAcceptance)
  })
  return {
    states: chain.states.map((x, i) => (taken[i] === true ? at(proposed.states, i) : x)),
    scores: chain.scores.map((s, i) => (taken[i] === true ? at(proposed.scores, i) : s)),
    step: chain.step + 1,
    accepted: chain.accepted.map((a, i) => a + (taken[i] === true ? 1 : 0)),
  }
}

/** `Support` where a chain starts outside the support, `NonFinite` where its score is no log-probability. */
const insideSupport = <X>(chain: ChainState<X>): E.Either<Failure, ChainState<X>> =>
  pipe(
    chain.scores,
    checkedLogs((i) => `the score of chain ${i}`),
    E.chain((scores) => {
      const i = scores.indexOf(Number.NEGATIVE_INFINITY)
      return i < 0
        ? E.right(chain)
        : E.left(failure('Support', `chain ${i} starts outside the support`, 'start where P is positive', { i }))
    }),
  )

const acceptanceOf = (rates: Float64Array): Estimate<'O(1/steps)'> => ({
  ...meanEstimate(rates, unitRange),
  bias: 'O(1/steps)',
})

/** Runs chains from their state to step `options.steps`; `Support` where one starts outside the support. */
export const runChains =
  <X>(options: ChainOptions<X>, step: (chain: ChainState<X>) => TE.TaskEither<Failure, ChainState<X>>) =>
  (start: ChainState<X>): TE.TaskEither<Failure, ChainResult<X>> =>
    pipe(
      TE.fromEither(insideSupport(start)),
      TE.chain(
        iterateUntil<ChainState<X>>(
          (chain) => chain.step >= options.steps,
          (chain) =>
            pipe(
              step(chain),
              TE.map((next) => {
                options.onStep?.(next)
                return next
              }),
            ),
        ),
      ),
      TE.map((chain) => {
        const acceptanceByChain = chain.accepted.map((a) => a / chain.step)
        return { states: chain.states, chain, acceptance: acceptanceOf(acceptanceByChain), acceptanceByChain }
      }),
    )

/** The start of chains at these states. */
export const startChains = <X>(states: readonly X[], scores: Float64Array): ChainState<X> => ({
  states,
  scores,
  step: 0,
  accepted: new Float64Array(states.length),
})

/** Scored things: `-Infinity` outside the support. */
export interface ScoredBatch<X> {
  readonly states: readonly X[]
  readonly scores: Float64Array
}

interface Search<X> {
  readonly states: readonly (X | undefined)[]
  readonly scores: Float64Array
  readonly round: number
  readonly drawn: number
}

/** Puts the draws of a round inside the support on the chains that have no start yet; a chain's own draw comes first. */
const fill = <X>(search: Search<X>, { states, scores }: ScoredBatch<X>): Search<X> => {
  const inside = (i: number): boolean => at(scores, i) > Number.NEGATIVE_INFINITY
  const empty = (i: number): boolean => at(search.scores, i) === Number.NEGATIVE_INFINITY
  const own = Array.from(search.scores, (_, i) => (search.round === 0 && inside(i) ? i : -1))
  const spare = states.flatMap((_, i) => (inside(i) && search.round > 0 ? [i] : []))
  let next = 0
  const from = own.map((mine, i) => (mine >= 0 || !empty(i) ? mine : orElse(spare[next++], -1)))
  return {
    states: search.states.map((x, i) => orElse(states[at(from, i)], x)),
    scores: search.scores.map((s, i) => (at(from, i) >= 0 ? at(scores, at(from, i)) : s)),
    round: search.round + 1,
    drawn: search.drawn + states.length,
  }
}

const filled = <X>({ scores }: Search<X>): boolean => !scores.includes(Number.NEGATIVE_INFINITY)

const startsMissing = <X>({ scores, drawn }: Search<X>): Failure => {
  const found = scores.filter((s) => s > Number.NEGATIVE_INFINITY).length
  return failure(
    'Support',
    `${found} of ${scores.length} chains found a start inside the support in ${drawn} draws of the base`,
    'use a base that covers the tilt, or allow more draws by starts',
    { found, chains: scores.length, drawn },
  )
}

/** A round of draws, one for each chain, with scores that are numbers below +∞. */
const checkedRound =
  (chains: number) =>
  <X>(drawn: ScoredBatch<X>): E.Either<Failure, ScoredBatch<X>> =>
    pipe(
      drawn.states,
      checkedSize('a round of starts', chains),
      E.chain(() => checkedSize('the scores of starts', chains)(drawn.scores)),
      E.chain(checkedLogs((i) => `the score of start ${i}`)),
      E.map(() => drawn),
    )

/**
 * Chains at independent draws inside the support: those of the base, given that P is positive there. `draw(round)` gives as
 * many scored draws as there are chains (`Shape` where it does not, `NonFinite` for a score of NaN or +∞). `Support` when the draws
 * run out first, `Domain` for no chain and for steps that are no count.
 */
export const startInside = <X>(
  { chains, steps, starts = Math.max(100 * chains, 10_000) }: ChainOptions<X>,
  draw: (round: number) => TE.TaskEither<Failure, ScoredBatch<X>>,
): TE.TaskEither<Failure, ChainState<X>> => {
  if (!(Number.isInteger(chains) && chains > 0))
    return TE.left(failure('Domain', `${chains} chains were asked for`, 'ask for at least one', { chains }))
  if (!(Number.isInteger(steps) && steps >= 0))
    return TE.left(failure('Domain', `${steps} steps were asked for`, 'ask for a whole number', { steps }))
  const none: Search<X> = {
    states: Array.from({ length: chains }, () => undefined),
    scores: new Float64Array(chains).fill(Number.NEGATIVE_INFINITY),
    round: 0,
    drawn: 0,
  }
  return pipe(
    none,
    iterateUntil<Search<X>>(
      (search) => filled(search) || (search.round > 0 && search.drawn >= starts),
      (search) =>
        pipe(
          draw(search.round),
          TE.chainEitherK(checkedRound(chains)),
          TE.map((drawn) => fill(search, drawn)),
        ),
    ),
    TE.filterOrElse(filled, startsMissing),
    TE.map(({ states, scores }) =>
      startChains(
        states.filter((x) => x !== undefined),
        scores,
      ),
    ),
  )
}

/** The key of a round of starts: that of step 0 first, then streams of their own. */
export const startKey = (key: Key, round: number): Key =>
  round === 0 ? fold(fold(key, 0), 0) : fold(fold(fold(key, 0), 2), round)

/**
 * Independent Metropolis–Hastings: each step proposes fresh draws of the base, accepted with `min(1, e^{ℓ' − ℓ})`. The
 * spectral gap is `1/max(w/Z)` (R19; Liu 1996): as hard as rejection with the best envelope. Chains start inside the
 * support; `Support` where no such start is found.
 *
 * @example
 * const tilt = { base: enumerable({ points: [0, 1], probabilities: [0.5, 0.5] }), energy: energyOf((x: number) => 2 * x) }
 * const { states, acceptance } = await run(independentMetropolis<number>(key(1), { chains: 1000, steps: 20 })(tilt))
 * states.filter((x) => x === 1).length / 1000 // => 0.115
 * acceptance.value // => 0.63575
 */
export const independentMetropolis =
  <X>(key: Key, options: ChainOptions<X>) =>
  (tilt: Tilt<X>): TE.TaskEither<Failure, ChainResult<X>> => {
    const propose = (own: Key): TE.TaskEither<Failure, ProposedBatch<X>> =>
      pipe(
        tilt,
        importance(own, options.chains),
        TE.map(({ samples, logWeights }) => ({
          states: samples,
          scores: logWeights,
          logRatios: new Float64Array(samples.length),
        })),
      )
    const next = (chain: ChainState<X>): TE.TaskEither<Failure, ChainState<X>> =>
      pipe(
        propose(fold(fold(key, chain.step + 1), 0)),
        TE.map((proposed) =>
          acceptProposals(chain, proposed, fineUniforms(fold(fold(key, chain.step + 1), 1), options.chains)),
        ),
      )
    return pipe(
      startInside(options, (round) => propose(startKey(key, round))),
      TE.chain(runChains(options, next)),
    )
  }

/**
 * The transition matrix of independent Metropolis–Hastings on a finite support, row = from (R19). A point of weight 0
 * (−∞) is never entered; the base need not sum to 1. Throws `Shape`, `NonFinite` for NaN and +∞, `Support` for a base without mass.
 *
 * @example
 * independentKernel([0.5, 0.5], [0, -Math.log(3)]).values // => [0.833333, 0.166667, 0.5, 0.5]
 */
export const independentKernel = (base: ArrayLike<number>, logWeights: ArrayLike<number>): Matrix => {
  sameLength('a kernel', base, logWeights)
  checkProbabilities('the base probability', base)
  checkLogs('the log-weight', logWeights)
  const n = base.length
  const accepted = (to: number, from: number): number =>
    to === Number.NEGATIVE_INFINITY ? 0 : Math.min(1, Math.exp(to - from))
  const shares = proportions(base)
  const off = matrix(n, n, (i, j) => (i === j ? 0 : at(shares, j) * accepted(at(logWeights, j), at(logWeights, i))))
  return matrix(n, n, (i, j) =>
    i === j ? 1 - off.values.subarray(i * n, (i + 1) * n).reduce((acc, x) => acc + x, 0) : at(off.values, i * n + j),
  )
}
