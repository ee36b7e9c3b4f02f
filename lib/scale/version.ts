/**
 * The version of the package, from its own package.json: two folders above the sources as above the build.
 */
import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { decodeJson } from '../codec/json.ts'

const manifest = t.type({ version: t.string })

/** The version, `major.minor.patch`; `unknown` where package.json is not beside the program. */
export const packageVersion = (): string =>
  pipe(
    E.tryCatch(
      () => readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
      () => undefined,
    ),
    E.chainW(decodeJson(manifest, 'package.json')),
    E.match(
      () => 'unknown',
      ({ version }) => version,
    ),
  )
