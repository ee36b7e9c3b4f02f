/** Targets that cannot be met are refused with the reason. */
import { describe, expect, it } from 'vitest'
import { key } from '../../lib/key.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { both, named, not } from '../../lib/tilt/constraint.ts'
import { characters } from '../../lib/tilt/lengths.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { adaptiveRejection, masking, sir, smc } from '../../lib/tilt/samplers.ts'
import { prepare, type Target } from '../../lib/tilt/target.ts'
import { left, right } from '../either.ts'
import { bigram } from './small.ts'

const letters = bigram(['a', 'b', 'c'], 11)
const pattern = right(matching(/c?(ab|b|ca)*/u))
const target: Target = { model: ngramModel(letters), constraint: pattern, limit: 4 }

describe('a target', () => {
  it('S16 targets that no text can meet are refused with the reason', async () => {
    const refused = async (own: Partial<Target>): Promise<string> => left(await prepare({ ...target, ...own })()).what
    expect(await refused({ constraint: both(named('A', pattern), not(pattern)) })).toBe(
      `no text meets the constraint (A and not ${pattern.name})`,
    )
    expect(await refused({ constraint: named('digits', right(matching(/\d+/u))) })).toBe(
      "the model's tokens cannot spell a text that meets the constraint (digits)",
    )
    expect(await refused({ constraint: named('long', right(matching(/b{5}/u))) })).toBe(
      'the shortest text that meets the constraint (long) has 5 tokens, and the limit is 4',
    )
    expect(await refused({ limit: 0 })).toBe('a limit of 0 tokens')
    expect(await refused({ limit: 1e9 })).toBe('a limit of 1000000000 tokens')
    for (const p of [Number.NaN, -1, Number.POSITIVE_INFINITY, 0])
      expect(await refused({ surrogate: new Float64Array(target.model.texts.length).fill(p) })).toBe(
        'the surrogate is no law of symbols',
      )
    for (const least of [-1, 1.5, 5]) expect(await refused({ least })).toBe(`at least ${least} of at most 4 tokens`)
    expect(await refused({ least: 3, constraint: named('short', right(matching(/b?|ca/u))) })).toBe(
      'no text that meets the constraint (short) has 3 to 4 tokens',
    )
    expect(await refused({ tokenisation: 'canonical' })).toBe(
      'canonical tokenisations were asked of a model that has no tokenizer',
    )
    expect(await refused({ power: -1 })).toBe('a power of -1')
    expect(await refused({ model: { ...ngramModel(letters), context: 3 } })).toContain('which reads 3 of them')
    expect(await refused({ surrogate: new Float64Array(2) })).toContain('2 probabilities for 4 symbols')
  })

  it('is refused to populations and looks ahead that no memory holds, before anything is drawn', async () => {
    for (const sampler of [smc, masking, sir, adaptiveRejection])
      expect(left(await sampler(key(1), { particles: 2 ** 21 })(target)()).what).toBe('2097152 particles')
    const far = { model: ngramModel(letters), constraint: characters({ most: 1000 }), limit: 2 ** 18 }
    expect(left(await smc(key(1), { particles: 4 })(far)())).toMatchObject({
      tag: 'Limit',
      remedy: "lower the limit, use a smaller constraint, or the twist 'none'",
    })
  })
})
