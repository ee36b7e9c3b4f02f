/**
 * Prepared text in the cache: a corpus's documents as JSON lines behind a line with their checksum. A file whose lines do
 * not have that checksum is made again.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { decodeJson } from '../codec/json.ts'
import { type Failure, failure } from '../errors.ts'
import { sha256 } from '../codec/sha256.ts'
import { readBytes, writeWhole } from './files.ts'

/** Things prepared from packages, and the SHA-256 of their lines. */
interface Prepared<A> {
  readonly items: readonly A[]
  readonly sha256: string
}

const HEADER = 'exptilt-prepared'

const stale = (path: string): Failure =>
  failure('Format', `${path} is not what was written`, 'prepare it again', { path })

const decodeFile =
  <A>(codec: t.Type<A>, path: string) =>
  (text: string): E.Either<Failure, Prepared<A>> => {
    const end = text.indexOf('\n')
    const [header, given] = text.slice(0, end).split(' ')
    const sum = given ?? ''
    const body = text.slice(end + 1)
    return header === HEADER && sum === sha256(body)
      ? pipe(
          decodeJson(t.readonlyArray(codec), path)(`[${body.trimEnd().replaceAll('\n', ',')}]`),
          E.map((items) => ({ items, sha256: sum })),
        )
      : E.left(stale(path))
  }

const save = <A>(path: string, items: readonly A[]): TE.TaskEither<Failure, Prepared<A>> => {
  const body = items.map((item) => `${JSON.stringify(item)}\n`).join('')
  const sum = sha256(body)
  return pipe(
    writeWhole(path, `${HEADER} ${sum}\n${body}`),
    TE.map(() => ({ items, sha256: sum })),
  )
}

/** What is prepared under a name in the cache, or `make`'s items, which are then kept there. */
export const prepared =
  <A>(cache: string, name: string, codec: t.Type<A>) =>
  (make: TE.TaskEither<Failure, readonly A[]>): TE.TaskEither<Failure, Prepared<A>> => {
    const path = join(cache, 'prepared', `${name}.jsonl`)
    return pipe(
      readBytes(path),
      TE.map((bytes) => Buffer.from(bytes).toString('utf8')),
      TE.chainEitherK(decodeFile(codec, path)),
      TE.orElse(() =>
        pipe(
          make,
          TE.chain((items) => save(path, items)),
        ),
      ),
    )
  }
