/**
 * Simulation-based calibration (Talts et al. 2018): where a truth is drawn from the prior and data from the truth, the rank of
 * the truth among draws from the posterior is uniform. For whatever infers: a sampler of a posterior, a particle filter, a fit
 * that comes with draws.
 */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { failure, raise } from '../errors.ts'
import type { Failure } from '../errors.ts'
import { fold, type Key, key, uniforms } from '../key.ts'
import { run } from '../outcome.ts'
import { type Law, statisticalLaw } from './law.ts'
import { countsOf } from './space.ts'
import { chiSquareDesign, type Contract, type Verdict } from './statistics.ts'

/** A model that can be simulated, and something that infers. */
export interface CalibrationSubject<T, Y> {
  /** A truth from the prior. */
  readonly prior: (key: Key) => T
  /** Data of a truth. */
  readonly data: (key: Key, truth: T) => Y
  /** n independent draws (thin a chain first) of the truth given the data. */
  readonly posterior: (key: Key, data: Y, n: number) => TaskEither<Failure, readonly T[]>
  /** What is ranked, by name: numbers of a truth and the data. The log-likelihood is a good one beside the parameters. */
  readonly quantities: Readonly<Record<string, (truth: T, data: Y) => number>>
  /** Draws of a posterior: 15 by default, which makes 16 ranks. */
  readonly draws?: number
  /** α, the total variation of the ranks from uniform that must be seen, and with what probability. */
  readonly contract?: Contract
  readonly seed?: number
}

const RANKS: Contract = { alpha: 1e-9, minDiscrepancy: 0.15, power: 1 - 1e-6 }

/** How many draws lie below the truth; equal ones count by a coin each, as if they were told apart by noise. */
const rankOf = (truth: number, draws: readonly number[], k: Key): number => {
  const own = uniforms(k, draws.length + 1)
  return draws.filter((x, i) => x < truth || (x === truth && at(own, i + 1) < at(own, 0))).length
}

/** The ranks of each quantity in one simulation. */
const simulated = async <T, Y>(
  { prior, data, posterior, quantities, draws = 15 }: CalibrationSubject<T, Y>,
  k: Key,
): Promise<readonly number[]> => {
  const truth = prior(fold(k, 0))
  const seen = data(fold(k, 1), truth)
  const found = await run(posterior(fold(k, 2), seen, draws))
  if (found.length !== draws)
    raise(failure('Shape', `the posterior gave ${found.length} draws`, `give as many as are asked for, ${draws}`))
  return Object.values(quantities).map((quantity, i) =>
    rankOf(
      quantity(truth, seen),
      found.map((x) => quantity(x, seen)),
      fold(fold(k, 3), i),
    ),
  )
}

/**
 * One law for each quantity: its rank is uniform over 0 … draws (χ² of as many simulations as the contract asks for, the same
 * for all quantities).
 *
 * @example
 * import * as TE from 'fp-ts/lib/TaskEither.js'
 * import { foldIn, uniforms } from 'exptilt'
 * import * as laws from 'exptilt/laws'
 * const found = laws.calibration<number, null>({
 *   prior: (key) => uniforms(key, 1)[0] ?? 0,
 *   data: () => null,
 *   posterior: (key, _, n) => TE.right(Array.from(uniforms(foldIn(key, 7), n))),
 *   quantities: { share: (share) => share },
 * })
 * laws.complaintsOf(found.slice(0, 1)) // => []
 */
export const calibrationLaws = <T, Y>(subject: CalibrationSubject<T, Y>): readonly Law[] => {
  const { draws = 15, contract = RANKS, seed = 1 } = subject
  const design = chiSquareDesign(contract, draws + 1)
  const simulate = async (): Promise<readonly (readonly number[])[]> => {
    const rows: (readonly number[])[] = []
    for (let r = 0; r < design.n; r++) rows.push(await simulated(subject, fold(key(seed), r)))
    return rows
  }
  let found: Promise<readonly (readonly number[])[]> | undefined
  return Object.keys(subject.quantities).map((name, i) =>
    statisticalLaw(`the rank of ${name} among draws of the posterior is uniform`, async (): Promise<Verdict> => {
      found ??= simulate()
      const ranks = (await found).map((row) => at(row, i))
      return design.check(countsOf(ranks, draws + 1), new Float64Array(draws + 1).fill(1))
    }),
  )
}
