/**
 * The parts of a PNG file that hold its pixels, checked before they are decoded: signature, kind, size, and that no more is
 * packed than the size needs. Texts, colour profiles and other parts are left out.
 */
import { inflateSync } from 'node:zlib'
import * as E from 'fp-ts/lib/Either.js'

const SIGNATURE = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
const KEPT = new Set(['IHDR', 'IDAT', 'IEND'])

/** The most pixels of an image: 16 million, which take 64 MiB. */
const MOST_PIXELS = 2 ** 24

/** The colour type of red, green, blue and alpha. */
const RGBA = 6

/** Length, name, and sum of a part. */
const AROUND = 12

interface Part {
  readonly name: string
  /** With length, name and sum. */
  readonly whole: Uint8Array
  readonly data: Uint8Array
}

const partsOf = (bytes: Uint8Array): readonly Part[] | undefined => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const parts: Part[] = []
  for (let start = SIGNATURE.length; start < bytes.length; ) {
    if (start + AROUND > bytes.length) return undefined
    const end = start + AROUND + view.getUint32(start)
    if (end > bytes.length) return undefined
    const name = String.fromCharCode(...bytes.subarray(start + 4, start + 8))
    parts.push({ name, whole: bytes.subarray(start, end), data: bytes.subarray(start + 8, end - 4) })
    if (name === 'IEND') return parts
    start = end
  }
  return undefined
}

/** The bytes of a PNG file without what is not needed; Left says what is wrong. */
export const pngCore = (bytes: Uint8Array): E.Either<string, Uint8Array> => {
  if (!SIGNATURE.every((byte, i) => bytes[i] === byte)) return E.left('is not a PNG file')
  const parts = partsOf(bytes)
  const head = parts?.[0]
  if (parts === undefined || head === undefined || head.name !== 'IHDR' || head.data.length !== 13)
    return E.left('is not a PNG file, or is cut off')
  const view = new DataView(head.data.buffer, head.data.byteOffset, head.data.byteLength)
  const [width, height] = [view.getUint32(0), view.getUint32(4)]
  if (width * height === 0 || width * height > MOST_PIXELS)
    return E.left(`has ${width} × ${height} pixels, and at most ${MOST_PIXELS} are read`)
  if (head.data[8] !== 8 || head.data[9] !== RGBA)
    return E.left('has other pixels than 8 bits of red, green, blue and alpha')
  // Each line of each of seven passes has a byte more.
  const most = height * (4 * width + 8) + 64
  const packed = Buffer.concat(parts.filter(({ name }) => name === 'IDAT').map(({ data }) => data))
  const sound = E.isRight(
    E.tryCatch(
      () => inflateSync(packed, { maxOutputLength: most }),
      () => undefined,
    ),
  )
  return sound
    ? E.right(
        Buffer.concat([
          Uint8Array.from(SIGNATURE),
          ...parts.filter(({ name }) => KEPT.has(name)).map(({ whole }) => whole),
        ]),
      )
    : E.left(`does not unpack to ${width} × ${height} pixels`)
}
