/**
 * The header of a safetensors file, read with suspicion: every rule of the format is checked before a byte of data is
 * touched, and each refusal names the array and the rule.
 */
import { at, orElse, two } from '../at.ts'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'

import { type Failure, failure } from '../errors.ts'
import { elementCount, plainRecord } from './array.ts'
import { decodeAs } from './json.ts'
import { type Json, type JsonLimits, scanJson } from './json-scanner.ts'
import { firstCharacters } from './latin1.ts'
import { quoted } from './quoted.ts'
import { storedNames, storedSize } from './safetensors-types.ts'
import { natural } from './scalars.ts'

/** The longest header that the format allows, in bytes. */
export const LONGEST_HEADER = 100_000_000

/** The most axes an array may have. */
export const MOST_AXES = 255

/** The most arrays (and the most metadata) that a file may name: a million would take 25 times the file's size in memory. */
export const MOST_NAMES = 100_000

/** Where one array lies: bytes [begin, end) of the data; its type as the file names it. */
export interface Located {
  readonly name: string
  readonly stored: string
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/** A header: text about the file and the places of its arrays, in the order of their data. */
interface Header {
  readonly metadata: Readonly<Record<string, string>>
  readonly located: readonly Located[]
}

const refusal = (what: string, facts: Readonly<Record<string, unknown>> = {}): Failure =>
  failure('Format', `safetensors: ${what}`, 'restore the file from a copy, or write it again', facts)

const refuse = (what: string, facts: Readonly<Record<string, unknown>> = {}): E.Either<Failure, never> =>
  E.left(refusal(what, facts))

const headerLimits: JsonLimits = {
  deepest: 3,
  longestArray: MOST_AXES,
  mostFields: MOST_NAMES + 1,
  numbers: 'naturals',
  prototypeField: 'allowed',
}

const Entry = t.readonly(
  t.strict({
    dtype: t.refinement(t.string, (name) => storedSize(name) !== undefined, `one of ${storedNames.join(', ')}`),
    shape: t.readonlyArray(natural),
    // Not a tuple: io-ts silently drops what comes after a tuple's last component.
    data_offsets: t.refinement(t.readonlyArray(natural), ({ length }) => length === 2, 'two natural numbers'),
  }),
)

const isObject = (value: Json | undefined): value is { readonly [name: string]: Json } =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Names that cannot be written as UTF-8 text or would be cut short by a C reader. */
const badName = (name: string): boolean => name.includes('\0') || /\p{Surrogate}/u.test(name)

const located =
  (fields: { readonly [name: string]: Json }) =>
  (name: string): E.Either<Failure, Located> => {
    const value = fields[name]
    if (badName(name)) return refuse(`the name ${quoted(name)} holds a NUL or half a character`, { name })
    if (isObject(value) && Object.keys(value).length > 3)
      return refuse(`${quoted(name)} has an unknown field`, { name })
    return pipe(
      value,
      decodeAs(Entry, `safetensors: the header entry ${quoted(name)}`),
      E.chain((entry) => {
        const [begin, end] = two(entry.data_offsets)
        const expected = elementCount(entry.shape) * BigInt(storedSize(entry.dtype) ?? 0)
        return expected === BigInt(end - begin)
          ? E.right({ name, stored: entry.dtype, shape: entry.shape, begin, end })
          : refuse(`${quoted(name)} needs ${expected} bytes for its shape, and its offsets give ${end - begin}`, {
              name,
            })
      }),
    )
  }

/** Checks that the arrays tile the data: from 0, no overlap, no hole, up to the last byte. Returns them in that order. */
const tiled =
  (dataLength: number) =>
  (all: readonly Located[]): E.Either<Failure, readonly Located[]> => {
    const ordered = [...all].sort((a, b) => a.begin - b.begin || a.end - b.end)
    const wrong = ordered.findIndex(({ begin }, i) => begin !== (i === 0 ? 0 : at(ordered, i - 1).end))
    const last = orElse(ordered.at(-1)?.end, 0)
    return wrong >= 0
      ? refuse(`the data of ${quoted(at(ordered, wrong).name)} overlaps another array or leaves a hole`, {
          name: ordered[wrong]?.name,
        })
      : last === dataLength
        ? E.right(ordered)
        : refuse(`the arrays take ${last} bytes of data, and the file has ${dataLength}`, { last, dataLength })
  }

const readMetadata = (value: Json | undefined): E.Either<Failure, Readonly<Record<string, string>>> => {
  if (value === undefined) return E.right(plainRecord<string>([]))
  if (!isObject(value)) return refuse('the field __metadata__ is not an object')
  const entries: [string, string][] = []
  for (const [name, text] of Object.entries(value)) {
    if (typeof text !== 'string') return refuse(`the metadata ${quoted(name)} is not text`, { name })
    if (badName(name) || badName(text))
      return refuse(`the metadata ${quoted(name)} holds a NUL or half a character`, { name })
    entries.push([name, text])
  }
  return entries.length > MOST_NAMES ? refuse(`more than ${MOST_NAMES} metadata`) : E.right(plainRecord(entries))
}

/** The most white space before a header's "{". */
const WIDEST_MARGIN = 4096

/** What people take for a file of weights: how it begins, what it is, and what to do. */
const OTHERS: readonly (readonly [start: RegExp, what: string, remedy: string])[] = [
  [
    /^version https:\/\/git-lfs/u,
    'a pointer of Git LFS, not the file itself',
    'fetch the file, for example git lfs pull',
  ],
  [/^\s*<(?:!doctype|html)/iu, 'a page of the web, not the file itself', 'fetch the file again from its raw address'],
  [/^(?:PK\u0003\u0004|\u0080[\u0002-\u0005])/u, "weights in PyTorch's own format", 'save them as safetensors'],
  [/^GGUF/u, 'weights in the format GGUF', 'get the model as safetensors'],
  [/^\u001f\u008b/u, 'a file packed by gzip', 'unpack it, for example gunzip'],
]

/** Which other kind of file this is, if it is a known one. */
const another = (bytes: Uint8Array): Failure | undefined => {
  const start = firstCharacters(bytes, 64)
  const found = OTHERS.find(([pattern]) => pattern.test(start))
  return found === undefined ? undefined : failure('Format', `safetensors: this is ${found[1]}`, found[2])
}

/** The text of the header. A file that cannot have one is called by its kind where that is known. */
const headerText = (bytes: Uint8Array): E.Either<Failure, string> =>
  E.mapLeft((f: Failure) => another(bytes) ?? f)(ownHeaderText(bytes))

const ownHeaderText = (bytes: Uint8Array): E.Either<Failure, string> => {
  if (bytes.length < 8) return refuse(`the file has ${bytes.length} bytes, too few for a header's length`)
  const length = new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true)
  const most = Math.min(bytes.length - 8, LONGEST_HEADER)
  if (length > BigInt(most)) return refuse(`the header claims ${length} bytes, and at most ${most} are possible`)
  const header = bytes.subarray(8, 8 + Number(length))
  if (!/^[ \t\r\n]*\{/u.test(firstCharacters(header, WIDEST_MARGIN)))
    return refuse('the header does not start with "{"')
  if (header.includes(0)) return refuse('the header holds a NUL byte')
  return E.tryCatch(
    () => new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(header),
    () => refusal('the header is not UTF-8'),
  )
}

/** Reads and checks the header of a file; `start` is where its data begins. */
export const readHeader = (bytes: Uint8Array): E.Either<Failure, Header & { readonly start: number }> =>
  pipe(
    headerText(bytes),
    E.chain(scanJson(headerLimits)),
    E.mapLeft((f) =>
      f.what.startsWith('safetensors') ? f : { ...f, what: `safetensors: the header is not valid ${f.what}` },
    ),
    E.chain((value) => (isObject(value) ? E.right(value) : refuse('the header is not an object'))),
    E.bindTo('fields'),
    E.bind('metadata', ({ fields }) => readMetadata(fields['__metadata__'])),
    E.chain(({ fields, metadata }) => {
      const start = 8 + Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true))
      return pipe(
        Object.keys(fields).filter((name) => name !== '__metadata__'),
        E.fromPredicate(
          (names) => names.length <= MOST_NAMES,
          () => refusal(`more than ${MOST_NAMES} arrays`),
        ),
        E.chain(E.traverseArray(located(fields))),
        E.chain(tiled(bytes.length - start)),
        E.map((all) => ({ metadata, located: all, start })),
      )
    }),
  )
