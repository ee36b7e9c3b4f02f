/**
 * Codecs of names: strings of which a file may hold only some.
 */
import * as t from 'io-ts'

/** Codec of one of some names; its own name lists them, so that a refusal says what there is. */
export const nameCodec = <K extends string>(known: readonly [K, ...K[]]): t.Type<K> =>
  new t.Type<K>(
    known.map((name) => `"${name}"`).join(' or '),
    (u): u is K => known.some((name) => name === u),
    (u, context) => {
      const found = known.find((name) => name === u)
      return found === undefined ? t.failure(u, context) : t.success(found)
    },
    t.identity,
  )
