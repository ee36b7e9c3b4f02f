/**
 * Energies: functions from a batch of things to numbers, `E(x)` in nats. They form a monoid under addition, which
 * multiplies the tilts `e^{−E}`. An energy is an effect, so that a network on a device is one, and so is a plain
 * function.
 */
import { at } from '../at.ts'
import { pipe } from 'fp-ts/lib/function.js'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../errors.ts'
import { checkedEnergies, checkedSize } from './gate.ts'

/** One energy per thing, in order. `+Infinity` excludes a thing; NaN and `-Infinity` are errors. */
export type Energy<X> = (xs: readonly X[]) => TE.TaskEither<Failure, Float64Array>

/**
 * An energy from a function of one thing.
 *
 * @example
 * energyOf((text: string) => text.length)(['a', 'abc']) // => [1, 3]
 */
export const energyOf =
  <X>(f: (x: X) => number): Energy<X> =>
  (xs) =>
    TE.fromIO(() => Float64Array.from(xs, f))

/**
 * An energy from a pure function of a batch.
 *
 * @example
 * energyOfBatch((xs: readonly number[]) => Float64Array.from(xs, (x) => x * x))([1, 3]) // => [1, 9]
 */
export const energyOfBatch =
  <X>(f: (xs: readonly X[]) => Float64Array): Energy<X> =>
  (xs) =>
    TE.fromIO(() => f(xs))

/**
 * The energy 0: tilting by it changes nothing.
 *
 * @example
 * zeroEnergy(['whatever', 'it is']) // => [0, 0]
 */
export const zeroEnergy: Energy<unknown> = (xs) => TE.of(new Float64Array(xs.length))

/** `E₁ + E₂`, evaluated side by side. */
const addEnergies = <X>(first: Energy<X>, second: Energy<X>): Energy<X> => {
  const both: Energy<X> = (xs) =>
    pipe(
      TE.Do,
      TE.apS('first', first(xs)),
      TE.apS('second', second(xs)),
      TE.map((e) => e.first.map((value, i) => value + at(e.second, i))),
    )
  return both
}

/**
 * Energies of `X` under addition; the empty energy is 0.
 *
 * @example
 * const [long, loud] = [energyOf((x: string) => x.length), energyOf((x: string) => (x.endsWith('!') ? 2 : 0))]
 * energyMonoid<string>().concat(long, loud)(['no', 'no!']) // => [2, 5]
 */
export const energyMonoid = <X>(): Monoid<Energy<X>> => ({ concat: addEnergies, empty: zeroEnergy })

/**
 * `c·E`: an inverse temperature c.
 *
 * @example
 * scaleEnergy(0.5)(energyOf((x: number) => x))([4, 6]) // => [2, 3]
 */
export const scaleEnergy =
  (c: number) =>
  <X>(energy: Energy<X>): Energy<X> =>
  (xs) =>
    pipe(
      energy(xs),
      TE.map((es) => es.map((e) => (c === 0 ? 0 : c * e))),
    )

/**
 * The energy of `f(y)`: from things of one type to things of another.
 *
 * @example
 * contramapEnergy((word: string) => word.length)(energyOf((n: number) => n * n))(['a', 'abc']) // => [1, 9]
 */
export const contramapEnergy =
  <X, Y>(f: (y: Y) => X) =>
  (energy: Energy<X>): Energy<Y> =>
  (ys) =>
    energy(ys.map(f))

/**
 * Evaluates an energy and checks the answer: `Shape` for a wrong number of values, `NonFinite` for NaN or −∞.
 *
 * @example
 * evaluate(energyOf((x: number) => -x))([1, 2]) // => [-1, -2]
 * evaluate(energyOf((x: number) => Math.log(x)))([0])() // Left: the energy is −∞ there
 */
export const evaluate =
  <X>(energy: Energy<X>) =>
  (xs: readonly X[]): TE.TaskEither<Failure, Float64Array> =>
    pipe(
      energy(xs),
      TE.chainEitherK(checkedSize('an energy', xs.length)),
      TE.chainEitherK(checkedEnergies((i) => `the energy of sample ${i}`)),
    )
