/** Laws of energies: numbers for things, whatever stands beside them in the batch. */
import * as fc from 'fast-check'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import { type Energy, energyMonoid, energyOf } from '../energy/energy.ts'
import type { Failure } from '../errors.ts'
import { run } from '../outcome.ts'
import { forAll, isClose, type Law, type Runs } from './law.ts'

/** An energy, and how to ask it. */
export interface EnergySubject<X> extends Runs {
  readonly energy: Energy<X>
  /** Things that it is for. */
  readonly things: fc.Arbitrary<X>
  /** The largest gap, over 1 + |E|, of a thing's energy in a batch and alone: 1e-6 by default, that of sums in f32. */
  readonly tolerance?: number
  /** Whether it may exclude things by +∞; not by default. */
  readonly excludes?: boolean
  /** log Z (nats) of some base tilted by an energy, from the same random numbers each time: asked with E and with E + c. */
  readonly logPartition?: (energy: Energy<X>) => TaskEither<Failure, number>
}

const isEnergy = (excludes: boolean, e: number): boolean =>
  Number.isFinite(e) || (excludes && e === Number.POSITIVE_INFINITY)

const finite = <X>({ energy, excludes = false, things, ...runs }: EnergySubject<X>): Law =>
  forAll(
    `an energy is one ${excludes ? 'number above −∞' : 'finite number'} for each thing`,
    fc.array(things, { maxLength: 8 }),
    async (xs) => {
      const es = await run(energy(xs))
      if (es.length !== xs.length) return `${es.length} energies for ${xs.length} things`
      const i = es.findIndex((e) => !isEnergy(excludes, e))
      return i < 0 ? undefined : `the energy of thing ${i} is ${at(es, i)}`
    },
    runs,
  )

const batched = <X>({ energy, things, tolerance = 1e-6, ...runs }: EnergySubject<X>): Law =>
  forAll(
    'a thing has in a batch the energy that it has alone',
    fc.array(things, { minLength: 2, maxLength: 8 }),
    async (xs) => {
      const together = await run(energy(xs))
      if (together.length !== xs.length) return `${together.length} energies for ${xs.length} things`
      for (const [i, x] of xs.entries()) {
        const alone = at(await run(energy([x])), 0)
        if (!isClose(at(together, i), alone, tolerance))
          return `thing ${i} of ${xs.length} has energy ${at(together, i)} in the batch and ${alone} alone (tolerance ${tolerance})`
      }
      return undefined
    },
    runs,
  )

const repeated = <X>({ energy, things, ...runs }: EnergySubject<X>): Law =>
  forAll(
    'the same things have the same energies again, to the bit, and are left as they were',
    fc.array(things, { minLength: 1, maxLength: 8 }),
    async (xs) => {
      const before = fc.stringify(xs)
      const [first, second] = [Array.from(await run(energy(xs))), Array.from(await run(energy(xs)))]
      const i = first.findIndex((e, j) => !Object.is(e, second[j]))
      if (i >= 0) return `the energy of thing ${i} was ${at(first, i)}, then ${second[i]}`
      return fc.stringify(xs) === before ? undefined : `the things were changed: they are ${fc.stringify(xs)} now`
    },
    runs,
  )

const shifted = <X>(
  energy: Energy<X>,
  logPartition: (energy: Energy<X>) => TaskEither<Failure, number>,
  runs: Runs,
): Law =>
  forAll(
    'log Z of E + c is that of E less c',
    fc.integer({ min: -20, max: 20 }),
    async (c) => {
      const [plain, lowered] = [
        await run(logPartition(energy)),
        await run(
          logPartition(
            energyMonoid<X>().concat(
              energy,
              energyOf(() => c),
            ),
          ),
        ),
      ]
      return isClose(lowered, plain - c, 1e-9)
        ? undefined
        : `log Z is ${plain}, and with ${c} added to E it is ${lowered}, not ${plain - c} (tolerance 1e-9)`
    },
    { runs: 10, ...runs },
  )

/**
 * The laws of an energy E (nats): one finite number for each thing; the same in any batch and in any call; and, where
 * `logPartition` is given, log Z falls by what is added to E.
 *
 * @example
 * import { energy } from 'exptilt'
 * import * as laws from 'exptilt/laws'
 * import * as fc from 'fast-check'
 * const vowels = energy.energyOf((word: string) => word.replace(/[^aeiou]/g, '').length)
 * laws.complaintsOf(laws.energy({ energy: vowels, things: fc.string() })) // => []
 */
export const energyLaws = <X>(subject: EnergySubject<X>): readonly Law[] => {
  const { energy, logPartition } = subject
  return [
    finite(subject),
    batched(subject),
    repeated(subject),
    ...(logPartition === undefined ? [] : [shifted(energy, logPartition, subject)]),
  ]
}
