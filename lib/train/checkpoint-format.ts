/**
 * A checkpoint as bytes: a safetensors file whose metadata hold one JSON text (format, step, provenance, checksum of each
 * array, the run's state) and the checksum of that text. So every byte is under a checksum or under the header's rules.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { at } from '../at.ts'
import { bytesOf, type NamedArray, type NamedArrays } from '../codec/array.ts'
import { canonicalJson } from '../codec/canonical-json.ts'
import { withNames } from '../codec/exact-json.ts'
import { crc32, crc32Text } from '../codec/crc32.ts'
import { decodeAs, decodeJson } from '../codec/json.ts'
import { quoted } from '../codec/quoted.ts'
import { decodeSafetensors, encodeSafetensors, type Safetensors } from '../codec/safetensors.ts'
import { natural } from '../codec/scalars.ts'
import { type Failure, failure } from '../errors.ts'

/** Where a checkpoint comes from: a hash of the run's settings, the version of the code, and what computed it. */
export interface Provenance {
  readonly configHash: string
  readonly codeVersion: string
  readonly backend: string
  readonly adapter: string
}

/** A moment of a training run. `state` is all that is not an array; `step` counts what the run counts. */
export interface Checkpoint<S> {
  readonly step: number
  readonly provenance: Provenance
  readonly state: S
  readonly tensors: NamedArrays
}

/** Why a file is not a checkpoint of this run: `damaged` (an earlier one may do) or `foreign` (a person must decide). */
export interface Unreadable {
  readonly kind: 'damaged' | 'foreign'
  readonly failure: Failure
}

/** The format that is written. Older ones stay readable. */
const CHECKPOINT_FORMAT = 1

const TEXT = 'exptilt.checkpoint'
const CHECKSUM = 'exptilt.crc32'

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

const textChecksum = (text: string): string => crc32Text(crc32(utf8(text)))

const arrayChecksum = ({ dtype, shape, data }: NamedArray): string =>
  crc32Text(crc32(bytesOf(data), crc32(utf8(`${dtype}[${shape.join(',')}]`))))

const checksums = (tensors: NamedArrays): readonly (readonly [string, string])[] =>
  Object.entries(tensors)
    .map(([name, array]) => [name, arrayChecksum(array)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))

const provenance = t.strict(
  { configHash: t.string, codeVersion: t.string, backend: t.string, adapter: t.string },
  'provenance',
)

const Envelope = t.strict(
  {
    format: t.literal(CHECKPOINT_FORMAT),
    step: natural,
    provenance,
    checksums: t.readonlyArray(t.tuple([t.string, t.string])),
    state: t.unknown,
  },
  'checkpoint',
)

/** A state as JSON, with names for NaN and the infinities where its codec reads them back; `Format` names a place where it does not. */
const encodedState =
  <S>(codec: t.Type<S, unknown>) =>
  (state: S): E.Either<Failure, unknown> => {
    const named = withNames(codec.encode(state))
    const back = codec.decode(named)
    if (E.isRight(back)) return E.right(named)
    const { context, value } = at(back.left, 0)
    const place = context.map(({ key }) => key).filter((key) => key !== '')
    return E.left(
      failure(
        'Format',
        `${['the state', ...place].join('.')} is ${String(value)}, which JSON cannot hold`,
        'write it through a codec that encodes it (`exactNumber` for NaN and the infinities)',
      ),
    )
  }

/** The canonical bytes of a checkpoint. Left `Format` when its state is not JSON or an array contradicts itself. */
export const encodeCheckpoint =
  <S>(codec: t.Type<S, unknown>) =>
  ({ step, provenance, state, tensors }: Checkpoint<S>): E.Either<Failure, Uint8Array> =>
    pipe(
      encodedState(codec)(state),
      E.chain((encoded) =>
        canonicalJson({
          format: CHECKPOINT_FORMAT,
          step,
          provenance,
          checksums: checksums(tensors),
          state: encoded,
        }),
      ),
      E.chain((text) => encodeSafetensors({ metadata: { [TEXT]: text, [CHECKSUM]: textChecksum(text) }, tensors })),
    )

const damaged = (what: string, facts: Readonly<Record<string, unknown>> = {}): Unreadable => ({
  kind: 'damaged',
  failure: failure('Checkpoint', what, 'use an earlier checkpoint, or start the run again', facts),
})

const foreign = (what: string, remedy: string, facts: Readonly<Record<string, unknown>> = {}): Unreadable => ({
  kind: 'foreign',
  failure: failure('Checkpoint', what, remedy, facts),
})

const checkedText = ({ metadata }: Safetensors): E.Either<Unreadable, string> => {
  const text = metadata[TEXT]
  const checksum = metadata[CHECKSUM]
  return text === undefined || checksum === undefined
    ? E.left(damaged('the file is not a checkpoint of exptilt: its metadata lack the run'))
    : textChecksum(text) === checksum
      ? E.right(text)
      : E.left(damaged('the description of the run does not match its checksum', { checksum }))
}

const checkFormat = (value: unknown): E.Either<Unreadable, unknown> => {
  const read = t.type({ format: natural }).decode(value)
  return E.isRight(read) && read.right.format > CHECKPOINT_FORMAT
    ? E.left(
        foreign(
          `the checkpoint has format ${read.right.format}, and this version reads up to ${CHECKPOINT_FORMAT}`,
          'update exptilt',
          {
            format: read.right.format,
          },
        ),
      )
    : E.right(value)
}

const checkArrays =
  (tensors: NamedArrays) =>
  (envelope: t.TypeOf<typeof Envelope>): E.Either<Unreadable, t.TypeOf<typeof Envelope>> => {
    const found = checksums(tensors)
    const wrong = envelope.checksums.find(([name, sum], i) => found[i]?.[0] !== name || found[i][1] !== sum)
    return wrong !== undefined
      ? E.left(damaged(`the array ${quoted(wrong[0])} does not match its checksum, or is missing`, { name: wrong[0] }))
      : found.length !== envelope.checksums.length
        ? E.left(damaged('the file holds an array that the checkpoint did not save'))
        : E.right(envelope)
  }

const asDamaged = (f: Failure): Unreadable => damaged(f.what, f.facts)

const asForeign = (f: Failure): Unreadable =>
  foreign(f.what, `resume with the program that saved it, or start in another directory; ${f.remedy}`, f.facts)

/** Reads a checkpoint and checks every checksum. Bits that were changed by accident are `damaged`, never accepted. */
export const decodeCheckpoint =
  <S>(codec: t.Type<S, unknown>) =>
  (bytes: Uint8Array): E.Either<Unreadable, Checkpoint<S>> =>
    pipe(
      decodeSafetensors(bytes),
      E.mapLeft(asDamaged),
      E.bindTo('file'),
      E.bind('text', ({ file }) => checkedText(file)),
      E.bind('value', ({ text }) =>
        pipe(text, decodeJson(t.unknown, 'checkpoint'), E.mapLeft(asDamaged), E.chain(checkFormat)),
      ),
      E.bind('envelope', ({ file, value }) =>
        pipe(value, decodeAs(Envelope, 'checkpoint'), E.mapLeft(asDamaged), E.chain(checkArrays(file.tensors))),
      ),
      E.chain(({ file, envelope: { step, provenance, state } }) =>
        pipe(
          state,
          decodeAs(codec, "the checkpoint's state"),
          E.bimap(asForeign, (read) => ({ step, provenance, state: read, tensors: file.tensors })),
        ),
      ),
    )
