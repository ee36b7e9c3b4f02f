/** Controlled text in a page, without the page: the model from its bytes, steps as they come, sentences for what cannot be. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { key } from '../../lib/key.ts'
import { ENGLISH_MODEL, languageModel } from '../../lib/pretrained/language-model.ts'
import { all } from '../../lib/tilt/constraint.ts'
import { smc } from '../../lib/tilt/samplers.ts'
import { containingAll, containingNone } from '../../lib/tilt/words.ts'
import { type TextEvent, type TextRequest, textSession } from '../../site/text-run.ts'
import { right, run } from '../either.ts'

const request: TextRequest = {
  prompt: 'The sea',
  regex: '',
  contain: ['ship'],
  avoid: ['Lord'],
  particles: 16,
  limit: 12,
  seed: 5,
}

const fromFolder = (name: string): Promise<Uint8Array> => readFile(join(ENGLISH_MODEL, name))

/** Draws one after the other; `stopAt` stops one when it says so. */
const told = async (
  requests: readonly TextRequest[],
  read = fromFolder,
  stopAt: (event: TextEvent) => boolean = () => false,
): Promise<readonly TextEvent[]> => {
  const seen: TextEvent[] = []
  const session = textSession(read, (event) => {
    seen.push(event)
    if (stopAt(event)) session.stop()
  })
  for (const each of requests) await session.start(each)
  return seen
}

describe('controlled text in a page', () => {
  it('is what the library draws, told step by step', { timeout: 120_000 }, async () => {
    const seen = await told([request])
    const done = at(
      seen.flatMap((event) => (event.kind === 'done' ? [event.answer] : [])),
      0,
    )
    const language = await run(languageModel(undefined, { threads: 1 }))
    const constraint = all([right(containingAll(['ship'])), right(containingNone(['Lord']))])
    const wanted = await run(
      smc(key(5), { particles: 16 })({ model: await run(language.after('The sea')), constraint, limit: 12 }),
    )
    language.release()
    expect(done.texts).toEqual(wanted.texts)
    expect(done.logPartition.value).toBeCloseTo(wanted.logPartition.value, 3)
    const living = done.texts.filter((_, i) => at(done.weights, i) > 0)
    expect(living.every((text) => text.includes('ship') && !text.includes('Lord'))).toBe(true)
    const steps = seen.flatMap((event) => (event.kind === 'step' ? [event.step] : []))
    expect(steps).toEqual(steps.map((_, i) => i + at(steps, 0)))
    expect(steps.length).toBe(new Set(done.steps.map(({ step }) => step)).size)
  })

  it('loads the model once, and stops', { timeout: 120_000 }, async () => {
    const names: string[] = []
    const read = (name: string): Promise<Uint8Array> => {
      names.push(name)
      return fromFolder(name)
    }
    const seen = await told([request, request], read, (event) => event.kind === 'step' && event.step >= 2)
    expect(seen.filter(({ kind }) => kind === 'stopped')).toHaveLength(2)
    expect(new Set(names).size).toBe(names.length)
  })

  it.for<[string, Partial<TextRequest>, RegExp]>([
    ['an expression that is none', { regex: '(' }, /^\/\(\/ is not a regular expression/],
    ['islands of unequal size', { particles: 6 }, /^6 particles are not 4 islands of one size/],
    ['no tokens', { limit: 0 }, /^the number of tokens is 0: give a whole number from 1 to 120\.$/],
    [
      'a prompt of ten megabytes',
      { prompt: 'a'.repeat(1e7) },
      /^the prompt has 10000000 characters: write at most 2000\.$/,
    ],
    [
      'words of ten megabytes',
      { contain: ['a'.repeat(1e7)] },
      /^the list of words has 10000005 characters: write at most 2000\.$/,
    ],
  ])('says in a sentence that %s cannot be', async ([, changes, sentence]) => {
    const seen = await told([{ ...request, ...changes }])
    expect(seen).toEqual([{ kind: 'failed', sentence: expect.stringMatching(sentence) }])
  })

  it('says in a sentence that a file of the model did not come', async () => {
    const seen = await told([request], () =>
      Promise.reject(new Error('tokenizer.json of the model cannot be loaded (404)')),
    )
    expect(seen.at(-1)).toEqual({
      kind: 'failed',
      sentence:
        'tokenizer.json of the model cannot be loaded (404): load the page again, from the server that has the whole site.',
    })
  })

  it('says in a sentence that no text meets what is asked', { timeout: 120_000 }, async () => {
    const seen = await told([{ ...request, contain: ['Lord'], avoid: ['Lord'] }])
    expect(seen.at(-1)).toMatchObject({ kind: 'failed', sentence: expect.stringMatching(/: .+\.$/) })
  })
})
