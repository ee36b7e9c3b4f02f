/**
 * Which tokenizer a checkpoint was trained with: a fingerprint to keep beside the weights, and the check when both are
 * read back.
 */
import * as E from 'fp-ts/lib/Either.js'
import { type Failure, failure } from '../errors.ts'
import { sha256 } from '../codec/sha256.ts'
import type { Tokenizer } from './tokenizer.ts'

/** What a checkpoint remembers of its tokenizer. */
interface TokenizerRecord {
  readonly symbols: number
  readonly end: number
  /** SHA-256 of the `tokenizer.json` without white space. */
  readonly sha256: string
}

/** The record of a tokenizer, to be kept in a checkpoint. */
export const recordOfTokenizer = (tokenizer: Tokenizer): TokenizerRecord => ({
  symbols: tokenizer.symbols,
  end: tokenizer.end,
  sha256: sha256(JSON.stringify(JSON.parse(tokenizer.json()))),
})

const remedy = 'use the tokenizer.json that was saved with the checkpoint'

/**
 * The tokenizer, if it is the one of the record. `Checkpoint` when the numbers of symbols differ, or the fingerprints do
 * (where the record has one).
 */
export const matchTokenizer =
  (record: Pick<TokenizerRecord, 'symbols'> & Partial<TokenizerRecord>) =>
  (tokenizer: Tokenizer): E.Either<Failure, Tokenizer> => {
    const own = recordOfTokenizer(tokenizer)
    const facts = { checkpoint: record, tokenizer: own }
    if (own.symbols !== record.symbols)
      return E.left(
        failure(
          'Checkpoint',
          `the tokenizer has ${own.symbols} symbols and the checkpoint ${record.symbols}`,
          remedy,
          facts,
        ),
      )
    if (record.sha256 !== undefined && own.sha256 !== record.sha256)
      return E.left(failure('Checkpoint', 'the tokenizer is not the one of the checkpoint', remedy, facts))
    return E.right(tokenizer)
  }
