/**
 * Metropolis–Hastings for a tilt. The independent form proposes from the base and accepts with
 * `min(1, e^{ℓ' − ℓ})`; the local form (local.ts) edits the state. Many chains run side by side, so that each step is
 * one batch of energies.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { fold, type Key } from '../key.ts'
import { type Matrix, matrix } from '../linear.ts'
import { type Estimate, meanEstimate } from './estimate.ts'
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
  /** The acceptance rate, from the chains as independent replicates. */
  readonly acceptance: Estimate<'unbiased'>
  readonly acceptanceByChain: Float64Array
}

/** Number of chains and of steps; `onStep` sees every state, for running averages. */
export interface ChainOptions<X> {
  readonly chains: number
  readonly steps: number
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

/** Runs chains from their state to step `options.steps`. */
export const runChains =
  <X>(options: ChainOptions<X>, step: (chain: ChainState<X>) => TE.TaskEither<Failure, ChainState<X>>) =>
  (start: ChainState<X>): TE.TaskEither<Failure, ChainResult<X>> =>
    pipe(
      start,
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
      TE.map((chain) => {
        const acceptanceByChain = chain.accepted.map((a) => (chain.step === 0 ? 0 : a / chain.step))
        return { states: chain.states, chain, acceptance: meanEstimate(acceptanceByChain), acceptanceByChain }
      }),
    )

/** The start of chains at these states. */
export const startChains = <X>(states: readonly X[], scores: Float64Array): ChainState<X> => ({
  states,
  scores,
  step: 0,
  accepted: new Float64Array(states.length),
})

/**
 * Independent Metropolis–Hastings: each step proposes fresh draws of the base, accepted with `min(1, e^{ℓ' − ℓ})`. The
 * spectral gap is `1/max(w/Z)` (R19; Liu 1996): as hard as rejection with the best envelope.
 */
export const independentMetropolis =
  <X>(key: Key, options: ChainOptions<X>) =>
  (tilt: Tilt<X>): TE.TaskEither<Failure, ChainResult<X>> => {
    const propose = (step: number): TE.TaskEither<Failure, ProposedBatch<X>> =>
      pipe(
        tilt,
        importance(fold(fold(key, step), 0), options.chains),
        TE.map(({ samples, logWeights }) => ({
          states: samples,
          scores: logWeights,
          logRatios: new Float64Array(samples.length),
        })),
      )
    const next = (chain: ChainState<X>): TE.TaskEither<Failure, ChainState<X>> =>
      pipe(
        propose(chain.step + 1),
        TE.map((proposed) =>
          acceptProposals(chain, proposed, fineUniforms(fold(fold(key, chain.step + 1), 1), options.chains)),
        ),
      )
    return pipe(
      propose(0),
      TE.map((first) => startChains(first.states, first.scores)),
      TE.chain(runChains(options, next)),
    )
  }

/** The transition matrix of independent Metropolis–Hastings on a finite support, row = from (R19). */
export const independentKernel = (base: ArrayLike<number>, logWeights: ArrayLike<number>): Matrix => {
  const n = base.length
  const off = matrix(n, n, (i, j) =>
    i === j ? 0 : at(base, j) * Math.min(1, Math.exp(at(logWeights, j) - at(logWeights, i))),
  )
  return matrix(n, n, (i, j) =>
    i === j ? 1 - off.values.subarray(i * n, (i + 1) * n).reduce((acc, x) => acc + x, 0) : at(off.values, i * n + j),
  )
}
