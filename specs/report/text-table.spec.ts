import { describe, expect, it } from 'vitest'
import { textTable } from '../../lib/report/text-table.ts'

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
