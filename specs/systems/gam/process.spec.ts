/**
 * Data: strings of the motif process and a user's own, their sizes, their independence, and the exact entropy.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { key } from '../../../lib/key.ts'
import type { GamData } from '../../../lib/systems/gam/options.ts'
import { gamStrings, readLines, TEST_SIZE, validationSize } from '../../../lib/systems/gam/process.ts'
import { binomialDesign, standard } from '../../../lib/laws/statistics.ts'
import { left, right } from '../../either.ts'
import { withFolder } from '../../folder.ts'
import { stringsFile, tinyData } from './tiny.ts'

const motif: GamData = { kind: 'motif', motif: '101', length: 8, mixture: 1 }

describe('a motif process', () => {
  const strings = right(gamStrings(motif, 600, key(1)))

  it('has the paper’s sizes: |V| = |D|/4 between 500 and 2 000, |T| = 5 000', () => {
    expect([100, 2000, 4000, 8000, 20_000].map(validationSize)).toEqual([500, 500, 1000, 2000, 2000])
    expect(strings.training).toHaveLength(600)
    expect(strings.validation).toHaveLength(500)
    expect(strings.test).toHaveLength(TEST_SIZE)
  })

  it('gives strings of the length, every one with the motif, and their exact entropy', () => {
    const all = [...strings.training, ...strings.validation, ...strings.test]
    expect(all.every((x) => x.length === 8 && x.includes('101'))).toBe(true)
    // Uniform over the strings of 8 symbols with the motif: the entropy is the logarithm of their number.
    const count = Array.from({ length: 256 }, (_, i) => i.toString(2).padStart(8, '0')).filter((x) => x.includes('101'))
    expect(Math.abs((strings.entropy ?? 0) - Math.log(count.length))).toBeLessThan(1e-12)
  })

  it('draws D, V and T from different streams, and the same ones from the same key', () => {
    expect(strings.validation.slice(0, 50)).not.toEqual(strings.training.slice(0, 50))
    expect(strings.test.slice(0, 50)).not.toEqual(strings.training.slice(0, 50))
    expect(right(gamStrings(motif, 600, key(1)))).toEqual(strings)
    expect(right(gamStrings(motif, 300, key(1))).training).toEqual(strings.training.slice(0, 300))
    expect(right(gamStrings(motif, 600, key(2))).training).not.toEqual(strings.training)
  })

  it('a mixture holds the motif in its share of the strings (α = 1e-9, a shift of .05 seen with 1 − 1e-6)', () => {
    const { n, check } = binomialDesign({ ...standard, minDiscrepancy: 0.05 })
    const { training } = right(gamStrings({ ...motif, mixture: 0.7 }, n, key(3)))
    expect(check(training.filter((x) => x.includes('101')).length, n, 0.7)).toMatchObject({ passed: true })
  })

  it('a motif longer than its string is a failure', () => {
    expect(left(gamStrings({ ...motif, length: 2 }, 10, key(1))).remedy).not.toBe('')
  })
})

describe('a user’s own strings', () => {
  it('a line has at most 512 symbols, counted as code points; a longer one is named with the remedy', () =>
    withFolder(async (folder) => {
      const file = join(folder, 'lines.txt')
      writeFileSync(file, `${'😀'.repeat(512)}\n${'a'.repeat(512)}\n`)
      expect(right(readLines(file))).toHaveLength(2)
      for (const symbols of [513, 1_000_000]) {
        writeFileSync(file, `a\n${'b'.repeat(symbols)}\n`)
        expect(left(readLines(file))).toMatchObject({
          tag: 'Usage',
          what: `line 2 of ${file} has ${symbols} symbols, more than 512`,
          remedy: `cut it into shorter strings, for example fold -w 512 ${file}`,
        })
      }
    }))

  it('are drawn from the file without overlap; what is left over is shared by V and T', () => {
    const lines = right(readLines(stringsFile))
    const { training, validation, test, alphabet, length, entropy } = right(gamStrings(tinyData, 24, key(1)))
    expect([training.length, validation.length, test.length]).toEqual([24, 30, 30])
    expect([...training, ...validation, ...test].sort()).toEqual([...lines].sort())
    expect([alphabet.symbols, length, entropy]).toEqual([['a', 'b'], 5, undefined])
    expect(right(gamStrings(tinyData, 24, key(2))).training).not.toEqual(training)
  })

  it('too few of them, or a file that is not there, are failures that say what to do', () => {
    expect(left(gamStrings(tinyData, 83, key(1)))).toMatchObject({
      tag: 'Usage',
      remedy: expect.stringContaining('--train 42'),
    })
    expect(left(gamStrings({ ...tinyData, file: 'no/such/file' }, 8, key(1)))).toMatchObject({ tag: 'File' })
  })

  it.each([0, 1, 2, 3, 4, 5, 9])('of %i strings: the advice is one that can be followed', (count) =>
    withFolder((folder) => {
      const file = join(folder, 'few.txt')
      writeFileSync(file, 'ab\n'.repeat(count))
      const { remedy } = left(gamStrings({ ...tinyData, file }, 100, key(1)))
      const train = Number(/--train (\d+)/.exec(remedy)?.[1])
      if (count < 3) {
        expect(remedy).toBe('give a file of at least 3 strings')
        return Promise.resolve()
      }
      expect(train).toBeGreaterThan(0)
      const { training, validation, test } = right(gamStrings({ ...tinyData, file }, train, key(1)))
      expect(training).toHaveLength(train)
      expect(Math.min(validation.length, test.length)).toBeGreaterThan(0)
      return Promise.resolve()
    }),
  )
})
