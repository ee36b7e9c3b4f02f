/** Hypotheses on the host: ties, ends, penalties and lanes. */
import { describe, expect, it } from 'vitest'
import { extended, finished, type Growing, lanesOf, numbered, type Ranking } from '../../lib/models/beam-hypotheses.ts'

const ranking: Ranking = { width: 3, start: 1, lengthPenalty: 0, end: undefined }
const growing = (lane: number, tokens: readonly number[], logProbability: number, ended = false): Growing => ({
  lane,
  tokens,
  logProbability,
  ended,
})
const shown = (beam: readonly Growing[]): readonly string[] => beam.map((h) => `${h.lane}:${h.tokens.join('')}`)

describe('extending hypotheses', () => {
  // Two lanes with the best two of their symbols.
  const best = { symbols: [2, 0, 1, 3], logs: [-1, -2, -1, -2], ranks: 2 }

  it('keeps the best over all lanes, the earlier hypothesis first at a tie', () => {
    const beam = [growing(0, [9], 0), growing(1, [8], 0)]
    expect(shown(extended(beam, best, ranking))).toEqual(['0:92', '1:81', '0:90'])
    expect(extended(beam, best, ranking).map((h) => h.logProbability)).toEqual([-1, -1, -2])
  })

  it('keeps what has ended as it is, and ends where the end symbol is drawn', () => {
    const beam = [growing(0, [9], -1), growing(1, [8, 7], -1.5, true)]
    const next = extended(beam, best, { ...ranking, end: 2 })
    expect(shown(next)).toEqual(['1:87', '0:92', '0:90'])
    expect(next.map((h) => h.ended)).toEqual([true, true, false])
  })

  it('ranks by log q over a power of the tokens drawn', () => {
    const beam = [growing(0, [9, 5, 5], -4), growing(1, [8], -2.5, true)]
    expect(shown(extended(beam, best, ranking))).toEqual(['1:8', '0:9552', '0:9550'])
    const fair = { ...ranking, lengthPenalty: 1 }
    expect(shown(extended(beam, best, fair))).toEqual(['0:9552', '0:9550', '1:8'])
    expect(finished(growing(0, [9, 5, 5], -4), fair)).toEqual({
      tokens: Int32Array.of(9, 5, 5),
      logProbability: -4,
      score: -2,
    })
  })
})

describe('lanes', () => {
  it('lie side by side; those beyond a beam repeat its last hypothesis, those beyond the group go on from their first', () => {
    const group = [[growing(0, [7, 5], 0)], [growing(3, [7, 6], 0), growing(2, [7, 4], 0)]]
    expect(lanesOf(group, 2, 6, 2)).toEqual({
      from: Int32Array.of(0, 0, 3, 2, 4, 4),
      previous: Int32Array.of(5, 5, 6, 4, 0, 0),
    })
    expect(numbered(group, 2).map((beam) => beam.map((h) => h.lane))).toEqual([[0], [2, 3]])
  })
})
