/** Damaged files of every format give a value or a typed failure; `npm run fuzz` tries many more. */
import { describe, expect, it } from 'vitest'
import { right } from '../either.ts'
import { examine } from './examine.ts'
import { formats, onnxFormat } from './formats.ts'

describe('damaged files', { timeout: 120_000 }, () => {
  it.each(formats)('$name: 100 of them', async (format) => {
    right(await format.read(format.good))
    const { accepted } = await examine(format, 100, 11)
    expect(accepted).toBeLessThan(100)
  })

  it('ONNX: 20 of them', async () => {
    const format = await onnxFormat()
    right(await format.read(format.good))
    await examine(format, 20, 11)
  })

  it('the law is broken by what throws, what takes much memory, and what speaks of types', async () => {
    const [format] = formats
    if (format === undefined) throw new Error('there are no formats')
    const left = (what: string, tag: 'Format' | 'Runtime' = 'Format') => ({
      _tag: 'Left' as const,
      left: { tag, what, remedy: 'x', facts: {} },
    })
    for (const [why, read] of [
      ['throws RangeError', () => Promise.reject(new RangeError('Invalid array length'))],
      ['a message that is not', () => Promise.resolve(left("Cannot read properties of undefined (reading 'a')"))],
      ['a message that is not', () => Promise.resolve(left('expected ReadonlyArray<number>'))],
      ['no proper failure', () => Promise.resolve(left('oops', 'Runtime'))],
      ['MiB more of memory', () => Promise.resolve(left(`${Buffer.alloc(2 ** 30, 1).length} bytes`))],
    ] as const)
      await expect(examine({ ...format, read }, 3, 1)).rejects.toThrow(
        new RegExp(`^${format.name}: file 1 of seed 1: .*${why}`),
      )
  })
})
