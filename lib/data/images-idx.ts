/**
 * The IDX format of MNIST and Fashion-MNIST: a magic number, three sizes (big-endian), one byte a pixel; gunzipped if need
 * be.
 */
import { constants, gunzipSync } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { codeOf, type Failure, failure } from '../errors.ts'
import type { Pictures } from './images-shape.ts'

/** The magic number of unsigned bytes in three dimensions. */
const IMAGES = 2051
const HEADER = 16

const refuse = (file: string, why: string, remedy: string, facts: Readonly<Record<string, unknown>> = {}): Failure =>
  failure('Format', `${file} ${why}`, remedy, { file, ...facts })

const plainBytes = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b

/**
 * The bytes, gunzipped where they are a gzip file; `Format` for a broken one, and for one of more than `most` bytes, of
 * which no more than those are unpacked.
 */
export const gunzipped =
  (file: string, most: number) =>
  (bytes: Uint8Array): E.Either<Failure, Uint8Array> =>
    isGzip(bytes)
      ? E.tryCatch(
          () => plainBytes(gunzipSync(bytes, { maxOutputLength: most })),
          (thrown) =>
            codeOf(thrown) === 'ERR_BUFFER_TOO_LARGE'
              ? refuse(file, `unpacks to more than the ${most} bytes that it should hold`, 'get the file again', {
                  most,
                })
              : refuse(file, 'is a broken gzip file', 'get the file again'),
        )
      : E.right(bytes)

/** Packed bytes that certainly hold a header, and unpack to two megabytes at most. */
const BEGINNING = 2048

/** The most that a byte of a gzip file unpacks to. */
const DENSEST = 1032

/** The most pixels of a file: what one array of bytes holds. */
const MOST_PIXELS = 2 ** 31 - 1

/** The first bytes of a file, unpacked: as many as a header has, or fewer. */
const beginning = (bytes: Uint8Array): Uint8Array =>
  isGzip(bytes)
    ? E.getOrElse<unknown, Uint8Array>(() => new Uint8Array(0))(
        E.tryCatch(
          () => plainBytes(gunzipSync(bytes.subarray(0, BEGINNING), { finishFlush: constants.Z_SYNC_FLUSH })),
          () => undefined,
        ),
      )
    : bytes

/** What images a reader wants; an image of another size is refused. */
interface WantedSize {
  readonly height: number
  readonly width: number
}

interface Sizes {
  readonly count: number
  readonly height: number
  readonly width: number
}

/** The sizes in the header, when they can be: nothing of the pixels is unpacked before. */
const sizesOf =
  (file: string, wanted: WantedSize | undefined) =>
  (bytes: Uint8Array): E.Either<Failure, Sizes> => {
    const head = beginning(bytes)
    const view = new DataView(head.buffer, head.byteOffset, head.byteLength)
    const broken = isGzip(bytes) && head.length < HEADER ? gunzipped(file, HEADER)(bytes) : E.right(head)
    if (E.isLeft(broken)) return broken
    if (head.length < HEADER || view.getUint32(0) !== IMAGES)
      return E.left(refuse(file, 'is not an IDX file of images', 'give a file like train-images-idx3-ubyte.gz'))
    const [count, height, width] = [view.getUint32(4), view.getUint32(8), view.getUint32(12)]
    if (wanted !== undefined && (height !== wanted.height || width !== wanted.width))
      return E.left(
        refuse(
          file,
          `has images of ${height} × ${width} pixels, not ${wanted.height} × ${wanted.width}`,
          `give images of ${wanted.height} × ${wanted.width} pixels`,
          { height, width },
        ),
      )
    const length = count * height * width
    if (length === 0) return E.left(refuse(file, 'has no images', 'give a file with images'))
    if (length > MOST_PIXELS)
      return E.left(
        refuse(file, `says that it has ${length} pixels`, `give a file of at most ${MOST_PIXELS} pixels`, { length }),
      )
    return isGzip(bytes) && length > bytes.length * DENSEST
      ? E.left(cut(file, `at most ${bytes.length * DENSEST}`, length))
      : E.right({ count, height, width })
  }

const cut = (file: string, found: number | string, expected: number): Failure =>
  refuse(
    file,
    `has ${found} bytes of pixels and should have ${expected}`,
    'get the file again; it is cut off or damaged',
    { bytes: found, expected: HEADER + expected },
  )

/**
 * Images of an IDX file. Left `Format`: no IDX file of images, broken or cut off, more than 2³¹ − 1 pixels, or images of
 * another size than wanted. The header is read first, and no more is unpacked than it says.
 */
export const readIdx =
  (file: string, wanted?: WantedSize) =>
  (bytes: Uint8Array): E.Either<Failure, Pictures> =>
    pipe(
      bytes,
      sizesOf(file, wanted),
      E.flatMap(({ count, height, width }) => {
        const length = count * height * width
        return pipe(
          bytes,
          gunzipped(file, HEADER + length),
          E.flatMap((plain) =>
            plain.length === HEADER + length
              ? E.right({ image: { height, width, channels: 1, levels: 256 }, count, levels: plain.subarray(HEADER) })
              : E.left(cut(file, plain.length - HEADER, length)),
          ),
        )
      }),
    )
