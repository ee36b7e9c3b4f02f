/** Laws of the monoids of lib/energy: energies, features, banks and streams, with generated values. */
import { fc, test } from '@fast-check/vitest'
import type { Monoid } from 'fp-ts/lib/Monoid.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { exactTilt } from '../../lib/energy/exact.ts'
import {
  bankMonoid,
  bankOf,
  contramapEnergy,
  type Energy,
  energyMonoid,
  energyOf,
  energyOfBatch,
  enumerable,
  featuresMonoid,
  indicators,
  moments,
  scaleEnergy,
  streamLogPartition,
  streamMeans,
  weightStreams,
  zeroEnergy,
} from '../../lib/energy/index.ts'
import { matrix } from '../../lib/linear.ts'
import { at } from '../../lib/at.ts'
import { normals } from '../../lib/laws/arbitraries/distributions.ts'
import { close } from '../energy/support.ts'
import { right, run } from '../either.ts'
import { energyLaws, type EnergySubject } from '../../lib/laws/energy.ts'
import { complaintsOf } from '../../lib/laws/law.ts'
import { keepsLaws } from './kept.ts'
import { key } from '../../lib/key.ts'

const things = fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 1, maxLength: 10 })
const energies = fc.func(fc.double({ min: -100, max: 100, noNaN: true })).map((f): Energy<number> => energyOf(f))

const same = async (a: Energy<number>, b: Energy<number>, xs: readonly number[]): Promise<boolean> => {
  const [x, y] = [await run(a(xs)), await run(b(xs))]
  return x.length === y.length && x.every((v, i) => close(v, at(y, i), 300))
}

describe('energies', () => {
  const { concat, empty } = energyMonoid<number>()

  test.prop([energies, energies, energies, things], { seed: 121, numRuns: 100 })(
    'F11: form a commutative monoid',
    async (f, g, h, xs) => {
      expect(await same(concat(concat(f, g), h), concat(f, concat(g, h)), xs)).toBe(true)
      expect(await same(concat(f, g), concat(g, f), xs)).toBe(true)
      expect(await same(concat(empty, f), f, xs)).toBe(true)
      expect(await same(concat(f, empty), f, xs)).toBe(true)
    },
  )

  test.prop([energies, energies, things], { seed: 122, numRuns: 100 })(
    'scaling distributes, 1 is the identity, 0 the zero energy; contramap composes',
    async (f, g, xs) => {
      expect(await same(scaleEnergy(3)(concat(f, g)), concat(scaleEnergy(3)(f), scaleEnergy(3)(g)), xs)).toBe(true)
      expect(await same(scaleEnergy(1)(f), f, xs)).toBe(true)
      expect(await same(scaleEnergy(0)(f), zeroEnergy, xs)).toBe(true)
      const twice = (x: number): number => 2 * x
      expect(
        await same(contramapEnergy(twice)(contramapEnergy(twice)(f)), contramapEnergy((x: number) => 4 * x)(f), xs),
      ).toBe(true)
    },
  )

  it('a batch function is an energy', async () => {
    expect(
      Array.from(await run(energyOfBatch((xs: readonly number[]) => Float64Array.from(xs, (x) => x * 2))([1, 2]))),
    ).toEqual([2, 4])
  })
})

describe('features', () => {
  const bits = (shift: number) => indicators<number>([`bit ${shift}`], (x) => [(x >> shift) & 1])

  it('F11: form a monoid: names, bounds and values side by side', () => {
    const { concat, empty } = featuresMonoid<number>()
    const [a, b, c] = [bits(0), bits(1), bits(2)]
    const show = (f: ReturnType<typeof bits>) => ({
      names: f.names,
      low: f.low,
      high: f.high,
      values: [0, 3, 5].map((x) => Array.from(f.of(x))),
    })
    expect(show(concat(concat(a, b), c))).toEqual(show(concat(a, concat(b, c))))
    expect(show(concat(empty, a))).toEqual(show(a))
    expect(show(concat(a, empty))).toEqual(show(a))
    expect(show(concat(a, b)).values).toEqual([
      [0, 0],
      [1, 1],
      [1, 0],
    ])
  })
})

/** Associativity and identity, observed through some function of the value. */
const observe = <A>(monoid: Monoid<A>, view: (a: A) => readonly number[], values: readonly [A, A, A]): void => {
  const [a, b, c] = values
  const agree = (x: A, y: A): void => {
    const [left, right] = [view(x), view(y)]
    expect(left.length).toBe(right.length)
    left.forEach((v, i) => {
      expect(close(v, at(right, i), 10)).toBe(true)
    })
  }
  agree(monoid.concat(monoid.concat(a, b), c), monoid.concat(a, monoid.concat(b, c)))
  agree(monoid.concat(monoid.empty, a), a)
  agree(monoid.concat(a, monoid.empty), a)
}

const seeds = fc.tuple(fc.nat(1e6), fc.nat(1e6), fc.nat(1e6))
const sizes = fc.constantFrom(1, 3, 40)

describe('banks and streams', () => {
  test.prop([seeds, sizes], { seed: 123, numRuns: 60 })('F11: banks form a monoid', ([a, b, c], n) => {
    const bank = (seed: number) => bankOf(matrix(n, 2, (i, j) => at(normals(key(seed), 2 * n), 2 * i + j)))
    const view = (x: ReturnType<typeof bank>): readonly number[] => {
      const found = moments(x)([0.5, -1])
      return [x.n, ...found.moments, ...found.covariance.values, found.effectiveSampleSize]
    }
    observe(bankMonoid(2), view, [bank(a), bank(b), bank(c)])
  })

  test.prop([seeds, sizes, fc.constantFrom(8, 64)], { seed: 124, numRuns: 60 })(
    'F11: streams form a monoid under log-sum-exp',
    ([a, b, c], n, capacity) => {
      const streams = weightStreams(1, capacity)
      const batch = (seed: number) =>
        right(
          streams.batch(
            normals(key(seed), n).map((z) => 3 * z + seed / 1e4),
            matrix(n, 1, (i) => Math.sin(i)),
          ),
        )
      const view = (s: ReturnType<typeof batch>): readonly number[] => {
        const [mean] = right(streamMeans(s))
        const found = right(streamLogPartition(s))
        return [s.n, found.lower, mean?.value ?? Number.NaN, found.effectiveSampleSize]
      }
      observe(streams.monoid, view, [batch(a), batch(b), batch(c)])
    },
  )
})

describe('the laws of an energy', () => {
  const titles = async (
    energy: Energy<number>,
    more: Partial<EnergySubject<number>> = {},
  ): Promise<readonly string[]> =>
    (await complaintsOf(energyLaws({ energy, things: fc.integer({ min: -9, max: 9 }), runs: 60, ...more }))).map(
      (found) => found.split(':')[0] ?? '',
    )
  const plain = energyOf((x: number) => x * x - 3)
  const ONE = 'an energy is one finite number for each thing'
  const ALONE = 'a thing has in a batch the energy that it has alone'
  const AGAIN = 'the same things have the same energies again, to the bit, and are left as they were'
  const Z = 'log Z of E + c is that of E less c'
  const base = enumerable({ points: [0, 1, 2], probabilities: [1, 2, 3] })
  const logZ = (energy: Energy<number>) =>
    TE.map((es: Float64Array) => exactTilt(base.logProbabilities, es).logPartition)(energy(base.points))

  keepsLaws(energyLaws({ energy: plain, things: fc.integer({ min: -9, max: 9 }), logPartition: logZ }), 'R2: ')

  it('see NaN, a thing without an energy, one excluded that may not be', async () => {
    expect(await titles(energyOf((x) => Math.sqrt(x + 3)))).toContain(ONE)
    expect(await titles(energyOfBatch((xs) => new Float64Array(xs.length > 4 ? 4 : xs.length)))).toContain(ONE)
    const excluding = energyOf((x: number) => (x > 5 ? Number.POSITIVE_INFINITY : 0))
    expect([await titles(excluding), await titles(excluding, { excludes: true })]).toEqual([[ONE], []])
  })

  it('see a batch that is centred, an energy that forgets, and things that are written to', async () => {
    const centred = energyOfBatch((xs: readonly number[]) => {
      const middle = xs.reduce((a, b) => a + b, 0) / Math.max(xs.length, 1)
      return Float64Array.from(xs, (x) => x - middle)
    })
    expect(await titles(centred)).toEqual([ALONE])
    let calls = 0
    expect(await titles(energyOfBatch((xs) => new Float64Array(xs.length).fill(1e-9 * calls++)))).toEqual([AGAIN])
    const writing = energyOf((x: Float64Array) => {
      x[0] = 0
      return 1
    })
    const things = fc.double({ min: 1, max: 2, noNaN: true }).map((x) => Float64Array.of(x))
    const found = await complaintsOf(energyLaws({ energy: writing, things }))
    expect(found.map((x) => x.split(':')[0])).toEqual([AGAIN])
  })

  it('see a log Z that forgets part of the energy, or clips it', async () => {
    const clipped = (energy: Energy<number>) => TE.map((z: number) => Math.min(z, 3))(logZ(energy))
    const halved = (energy: Energy<number>) => logZ(scaleEnergy(0.5)(energy))
    expect([await titles(plain, { logPartition: clipped }), await titles(plain, { logPartition: halved })]).toEqual([
      [Z],
      [Z],
    ])
  })
})
