/**
 * Exact oracles at the edges: each is tried on energies of ±1e4 and ±∞, all equal, one point, base probabilities of 0.
 * An oracle gives its value, with no NaN in it, or a typed error; never NaN. Every exported one must be in the table.
 */
import { readdirSync, readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { whiteNoise } from '../../lib/automata/build.ts'
import { motifAutomaton } from '../../lib/automata/motif.ts'
import { absence, exactTilt as automatonTilt, tiltExactly } from '../../lib/automata/tilt.ts'
import { exactWeights } from '../../lib/automata/equivalence.ts'
import * as energy from '../../lib/energy/index.ts'
import { ExptiltError, raise } from '../../lib/errors.ts'
import { matrix } from '../../lib/linear.ts'
import { at } from '../../lib/at.ts'
import { sum } from '../../lib/math.ts'
import { exactLogPartitions } from '../../lib/systems/residual/enumeration.ts'
import { rowsOf, type SequenceBase } from '../../lib/systems/residual/sequence.ts'
import { right } from '../either.ts'
import { thrown } from '../thrown.ts'

interface Case {
  readonly base: readonly number[]
  readonly energies: readonly number[]
}

const INF = Number.POSITIVE_INFINITY
const CASES: Readonly<Record<string, Case>> = {
  'high and low': { base: [0.5, 0.5], energies: [1e4, -1e4] },
  'all high': { base: [0.5, 0.5], energies: [1e4, 1e4] },
  'all low': { base: [0.5, 0.5], energies: [-1e4, -1e4 + 1] },
  'one +∞': { base: [0.5, 0.25, 0.25], energies: [INF, 0, 1] },
  'two +∞': { base: [0.5, 0.25, 0.25], energies: [INF, INF, 1] },
  'all +∞': { base: [0.5, 0.5], energies: [INF, INF] },
  'one −∞': { base: [0.5, 0.5], energies: [-INF, 0] },
  NaN: { base: [0.5, 0.5], energies: [Number.NaN, 0] },
  'all equal': { base: [0.25, 0.25, 0.5], energies: [3, 3, 3] },
  'one point': { base: [1], energies: [-1e4] },
  'one point without weight': { base: [1], energies: [INF] },
  'zero base': { base: [0, 1], energies: [0, 1] },
  'zero base, −∞ there': { base: [0, 1], energies: [-INF, 1] },
  'zero base, +∞ there': { base: [0, 1], energies: [INF, 1] },
  'a base beyond f64': { base: [1e308, 1e308], energies: [0, 1] },
  'a base below f64': { base: [1e-320, 3e-320], energies: [0, 1] },
  'no mass': { base: [0, 0], energies: [0, 1] },
}

const logs = (c: Case): Float64Array => Float64Array.from(c.base, Math.log)
const minus = (c: Case): Float64Array => Float64Array.from(c.energies, (e) => 0 - e)
const column = (c: Case) => matrix(c.base.length, 1, (i) => at(c.energies, i))
const noise = right(whiteNoise(3)())
const family = right(tiltExactly([absence('11', right(motifAutomaton('11')()))])(noise))

/** Every oracle as numbers of a case; those that take no energies take them as λ or as features. */
const ORACLES: Readonly<Record<string, (c: Case) => Promise<ArrayLike<number>> | ArrayLike<number>>> = {
  exactTilt: (c) => {
    const { logPartition, probabilities } = energy.exactTilt(logs(c), c.energies)
    expect(sum(probabilities)).toBeCloseTo(1, 12)
    return [logPartition, ...probabilities]
  },
  exactMoments: (c) => energy.exactMoments(c.base, column(c)),
  exactCovariance: (c) => energy.exactCovariance(c.base, column(c)).values,
  exactDivergence: (c) => [energy.exactDivergence(logs(c), minus(c))],
  exactTotalVariation: (c) => [energy.exactTotalVariation(c.base, c.energies)],
  exactEntropy: (c) => [energy.exactEntropy(logs(c)), energy.exactEntropy(minus(c))],
  exactNceLoss: (c) => [energy.exactNceLoss(c.base, c.base, c.energies, 2)],
  exactNceGradient: (c) => energy.exactNceGradient(c.base, c.base, c.energies, 2),
  resamplingLaw: (c) => {
    const law = energy.resamplingLaw(c.base, minus(c), 3)
    expect(sum(law)).toBeCloseTo(1, 12)
    return law
  },
  independentKernel: (c) => {
    const kernel = energy.independentKernel(c.base, minus(c))
    for (let i = 0; i < kernel.rows; i++)
      expect(sum(kernel.values.subarray(i * kernel.rows, (i + 1) * kernel.rows))).toBeCloseTo(1, 12)
    expect(kernel.values.every((x) => x >= 0)).toBe(true)
    return kernel.values
  },
  'automata exactTilt': (c) => {
    const tilt = automatonTilt(c.energies.slice(0, 1))(family)
    return [tilt.logPartition, ...tilt.probabilities, ...tilt.moments, ...tilt.covariance.values]
  },
  exactWeights: () => [exactWeights(noise).states],
  exactLogPartitions: async (c) => {
    const base: SequenceBase = {
      symbols: c.base.length,
      length: 1,
      complete: () => TE.right(rowsOf([], 1)),
      next: () => TE.right(logs(c)),
      tokenScores: () => TE.right(logs(c)),
    }
    const energyOfRows = () => TE.right(Float64Array.from(c.energies))
    const found = await exactLogPartitions({ base, energy: energyOfRows })(rowsOf([new Int32Array(0)], 0))()
    return E.isRight(found) ? found.right : raise(found.left)
  },
}

/** What each export that is an oracle by its name is called in the table. */
const named = (text: string): readonly string[] =>
  [...text.matchAll(/^export const (exact[A-Z]\w*|\w+Law|\w+Kernel)\b/gm)].flatMap(([, name]) =>
    name === undefined ? [] : [name],
  )

describe('an oracle at the edges', () => {
  for (const [name, oracle] of Object.entries(ORACLES))
    it.each(Object.entries(CASES))(`${name}: %s`, async (_title, c) => {
      try {
        expect(Array.from(await oracle(c)).some(Number.isNaN)).toBe(false)
      } catch (error) {
        if (!(error instanceof ExptiltError)) throw error
        expect(['NonFinite', 'Support', 'Domain', 'Shape']).toContain(error.failure.tag)
      }
    })

  it('every exported oracle of lib/energy, lib/automata and lib/systems is in the table', () => {
    const lib = new URL('../../lib/', import.meta.url)
    const files = ['energy', 'automata', 'systems'].flatMap((room) =>
      readdirSync(new URL(room, lib), { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.ts'))
        .map((path) => new URL(`${room}/${path}`, lib)),
    )
    const found = files.flatMap((file) => named(readFileSync(file, 'utf8')))
    expect(found.length).toBeGreaterThan(10)
    expect(new Set(found)).toEqual(new Set(Object.keys(ORACLES).map((name) => name.replace('automata ', ''))))
  })
})

describe('values at the edges', () => {
  it.each<readonly [readonly number[], readonly number[], readonly number[]]>([
    [
      [0.5, 0.5],
      [1e4, 0],
      [0.75, 0.25],
    ],
    [
      [0.5, 0.5],
      [0, -1e4],
      [0.75, 0.25],
    ],
    [
      [0.5, 0.5],
      [-800, -799],
      [0.384, 0.616],
    ],
    [
      [0.5, 0.5],
      [0, 1],
      [0.384, 0.616],
    ],
    [
      [0.5, 0.5],
      [-INF, 0],
      [0, 1],
    ],
    [
      [0.5, 0.5],
      [3, 3],
      [0.5, 0.5],
    ],
  ])('resamplingLaw(%j, %j, 2) = %j', (base, logWeights, law) => {
    energy.resamplingLaw(base, logWeights, 2).forEach((p, i) => expect(p).toBeCloseTo(at(law, i), 3))
  })

  it('NCE: a logit of −∞ where no datum is costs nothing', () => {
    expect(energy.exactNceLoss([1, 0], [0.5, 0.5], [Math.LN2, -INF], 1)).toBeCloseTo(0.9548, 4)
    expect([...energy.exactNceGradient([1, 0], [0.5, 0.5], [Math.LN2, -INF], 1)]).toEqual([1 / 3 - 1 / 3, 0])
    expect(energy.exactNceLoss([0, 1], [0.5, 0.5], [0, -INF], 1)).toBe(INF)
  })

  it('a tilt without support is refused, one with a hole is not', () => {
    expect(thrown(() => energy.exactTilt([0], [INF]))?.tag).toBe('Support')
    expect(thrown(() => energy.exactTilt([0], [-INF]))?.tag).toBe('NonFinite')
    expect(thrown(() => energy.exactTilt([0], [0, 1]))?.tag).toBe('Shape')
    const holed = energy.exactTilt([Math.log(0.5), Math.log(0.5)], [INF, -1e4])
    expect([...holed.probabilities]).toEqual([0, 1])
    expect(holed.logPartition).toBeCloseTo(1e4 - Math.LN2, 9)
    expect([...energy.exactTilt([-INF, 0], [-INF, 2]).probabilities]).toEqual([0, 1])
  })

  it('zero probabilities count for nothing in moments, and entropies are not −0', () => {
    expect([
      ...energy.exactMoments(
        [0, 1],
        matrix(2, 1, (i) => (i === 0 ? INF : 2)),
      ),
    ]).toEqual([2])
    expect(energy.exactEntropy(Float64Array.of(0, -INF))).toBe(0)
    expect(energy.exactDivergence([0, -INF], [-INF, 0])).toBe(INF)
  })

  it('laws do not depend on the scale of the base, be its sum beyond f64', () => {
    for (const scale of [1e308, 1, 1e-300]) {
      const law = energy.resamplingLaw([scale, scale], [0, 0], 2)
      law.forEach((p) => expect(p).toBeCloseTo(0.5, 12))
      expect(energy.independentKernel([scale, scale], [0, 0]).values[1]).toBeCloseTo(0.5, 12)
    }
  })

  it('a kernel does not depend on the scale of its base; a total variation takes measures only', () => {
    const [one, five] = [
      [0.4, 0.6],
      [2, 3],
    ].map((base) => energy.independentKernel(base, [0, -1]).values)
    one?.forEach((x, i) => expect(five?.[i]).toBeCloseTo(x, 15))
    for (const bad of [Infinity, -1, Number.NaN])
      expect(thrown(() => energy.exactTotalVariation([bad, 0], [1, 0]))?.tag).toBe('NonFinite')
  })

  it('λ that is not finite is refused', () => {
    expect(thrown(() => automatonTilt([INF])(family))?.tag).toBe('Domain')
    expect(thrown(() => automatonTilt([1, 2])(family))?.tag).toBe('Domain')
    expect(automatonTilt([-1e4])(family).moments[0]).toBe(0)
  })
})
