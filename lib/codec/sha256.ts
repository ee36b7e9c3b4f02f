/** SHA-256 in hexadecimal: of bytes, or of a text as UTF-8. */
import { createHash } from 'node:crypto'
import * as t from 'io-ts'

/** The hash of some bytes. */
export const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex')

/** Codec of hashes. */
export const hashCodec: t.Type<string> = t.refinement(t.string, (text) => /^[0-9a-f]{64}$/.test(text), 'SHA-256')
