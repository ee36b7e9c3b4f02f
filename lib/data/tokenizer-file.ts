/**
 * Reads `tokenizer.json` files: byte-level encodings (GPT-2's kind, and those trained here) run on the library's own
 * encoder, every other kind (WordPiece, Unigram, …) on @huggingface/tokenizers.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { orElse } from '../at.ts'
import { quoted } from '../codec/quoted.ts'
import { type Failure, failure, raise } from '../errors.ts'
import { bpeTokenizer, type ByteLevelBpe, type RankedMerge } from './bpe-tokenizer.ts'
import { byteCharacters, bytesOf } from './byte-alphabet.ts'
import { huggingFace } from './huggingface.ts'
import { guarded } from './pattern-guard.ts'
import { modelFailure } from './tokenizer-check.ts'
import { type TokenizerFile, type TokenizerParts, tokenizerParts } from './tokenizer-parts.ts'
import { patternsFailure, patternsOf } from './tokenizer-patterns.ts'
import type { Tokenizer } from './tokenizer.ts'

const bpeModel = t.type(
  {
    type: t.literal('BPE'),
    vocab: t.record(t.string, t.number),
    merges: t.readonlyArray(t.union([t.string, t.readonlyArray(t.string)])),
  },
  'BPE model',
)

/** Contents that mean the end of a document, the likeliest first. */
const ENDS = ['<|endoftext|>', '</s>', '<|end_of_text|>', '<eos>', '<|im_end|>', '[SEP]']

const endOf = ({ added: tokens }: TokenizerParts): E.Either<Failure, number> => {
  const named = ENDS.map((content) => tokens.find((token) => token.content === content)).find((x) => x !== undefined)
  const found = named ?? (tokens.length === 1 ? tokens[0] : undefined)
  return found === undefined
    ? E.left(
        failure(
          'Format',
          'the tokenizer has no symbol that ends a document',
          `add one of ${ENDS.join(', ')} to its added_tokens`,
          { added: tokens.map(({ content }) => content) },
        ),
      )
    : E.right(found.id)
}

const isSet = (value: unknown): boolean => value !== undefined && value !== null && value !== false && value !== ''

const isByteLevel = ({ model, pre_tokenizer: pre, normalizer }: TokenizerFile): boolean =>
  !isSet(normalizer) &&
  pre?.['type'] === 'ByteLevel' &&
  pre['add_prefix_space'] === false &&
  pre['use_regex'] !== false &&
  !['unk_token', 'continuing_subword_prefix', 'end_of_word_suffix', 'byte_fallback', 'ignore_merges', 'dropout'].some(
    (name) => isSet(model[name]),
  )

const rank =
  (vocabulary: ReadonlyMap<string, number>) =>
  (merge: string | readonly string[]): RankedMerge | undefined => {
    const pair = typeof merge === 'string' ? merge.split(' ') : merge
    const [left, right] = [orElse(pair[0], ''), orElse(pair[1], '')]
    const ids = [left, right, left + right].map((text) => vocabulary.get(text))
    const [leftId, rightId, merged] = ids
    return leftId === undefined || rightId === undefined || merged === undefined
      ? undefined
      : { left: leftId, right: rightId, merged }
  }

const highest = (ids: Iterable<number>): number => {
  let high = -1
  for (const id of ids) high = Math.max(high, id)
  return high
}

/** The encoding, or `undefined` when it is not one on all 256 bytes that the library's own encoder can run. */
const byteLevel = (
  { json, added }: TokenizerParts,
  model: t.TypeOf<typeof bpeModel>,
  end: number,
): ByteLevelBpe | undefined => {
  const vocabulary = new Map(Object.entries(model.vocab))
  const bytes = byteCharacters.map((character) => vocabulary.get(character))
  const merges = model.merges.map(rank(vocabulary)).filter((merge) => merge !== undefined)
  if (bytes.includes(undefined) || merges.length !== model.merges.length) return undefined
  const symbols = highest([...vocabulary.values(), ...added.map(({ id }) => id)]) + 1
  const texts: Uint8Array[] = Array.from({ length: symbols }, () => new Uint8Array(0))
  for (const [text, id] of vocabulary) texts[id] = bytesOf(text) ?? new Uint8Array(0)
  const utf8 = new TextEncoder()
  for (const { id, content } of added) texts[id] = utf8.encode(content)
  texts[end] = new Uint8Array(0)
  return { symbols, end, bytes: bytes.map((id) => id ?? 0), merges, texts, json: () => json }
}

/** Ids as they must be for a model: one that is none of the symbols is a failure, not a gap. */
const checkedIds = (ids: readonly unknown[], symbols: number, text: string): Int32Array =>
  Int32Array.from(ids, (id) =>
    typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < symbols
      ? id
      : raise(
          failure(
            'Domain',
            `the tokenizer has no symbol for a part of the text ${quoted(text)}`,
            'give a tokenizer.json with a symbol for unknown text (unk_token), or text that it knows',
            { id },
          ),
        ),
  )

const unusable = (thrown: unknown): Failure =>
  failure(
    'Format',
    `the tokenizer cannot be used (${thrown instanceof Error && !(thrown instanceof TypeError) ? thrown.message : 'a part of it is of another kind than it should be'})`,
    'give a tokenizer.json of the Hugging Face libraries',
  )

/** The file in Hugging Face's own hands: its ids end before `symbols`; `encode` puts special symbols around a text where that is asked. */
const opened = (json: string, patterns: readonly string[], least: number, special: boolean) => {
  const inner = huggingFace(JSON.parse(json))
  const symbols = Math.max(highest(inner.get_vocab(true).values()) + 1, least)
  const idsOf = guarded(patterns, (text: string) => inner.encode(text, { add_special_tokens: special }).ids)
  const encode = (text: string): Int32Array => checkedIds(idsOf(text), symbols, text)
  return { inner, symbols, encode }
}

const foreign = (json: string, end: number, patterns: readonly string[]): E.Either<Failure, Tokenizer> =>
  E.tryCatch(() => {
    const { inner, symbols, encode } = opened(json, patterns, end + 1, false)
    const decode = guarded(patterns, (ids: readonly number[]) => inner.decode(ids, { skip_special_tokens: true }))
    return {
      symbols,
      end,
      encode: (text) => (text === '' ? new Int32Array(0) : encode(text)),
      decode: (ids) => {
        const kept = Array.from(ids).filter((id) => id !== end)
        return kept.length === 0 ? '' : decode(kept)
      },
      json: () => json,
    }
  }, unusable)

/** The patterns of the file, when its model and they can be used. */
const checked = ({ file, vocabulary }: TokenizerParts): E.Either<Failure, readonly string[]> => {
  const patterns = patternsOf(file)
  const wrong = modelFailure(file.model, vocabulary) ?? patternsFailure(patterns)
  return wrong === undefined ? E.right(patterns) : E.left(wrong)
}

/** A tokenizer of what was read; failures as in `readTokenizer`. */
export const tokenizerOf = (parts: TokenizerParts): E.Either<Failure, Tokenizer> =>
  pipe(
    E.Do,
    E.bind('end', () => endOf(parts)),
    E.bind('patterns', () => checked(parts)),
    E.chain(({ end, patterns }) => {
      const { file, json } = parts
      const model = bpeModel.decode(file.model)
      const own = E.isRight(model) && isByteLevel(file) ? byteLevel(parts, model.right, end) : undefined
      return own === undefined ? foreign(json, end, patterns) : E.right(bpeTokenizer(own))
    }),
  )

/**
 * How texts in which special symbols are spelled are cut: `whole` with those that the file puts before and behind them (`[CLS] … [SEP]`),
 * for a model that reads them at once, `bare` without. `Format` for a file that cannot be used.
 */
export const markedTexts =
  (around: 'whole' | 'bare') =>
  (parts: TokenizerParts): E.Either<Failure, (text: string) => Int32Array> =>
    pipe(
      checked(parts),
      E.flatMap((patterns) => E.tryCatch(() => opened(parts.json, patterns, 0, around === 'whole').encode, unusable)),
    )

/**
 * A tokenizer from the text of a `tokenizer.json`. `Format` when it is not one, has no symbol that ends a document, ids
 * that are no different natural numbers (n texts have ids below 2n + 4096), a model of another kind than BPE, Unigram or
 * WordPiece, a merge that is no pair of texts with ids, or a pattern that hangs. Text that spells a
 * special symbol is encoded as ordinary text by byte-level tokenizers. A pattern that takes too long for a text is thrown
 * as `Limit`.
 */
export const readTokenizer = (text: string): E.Either<Failure, Tokenizer> =>
  pipe(tokenizerParts(text), E.chain(tokenizerOf))
