/** The model in the package: it is found, spells everything, predicts English, and is what transformers.js loads. */
import { readFileSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { AutoModelForCausalLM, AutoTokenizer, env } from '@huggingface/transformers'
import { afterAll, describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { key } from '../../lib/key.ts'
import { ENGLISH_MODEL, languageModel } from '../../lib/pretrained/language-model.ts'
import { spelled } from '../../lib/tilt/model.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { smc } from '../../lib/tilt/samplers.ts'
import { fromTransformers } from '../../lib/pretrained/transformers.ts'
import { right, run } from '../either.ts'

const language = await run(languageModel(undefined, { threads: 1 }))
afterAll(() => language.release())

/** −log q of a text and its end, in bits a byte; it is in none of the corpora. */
const bits = async (text: string): Promise<number> => {
  const model = await run(language.after(''))
  let rows = await run(model.begin)
  let total = 0
  for (const token of [...language.tokenizer.encode(text), at(language.ends, 0)]) {
    total -= at(at(rows.logs, 0), token)
    rows = await run(rows.grow([0], [token]))
  }
  return total / Math.LN2 / Buffer.byteLength(text)
}

describe('the model of the package', () => {
  it('is small, in half precision, and says what it is', () => {
    const file = join(ENGLISH_MODEL, 'onnx', 'model_fp16.onnx')
    expect(statSync(file).size).toBeLessThan(4_000_000)
    expect(language.description).toMatch(
      /model_fp16\.onnx \(3072 symbols, key\/value cache\) on ONNX Runtime [\d.]+ \(CPU\)$/,
    )
    const readme = readFileSync(join(ENGLISH_MODEL, 'README.md'), 'utf8')
    for (const said of ['3072 tokens', '256 positions', 'perplexity', 'public domain']) expect(readme).toContain(said)
  })

  it('spells every byte, and every text', () => {
    const { tokenizer } = language
    for (const text of ['The sea.', ' \n\t', 'Grüße, 世界 🙂', '{"a": [1, 2.5e-3]}', 'x'.repeat(300)])
      expect(tokenizer.decode(tokenizer.encode(text))).toBe(text)
  })

  it('predicts English that it has not read, and no other order of its words', { timeout: 60_000 }, async () => {
    const text =
      'The young man was surprised to find that his father had gone to the city in the morning without a word.'
    const [own, turned] = [await bits(text), await bits(text.split(' ').reverse().join(' '))]
    expect(own).toBeLessThan(2.2)
    expect(turned - own).toBeGreaterThan(0.5)
    expect(await bits('qzx vbk wjq pfk zzgh xkcd qwv')).toBeGreaterThan(5)
  })

  it('gives texts under a constraint', { timeout: 60_000 }, async () => {
    const target = {
      model: await run(language.after('The sea')),
      constraint: right(matching(/.*\bship\b.*/su)),
      limit: 24,
    }
    const found = await run(smc(key(1), { particles: 16, islands: 4 })(target))
    const alive = found.texts.filter((_, i) => at(found.weights, i) > 0)
    expect(alive.length).toBeGreaterThan(0)
    for (const text of alive) expect(text).toMatch(/\bship\b/)
  })

  it('is what transformers.js loads: tokens and log-probabilities to the bit', { timeout: 60_000 }, async () => {
    env.allowRemoteModels = false
    env.localModelPath = dirname(ENGLISH_MODEL)
    const tokenizer = await AutoTokenizer.from_pretrained(basename(ENGLISH_MODEL))
    const session_options = { intraOpNumThreads: 1 }
    const model = await AutoModelForCausalLM.from_pretrained(basename(ENGLISH_MODEL), { session_options })
    const theirs = await run(fromTransformers(model, tokenizer))
    const text = 'It is a truth universally acknowledged, “he said”, that 7 × 6 = 42.\n'
    expect([...theirs.tokenizer.encode(text)]).toEqual([...language.tokenizer.encode(text)])
    // What their tokenizer reads begins as ours does: with the end of the text before.
    expect(tokenizer.encode('It is')).toEqual([at(language.ends, 0), ...language.tokenizer.encode('It is')])
    for (const prompt of ['', text]) {
      const [a, b] = [await run(language.after(prompt)), await run(theirs.after(prompt))]
      expect(b.texts).toEqual(a.texts)
      expect((await run(b.begin)).logs).toEqual((await run(a.begin)).logs)
    }
    const a = await run(language.after('Call'))
    expect(new TextDecoder().decode(spelled(a.texts, [...language.tokenizer.encode(' me Ishmael.')]))).toBe(
      ' me Ishmael.',
    )
    await model.dispose()
  })
})
