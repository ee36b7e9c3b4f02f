/** Decoders as files: what they give is what the transformer gives, however their weights are stored. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { describeFailure } from '../../lib/errors.ts'
import type { Parameters } from '../../lib/models/autoregressive.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { transformer, type TransformerSize } from '../../lib/models/transformer.ts'
import { type DecoderOptions, exportDecoder } from '../../lib/pretrained/decoder-file.ts'
import { openPredictor } from '../../lib/onnx/import.ts'
import { reference } from '../../lib/reference.ts'
import { left, run } from '../either.ts'
import { withFolder } from '../folder.ts'
import { coarseParameters, decoderFile, halfParameters, randomParameters, SIZE } from '../onnx/gpt2.ts'

/** Rows of tokens after the begin symbol. */
const ROWS: readonly (readonly number[])[] = [[], [3], [0, 15, 7, 7], [9, 2, 4, 1, 1, 5, 12, 13, 8, 6]]

/** The largest difference of the file's logits of the next token from those of the transformer on the reference. */
const difference = (
  options: Partial<DecoderOptions>,
  given: TransformerSize,
  size: TransformerSize,
  parameters: Parameters,
) =>
  withFolder(async (folder) => {
    const { model, data } = await decoderFile(options, given)
    const file = join(folder, 'model.onnx')
    writeFileSync(file, model)
    if (data !== undefined) writeFileSync(join(folder, 'weights.bin'), data)
    const predictor = await run(openPredictor({ file, threads: 1 }))
    const runtime = languageRuntime(reference, transformer(size), { batch: 1 })
    let most = 0
    for (const row of ROWS) {
      const rows = { tokens: Int32Array.from(row), count: 1, time: row.length }
      const wanted = await run(runtime.nextLogits(parameters, rows))
      const found = await run(predictor.read(Int32Array.from([size.begin, ...row])))
      found.logits.forEach((x, i) => {
        most = Math.max(most, Math.abs(x - at(wanted, i)))
      })
    }
    predictor.release()
    runtime.release()
    return most
  })

const random = randomParameters(SIZE)

describe('a decoder’s file', () => {
  const variants: readonly (readonly [string, TransformerSize, Partial<DecoderOptions>])[] = [
    ['with a cache', SIZE, {}],
    ['without one', SIZE, { cache: false }],
    ['untied, with gelu', { ...SIZE, tied: false, activation: 'gelu', heads: 4 }, {}],
    ['of one layer, with relu', { ...SIZE, layers: 1, activation: 'relu', begin: 5 }, { external: 'weights.bin' }],
  ]
  it.each(variants)('%s gives the logits of the transformer', { timeout: 60_000 }, async (_, size, options) => {
    expect(await difference(options, size, size, randomParameters(size))).toBeLessThan(2e-5)
  })

  it('in half precision gives those of the rounded weights', { timeout: 60_000 }, async () => {
    expect(await difference({ precision: 'fp16' }, SIZE, SIZE, halfParameters(random))).toBeLessThan(2e-5)
    expect(await difference({ precision: 'fp16' }, SIZE, SIZE, random)).toBeGreaterThan(1e-4)
  })

  it('in 4 bits gives those of the coarse weights', { timeout: 60_000 }, async () => {
    const untied = { ...SIZE, tied: false }
    expect(await difference({ precision: 'q4' }, SIZE, untied, coarseParameters(SIZE, random))).toBeLessThan(1e-4)
  })

  it('is that of GPT-2’s shape alone', async () => {
    const said = async (size: Partial<TransformerSize>): Promise<string> =>
      describeFailure(left(await exportDecoder({ size: { ...SIZE, ...size }, parameters: random })()))
    expect(await said({ positions: 'rotary' })).toBe(
      'a transformer with rotary positions has no file of a decoder: export its logits with exportProgram.',
    )
    expect(await said({ norm: 'post' })).toContain('norms after its blocks')
    expect(await said({ begin: 16 })).toContain('a begin symbol that is none of its symbols')
    expect(await said({ layers: 3 })).toContain('the file cannot be written')
  })
})
