/** log Z of prefixes by enumeration: against the tables of an enumerable model, in pieces and for several energies. */
import { describe, expect, it } from 'vitest'
import { at } from '../../../lib/at.ts'
import { logSumExp } from '../../../lib/math.ts'
import { enumeratedLogPartitions, exactLogPartitions } from '../../../lib/systems/residual/enumeration.ts'
import {
  firstTokens,
  repeatedRows,
  rowAt,
  rowScores,
  rowsOf,
  type SequenceTilt,
} from '../../../lib/systems/residual/sequence.ts'
import { left, run } from '../../either.ts'
import { close } from '../../energy/support.ts'
import { everyRow, finiteTilt, tokensOf } from './finite.ts'

const tilt = finiteTilt(1, { symbols: 3, length: 4, energies: 2 })
const other = finiteTilt(2, { symbols: 3, length: 4 })
const all = everyRow(3, 4)

/** log Z of a prefix from the scores of whole rows. */
const wanted = async (energies: Float64Array, time: number): Promise<Float64Array> => {
  const logs = await run(rowScores(tilt.base, all, time))
  return Float64Array.from({ length: 3 ** time }, (_, p) => {
    const prefix = tokensOf(3, time, p)
    const own = logs.map((l, i) => (prefix.every((x, t) => x === rowAt(all, i)[t]) ? l - at(energies, i) : -Infinity))
    return logSumExp(own)
  })
}

describe('enumeration', () => {
  it('sums over the completions of each prefix, under every energy', async () => {
    for (const time of [0, 1, 2, 3, 4]) {
      const found = await run(enumeratedLogPartitions(tilt.base, [tilt.energy, other.energy])(everyRow(3, time)))
      for (const [e, { energies }] of [tilt, other].entries()) {
        const exact = await wanted(energies, time)
        expect(at(found, e).every((z, p) => close(z, at(exact, p), 10))).toBe(true)
      }
    }
  })

  it('holds some 16 000 rows at once, and says how many it has done', async () => {
    const prefixes = repeatedRows(everyRow(3, 3), 300, 0, 27 * 300)
    const done: number[] = []
    const options = { onRows: (rows: number) => done.push(rows) }
    const [found = []] = await run(enumeratedLogPartitions(tilt.base, [tilt.energy], options)(prefixes))
    expect(done).toEqual([16_383, 7917])
    const exact = await wanted(tilt.energies, 3)
    expect(Array.from(found).every((z, i) => close(z, at(exact, Math.floor(i / 300)), 10))).toBe(true)
  })

  it('names the prefix without support, in whichever piece it is', async () => {
    const prefixes = repeatedRows(everyRow(3, 3), 300, 0, 27 * 300)
    const last: SequenceTilt = {
      ...tilt,
      energy: (rows) => async () => {
        const energies = await run(tilt.energy(rows))
        const [a, b, c] = [2, 2, 1]
        return {
          _tag: 'Right',
          right: energies.map((e, i) => {
            const row = rowAt(rows, i)
            return row[0] === a && row[1] === b && row[2] === c ? Infinity : e
          }),
        }
      },
    }
    const failed = left(await exactLogPartitions(last)(prefixes)())
    expect([failed.tag, failed.facts]).toEqual(['Support', { prefix: 25 * 300 }])
  })

  it('ends when it is asked to stop', async () => {
    const signal = AbortSignal.abort()
    const failed = left(await enumeratedLogPartitions(tilt.base, [tilt.energy], { signal })(firstTokens(all, 3))())
    expect(failed.tag).toBe('Interrupted')
  })

  it('refuses to enumerate more than a million completions', async () => {
    const { base, energy } = finiteTilt(1, { symbols: 4, length: 2 })
    const long: SequenceTilt = { base: { ...base, length: 12 }, energy }
    expect(left(await exactLogPartitions(long)(rowsOf([new Int32Array(0)], 0))()).tag).toBe('Limit')
  })
})
