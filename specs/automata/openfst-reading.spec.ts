/** AT&T/OpenFst text of others: what it says is read, or refused by its line; nothing else becomes of it. */
import { describe, expect, it } from 'vitest'
import { arcsOf } from '../../lib/automata/automaton.ts'
import { languageCosts, probabilityCosts, tropicalCosts } from '../../lib/automata/openfst.ts'
import { readOpenFst, readTransducer } from '../../lib/automata/openfst-reading.ts'
import { left, right } from '../either.ts'

describe('AT&T text', () => {
  it('parts fields at blanks and tabs alone, and ends lines as any machine does', () => {
    const symbolsOf = (text: string): readonly string[] => right(readOpenFst(languageCosts)(text)).alphabet
    expect(symbolsOf('0 1 \u00a0\n1\n')).toEqual(['\u00a0'])
    expect(symbolsOf('0 1 a\u2003b\n1\n')).toEqual(['a\u2003b'])
    for (const end of ['\n', '\r\n', '\r'])
      expect([end, right(readOpenFst(languageCosts)(`\ufeff  0 1\ta ${end}${end}1\t${end}`))]).toEqual([
        end,
        right(readOpenFst(languageCosts)('0 1 a\n1\n')),
      ])
  })

  it('has a character by its number where there is one, and the text as it stands where there is none', () => {
    for (const [text, symbol] of [
      ['<U+10FFFF>', '\u{10ffff}'],
      ['<U+D7FF><U+E000>', '\ud7ff\ue000'],
      ['<U+110000>', '<U+110000>'],
      ['<U+D800>', '<U+D800>'],
      ['<U+DFFF>', '<U+DFFF>'],
    ] as const)
      expect(right(readTransducer(languageCosts)(`0 1 ${text} b\n1\n`)).inputs).toEqual([symbol])
  })

  it('refuses a cost that is no decimal number, or whose weight is infinite, by its line', () => {
    for (const cost of ['0x10', '-1e999', 'NaN', '1,5', '--1', '-Infinity'])
      for (const costs of [probabilityCosts, tropicalCosts])
        expect([cost, left(readOpenFst(costs)(`0 1 a\n0 1 b ${cost}\n1\n`)).what]).toEqual([
          cost,
          expect.stringMatching(/^line 2 of the automaton, "0 1 b .+", has no cost/u),
        ])
    expect(left(readOpenFst(probabilityCosts)('0 1 a -800\n')).tag).toBe('Format')
    expect(arcsOf(right(readOpenFst(tropicalCosts)('0 1 a -800\n')))[0]?.weight).toBe(-800)
    expect(right(readOpenFst(probabilityCosts)('0 1 a 1e999\n1 Infinity\n')).stop).toEqual([0, 0])
  })

  it('has states without large gaps: ten a line, and a hundred thousand', () => {
    expect(right(readOpenFst(languageCosts)('0 100009 a')).states).toBe(100_010)
    expect(left(readOpenFst(languageCosts)('0 100010 a'))).toMatchObject({
      what: 'line 1 of the automaton, "0 100010 a", has a state of a high number',
      remedy: 'number states from 0, in this text below 100010',
    })
  })
})
