/** Damaged files of every format give a value or a typed failure; `npm run fuzz` tries many more. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { right } from '../either.ts'
import { examine, examineFaults } from './examine.ts'
import { formats, onnxFormat } from './formats.ts'
import { readers } from './readers.ts'

describe('damaged files', { timeout: 120_000 }, () => {
  it.each(formats)('$name: 100 of them', async (format) => {
    right(await format.read(format.good))
    const { accepted } = await examine(format, 100, 11)
    expect(accepted).toBeLessThan(100)
  })

  it.each(formats)('$name: every kind of fault', async (format) => {
    expect(await examineFaults(format, 1)).toBeGreaterThan(30)
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

/** How text and bytes from outside come in. */
const READS =
  /\b(?:decodeJson|decodeText|scanJson|readFileSync|readFile|readBytes|gunzipSync|inflateSync|gunzipped|createReadStream|decodeSafetensors|readTokenizer|tokenizerParts|new Template|new TextDecoder|JSON\.parse)\b/u

describe('readers of files from outside', () => {
  const lib = fileURLToPath(new URL('../../lib', import.meta.url))
  const sources = readdirSync(lib, { recursive: true, encoding: 'utf8' }).filter(
    (file) => file.endsWith('.ts') && !file.startsWith('generated'),
  )

  it('all stand in the table with the formats that try them', () => {
    const reading = sources.filter((file) =>
      READS.test(readFileSync(join(lib, file), 'utf8').replaceAll(/^ *(?:\/\*\*|\*|\/\/).*$/gmu, '')),
    )
    expect(reading.filter((file) => !Object.hasOwn(readers, file))).toEqual([])
    expect(Object.keys(readers).filter((file) => !sources.includes(file))).toEqual([])
    const names = new Set([...formats.map(({ name }) => name), 'ONNX'])
    const tried = Object.values(readers).flatMap((each) => (typeof each === 'string' ? [] : each))
    expect(tried.filter((name) => !names.has(name))).toEqual([])
  })
})
