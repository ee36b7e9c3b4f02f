/** What tokens spell: together they spell what the tokenizer decodes. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { trainBpe } from '../../lib/data/bpe.ts'
import { byteTokenizer } from '../../lib/data/byte-tokenizer.ts'
import { tokenBytes } from '../../lib/data/token-bytes.ts'
import { left, right } from '../either.ts'

const decode = (texts: readonly Uint8Array[], ids: ArrayLike<number>): string =>
  new TextDecoder().decode(Uint8Array.from(Array.from(ids).flatMap((id) => [...at(texts, id)])))

const file = (parts: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({ model: { type: 'BPE', vocab: {}, merges: [] }, ...parts })

describe('tokens as bytes', () => {
  it('of byte-level encodings', () => {
    const text = 'naïve 😀 naïve 😀 the thé'
    for (const tokenizer of [byteTokenizer, right(trainBpe({ symbols: 264 })([text]))]) {
      const { texts, begin } = right(tokenBytes(tokenizer.json()))
      expect(texts).toHaveLength(tokenizer.symbols)
      expect(at(texts, tokenizer.end)).toHaveLength(0)
      expect(decode(texts, tokenizer.encode(text))).toBe(text)
      expect(begin).toEqual([])
    }
  })

  it('of SentencePiece: blanks, bytes, special and other added tokens, what comes first', () => {
    const json = file({
      model: { type: 'BPE', vocab: { '<s>': 0, '</s>': 1, '▁the': 2, '<0xC3>': 3, '<0xA9>': 4, é: 5 }, merges: [] },
      added_tokens: [
        { id: 0, content: '<s>', special: true },
        { id: 1, content: '</s>', special: true },
        { id: 8, content: '<think>', special: false },
      ],
      decoder: {
        type: 'Sequence',
        decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }],
      },
      post_processor: {
        type: 'TemplateProcessing',
        single: [
          { SpecialToken: { id: '<s>', type_id: 0 } },
          { Sequence: { id: 'A', type_id: 0 } },
          { SpecialToken: { id: '</s>', type_id: 0 } },
        ],
        special_tokens: {
          '<s>': { id: '<s>', ids: [0], tokens: ['<s>'] },
          '</s>': { id: '</s>', ids: [1], tokens: ['</s>'] },
        },
      },
    })
    const { texts, begin } = right(tokenBytes(json))
    expect(decode(texts, [0, 2, 3, 4, 5, 8, 1])).toBe(' theéé<think>')
    expect(texts.map((text) => text.length)).toEqual([0, 0, 4, 1, 1, 2, 0, 0, 7])
    expect(begin).toEqual([0])
  })

  it('of a list of scores (Unigram)', () => {
    const json = file({
      model: {
        type: 'Unigram',
        vocab: [
          ['▁a', -1],
          ['b', -2],
        ],
      },
      pre_tokenizer: { type: 'Metaspace', replacement: '▁' },
    })
    expect(decode(right(tokenBytes(json)).texts, [0, 1])).toBe(' ab')
  })

  it('of kinds that are no byte strings are refused', () => {
    const pieces = file({ model: { type: 'WordPiece', vocab: { a: 0, '##b': 1 } } })
    expect(left(tokenBytes(pieces)).what).toBe(
      'tokenizer.json: the bytes of its tokens are not known (model "WordPiece")',
    )
    expect(left(tokenBytes('{}')).tag).toBe('Format')
    const odd = file({ model: { type: 'BPE', vocab: { 'a b': 0 } }, decoder: { type: 'ByteLevel' } })
    expect(left(tokenBytes(odd)).what).toContain(`"a b" is not in the byte alphabet`)
    const clash = file({ model: { type: 'BPE', vocab: { a: 0, b: 0 } }, decoder: { type: 'ByteLevel' } })
    expect(left(tokenBytes(clash)).what).toContain('both have the id 0')
  })
})
