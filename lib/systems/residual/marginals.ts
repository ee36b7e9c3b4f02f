/**
 * What P_joint says step by step (Deng et al. 2020, section 3.3): with `A(x_≤t) = E_{q(·|x_≤t)} e^{−E}`,
 * `P_joint(x_t | x_<t) = q(x_t | x_<t)·A(x_≤t) / A(x_<t)`. A is estimated with asymptotic bounds; for a whole row it is
 * `e^{−E}`, and one token before the end it is a sum over the vocabulary, exact both.
 */
import { pipe } from 'fp-ts/lib/function.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import type { TokenRows } from '../../data/strings.ts'
import { effect } from '../../effect.ts'
import type { LogPartition } from '../../energy/index.ts'
import type { Failure } from '../../errors.ts'
import { fold } from '../../key.ts'
import { mean } from '../../math.ts'
import { enumeratedLogPartitions } from './enumeration.ts'
import { type Difference, pairedDifference } from './measures.ts'
import { firstTokens, type RowEnergy, rowsOf, type SequenceBase, type SequenceTilt } from './sequence.ts'
import { weighBy, type WeighingOptions } from './weighing.ts'

/** `log A`, with its bounds; equal where it is exact. */
export interface LogMarginal {
  readonly lower: number
  readonly value: number
  readonly upper: number
  readonly exact: boolean
  readonly reliable: boolean
}

/** A log-probability under P_joint: bounds from the bounds of both of its expectations. */
export type StepProbability = LogMarginal

const exactly = (value: number): LogMarginal => ({ lower: value, value, upper: value, exact: true, reliable: true })

const estimated = ({ lower, jackknife, upper, reliable }: LogPartition): LogMarginal => ({
  lower,
  value: jackknife,
  upper,
  exact: false,
  reliable,
})

/** `log P_joint(x_t|x_<t)` from `log q`, `log A(x_≤t)` and `log A(x_<t)`: lower over upper, and upper over lower. */
export const stepProbability = (logBase: number, above: LogMarginal, below: LogMarginal): StepProbability => ({
  lower: logBase + above.lower - below.upper,
  value: logBase + above.value - below.value,
  upper: logBase + above.upper - below.lower,
  exact: above.exact && below.exact,
  reliable: above.reliable && below.reliable,
})

/**
 * `log A` of every prefix under each of several energies [energy][prefix]: exact for whole rows and one token before the
 * end, else from the same `options.samples` completions for all energies.
 */
const logMarginalsBy =
  (base: SequenceBase, energies: readonly RowEnergy[], options: WeighingOptions) =>
  (prefixes: TokenRows): TaskEither<Failure, readonly (readonly LogMarginal[])[]> =>
    base.length - prefixes.time <= 1
      ? pipe(
          enumeratedLogPartitions(base, energies, options)(prefixes),
          TE.map((all) => all.map((values) => Array.from(values, exactly))),
        )
      : pipe(
          weighBy(base, energies, options)(prefixes),
          TE.map((all) => all.map(({ partitions }) => partitions.map(estimated))),
        )

const first = <A>(all: readonly (readonly A[])[]): readonly A[] => at(all, 0)

/**
 * `log A` of every prefix, as in `logMarginalsBy`.
 *
 * @example
 * import { key, languageRuntime, reference, run, tableModel } from 'exptilt'
 * import { residual } from 'exptilt/systems'
 * const model = tableModel({ symbols: 2, length: 3 })
 * const base = residual.sequenceBase(languageRuntime(reference, model, { batch: 8 }), model.initialise(key(1)), 3)
 * const marginals = logMarginals(residual.untilted(base), { key: key(2), samples: 16, batch: 8 })
 * const [found] = await run(marginals(residual.rowsOf([Int32Array.of(1, 0)], 2)))
 * Math.abs(found?.value ?? 1) < 1e-6 // => true
 */
export const logMarginals =
  ({ base, energy }: SequenceTilt, options: WeighingOptions) =>
  (prefixes: TokenRows): TaskEither<Failure, readonly LogMarginal[]> =>
    pipe(logMarginalsBy(base, [energy], options)(prefixes), TE.map(first))

/** Perplexity at one position: `exp(−mean log P)` over rows, of the base and of P_joint with bounds. */
export interface StepPerplexity {
  readonly position: number
  readonly base: number
  readonly joint: number
  readonly lower: number
  readonly upper: number
  readonly exact: boolean
  /** Share of rows whose two expectations raise no doubt. */
  readonly reliableShare: number
  /** The rows it was measured on; absent in files of earlier versions, as is `gain`. */
  readonly rows?: number
  /** Nats by which the joint model is below the base; the standard error is of the paired differences. */
  readonly gain?: Difference
}

const perplexityAt = (
  position: number,
  base: readonly number[],
  joint: readonly StepProbability[],
): StepPerplexity => ({
  position,
  base: Math.exp(-mean(base)),
  joint: Math.exp(-mean(joint.map(({ value }) => value))),
  lower: Math.exp(-mean(joint.map(({ upper }) => upper))),
  upper: Math.exp(-mean(joint.map(({ lower }) => lower))),
  exact: joint.every(({ exact }) => exact),
  reliableShare: joint.filter(({ reliable }) => reliable).length / joint.length,
  rows: joint.length,
  gain: pairedDifference(
    joint.map(({ value }) => value),
    base,
  ),
})

/** The probability of each step: `log q` of its token with `log A` after it and before it. */
const stepsOf = (
  base: readonly number[],
  above: readonly LogMarginal[],
  below: readonly LogMarginal[],
): readonly StepProbability[] =>
  base.flatMap((log, i) => {
    const [a, b] = [above[i], below[i]]
    return a === undefined || b === undefined ? [] : [stepProbability(log, a, b)]
  })

/** The rows that the perplexities of these positions take for each row: samples of a prefix, all tokens before the last, the row itself. */
export const rowsOfSteps = (
  { symbols, length }: Pick<SequenceBase, 'symbols' | 'length'>,
  positions: readonly number[],
  samples: number,
): number =>
  [...new Set(positions.flatMap((position) => [position, position + 1]))].reduce(
    (total, time) => total + (length - time <= 1 ? symbols ** (length - time) : samples),
    0,
  )

/**
 * The perplexity of each of the given positions of whole rows, under the base and under P_joint by each of several energies
 * [energy][position]; the last position (T − 1) is exact. All energies share the completions.
 */
export const stepPerplexitiesBy =
  (base: SequenceBase, energies: readonly RowEnergy[], positions: readonly number[], options: WeighingOptions) =>
  (rows: TokenRows): TaskEither<Failure, readonly (readonly StepPerplexity[])[]> =>
    effect(async (run) => {
      const scores = await run(base.tokenScores(rows))
      const known = new Map<number, readonly (readonly LogMarginal[])[]>()
      const marginals = async (time: number): Promise<readonly (readonly LogMarginal[])[]> => {
        const own = { ...options, key: fold(options.key, time) }
        const found = known.get(time) ?? (await run(logMarginalsBy(base, energies, own)(firstTokens(rows, time))))
        known.set(time, found)
        return found
      }
      const points: (readonly StepPerplexity[])[] = []
      for (const position of positions) {
        const [above, below] = [await marginals(position + 1), await marginals(position)]
        const logs = Array.from({ length: rows.count }, (_, i) => at(scores, i * rows.time + position))
        points.push(energies.map((_, e) => perplexityAt(position, logs, stepsOf(logs, at(above, e), at(below, e)))))
      }
      return energies.map((_, e) => points.flatMap((own) => own.slice(e, e + 1)))
    })

/**
 * The perplexity of each of the given positions under the base and under P_joint, as in `stepPerplexitiesBy`.
 *
 * @example
 * import { key, languageRuntime, reference, run, tableModel } from 'exptilt'
 * import { residual } from 'exptilt/systems'
 * const model = tableModel({ symbols: 2, length: 3 })
 * const base = residual.sequenceBase(languageRuntime(reference, model, { batch: 8 }), model.initialise(key(1)), 3)
 * const steps = stepPerplexities(residual.untilted(base), [2], { key: key(2), samples: 16, batch: 8 })
 * const [found] = await run(steps(residual.rowsOf([Int32Array.of(1, 0, 1)], 3)))
 * found?.position // => 2
 */
export const stepPerplexities =
  ({ base, energy }: SequenceTilt, positions: readonly number[], options: WeighingOptions) =>
  (rows: TokenRows): TaskEither<Failure, readonly StepPerplexity[]> =>
    pipe(stepPerplexitiesBy(base, [energy], positions, options)(rows), TE.map(first))

/** A token that may follow a prefix: its log-probability under the base, and under P_joint by each energy, with bounds. */
interface NextTokenBy {
  readonly token: number
  readonly base: number
  readonly joints: readonly StepProbability[]
}

/** The `candidates` tokens that are most probable under the base after one prefix, in that order, under several energies. */
export const nextTokensBy =
  (base: SequenceBase, energies: readonly RowEnergy[], candidates: number, options: WeighingOptions) =>
  (prefix: Int32Array): TaskEither<Failure, readonly NextTokenBy[]> =>
    effect(async (run) => {
      const one = rowsOf([prefix], prefix.length)
      const logs = await run(base.next(one))
      const ranked = Array.from(logs, (_, v) => v).sort((a, b) => at(logs, b) - at(logs, a))
      const likely = ranked.slice(0, candidates)
      const extended = rowsOf(
        likely.map((token) => Int32Array.of(...prefix, token)),
        prefix.length + 1,
      )
      const marginals = (stream: number, rows: TokenRows) =>
        run(logMarginalsBy(base, energies, { ...options, key: fold(options.key, stream) })(rows))
      const [below, above] = [await marginals(0, one), await marginals(1, extended)]
      return likely.map((token, i) => ({
        token,
        base: at(logs, token),
        joints: energies.flatMap((_, e) => stepsOf([at(logs, token)], at(above, e).slice(i, i + 1), at(below, e))),
      }))
    })

/** A token that may follow a prefix: its log-probability under the base, and under P_joint with bounds. */
export interface NextToken {
  readonly token: number
  readonly base: number
  readonly joint: StepProbability
}

/**
 * The `candidates` tokens that are most probable under the base after one prefix, most probable under P_joint first.
 *
 * @example
 * import { key, languageRuntime, reference, run, tableModel } from 'exptilt'
 * import { residual } from 'exptilt/systems'
 * const model = tableModel({ symbols: 2, length: 3 })
 * const base = residual.sequenceBase(languageRuntime(reference, model, { batch: 8 }), model.initialise(key(1)), 3)
 * const next = nextTokens(residual.untilted(base), 2, { key: key(2), samples: 16, batch: 8 })
 * const found = await run(next(Int32Array.of(1)))
 * found.length // => 2
 */
export const nextTokens =
  ({ base, energy }: SequenceTilt, candidates: number, options: WeighingOptions) =>
  (prefix: Int32Array): TaskEither<Failure, readonly NextToken[]> =>
    pipe(
      nextTokensBy(base, [energy], candidates, options)(prefix),
      TE.map((all) =>
        all
          .flatMap(({ token, base: own, joints }) => joints.map((joint) => ({ token, base: own, joint })))
          .sort((a, b) => b.joint.value - a.joint.value),
      ),
    )
