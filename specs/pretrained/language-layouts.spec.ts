/** One model in the layouts of exporters: every folder is read, and gives the log-probabilities of the plain file. */
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { describeFailure } from '../../lib/errors.ts'
import { languageModel } from '../../lib/pretrained/language-model.ts'
import type { LanguageDtype } from '../../lib/pretrained/model-folder.ts'
import { logSoftmax } from '../../lib/math.ts'
import { openPredictor } from '../../lib/onnx/import.ts'
import type { Rows } from '../../lib/tilt/model.ts'
import { left, run } from '../either.ts'
import { withFolder } from '../folder.ts'
import {
  coarseParameters,
  decoderFile,
  halfParameters,
  LAYOUTS,
  randomParameters,
  SIZE,
  writeGpt2,
} from '../onnx/gpt2.ts'
import type { DecoderOptions } from '../../lib/pretrained/decoder-file.ts'
import type { TransformerSize } from '../../lib/models/transformer.ts'

/** Tokens of the prompt `cab`, and rows that go on from it, each from one of those before. */
const PROMPT = [3, 1, 2]
const STEPS: readonly (readonly [parents: readonly number[], tokens: readonly number[]])[] = [
  [
    [0, 0, 0],
    [4, 9, 1],
  ],
  [
    [2, 0, 2, 1],
    [7, 7, 15, 3],
  ],
  [
    [3, 0],
    [5, 11],
  ],
]

/** The rows after each step, whole. */
const wholeRows = (): readonly (readonly (readonly number[])[])[] => {
  let rows: readonly (readonly number[])[] = [PROMPT]
  return [
    rows,
    ...STEPS.map(([parents, tokens]) => {
      rows = parents.map((parent, i) => [...at(rows, parent), at(tokens, i)])
      return rows
    }),
  ]
}

/** log q of the next token after every row, each read alone and whole by the plain file of these parameters. */
const expected = (
  options: Partial<DecoderOptions>,
  size: TransformerSize,
): Promise<readonly (readonly Float64Array[])[]> =>
  withFolder(async (folder) => {
    const file = join(folder, 'model.onnx')
    writeFileSync(file, (await decoderFile({ ...options, cache: false }, size)).model)
    const predictor = await run(openPredictor({ file, threads: 1 }))
    const all: Float64Array[][] = []
    for (const rows of wholeRows()) {
      const logs: Float64Array[] = []
      for (const row of rows) {
        const logits = await run(predictor.logits({ tokens: Int32Array.from(row), count: 1, time: row.length }))
        logs.push(logSoftmax(logits.subarray(logits.length - size.symbols)))
      }
      all.push(logs)
    }
    predictor.release()
    return all
  })

const random = randomParameters(SIZE)

/** What the parameters become in a file's precision. */
const STORED: Readonly<Record<string, readonly [Partial<DecoderOptions>, TransformerSize, LanguageDtype]>> = {
  f16: [{ parameters: halfParameters(random) }, SIZE, 'fp16'],
  q4: [{ parameters: coarseParameters(SIZE, random) }, { ...SIZE, tied: false }, 'q4'],
}

describe('the layouts of exporters', () => {
  it.each(Object.keys(LAYOUTS))('%s gives the log-probabilities of the plain file', { timeout: 60_000 }, (name) =>
    withFolder(async (folder) => {
      const [options, size, dtype] = STORED[name] ?? [{}, SIZE, 'fp32']
      const wanted = await expected(options, size)
      const language = await run(languageModel(await writeGpt2(folder, [name]), { threads: 1, dtype }))
      expect(language.description.includes('key/value cache')).toBe(name !== 'plain')
      expect(language.description.includes('one token at a time')).toBe(name === 'with past alone')
      const model = await run(language.after('cab'))
      let rows: Rows = await run(model.begin)
      let most = 0
      const compare = (logs: readonly Float64Array[]): void =>
        logs.forEach((own, r) => {
          own.forEach((x, v) => {
            most = Math.max(most, Math.abs(x - at(at(rows.logs, r), v)))
          })
        })
      compare(at(wanted, 0))
      for (const [i, [parents, tokens]] of STEPS.entries()) {
        rows = await run(rows.grow(parents, tokens))
        compare(at(wanted, i + 1))
      }
      expect(most).toBeLessThan(name === 'q4' ? 1e-4 : 2e-5)
      language.release()
    }),
  )
})

describe('the file of a folder', () => {
  it('is that of the dtype, or the most exact one', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      await writeGpt2(folder, ['with past', 'f16', 'q4'])
      const opened = async (dtype?: LanguageDtype): Promise<string> => {
        const found = await run(languageModel(folder, { threads: 1, ...(dtype === undefined ? {} : { dtype }) }))
        found.release()
        return found.description
      }
      expect(await opened()).toContain('model.onnx (16 symbols')
      expect(await opened('fp16')).toContain('model_fp16.onnx (16 symbols')
      expect(await opened('q4')).toContain('model_q4.onnx (16 symbols')
      rmSync(join(folder, 'onnx', 'model.onnx'))
      expect(await opened()).toContain('model_fp16.onnx (16 symbols')
      expect(describeFailure(left(await languageModel(folder, { dtype: 'q8' })()))).toBe(
        `${folder} holds no model of the dtype q8 (it has ${join('onnx', 'model_fp16.onnx')}, ${join('onnx', 'model_q4.onnx')}): choose another dtype.`,
      )
    }),
  )

  it('ends where either configuration says, in a list as alone', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      await writeGpt2(folder)
      writeFileSync(join(folder, 'generation_config.json'), JSON.stringify({ eos_token_id: [5, 7] }))
      const language = await run(languageModel(folder, { threads: 1 }))
      expect(language.ends).toEqual([5, 7, 0])
      language.release()
    }),
  )
})

describe('a chat', () => {
  const template =
    "{{ bos_token }}{% for m in messages %}{% if m.role == 'tool' %}{{ raise_exception('no tools') }}{% endif %}{{ m.role[0] }}{{ m.content }}{{ eos_token }}{% endfor %}{% if add_generation_prompt %}a{% endif %}"
  const ask = [{ role: 'user', content: 'abc' }]

  it('is written by the template of the model, special tokens as such', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      await writeGpt2(folder)
      const end = '<|endoftext|>'
      const config = { tokenizer_class: 'GPT2Tokenizer', bos_token: { content: end }, eos_token: end }
      const logsOf = async (chat: readonly { readonly role: string; readonly content: string }[]) => {
        const language = await run(languageModel(folder, { threads: 1 }))
        const rows = await run((await run(language.after(chat))).begin)
        language.release()
        return at(rows.logs, 0)
      }
      const plain = await run(openPredictor({ file: join(folder, 'onnx', 'model.onnx'), threads: 1 }))
      // The u of `user` is no letter of the tokenizer, so the role is `l`.
      const chat = [{ role: 'lad', content: 'abc' }]
      const wanted = logSoftmax((await run(plain.read(Int32Array.of(0, 12, 1, 2, 3, 0, 1)))).logits)
      plain.release()
      writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ ...config, chat_template: template }))
      expect(await logsOf(chat)).toEqual(wanted)
      const listed = [
        { name: 'tool_use', template: 'x' },
        { name: 'default', template },
      ]
      writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify({ ...config, chat_template: listed }))
      expect(await logsOf(chat)).toEqual(wanted)
      writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(config))
      writeFileSync(join(folder, 'chat_template.jinja'), template)
      expect(await logsOf(chat)).toEqual(wanted)
      const language = await run(languageModel(folder, { threads: 1 }))
      expect(describeFailure(left(await language.after([{ role: 'tool', content: 'a' }])()))).toBe(
        `the chat template of ${folder} refuses the chat (no tools): give other turns.`,
      )
      language.release()
    }),
  )

  it('needs a model with a template', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      const language = await run(languageModel(await writeGpt2(folder), { threads: 1 }))
      expect(describeFailure(left(await language.after(ask)()))).toBe(
        `the model of ${folder} has no chat template: give the prompt as text, or a model that was trained for chats.`,
      )
      language.release()
    }),
  )
})

describe('an execution provider', () => {
  it('that ONNX Runtime has not here is told with the remedy', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      await writeGpt2(folder)
      const provider = process.platform === 'darwin' ? 'dml' : 'coreml'
      const said = describeFailure(left(await languageModel(folder, { threads: 1, provider })()))
      expect(said).toMatch(
        /^ONNX Runtime has no (Core ML|DirectML) here \(.*\): choose the provider cpu; it is a part of/,
      )
      const language = await run(languageModel(folder, { threads: 1, provider: 'cpu' }))
      expect(language.description).toMatch(/ on ONNX Runtime [\d.]+ \(CPU\)$/)
      language.release()
    }),
  )
})
