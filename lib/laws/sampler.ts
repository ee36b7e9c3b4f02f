/** Laws of samplers over an enumerable space: the law, draw by draw independent, a function of the key. */
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { at } from '../at.ts'
import type { Failure } from '../errors.ts'
import { fold, type Key, key } from '../key.ts'
import { run } from '../outcome.ts'
import { broken, type Law, law, statisticalLaw } from './law.ts'
import { countsOf, groupsOf, lawOf, placesOf, type Space } from './space.ts'
import { chiSquareDesign, type Contract } from './statistics.ts'

/** What a test must see unless another contract is given: a total variation of 0.02. */
export const SAMPLING: Contract = { alpha: 1e-9, minDiscrepancy: 0.02, power: 1 - 1e-6 }

/** A sampler, and the law that its draws should have. */
export interface SamplerSubject<X> extends Space<X> {
  /** n draws by a key. */
  readonly draw: (key: Key, n: number) => TaskEither<Failure, readonly X[]>
  /** α, the total variation that must be seen, and with what probability. */
  readonly contract?: Contract
  readonly seed?: number
}

/** Most groups of points whose pairs are counted. */
const GROUPS = 6

/**
 * The laws of a sampler: its draws are points of the space and have the law (χ², as many draws as the contract asks for); two
 * neighbouring draws are independent (χ² of pairs of up to 6 groups of points); equal keys give equal draws, others do not.
 *
 * @example
 * import { energy } from 'exptilt'
 * import * as laws from 'exptilt/laws'
 * const base = energy.enumerable({ points: ['a', 'b', 'c'], probabilities: [1, 2, 3] })
 * const found = laws.sampler({ draw: base.sample, points: base.points, logWeights: [1, 2, 3].map(Math.log) })
 * laws.complaintsOf(found) // => []
 */
export const samplerLaws = <X>(subject: SamplerSubject<X>): readonly Law[] => {
  const { draw, points, contract = SAMPLING, seed = 1 } = subject
  const drawn = async (k: Key, n: number): Promise<Int32Array> => {
    const xs = await run(draw(k, n))
    return xs.length === n ? placesOf(subject)(xs) : broken(`${xs.length} draws where ${n} were asked for`)
  }
  const probabilities = lawOf(subject)
  const single = chiSquareDesign(contract, points.length)
  const groups = groupsOf(probabilities, GROUPS)
  const size = Math.max(0, ...groups) + 1
  const pairs = chiSquareDesign(contract, size * size)
  return [
    statisticalLaw('draws have the law', async () =>
      single.check(countsOf(await drawn(key(seed), single.n), points.length), probabilities),
    ),
    statisticalLaw('a draw does not depend on the one before', async () => {
      const places = await drawn(fold(key(seed), 1), 2 * pairs.n)
      const group = (i: number): number => at(groups, at(places, i))
      const shares = new Float64Array(size)
      probabilities.forEach((p, i) => {
        shares[at(groups, i)] = at(shares, at(groups, i)) + p
      })
      return pairs.check(
        countsOf(
          Int32Array.from({ length: pairs.n }, (_, i) => size * group(2 * i) + group(2 * i + 1)),
          size * size,
        ),
        Float64Array.from({ length: size * size }, (_, i) => at(shares, Math.floor(i / size)) * at(shares, i % size)),
      )
    }),
    law('equal keys give equal draws, and other keys others', async () => {
      const n = 256
      const [first, again, other] = [
        await drawn(key(seed), n),
        await drawn(key(seed), n),
        await drawn(fold(key(seed), 2), n),
      ]
      const i = first.findIndex((x, j) => x !== at(again, j))
      if (i >= 0) return [`draw ${i} of one key was point ${at(first, i)}, then point ${at(again, i)}`]
      const certain = probabilities.some((p) => p > 0.9)
      return !certain && first.every((x, j) => x === at(other, j)) ? [`two keys gave the same ${n} draws`] : []
    }),
  ]
}
