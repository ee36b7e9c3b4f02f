/** The tokens that rows have at a position. */
import { expect, it } from 'vitest'
import { givenTokens } from '../../lib/models/language-drawer.ts'

it('given tokens are those of prefixes, the last row’s beyond them, and none after them', () => {
  const prefix = { tokens: Int32Array.of(1, 2, 3, 4, 5, 6), count: 2, time: 3 }
  expect([0, 1, 2, 3, 4].map((position) => [...givenTokens(prefix, position, 4)])).toEqual([
    [1, 4, 4, 4],
    [2, 5, 5, 5],
    [3, 6, 6, 6],
    [-1, -1, -1, -1],
    [-1, -1, -1, -1],
  ])
})
