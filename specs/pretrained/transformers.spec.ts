/** Models that transformers.js has loaded, from folders of ours: the same tokens, the same log-probabilities, one session. */
import { dirname, basename } from 'node:path'
import { AutoModelForCausalLM, AutoTokenizer, env } from '@huggingface/transformers'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { describeFailure } from '../../lib/errors.ts'
import { key } from '../../lib/key.ts'
import { languageModel } from '../../lib/pretrained/language-model.ts'
import { matching } from '../../lib/tilt/pattern.ts'
import { smc } from '../../lib/tilt/samplers.ts'
import { fromTransformers } from '../../lib/pretrained/transformers.ts'
import { left, right, run } from '../either.ts'
import { withFolder } from '../folder.ts'
import { writeGpt2 } from '../onnx/gpt2.ts'

/** A folder as transformers.js loads it, without asking anybody. */
const loaded = async (folder: string, dtype: 'fp32' | 'fp16' | 'q4' = 'fp32') => {
  env.allowRemoteModels = false
  env.localModelPath = dirname(folder)
  const name = basename(folder)
  const session_options = { intraOpNumThreads: 1 }
  return {
    tokenizer: await AutoTokenizer.from_pretrained(name),
    model: await AutoModelForCausalLM.from_pretrained(name, { dtype, session_options }),
  }
}

describe('a model of transformers.js', () => {
  it.each(['fp32', 'fp16', 'q4'] as const)(
    '%s is the model of the folder: tokens, texts, and log-probabilities to the bit',
    { timeout: 60_000 },
    (dtype) =>
      withFolder(async (folder) => {
        await writeGpt2(folder, ['with past', 'f16', 'q4'])
        const { model, tokenizer } = await loaded(folder, dtype)
        const [own, theirs] = [
          await run(languageModel(folder, { threads: 1, dtype })),
          await run(fromTransformers(model, tokenizer)),
        ]
        expect(theirs.ends).toEqual(own.ends)
        expect([...theirs.tokenizer.encode('cab')]).toEqual([...own.tokenizer.encode('cab')])
        expect(theirs.tokenizer.decode([3, 1, 2])).toBe('cab')
        expect(theirs.description).toBe(
          `gpt2 of transformers.js (16 symbols, key/value cache) on ONNX Runtime (cpu, ${dtype})`,
        )
        for (const prompt of ['', 'cab']) {
          const [ours, others] = [await run(own.after(prompt)), await run(theirs.after(prompt))]
          expect(others.texts).toEqual(ours.texts)
          expect(others.context).toBe(ours.context)
          const [a, b] = [await run(ours.begin), await run(others.begin)]
          expect(b.logs).toEqual(a.logs)
          const [c, d] = [await run(a.grow([0, 0], [4, 9])), await run(b.grow([0, 0], [4, 9]))]
          const [e, f] = [await run(c.grow([1, 1, 0], [2, 3, 4])), await run(d.grow([1, 1, 0], [2, 3, 4]))]
          expect(f.logs).toEqual(e.logs)
        }
        // The caller's sessions go on after ours is released.
        theirs.release()
        const { input_ids, attention_mask } = tokenizer('cab')
        expect(await model({ input_ids, attention_mask })).toMatchObject({ logits: { dims: [1, 3, 16] } })
        await model.dispose()
        own.release()
      }),
  )

  it('is tilted as any other: log Z is that of the folder’s model', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      await writeGpt2(folder)
      const { model, tokenizer } = await loaded(folder)
      const constraint = right(matching(/[a-e][^c]/u))
      const found = await Promise.all(
        [await run(languageModel(folder, { threads: 1 })), await run(fromTransformers(model, tokenizer))].map(
          async (language) => {
            const target = { model: await run(language.after('fn')), constraint, limit: 4 }
            const { texts, logPartition } = await run(smc(key(1), { particles: 64, islands: 4 })(target))
            language.release()
            return { texts, logPartition }
          },
        ),
      )
      expect(at(found, 1)).toEqual(at(found, 0))
      await model.dispose()
    }),
  )

  it('writes chats by its own template, and says so when it has none', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      await writeGpt2(folder)
      const { model, tokenizer } = await loaded(folder)
      const language = await run(fromTransformers(model, tokenizer))
      const chat = [{ role: 'lad', content: 'abc' }]
      expect(describeFailure(left(await language.after(chat)()))).toContain('the chat cannot be written')
      tokenizer.chat_template = '{% for m in messages %}{{ m.content }}{{ eos_token }}{% endfor %}'
      const [written, typed] = [
        await run((await run(language.after(chat))).begin),
        await run((await run(language.after('abc'))).begin).then(async (rows) => run(rows.grow([0], [0]))),
      ]
      at(written.logs, 0).forEach((x, v) => expect(x).toBeCloseTo(at(at(typed.logs, 0), v), 4))
      await model.dispose()
    }),
  )

  it('must have a decoder and know where texts end', { timeout: 60_000 }, () =>
    withFolder(async (folder) => {
      await writeGpt2(folder)
      const { model, tokenizer } = await loaded(folder)
      const said = async (changed: object): Promise<string> =>
        describeFailure(
          left(
            await fromTransformers(
              { sessions: model.sessions, config: model.config, generation_config: null, ...changed },
              tokenizer,
            )(),
          ),
        )
      expect(await said({ sessions: { encoder: {} } })).toBe(
        'the model has no session of a decoder (it has encoder): load it with AutoModelForCausalLM of transformers.js 4.',
      )
      expect(await said({ config: { model_type: 'gpt2' } })).toBe(
        'the configuration of the model names no symbol that ends a text: set eos_token_id of its config.',
      )
      await model.dispose()
    }),
  )
})
