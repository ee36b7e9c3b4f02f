/**
 * Gibbs with gradients (Grathwohl, Swersky, Hashemi, Duvenaud and Maddison 2021): Metropolis–Hastings on rows of symbols of one length
 * whose energy is an expression. The gradient with respect to the row as zeros and ones says, to first order, what each change
 * of a symbol does to the energy, and proposes `x'` that differs in one symbol with `q(x'|x) ∝ e^{(Ê(x) − Ê(x'))/2}`.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { type Axis, axis } from '../axis.ts'
import {
  acceptProposals,
  type ChainOptions,
  type ChainResult,
  type ChainState,
  runChains,
  startChains,
} from '../energy/metropolis.ts'
import { cumulative, fineUniforms, invert } from '../energy/uniform.ts'
import { type Failure, failure } from '../errors.ts'
import type { Executor, Feeds } from '../executor.ts'
import type { Tensor } from '../expr.ts'
import { gradient } from '../grad.ts'
import { fold, type Key } from '../key.ts'
import { logSumExp } from '../math.ts'
import { input } from '../ops/layout.ts'
import { sum } from '../ops/reduce.ts'
import { outputs, runAll } from '../program.ts'

/** Rows as zeros and ones. */
type Rows = Tensor<'batch' | 'time' | 'symbol' | '1'>

/** What is sampled, `P(x) = e^{−E(x)}` over rows of `length` of `symbols` symbols, and by what. */
export interface GradientTarget {
  readonly executor: Executor
  readonly length: number
  readonly symbols: number
  /** E (nats) [batch] of rows [batch, time, symbol] of zeros and ones, differentiable in them. */
  readonly energy: (
    rows: Rows,
    axes: { readonly batch: Axis<'batch'>; readonly time: Axis<'time'>; readonly symbol: Axis<'symbol'> },
  ) => Tensor<'batch' | '1'>
  /** Values of the energy's other inputs: parameters. */
  readonly feeds?: Feeds
}

/** A row, −E (nats), and the slopes ∂E/∂(symbol v at place t) [length · symbols]. */
export interface GradientPoint {
  readonly tokens: readonly number[]
  readonly score: number
  readonly slopes: Float64Array
}

/** `log q` (nats) of every change [length · symbols], that to symbol v at place t being number t·V + v; `−Infinity` of those that change nothing. */
export const logMoves = ({ tokens, slopes }: GradientPoint): Float64Array => {
  const symbols = slopes.length / tokens.length
  const logs = slopes.map((slope, move) => {
    const t = Math.floor(move / symbols)
    const own = at(tokens, t)
    return own === move % symbols ? Number.NEGATIVE_INFINITY : (at(slopes, t * symbols + own) - slope) / 2
  })
  const total = logSumExp(logs)
  return logs.map((log) => log - total)
}

/** `log q(x|x') − log q(x'|x)` of a change that led from one point to the next. */
export const logMoveRatio = (from: GradientPoint, to: GradientPoint, move: number): number => {
  const symbols = from.slopes.length / from.tokens.length
  const t = Math.floor(move / symbols)
  return at(logMoves(to), t * symbols + at(from.tokens, t)) - at(logMoves(from), move)
}

/** The row after a change. */
export const afterMove = ({ tokens, slopes }: GradientPoint, move: number): readonly number[] => {
  const symbols = slopes.length / tokens.length
  return tokens.map((token, t) => (t === Math.floor(move / symbols) ? move % symbols : token))
}

const oneHot = (rows: readonly (readonly number[])[], symbols: number): Float32Array =>
  Float32Array.from(
    rows.flatMap((row) =>
      row.flatMap((token) => Array.from({ length: symbols }, (_, symbol) => Number(symbol === token))),
    ),
  )

const wrong = (
  { length, symbols }: GradientTarget,
  { chains }: Pick<ChainOptions<never>, 'chains'>,
): Failure | undefined => {
  if (!Number.isInteger(length) || length < 1 || !Number.isInteger(symbols) || symbols < 2)
    return failure('Domain', `rows of ${length} of ${symbols} symbols`, 'give a length from 1 and at least 2 symbols')
  return Number.isInteger(chains) && chains >= 1
    ? undefined
    : failure('Domain', `${chains} chains`, 'give a whole number from 1')
}

/** The points of rows, as many at once as there are chains. */
const pointsOf = (target: GradientTarget, chains: number) => {
  const { executor, length, symbols, energy, feeds = {} } = target
  const axes = { batch: axis('batch', chains), time: axis('time', length), symbol: axis('symbol', symbols) }
  const rows = input('rows', axes.batch, axes.time, axes.symbol)
  const values = energy(rows, axes)
  const { rows: slopes } = gradient(sum(axes.batch)(values), { rows })
  return pipe(
    executor.prepare(outputs({ values, slopes })),
    TE.map((prepared) => ({
      release: prepared.release,
      of: (some: readonly (readonly number[])[]): TE.TaskEither<Failure, readonly GradientPoint[]> =>
        pipe(
          runAll(prepared)({ ...feeds, rows: oneHot(some, symbols) }),
          TE.map((out) =>
            some.map((tokens, i) => ({
              tokens,
              score: -at(out.values.data, i),
              slopes: Float64Array.from({ length: length * symbols }, (_, k) =>
                at(out.slopes.data, i * length * symbols + k),
              ),
            })),
          ),
        ),
    })),
  )
}

/** Rows drawn uniformly. */
const anywhere = (key: Key, { length, symbols }: GradientTarget, chains: number): readonly (readonly number[])[] => {
  const u = fineUniforms(key, chains * length)
  return Array.from({ length: chains }, (_, i) =>
    Array.from({ length }, (_unused, t) => Math.floor(at(u, i * length + t) * symbols)),
  )
}

/**
 * Chains by gradients, from rows drawn uniformly or from `start` (a row for each chain). The law P is stationary whatever the
 * gradients are; good ones make the chain move. `Domain` for sizes that are none, `Support` where a chain starts outside the
 * support, and what the executor fails with.
 *
 * @example
 * const chains = gradientChains(key(1), { chains: 8, steps: 20 })({
 *   executor: reference,
 *   length: 4,
 *   symbols: 2,
 *   energy: (rows, { time, symbol }) => sum(symbol)(sum(time)(multiply(rows, input('field', time, symbol)))),
 *   feeds: { field: Float32Array.of(0, 9, 0, 9, 0, 9, 0, 9) },
 * })
 * const { states } = await run(chains)
 * states.map(({ tokens }) => tokens.join('')).at(0) // => '0000'
 */
export const gradientChains =
  (key: Key, options: ChainOptions<GradientPoint> & { readonly start?: readonly (readonly number[])[] }) =>
  (target: GradientTarget): TE.TaskEither<Failure, ChainResult<GradientPoint>> => {
    const { chains } = options
    const failed = wrong(target, options)
    if (failed !== undefined) return TE.left(failed)
    return TE.bracket(
      pointsOf(target, chains),
      (points) => {
        const next = (chain: ChainState<GradientPoint>): TE.TaskEither<Failure, ChainState<GradientPoint>> => {
          const own = fold(fold(key, 1), chain.step)
          const choice = fineUniforms(fold(own, 0), chains)
          const moves = chain.states.map((point, i) => invert(cumulative(logMoves(point).map(Math.exp)))(at(choice, i)))
          return pipe(
            points.of(chain.states.map((point, i) => afterMove(point, at(moves, i)))),
            TE.map((states) =>
              acceptProposals(
                chain,
                {
                  states,
                  scores: Float64Array.from(states, ({ score }) => score),
                  logRatios: Float64Array.from(states, (to, i) => logMoveRatio(at(chain.states, i), to, at(moves, i))),
                },
                fineUniforms(fold(own, 1), chains),
              ),
            ),
          )
        }
        return pipe(
          points.of(options.start ?? anywhere(fold(key, 0), target, chains)),
          TE.chain((states) =>
            runChains(
              options,
              next,
            )(
              startChains(
                states,
                Float64Array.from(states, ({ score }) => score),
              ),
            ),
          ),
        )
      },
      ({ release }) => TE.fromIO(release),
    )
  }
