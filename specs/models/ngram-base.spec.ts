/** Strings of an n-gram model, symbol by symbol from their uniforms, beyond the first block of them. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import type { ArpaEntry } from '../../lib/codec/arpa.ts'
import { fineUniforms } from '../../lib/energy/index.ts'
import { fold, key } from '../../lib/key.ts'
import { ngram } from '../../lib/models/ngram.ts'
import { ngramBase } from '../../lib/models/ngram-base.ts'
import { right, run } from '../either.ts'

const gram = (text: string, p: number): ArpaEntry => ({
  words: text.split(' '),
  logProbability: Math.log(p),
  logBackoff: 0,
})

/** After a a half of b, after b a third of b; one string in a hundred symbols ends. Given as twice what it is. */
const law = { a: [0.495, 0.495, 0.01], b: [0.66, 0.33, 0.01] } as const
const model = right(
  ngram({
    entries: [
      [gram('<s>', 0), gram('a', 0.3), gram('b', 0.3), gram('</s>', 0.3)],
      [
        ...(['a', 'b'] as const).flatMap((h) => ['a', 'b', '</s>'].map((w, i) => gram(`${h} ${w}`, at(law[h], i) / 2))),
        ...['a', 'b', '</s>'].map((w, i) => gram(`<s> ${w}`, at(law.a, i) / 2)),
      ],
    ],
  }),
)

/** A string by the uniforms of its key: 64 of child 0, the next 64 of child 1, and so on. */
const written = (own: ReturnType<typeof key>): readonly string[] => {
  const out: string[] = []
  for (let t = 0; ; t++) {
    const u = at(fineUniforms(fold(own, Math.floor(t / 64)), 64), t % 64)
    const [a, b] = law[out.at(-1) === 'b' ? 'b' : 'a']
    if (u >= a + b) return out
    out.push(u < a ? 'a' : 'b')
  }
}

describe('strings of an n-gram model', () => {
  it('have every symbol that their uniforms say: string i by child i of the key, over several blocks', async () => {
    const drawn = await run(ngramBase(model).sample(key(7), 30))
    const wanted = Array.from({ length: 30 }, (_, i) => written(fold(key(7), i)))
    expect(Math.max(...wanted.map((word) => word.length))).toBeGreaterThan(200)
    expect(drawn).toEqual(wanted)
  })

  it('are scored by the model made proper', async () => {
    const [log] = await run(ngramBase(model).logProbability([['a', 'b', 'b']]))
    expect(log).toBeCloseTo(Math.log(0.495 * 0.495 * 0.33 * 0.01), 12)
  })
})
