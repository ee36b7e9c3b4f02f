/** Proposals that differ from the target: what they refuse, and that the law stays (S2 enumerates their weights). */
import { describe, expect, it } from 'vitest'
import { key } from '../../lib/key.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { exactLaw } from '../../lib/tilt/exact.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { proposedBy, tempered } from '../../lib/tilt/proposing.ts'
import { adaptiveRejection, smc } from '../../lib/tilt/samplers.ts'
import { left, right, run } from '../either.ts'
import { bigram } from './small.ts'

const letters = bigram(['a', 'b', 'c'], 11)
const constraint = right(matching(/c?(ab|b|ca)*/u))

describe('another proposal', () => {
  it('keeps log Z, and takes the shorter context', async () => {
    const { logPartition } = await run(exactLaw({ model: letters, constraint, limit: 5 }))
    const other = { ...ngramModel(bigram(['a', 'b', 'c'], 12)), context: 7 }
    for (const model of [right(tempered(1.6)(ngramModel(letters))), right(proposedBy(other)(ngramModel(letters)))]) {
      const { logPartition: found } = await run(
        smc(key(1), { particles: 4000, islands: 20 })({ model, constraint, limit: 5 }),
      )
      expect(Math.abs(found.value - logPartition)).toBeLessThan(4 * found.standardError)
      expect(found.standardError).toBeLessThan(0.1)
      expect(found.standardError).toBeGreaterThan(1e-4)
    }
    expect(right(proposedBy(other)(ngramModel(letters))).context).toBe(7)
  })

  it('releases both models', () => {
    const released: string[] = []
    const named = (name: string) => ({ ...ngramModel(letters), release: () => void released.push(name) })
    right(proposedBy(named('other'))(named('own'))).release()
    expect(released).toEqual(['own', 'other'])
  })

  it('refuses another vocabulary, a temperature that is none, and adaptive rejection', async () => {
    const model = ngramModel(letters)
    expect(left(proposedBy(ngramModel(bigram(['a', 'b', 'd'], 1)))(model))).toMatchObject({
      tag: 'Format',
      what: "the proposal's 4 symbols are not the model's 4",
    })
    expect(left(proposedBy({ ...model, ends: [0] })(model)).tag).toBe('Format')
    for (const temperature of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      expect(left(tempered(temperature)(model)).what).toBe(`a temperature of ${temperature}`)
    const bold = right(tempered(2)(model))
    expect(left(await adaptiveRejection(key(1))({ model: bold, constraint, limit: 4 })()).what).toBe(
      'adaptive rejection proposes by the model itself, and another proposal is given',
    )
  })
})
