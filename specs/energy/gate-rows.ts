/** Bad numbers, and what came of them: the rows of the table in gate.spec.ts. */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as energy from './every.ts'
import type { Failure } from '../../lib/errors.ts'
import { key } from '../../lib/key.ts'
import { matrix } from '../../lib/linear.ts'
import { left, right } from '../either.ts'
import { thrown } from '../thrown.ts'

export const [NAN, INF] = [Number.NaN, Number.POSITIVE_INFINITY]
export const NONE = -INF

/** 200 log-weights with one of them replaced. */
export const one = (bad: number): Float64Array => new Float64Array(200).fill(bad, 117, 118)
export const all = (bad: number): Float64Array => new Float64Array(200).fill(bad)

/** Two hundred points of equal probability with given energies. */
export const tiltOf = (energies: ArrayLike<number>): energy.Tilt<number> => ({
  base: energy.enumerable({
    points: Array.from(energies, (_, i) => i),
    probabilities: Array.from(energies, () => 1),
  }),
  energy: energy.energyOf((i: number) => energies[i] ?? NAN),
})

/** A base whose log-probabilities are what they are said to be. */
export const lying = (log: number): energy.Tilt<readonly string[]> => ({
  base: {
    sample: (_, n) => TE.right(Array.from({ length: n }, () => ['a'])),
    logProbability: (xs) => TE.right(Float64Array.from(xs, () => log)),
  },
  energy: energy.energyOf(() => 0),
})

/** What came of bad numbers: a failure, or a result with what it claims. */
export type Outcome = Failure | { readonly reliable: boolean }

export const ofEither = (found: E.Either<Failure, { readonly reliable: boolean }>): Outcome =>
  E.isLeft(found) ? found.left : found.right
export const ofTask = async (task: TE.TaskEither<Failure, unknown>): Promise<Outcome> => left(await task())
export const ofThrow = (f: () => unknown): Outcome => thrown(f) ?? { reliable: true }

export interface Refusal {
  readonly input: string
  readonly outcome: () => Outcome | Promise<Outcome>
  /** The failure's tag and a part of its message, or nothing where a doubt is the answer. */
  readonly says?: readonly [Failure['tag'], string]
}

export const row = (input: string, outcome: Refusal['outcome'], ...says: [] | [Failure['tag'], string]): Refusal =>
  says.length === 0 ? { input, outcome } : { input, outcome, says }

export const chains = { chains: 4, steps: 3, starts: 40 }
export const rejecting = { target: 3, budget: 500, batch: 50, logEnvelope: 0 }
export const space = { alphabet: ['a', 'b'], maxLength: 2 }
export const weighed = (tilt: (t: energy.Tilt<number>) => TE.TaskEither<Failure, unknown>): readonly Refusal[] => [
  row('a NaN energy', () => ofTask(tilt(tiltOf(all(NAN)))), 'NonFinite', 'the energy of sample 0 is NaN'),
  row('an energy of −∞', () => ofTask(tilt(tiltOf(all(NONE)))), 'NonFinite', 'the energy of sample 0 is -Infinity'),
]
export const empty = (tilt: (t: energy.Tilt<number>) => TE.TaskEither<Failure, unknown>): readonly Refusal[] => [
  ...weighed(tilt),
  row('energies of +∞ alone', () => ofTask(tilt(tiltOf(all(INF)))), 'Support', ''),
]
export const envelopes = (with_: (logEnvelope: number) => TE.TaskEither<Failure, unknown>): readonly Refusal[] =>
  [NAN, INF, NONE].map((bad) => row(`an envelope of ${bad}`, () => ofTask(with_(bad)), 'BadEnvelope', String(bad)))

export const streams = energy.weightStreams(1)
export const values = matrix(200, 1, (i) => i)
export const streamOf = (logs: Float64Array): E.Either<Failure, energy.WeightStream> => streams.batch(logs, values)
export const streamed = <A>(read: (s: energy.WeightStream) => E.Either<Failure, A>): readonly Refusal[] => [
  row('weights of −∞', () => left(read(right(streamOf(all(NONE))))), 'Support', 'every weight is zero'),
  row('no draw', () => left(read(streams.monoid.empty)), 'Domain', 'no weights'),
]

export const forged = (bad: number): energy.Weights => ({ logWeights: one(bad), normalised: one(bad), logSum: bad })
export const bank = energy.bankOf(matrix(50, 2, (i, j) => (i >> j) & 1))
export const source = (bad: number): energy.MomentSource<null> => ({
  start: null,
  step: () => TE.right({ moments: Float64Array.of(0, bad), state: null }),
})
export const descend = (bad: number): TE.TaskEither<Failure, unknown> => {
  const problem = { source: source(bad), measure: () => Float64Array.of(0, 0), target: Float64Array.of(0.5, 0.5) }
  return energy.descendMoments(key(1), energy.paperSchedule)(problem)(
    energy.startDescent(new Float64Array(2), problem.source),
  )
}
export const densities = { logPotential: all(0), logModel: all(0), logProposal: all(0) }

export const nanFeature = energy.indicators<number>(['f'], () => [NAN])
export const unbounded: energy.Features<number> = { names: ['f'], low: [NONE], high: [INF], of: () => [1] }
export const sampling = { accepted: 2, batch: 5, budget: 50 }
