/** Twists that are fitted to samples of the model. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { key } from '../../lib/key.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { exactLaw } from '../../lib/tilt/exact.ts'
import { fittedTwist } from '../../lib/tilt/fitted.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { smc } from '../../lib/tilt/samplers.ts'
import { prepare, type Target } from '../../lib/tilt/target.ts'
import { containingAny } from '../../lib/tilt/words.ts'
import { right, run } from '../either.ts'
import { bigram } from './small.ts'

const ngram = bigram(['a', 'b'], 3)
/** A model that forgets all but that it has begun. */
const forgetful = {
  ...ngram,
  logProbabilities: Float64Array.from({ length: 9 }, (_, i) => at(ngram.logProbabilities, i % 3)),
}
const model = ngramModel(forgetful)
const soft = [{ of: right(containingAny(['abba'])), inside: 0, outside: -8 }]
const limit = 12

/** Texts of the model, cut at the limit. */
const samplesOf = async (count: number): Promise<readonly (readonly number[])[]> => {
  const { tokens } = await run(
    smc(key(4), { particles: count, islands: 1, threshold: 0, twist: 'none' })({ model, limit, ending: 'forced' }),
  )
  return tokens
}

describe('a fitted twist', () => {
  it('is the exact mass of what is to come, as samples grow, where the model has no memory of its own', async () => {
    const target: Target = { model, soft, constraint: right(matching(/[ab]*/u)), limit, ending: 'forced' }
    const prepared = await run(prepare(target))
    const { model: _model, ...rest } = target
    const law = await run(exactLaw({ ...rest, model: forgetful }))
    const gap = async (count: number): Promise<number> =>
      Math.abs(fittedTwist(await samplesOf(count))(prepared)(0, limit) - law.logPartition)
    expect(await gap(40_000)).toBeLessThan(0.05)
    expect(await gap(4)).toBeGreaterThan(0.1)
  })

  it('is finite wherever a text can be finished, even where no sample went', async () => {
    const prepared = await run(prepare({ model, soft, limit }))
    const twist = fittedTwist([])(prepared)
    for (const state of prepared.graph.states)
      for (let left = 0; left <= limit; left++) expect(Number.isFinite(twist(state, left))).toBe(true)
  })

  it('leaves out what the constraint rules out: its mass falls with the samples that leave', async () => {
    const prepared = await run(prepare({ model, constraint: right(matching(/a*/u)), limit, ending: 'forced' }))
    const [staying, leaving] = [
      [0, 0, 0],
      [0, 1, 1],
    ].map((tokens) => fittedTwist(Array.from({ length: 50 }, () => tokens))(prepared)(0, limit))
    expect(Math.exp(leaving ?? 0)).toBeLessThan(0.2 * Math.exp(staying ?? 0))
  })

  it('makes a population worth more than the law of single tokens does, where lengths are no geometric ones', async () => {
    // Texts end after ten tokens or not at all.
    const lengthy = {
      alphabet: ['a', 'b'],
      histories: Array.from({ length: 11 }, (_, t) => [String(t)]),
      logProbabilities: Float64Array.from({ length: 33 }, (_, i) =>
        i < 30
          ? i % 3 === 2
            ? Math.log(1e-4)
            : Math.log((1 - 1e-4) / 2)
          : i % 3 === 2
            ? Math.log(1 - 2e-4)
            : Math.log(1e-4),
      ),
      next: Int32Array.from({ length: 22 }, (_, i) => Math.min(10, Math.floor(i / 2) + 1)),
    }
    const target: Target = {
      model: ngramModel(lengthy),
      soft: [{ of: right(containingAny(['abbaab'])), inside: 0, outside: -9 }],
      limit: 14,
      ending: 'forced',
    }
    const options = { particles: 512, islands: 8 }
    const { tokens } = await run(
      smc(key(1), { ...options, twist: 'none' })({ model: target.model, limit: 14, ending: 'forced' }),
    )
    const spread = async (twist: 'surrogate' | ReturnType<typeof fittedTwist>): Promise<number> =>
      (await run(smc(key(2), { ...options, twist })(target))).logPartition.standardError
    expect(await spread(fittedTwist(tokens))).toBeLessThan(0.5 * (await spread('surrogate')))
  })
})
