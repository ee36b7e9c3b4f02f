/**
 * The hash of a run's settings: equal settings give equal hashes, whatever the order of their fields.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { canonicalJson } from '../codec/canonical-json.ts'
import { sha256 } from '../codec/sha256.ts'
import type { Failure } from '../errors.ts'

/** SHA-256 of the canonical JSON of `settings`, in hexadecimal. Left `Format` when they are not JSON. */
export const hashOf = (settings: unknown): E.Either<Failure, string> => pipe(canonicalJson(settings), E.map(sha256))
