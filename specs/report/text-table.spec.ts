import { describe, expect, it } from 'vitest'
import { textSummary, textTable } from '../../lib/report/text-table.ts'
import { exampleResults } from './example.ts'

describe('textTable', () => {
  it('pads columns, aligns numbers right, and leaves out columns with nothing in them', () => {
    expect(
      textTable(['left', 'right', 'left', 'left'])(
        ['a', 'n', 'empty', 'b'],
        [
          ['xx', '1', '', 'y'],
          ['z', '22', '', 'π'],
        ],
      ),
    ).toEqual(['a    n  b', '──  ──  ─', 'xx   1  y', 'z   22  π'])
  })
})

describe('textSummary', () => {
  it('explains each number, beside the paper’s', () => {
    const lines = textSummary(exampleResults).split('\n')
    const row = (label: string): string => lines.find((line) => line.startsWith(label)) ?? ''
    expect(row('entropy H')).toMatch(/0\.4491\s+of the process, exact/)
    expect(row('CE(r)')).toMatch(/0\.5646 ± 0\.0012\s+0\.5890\s+the base LSTM, 25\.7 % above the entropy/)
    expect(row('CE(π)')).toMatch(/0\.4689 ± 0\.0008\s+0\.4690\s+the LSTM distilled/)
    expect(row('frequency in r')).toMatch(/4\.50 %\s+3\.30 %/)
    expect(row('log Z')).toMatch(/−3\.1009 ± 0\.0210/)
  })

  it('says why the estimate of log Z is doubtful', () => {
    const logPartition = { ...exampleResults.logPartition, doubts: ['heavy tail'], reliable: false }
    expect(textSummary({ ...exampleResults, logPartition })).toContain('doubtful: heavy tail')
  })

  it('says that a cross-entropy below the entropy is an error', () => {
    expect(textSummary({ ...exampleResults, crossEntropyTilt: 0.4 })).toContain(
      '10.9 % below the entropy: an error of estimation',
    )
  })

  it('has no entropy and no paper for a user’s own strings', () => {
    const { entropyPerSymbol: _h, paper: _p, ...rest } = exampleResults
    const data = { kind: 'strings', file: 'words.txt', features: ['AH0$'] } as const
    const text = textSummary({ ...rest, options: { ...rest.options, data, features: '1' } })
    expect(text).not.toMatch(/entropy H|paper|above the entropy/)
    expect(text).toContain('/AH0$/')
  })
})
