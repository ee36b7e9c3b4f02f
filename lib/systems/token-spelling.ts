/** The tokens of a system's tokenizer as models to tilt spell them. */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { tokenBytes } from '../data/token-bytes.ts'
import type { Tokenizer } from '../data/tokenizer.ts'
import type { Failure } from '../errors.ts'
import type { Spelling } from '../tilt/adapters.ts'

export type { Spelling } from '../tilt/adapters.ts'

/** The bytes of a tokenizer's tokens, and its end. `Format` for a tokenizer whose tokens are no byte strings, as words are. */
export const spellingOf = ({ json, end }: Pick<Tokenizer, 'json' | 'end'>): E.Either<Failure, Spelling> =>
  pipe(
    tokenBytes(json()),
    E.map(({ texts }) => ({ texts, ends: [end] })),
  )
