/**
 * The IDX format of MNIST and Fashion-MNIST: a magic number, three sizes (big-endian), one byte a pixel; gunzipped if need
 * be.
 */
import { gunzipSync } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import { type Failure, failure } from '../errors.ts'
import type { Pictures } from './images-shape.ts'

/** The magic number of unsigned bytes in three dimensions. */
const IMAGES = 2051
const HEADER = 16

const refuse = (file: string, why: string, remedy: string, facts: Readonly<Record<string, unknown>> = {}): Failure =>
  failure('Format', `${file} ${why}`, remedy, { file, ...facts })

const plainBytes = ({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

/** The bytes, gunzipped where they are a gzip file; `Format` for a broken one. */
export const gunzipped =
  (file: string) =>
  (bytes: Uint8Array): E.Either<Failure, Uint8Array> =>
    bytes[0] === 0x1f && bytes[1] === 0x8b
      ? E.tryCatch(
          () => plainBytes(gunzipSync(bytes)),
          () => refuse(file, 'is a broken gzip file', 'get the file again'),
        )
      : E.right(bytes)

/** What images a reader wants; an image of another size is refused. */
export interface WantedSize {
  readonly height: number
  readonly width: number
}

const decode =
  (file: string, wanted: WantedSize | undefined) =>
  (bytes: Uint8Array): E.Either<Failure, Pictures> => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    if (bytes.length < HEADER || view.getUint32(0) !== IMAGES)
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
    if (count * height * width === 0) return E.left(refuse(file, 'has no images', 'give a file with images'))
    const length = count * height * width
    return bytes.length === HEADER + length
      ? E.right({ image: { height, width, channels: 1, levels: 256 }, count, levels: bytes.subarray(HEADER) })
      : E.left(
          refuse(
            file,
            `has ${bytes.length - HEADER} bytes of pixels and should have ${length}`,
            'get the file again; it is cut off or damaged',
            { bytes: bytes.length, expected: HEADER + length },
          ),
        )
  }

/**
 * Images of an IDX file. Left `Format`: no IDX file of images, broken or cut off, or images of another size than wanted.
 */
export const readIdx =
  (file: string, wanted?: WantedSize) =>
  (bytes: Uint8Array): E.Either<Failure, Pictures> =>
    pipe(bytes, gunzipped(file), E.flatMap(decode(file, wanted)))
