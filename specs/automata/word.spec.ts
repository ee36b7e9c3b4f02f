/** Strings by enumeration: each of a length once, in order, and none of another. */
import { expect, it } from 'vitest'
import { wordsOfLength, wordsUpTo } from '../../lib/automata/word.ts'

it.each([
  [2, 0],
  [2, 3],
  [3, 2],
  [1, 4],
])('over %d symbols there are size^n strings of length n = %d, in order', (size, length) => {
  const words = wordsOfLength(size, length)
  expect(words.map((word) => word.length)).toEqual(Array.from({ length: size ** length }, () => length))
  expect(words.map((word) => word.reduce((n, symbol) => n * size + symbol, 0))).toEqual([...words.keys()])
  expect(wordsUpTo(size, length)).toEqual(Array.from({ length: length + 1 }, (_, n) => wordsOfLength(size, n)).flat())
})
