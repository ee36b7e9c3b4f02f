/**
 * Early stopping against a definition by hand, over all short sequences of scores.
 */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { canonicalJson } from '../../lib/codec/canonical-json.ts'
import { withNames } from '../../lib/codec/exact-json.ts'
import { decodeJson } from '../../lib/codec/json.ts'
import {
  type EarlyStopping,
  earlyStoppingCodec,
  improves,
  observe,
  startStopping,
} from '../../lib/train/early-stopping.ts'

const sequences = (values: readonly number[], length: number): readonly (readonly number[])[] =>
  length === 0 ? [[]] : sequences(values, length - 1).flatMap((head) => values.map((value) => [...head, value]))

const run = (scores: readonly number[], state: EarlyStopping): EarlyStopping =>
  scores.reduce((now, score) => observe(score)(now), state)

describe('early stopping', () => {
  it('best, bestEpoch and stop are what their definitions say, for all 4⁶ sequences', () => {
    for (const scores of sequences([1, 2, 3, Number.NaN], 6)) {
      const state = run(scores, startStopping({ patience: 2 }))
      const finite = scores.filter(Number.isFinite)
      const best = Math.min(...finite)
      const bestEpoch = finite.length === 0 ? -1 : scores.indexOf(best)
      expect(state).toMatchObject({ best, bestEpoch, epochs: 6, stop: 5 - bestEpoch >= 2 })
    }
  })

  it('a patience of 1 stops at the first epoch that is no better', () => {
    expect([[2], [2, 1], [2, 1, 1]].map((scores) => run(scores, startStopping({ patience: 1 })).stop)).toEqual([
      false,
      false,
      true,
    ])
  })

  it('returns the best, not the last', () => {
    const scores = [5, 3, 4, Number.NaN, 3]
    const before = scores.map((_, epoch) => run(scores.slice(0, epoch), startStopping({ patience: 3 })))
    expect(scores.map((score, epoch) => improves(score)(before[epoch] ?? startStopping({ patience: 3 })))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ])
    expect(run(scores, startStopping({ patience: 3 }))).toMatchObject({ best: 3, bestEpoch: 1, stop: true })
  })

  it('a gain below the least gain is no improvement', () => {
    expect(run([1, 0.95, 0.91], startStopping({ patience: 2, leastGain: 0.1 }))).toMatchObject({
      bestEpoch: 0,
      stop: true,
    })
    expect(run([1, 0.95, 0.85], startStopping({ patience: 2, leastGain: 0.1 }))).toMatchObject({
      bestEpoch: 2,
      stop: false,
    })
  })

  it('the fold may be cut anywhere and continued from its file, the state before any score included', () => {
    const scores = [3, 1, 2, Number.NaN, 0.5, -0, 7]
    for (let cut = 0; cut <= scores.length; cut++) {
      const half = run(scores.slice(0, cut), startStopping({ patience: 3 }))
      const text = canonicalJson(withNames(earlyStoppingCodec.encode(half)))
      const back = E.isRight(text) ? decodeJson(earlyStoppingCodec, 'early stopping')(text.right) : text
      expect(back).toEqual(E.right(half))
      expect(run(scores.slice(cut), half)).toEqual(run(scores, startStopping({ patience: 3 })))
    }
  })

  it.each([0, -1, 1.5, Number.NaN])('refuses patience %d', (patience) => {
    expect(() => startStopping({ patience })).toThrow(/patience/)
  })
})
