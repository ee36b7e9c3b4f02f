import { describe, expect, it } from 'vitest'
import { trainBpe } from '../../lib/data/bpe.ts'
import { byteTokenizer } from '../../lib/data/byte-tokenizer.ts'
import { tokenise, tokeniseSplits } from '../../lib/data/tokenizer.ts'
import { readTokenizer } from '../../lib/data/tokenizer-file.ts'
import { matchTokenizer, recordOfTokenizer } from '../../lib/data/tokenizer-match.ts'
import { left, right } from '../either.ts'
import { thrown } from '../thrown.ts'
import { processorTime } from '../processor-time.ts'

const text = 'the quick brown fox jumps over the lazy dog; the dog sleeps, the fox does not. '.repeat(3)
const trained = right(trainBpe({ symbols: 280 })([text]))

/** A tokenizer of another kind: words from a list, as BERT has them. */
const wordPiece = JSON.stringify({
  version: '1.0',
  added_tokens: [
    { id: 0, content: '[SEP]', special: true, single_word: false, lstrip: false, rstrip: false, normalized: false },
  ],
  normalizer: { type: 'Lowercase' },
  pre_tokenizer: { type: 'WhitespaceSplit' },
  post_processor: null,
  decoder: { type: 'WordPiece', prefix: '##', cleanup: false },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: { '[SEP]': 0, '[UNK]': 1, fox: 2, dog: 3, '##s': 4 },
  },
})

describe('readTokenizer', () => {
  it('reads back what was trained, with merges as strings or as pairs', () => {
    const pairs = trained.json().replace(/(?<="merges":)\[.*?\](?=\})/u, (merges) => {
      const all: readonly string[] = JSON.parse(merges)
      return JSON.stringify(all.map((merge) => merge.split(' ')))
    })
    expect(pairs).toContain('"merges":[[')
    for (const again of [trained.json(), pairs].map((j) => right(readTokenizer(j)))) {
      expect(again).toMatchObject({ symbols: trained.symbols, end: trained.end })
      expect(again.encode(text)).toEqual(trained.encode(text))
      expect(again.decode(again.encode(text))).toBe(text)
    }
  })

  it('reads other kinds too', () => {
    const words = right(readTokenizer(wordPiece))
    expect(words).toMatchObject({ symbols: 5, end: 0 })
    expect([...words.encode('Fox dogs cat')]).toEqual([2, 3, 4, 1])
    expect(words.decode([2, 3, 4, 0])).toBe('fox dogs')
    expect(words.encode('')).toHaveLength(0)
    expect(words.decode([])).toBe('')
  })

  it('refuses what is no tokenizer, in one sentence that names it', () => {
    expect(left(readTokenizer('{')).what).toContain('tokenizer.json')
    expect(left(readTokenizer('{}')).tag).toBe('Format')
    expect(left(readTokenizer('{"model":{}}')).what).toBe('the tokenizer has no symbol that ends a document')
    const broken = JSON.stringify({ model: { type: 'Nope' }, added_tokens: [{ id: 0, content: '</s>' }] })
    expect(left(readTokenizer(broken)).what).toBe('tokenizer.json: a model of the kind "Nope"')
  })
})

describe('hostile files', () => {
  /** The small tokenizer of words with another vocabulary, added symbols, or pre-tokenizer. */
  const changed = (change: {
    readonly vocab?: unknown
    readonly added?: readonly { readonly id: unknown; readonly content: string }[]
    readonly pattern?: string
  }): string => {
    const parsed: { readonly added_tokens: readonly object[]; readonly model: { readonly vocab: object } } =
      JSON.parse(wordPiece)
    return JSON.stringify({
      ...parsed,
      added_tokens: [...parsed.added_tokens, ...(change.added ?? [])],
      ...(change.pattern === undefined
        ? {}
        : {
            pre_tokenizer: {
              type: 'Sequence',
              pretokenizers: [
                { type: 'Split', pattern: { Regex: change.pattern }, behavior: 'Removed', invert: false },
                { type: 'WhitespaceSplit' },
              ],
            },
          }),
      model: { ...parsed.model, vocab: { ...parsed.model.vocab, ...(change.vocab ?? {}) } },
    })
  }
  const vocabularies = (bad: unknown): readonly string[] => [
    changed({ vocab: { bad } }),
    changed({ added: [{ id: bad, content: 'bad' }] }),
    trained.json().replace('"vocab":{', `"vocab":{"bad":${JSON.stringify(bad)},`),
    trained.json().replace('"added_tokens":[', `"added_tokens":[{"id":${JSON.stringify(bad)},"content":"bad"},`),
  ]

  it.each([1e7, 2 ** 32, 2 ** 53, -1, -5, 0.5, 1e300, '7', null])('an id of %s is refused at once', (bad) => {
    const start = process.memoryUsage().rss
    for (const json of vocabularies(bad)) {
      const found = left(readTokenizer(json))
      expect(found.tag).toBe('Format')
      if (typeof bad === 'number') expect(found.what).toBe(`tokenizer.json: "bad" has the id ${bad}`)
    }
    expect(process.memoryUsage().rss - start).toBeLessThan(2 ** 28)
  })

  it('two texts of one id, and two ids of one text', () => {
    expect(left(readTokenizer(changed({ vocab: { cow: 2 } }))).what).toMatch(/"fox" and "cow" both have the id 2/)
    expect(left(readTokenizer(changed({ added: [{ id: 9, content: 'fox' }] }))).what).toMatch(
      /"fox" has the ids 2 and 9/,
    )
    expect(right(readTokenizer(changed({ added: [{ id: 2, content: 'fox' }] }))).symbols).toBe(5)
  })

  it('gaps up to the limit that the remedy states', () => {
    expect(left(readTokenizer(changed({ vocab: { far: 4110 } }))).remedy).toContain('from 0 to 4109')
    expect(right(readTokenizer(changed({ vocab: { far: 4109 } }))).symbols).toBe(4110)
  })

  it.each(['(a+)+$', '(?:\\w|\\d)*x', '(x+x+)+y', '^(\\s|\\s)*$'])('the pattern %s that hangs is named', (pattern) => {
    const time = processorTime(() => {
      const found = left(readTokenizer(changed({ pattern })))
      expect(found.tag).toBe('Format')
      expect(found.what).toContain(JSON.stringify(pattern))
    })
    expect(time).toBeLessThan(5000)
  })

  it('a pattern that hangs on a text that was not tried is stopped, and named', () => {
    const words = right(readTokenizer(changed({ pattern: '(?:ab|[ab]{2})+c' })))
    expect([...words.encode('fox dogs')]).toEqual([2, 3, 4])
    const time = processorTime(() => {
      const said = thrown(() => words.encode('ba'.repeat(3) + 'ab'.repeat(40)))
      expect(said?.tag).toBe('Limit')
      expect(said?.what).toContain('(?:ab|[ab]{2})+c')
    })
    expect(time).toBeLessThan(10_000)
  })

  it('text without a symbol is a failure, not a gap', () => {
    const words = right(readTokenizer(wordPiece.replace('"unk_token":"[UNK]",', '')))
    const said = thrown(() => words.encode('fox cat'))
    expect(said === undefined || said.tag === 'Domain').toBe(true)
  })

  it('a byte order mark is passed over', () => {
    expect(right(readTokenizer(`\ufeff${wordPiece}`)).symbols).toBe(5)
    expect(recordOfTokenizer(right(readTokenizer(`\ufeff${wordPiece}`)))).toEqual(
      recordOfTokenizer(right(readTokenizer(wordPiece))),
    )
  })
})

describe('a model that cannot be run as it says', () => {
  const file = (model: object): string =>
    JSON.stringify({
      ...{ added_tokens: [{ id: 9, content: '</s>' }], normalizer: null, pre_tokenizer: null, post_processor: null },
      ...{ decoder: null, model: { vocab: { a: 0, b: 1, ab: 2, '##b': 3, 'a##b': 4 }, ...model } },
    })

  it.each<[string, object, RegExp]>([
    ['an unknown kind', { type: 'Foo' }, /kind "Foo"/],
    ['a kind that is not run here', { type: 'WordLevel', unk_token: 'a' }, /kind "WordLevel"/],
    ['no merges', { type: 'BPE' }, /without a list of merges/],
    ['merges that are null', { type: 'BPE', merges: null }, /without a list of merges/],
    ['a merge of three', { type: 'BPE', merges: ['a b', ['a', 'b', 'ab']] }, /merge 1 is no pair/],
    ['a merge of one', { type: 'BPE', merges: ['ab'] }, /merge 0 is no pair/],
    ['a merge of numbers', { type: 'BPE', merges: [[0, 1]] }, /merge 0 is no pair/],
    ['a merge of a text without an id', { type: 'BPE', merges: ['a x'] }, /speaks of "x"/],
    ['a merge into a text without an id', { type: 'BPE', merges: ['b a'] }, /speaks of "ba"/],
    [
      'words of a million letters to divide',
      { type: 'WordPiece', max_input_chars_per_word: 1_000_000, vocab: { a: 0 } },
      /max_input_chars_per_word is 1000000/,
    ],
    ['an unk_id that no text has', { type: 'Unigram', unk_id: 7, vocab: [['a', -1]] }, /unk_id is 7/],
  ])('%s is refused when the file is read', (_, model, what) => {
    const found = left(readTokenizer(file(model)))
    expect([found.tag, found.what]).toEqual(['Format', expect.stringMatching(what)])
  })

  it('merges as pairs, and those with a prefix of continued words, are read', () => {
    expect([...right(readTokenizer(file({ type: 'BPE', merges: [['a', 'b']] }))).encode('ab')]).toEqual([2])
    const prefixed = { type: 'BPE', merges: ['a ##b'], continuing_subword_prefix: '##' }
    expect(right(readTokenizer(file(prefixed))).symbols).toBe(10)
  })
})

describe('matchTokenizer', () => {
  it('accepts the tokenizer of the checkpoint, white space in its file aside', () => {
    const again = right(readTokenizer(JSON.stringify(JSON.parse(trained.json()), null, 2)))
    expect(right(matchTokenizer(recordOfTokenizer(trained))(again)).symbols).toBe(trained.symbols)
  })

  it('refuses another number of symbols and another encoding', () => {
    const other = right(
      trainBpe({ symbols: 280 })(['completely different words here, here, completely, different. '.repeat(9)]),
    )
    const sized = left(matchTokenizer(recordOfTokenizer(byteTokenizer))(trained))
    expect(sized).toMatchObject({ tag: 'Checkpoint', what: 'the tokenizer has 280 symbols and the checkpoint 257' })
    expect(other.symbols).toBe(280)
    const content = left(matchTokenizer(recordOfTokenizer(other))(trained))
    expect(content.what).toBe('the tokenizer is not the one of the checkpoint')
  })
})

describe('tokenise', () => {
  it('puts the end symbol after each document', () => {
    const documents = ['ab', 'c'].map((each) => ({ name: each, text: each }))
    expect([...tokenise(byteTokenizer)(documents)]).toEqual([97, 98, 256, 99, 256])
    const parts = { training: documents, validation: [], test: documents.slice(1) }
    expect([...tokeniseSplits(byteTokenizer)(parts).test]).toEqual([99, 256])
  })
})
