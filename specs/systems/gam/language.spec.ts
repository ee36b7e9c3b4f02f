/**
 * An LSTM as a distribution on strings: samples and scores as texts, cut strings, and symbols counted with EOS.
 */
import { describe, expect, it } from 'vitest'
import { effect } from '../../../lib/effect.ts'
import { key } from '../../../lib/key.ts'
import { scoreStrings, stringBase, symbolsOf } from '../../../lib/systems/gam/language.ts'
import { left, run } from '../../either.ts'
import { handMade } from './tiny.ts'

describe('a model of strings', () => {
  it.each([1, 4, 9])('has total probability 1 over all texts of at most %i symbols', (limit) =>
    run(
      effect(async (go) => {
        const { base, texts } = handMade(go, { limit, batch: 64 })
        const logs = await go(scoreStrings(base, texts))
        expect(Math.abs(logs.reduce((sum, l) => sum + Math.exp(l), 0) - 1)).toBeLessThan(1e-12)
      }),
    ),
  )

  it('scores a text the same alone and beside longer ones', () =>
    run(
      effect(async (go) => {
        const { base, texts } = handMade(go, { limit: 9, batch: 64 })
        const logs = await go(scoreStrings(base, texts))
        for (const i of [0, 1, 5, 200, 700]) {
          const alone = await go(scoreStrings(base, [texts[i] ?? '']))
          expect(Math.abs((alone[0] ?? 0) - (logs[i] ?? 1))).toBeLessThan(1e-13)
        }
        expect(await go(scoreStrings(base, []))).toHaveLength(0)
      }),
    ))

  it('samples texts within the limit, a function of the key', () =>
    run(
      effect(async (go) => {
        const base = stringBase(handMade(go, { batch: 64 }).base)
        const drawn = await go(base.sample(key(1), 100))
        expect(drawn).toHaveLength(100)
        expect(drawn.every((x) => /^[ab]{0,4}$/u.test(x))).toBe(true)
        expect(await go(base.sample(key(1), 100))).toEqual(drawn)
      }),
    ))

  it('names a symbol that it does not know', async () => {
    const foreign = effect(async (go) => go(scoreStrings(handMade(go).base, ['ax'])))
    expect(left(await foreign())).toMatchObject({ tag: 'Domain', facts: { symbol: 'x' } })
  })

  it('counts symbols with EOS, by code points', () => {
    expect([symbolsOf([]), symbolsOf(['']), symbolsOf(['ab', 'a𝄞'])]).toEqual([0, 1, 6])
  })
})
