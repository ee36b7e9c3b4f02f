/**
 * Reads `tokenizer.json` files: byte-level encodings (GPT-2's kind, and those trained here) run on the library's own
 * encoder, every other kind (WordPiece, Unigram, …) on @huggingface/tokenizers.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { orElse } from '../at.ts'
import { decodeJson } from '../codec/json.ts'
import { type Failure, failure } from '../errors.ts'
import { bpeTokenizer, type ByteLevelBpe, type RankedMerge } from './bpe-tokenizer.ts'
import { byteCharacters, bytesOf } from './byte-alphabet.ts'
import { huggingFace } from './huggingface.ts'
import type { Tokenizer } from './tokenizer.ts'

const added = t.type({ id: t.number, content: t.string }, 'added token')

const bpeModel = t.type(
  {
    type: t.literal('BPE'),
    vocab: t.record(t.string, t.number),
    merges: t.readonlyArray(t.union([t.string, t.readonlyArray(t.string)])),
  },
  'BPE model',
)

const file = t.intersection(
  [
    t.type({ model: t.UnknownRecord }),
    t.partial({
      added_tokens: t.readonlyArray(added),
      pre_tokenizer: t.union([t.null, t.UnknownRecord]),
      normalizer: t.union([t.null, t.UnknownRecord]),
    }),
  ],
  'tokenizer.json',
)

type TokenizerFile = t.TypeOf<typeof file>

/** Contents that mean the end of a document, the likeliest first. */
const ENDS = ['<|endoftext|>', '</s>', '<|end_of_text|>', '<eos>', '<|im_end|>', '[SEP]']

const endOf = (read: TokenizerFile): E.Either<Failure, number> => {
  const tokens = read.added_tokens ?? []
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
  read: TokenizerFile,
  model: t.TypeOf<typeof bpeModel>,
  end: number,
  json: string,
): ByteLevelBpe | undefined => {
  const vocabulary = new Map(Object.entries(model.vocab))
  const special = read.added_tokens ?? []
  const bytes = byteCharacters.map((character) => vocabulary.get(character))
  const merges = model.merges.map(rank(vocabulary)).filter((merge) => merge !== undefined)
  if (bytes.includes(undefined) || merges.length !== model.merges.length) return undefined
  const symbols = highest([...vocabulary.values(), ...special.map(({ id }) => id)]) + 1
  const texts: Uint8Array[] = Array.from({ length: symbols }, () => new Uint8Array(0))
  for (const [text, id] of vocabulary) texts[id] = bytesOf(text) ?? new Uint8Array(0)
  const utf8 = new TextEncoder()
  for (const { id, content } of special) texts[id] = utf8.encode(content)
  texts[end] = new Uint8Array(0)
  return { symbols, end, bytes: bytes.map((id) => id ?? 0), merges, texts, json: () => json }
}

const foreign = (json: string, end: number): E.Either<Failure, Tokenizer> =>
  E.tryCatch(
    () => {
      const inner = huggingFace(JSON.parse(json))
      const symbols = highest(inner.get_vocab(true).values()) + 1
      return {
        symbols: Math.max(symbols, end + 1),
        end,
        encode: (text) => Int32Array.from(text === '' ? [] : inner.encode(text, { add_special_tokens: false }).ids),
        decode: (ids) => {
          const kept = Array.from(ids).filter((id) => id !== end)
          return kept.length === 0 ? '' : inner.decode(kept, { skip_special_tokens: true })
        },
        json: () => json,
      }
    },
    (thrown) =>
      failure(
        'Format',
        `the tokenizer cannot be used (${thrown instanceof Error ? thrown.message : String(thrown)})`,
        'give a tokenizer.json of the Hugging Face libraries',
      ),
  )

/**
 * A tokenizer from the text of a `tokenizer.json`. `Format` when it is not one, or has no symbol that ends a document.
 * Text that spells a special symbol is encoded as ordinary text by byte-level tokenizers.
 */
export const readTokenizer = (json: string): E.Either<Failure, Tokenizer> =>
  pipe(
    json,
    decodeJson(file, 'tokenizer.json'),
    E.chain((read) => E.map((end: number) => ({ read, end }))(endOf(read))),
    E.chain(({ read, end }) => {
      const model = bpeModel.decode(read.model)
      const own = E.isRight(model) && isByteLevel(read) ? byteLevel(read, model.right, end, json) : undefined
      return own === undefined ? foreign(json, end) : E.right(bpeTokenizer(own))
    }),
  )
