/** Models from folders: what they give is what the file gives, and a wrong folder gets one sentence. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { describeFailure } from '../../lib/errors.ts'
import { key } from '../../lib/key.ts'
import { ENGLISH_MODEL, languageModel } from '../../lib/pretrained/language-model.ts'
import { sum } from '../../lib/math.ts'
import { logProbabilities } from '../../lib/models/decoding-host.ts'
import { openPredictor } from '../../lib/onnx/import.ts'
import { all } from '../../lib/tilt/constraint.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import type { Tilted } from '../../lib/tilt/result.ts'
import { smc } from '../../lib/tilt/samplers.ts'
import { prepare } from '../../lib/tilt/target.ts'
import { containingAll } from '../../lib/tilt/words.ts'
import { left, right, run } from '../either.ts'
import { withFolder } from '../folder.ts'
import { letterTokenizer, writeModelFolder } from './model-folder.ts'

describe('a model from a folder', () => {
  it('goes on from a prompt: log Z of two letters by asking the file of every one', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      const language = await run(languageModel(writeModelFolder(folder), { threads: 1 }))
      const model = await run(language.after('fn'))
      expect(model).toMatchObject({ ends: [0], context: 10 })
      expect([...language.tokenizer.encode('fn')]).toEqual([6, 14])
      const predictor = await run(openPredictor({ file: join(folder, 'onnx', 'model.onnx'), threads: 1 }))
      /** q(v | row). */
      const next = async (row: readonly number[]): Promise<Float64Array> => {
        const logits = await run(predictor.logits({ tokens: Int32Array.from(row), count: 1, time: row.length }))
        return logProbabilities(logits.subarray(logits.length - 16)).map(Math.exp)
      }
      /** The texts [a-e][^c] of two letters, then the end. */
      const first = await next([6, 14])
      let Z = 0
      const shares = new Map<string, number>()
      for (let v = 1; v <= 5; v++) {
        const second = await next([6, 14, v])
        for (let w = 1; w < 16; w++) {
          if (w === 3) continue
          const mass = at(first, v) * at(second, w) * at(await next([6, 14, v, w]), 0)
          Z += mass
          shares.set(String.fromCharCode(96 + v, 96 + w), mass)
        }
      }
      const target = { model, constraint: right(matching(/[a-e][^c]/u)), limit: 4 }
      const found = await run(smc(key(1), { particles: 2000, islands: 40 })(target))
      expect(Math.abs(found.logPartition.value - Math.log(Z))).toBeLessThan(4 * found.logPartition.standardError)
      expect(found.logPartition.standardError).toBeLessThan(0.05)
      for (const [text, mass] of shares)
        expect(Math.abs(sum(found.weights.filter((_, i) => found.texts[i] === text)) - mass / Z)).toBeLessThan(0.06)
      predictor.release()
      language.release()
    }),
  )

  it('without a prompt begins as its configuration or its tokenizer says', () =>
    withFolder(async (folder) => {
      writeModelFolder(folder)
      writeFileSync(join(folder, 'config.json'), JSON.stringify({ bos_token_id: 3, eos_token_id: null }))
      rmSync(join(folder, 'generation_config.json'))
      const language = await run(languageModel(folder, { threads: 1 }))
      expect(language.ends).toEqual([0])
      const [begun, again] = [
        await run((await run(language.after(''))).begin),
        await run((await run(language.after('c'))).begin),
      ]
      expect(begun.logs).toEqual(again.logs)
      language.release()
    }))
})

describe('all of some words in one sentence', () => {
  it('S24 are found by 16 particles at least five times as often as by the best of 16 texts', {
    timeout: 120_000,
  }, async () => {
    const language = await run(languageModel(ENGLISH_MODEL, { threads: 1 }))
    const model = await run(language.after('The sea'))
    const constraint = all([right(containingAll(['ship', 'wind'])), right(matching(/[^.!?]*[.!?]/u))])
    const target = await run(prepare({ model, constraint, limit: 24 }))
    const found = await Promise.all([1, 2, 3].map((seed) => smc(key(seed), { particles: 16, islands: 1 })(target)()))
    const successes = found.filter((each) => each._tag === 'Right').length / found.length
    // A text of the model is such a sentence with probability Z, and one of 16 with at most 16 Z.
    const { logPartition } = await run(smc(key(4), { particles: 64, islands: 4 })(target))
    expect(successes).toBeGreaterThanOrEqual(5 * 16 * Math.exp(logPartition.interval[1]))
    expect(successes).toBeGreaterThan(0.5)
    language.release()
  })
})

describe('tokenisations', () => {
  it('S23 the canonical ones are those that the tokenizer gives after the prompt, and others have no weight', {
    timeout: 60_000,
  }, async () => {
    const language = await run(languageModel(ENGLISH_MODEL, { threads: 1 }))
    const model = await run(language.after('The sea'))
    const constraint = right(matching(/ shorelines?/u))
    const drawn = (tokenisation: 'every' | 'canonical') =>
      run(smc(key(1), { particles: 64, islands: 1, threshold: 0 })({ model, constraint, limit: 8, tokenisation }))
    const own = ({ texts, tokens, weights }: Tilted): readonly boolean[] =>
      texts.flatMap((text, i) =>
        at(weights, i) === 0
          ? []
          : [
              language.tokenizer.encode(`The sea${text}`).join() ===
                [...language.tokenizer.encode('The sea'), ...at(tokens, i)].join(),
            ],
      )
    expect(new Set(own(await drawn('every')))).toEqual(new Set([true, false]))
    const canonical = await drawn('canonical')
    expect(new Set(own(canonical))).toEqual(new Set([true]))
    expect(new Set(canonical.deaths.map(({ cause }) => cause))).toEqual(
      new Set(['the tokenizer, which spells the text otherwise']),
    )
    // What is left out may break a word, or begin in the middle of a token of the prompt.
    const broken = [...language.tokenizer.encode(' sh'), ...language.tokenizer.encode('ip')]
    expect(model.canonical?.(Array.from(language.tokenizer.encode(' ship')))).toBe(true)
    expect(model.canonical?.(broken)).toBe(false)
    language.release()
  })
})

describe('a wrong folder', () => {
  const said = async (folder: string): Promise<string> => describeFailure(left(await languageModel(folder)()))

  it('is told in one sentence what it lacks', () =>
    withFolder(async (folder) => {
      expect(await said(join(folder, 'nowhere'))).toBe(
        `the folder ${join(folder, 'nowhere')} cannot be read: give a folder with a model.`,
      )
      writeModelFolder(folder, { onnx: '' })
      expect(await said(folder)).toBe(
        `${folder} holds no .onnx file: export the model to ONNX into it, or into its folder onnx.`,
      )
      writeFileSync(join(folder, 'onnx', 'a.onnx'), 'x')
      writeFileSync(join(folder, 'b.onnx'), 'x')
      expect(await said(folder)).toContain('holds several .onnx files (')
      rmSync(join(folder, 'b.onnx'))
      expect(await said(folder)).toContain('is not an ONNX model')
      rmSync(join(folder, 'tokenizer.json'))
      expect(await said(folder)).toBe(
        `${join(folder, 'tokenizer.json')} cannot be read: put the file of the export there.`,
      )
    }))

  it('whose tokenizer is another model’s is refused', () =>
    withFolder(async (folder) => {
      const long = Array.from({ length: 40 }, (_, i) => String.fromCharCode(65 + i)).join('')
      writeModelFolder(folder, { tokenizer: letterTokenizer(long) })
      expect(await said(folder)).toBe(
        `the tokenizer of ${folder} has 41 tokens and the model gives logits of 16: give the tokenizer.json that the model was trained with.`,
      )
      writeFileSync(join(folder, 'tokenizer.json'), Uint8Array.of(0x22, 0xe9, 0x22))
      expect(await said(folder)).toMatch(/tokenizer\.json is not text in UTF-8 \(byte e9 at offset 1\): convert it/)
      writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(letterTokenizer()))
      writeFileSync(join(folder, 'config.json'), '{"n_positions": "many"}')
      expect(await said(folder)).toContain('n_positions')
    }))
})
