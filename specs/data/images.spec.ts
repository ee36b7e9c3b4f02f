/** Sets of images: their formats, what is refused and how, and how they are divided. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { deflateSync, gzipSync } from 'node:zlib'
import { fc, test } from '@fast-check/vitest'
import { encode } from 'fast-png'
import * as E from 'fp-ts/lib/Either.js'
import { crc32 } from '../../lib/codec/crc32.ts'
import { describe, expect, it } from 'vitest'
import { imageKinds, imageSet, imageSetNames } from '../../lib/data/images.ts'
import { readDigits, readMnistJson } from '../../lib/data/images-digits.ts'
import { cutEmoji, readEmojiList, readEmojiSheet } from '../../lib/data/images-emoji.ts'
import { readIdx } from '../../lib/data/images-idx.ts'
import { quantised, rowsOfPictures } from '../../lib/data/images-shape.ts'
import { packageFolder } from '../../lib/data/fetch.ts'
import { servicesWith } from './fixtures.ts'
import { left, right } from '../either.ts'
import type { TokenRows } from '../../lib/data/strings.ts'
import { withFolder } from '../folder.ts'

const idx = (count: number, height: number, width: number, pixels: ArrayLike<number>): Uint8Array => {
  const bytes = new Uint8Array(16 + pixels.length)
  const view = new DataView(bytes.buffer)
  ;[2051, count, height, width].forEach((n, i) => view.setUint32(4 * i, n))
  bytes.set(pixels, 16)
  return bytes
}

const what = (result: E.Either<{ readonly tag: string; readonly what: string }, unknown>): string =>
  E.isLeft(result) ? `${result.left.tag}: ${result.left.what}` : 'a success'

describe('readIdx', () => {
  test.prop([fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })], {
    seed: 71,
    numRuns: 20,
  })('reads what was written, gunzipped or not', (count, height, width) => {
    const pixels = Uint8Array.from({ length: count * height * width }, (_, i) => (i * 37) % 256)
    const bytes = idx(count, height, width, pixels)
    for (const file of [bytes, gzipSync(bytes)])
      expect(right(readIdx('x', { height, width })(file))).toEqual({
        image: { height, width, channels: 1, levels: 256 },
        count,
        levels: pixels,
      })
  })

  it('refuses images of another size, damaged and foreign files, each with its name', () => {
    const good = idx(2, 2, 3, new Uint8Array(12))
    expect(what(readIdx('a.gz', { height: 28, width: 28 })(good))).toBe(
      'Format: a.gz has images of 2 × 3 pixels, not 28 × 28',
    )
    expect(what(readIdx('a.gz')(good.subarray(0, 27)))).toBe('Format: a.gz has 11 bytes of pixels and should have 12')
    expect(what(readIdx('a.gz')(gzipSync(good).subarray(0, 20)))).toBe('Format: a.gz is a broken gzip file')
    expect(what(readIdx('a.gz')(new Uint8Array(3)))).toBe('Format: a.gz is not an IDX file of images')
    expect(what(readIdx('a.gz')(idx(0, 2, 3, [])))).toBe('Format: a.gz has no images')
    const labels = idx(2, 2, 3, new Uint8Array(12))
    labels[3] = 1
    expect(what(readIdx('a.gz')(labels))).toBe('Format: a.gz is not an IDX file of images')
  })
})

describe('packed files that unpack to much more', () => {
  const megabytes = 256
  const bomb = gzipSync(new Uint8Array(megabytes * 2 ** 20))
  const little = (call: () => unknown): void => {
    const [start, memory] = [process.cpuUsage(), process.memoryUsage()]
    call()
    expect(process.cpuUsage(start).user).toBeLessThan(1e6)
    const now = process.memoryUsage()
    expect(now.arrayBuffers + now.external - memory.arrayBuffers - memory.external).toBeLessThan(2 ** 26)
  }

  it('IDX: the header is read first, and no more is unpacked than it says', () => {
    little(() => expect(what(readIdx('a.gz')(bomb))).toBe('Format: a.gz is not an IDX file of images'))
    const long = gzipSync(Buffer.concat([idx(2, 2, 3, new Uint8Array(12)), new Uint8Array(megabytes * 2 ** 20)]))
    little(() => expect(what(readIdx('a.gz')(long))).toMatch(/unpacks to more than the 28 bytes/))
    const vast = idx(2 ** 31, 2 ** 31, 2 ** 31, [])
    for (const file of [vast, gzipSync(vast)])
      little(() => expect(what(readIdx('a.gz')(file))).toMatch(/says that it has 9\.9.*e\+27 pixels/))
    const claimed = idx(1000, 1000, 1000, [])
    little(() => expect(what(readIdx('a.gz')(gzipSync(claimed)))).toMatch(/and should have 1000000000/))
    little(() => expect(what(readDigits('d.gz')(bomb))).toMatch(/unpacks to more than/))
  })

  it('PNG: sizes are checked, and what else is packed is left out', () => {
    const part = (name: string, data: Uint8Array): Uint8Array => {
      const head = Buffer.alloc(8)
      head.writeUInt32BE(data.length)
      head.write(name, 4, 'latin1')
      const sum = Buffer.alloc(4)
      sum.writeUInt32BE(crc32(Buffer.concat([head.subarray(4), data])))
      return Buffer.concat([head, data, sum])
    }
    const png = (width: number, height: number, ...more: readonly Uint8Array[]): Uint8Array => {
      const size = Buffer.from([0, 0, 0, 0, 0, 0, 0, 0, 8, 6, 0, 0, 0])
      size.writeUInt32BE(width)
      size.writeUInt32BE(height, 4)
      return Buffer.concat([sheet().subarray(0, 8), part('IHDR', size), ...more, part('IEND', new Uint8Array(0))])
    }
    const packed = deflateSync(new Uint8Array(megabytes * 2 ** 20))
    little(() =>
      expect(what(readEmojiSheet('s')(png(34, 34, part('IDAT', packed))))).toMatch(/does not unpack to 34 × 34/),
    )
    little(() => expect(what(readEmojiSheet('s')(png(2 ** 30, 2 ** 30)))).toMatch(/at most 16777216 are read/))
    little(() => expect(what(readEmojiSheet('s')(png(0, 34)))).toMatch(/0 × 34/))
    const profile = part('iCCP', Buffer.concat([Buffer.from('x\0\0', 'latin1'), packed]))
    const good = png(34, 34, profile, part('IDAT', deflateSync(new Uint8Array(34 * (1 + 4 * 34)))))
    little(() => expect(right(readEmojiSheet('s')(good)).width).toBe(34))
    expect(what(readEmojiSheet('s')(good.subarray(0, good.length - 3)))).toMatch(/is cut off/)
  })
})

describe('digits', () => {
  const line = (label: number) => [...Array.from({ length: 64 }, (_, i) => i % 17), label].join(',')
  it('8 × 8 from text, with the label left out', () => {
    const { image, count, levels } = right(readDigits('d')(gzipSync(`${line(3)}\n${line(4)}\n`)))
    expect([image, count]).toEqual([{ height: 8, width: 8, channels: 1, levels: 17 }, 2])
    expect([...levels.subarray(64)]).toEqual(Array.from({ length: 64 }, (_, i) => i % 17))
    expect(what(readDigits('d')(new TextEncoder().encode(`${line(1)}\n1,2,3\n`)))).toBe(
      'Format: d line 2 does not have 64 levels from 0 to 16 and a label',
    )
    expect(what(readDigits('d')(new TextEncoder().encode(line(1).replace('16', '17'))))).toMatch(/^Format: d line 1/)
  })

  it('28 × 28 from fractions, to the byte', () => {
    const data = Array.from({ length: 784 }, (_, i) => Math.round(((i % 256) / 255) * 1000) / 1000)
    expect([...right(readMnistJson('m')(JSON.stringify({ data })))]).toEqual(data.map((_, i) => i % 256))
    expect(what(readMnistJson('m')(JSON.stringify({ data: data.slice(1) })))).toMatch(/^Format: m does not hold images/)
    expect(what(readMnistJson('m')('{"data":[2'))).toMatch(/^Format: /)
  })

  it('in two levels: white from one half on', () => {
    const image = { height: 1, width: 4, channels: 1, levels: 256 }
    const two = quantised(2)({ image, count: 1, levels: Uint8Array.of(0, 127, 128, 255) })
    expect(two).toEqual({ image: { ...image, levels: 2 }, count: 1, levels: Uint8Array.of(0, 0, 1, 1) })
    expect(rowsOfPictures(two)).toEqual({ tokens: Int32Array.of(0, 0, 1, 1), count: 1, time: 4 })
  })
})

/** A sheet of 2 × 1 cells: cell x has red 10·x + row, green column, and is opaque; its border is transparent. */
const sheet = (): Uint8Array => {
  const data = new Uint8Array(68 * 34 * 4)
  for (let y = 0; y < 34; y++)
    for (let x = 0; x < 68; x++)
      if (y > 0 && y < 33 && x % 34 > 0 && x % 34 < 33)
        data.set([10 * Math.floor(x / 34) + y - 1, (x % 34) - 1, 7, 255], (y * 68 + x) * 4)
  return encode({ width: 68, height: 34, data, channels: 4, depth: 8 })
}

describe('emoji', () => {
  it('are cut without their border, on white', () => {
    const cells = right(readEmojiSheet('s.png')(sheet()))
    const one = cutEmoji(cells, 1, 0)
    expect([...one.subarray(0, 6)]).toEqual([10, 0, 7, 10, 1, 7])
    expect([...one.subarray(32 * 3 * 31, 32 * 3 * 31 + 3)]).toEqual([41, 0, 7])
    expect([...cells.rgb.subarray(0, 3)]).toEqual([255, 255, 255])
    expect(what(readEmojiSheet('s.png')(new Uint8Array(9)))).toBe('Format: s.png is not a PNG file')
    const other = encode({ width: 2, height: 2, data: new Uint8Array(12), channels: 3, depth: 8 })
    expect(what(readEmojiSheet('s.png')(other))).toMatch(/^Format: s.png has other pixels than 8 bits of red/)
  })

  it('are listed with their skin tones and vendors', () => {
    const own = { sheet_x: 1, sheet_y: 2, has_img_google: true, has_img_twitter: false }
    const list = [{ ...own, name: 'x', skin_variations: { a: { ...own, sheet_y: 3, has_img_twitter: true } } }]
    expect(right(readEmojiList('e')(JSON.stringify(list)))).toEqual([
      [
        { x: 1, y: 2, vendors: ['google'] },
        { x: 1, y: 3, vendors: ['google', 'twitter'] },
      ],
    ])
  })
})

describe('imageSet', () => {
  it('names the sets that there are', async () => {
    expect(imageSetNames).toEqual(['digits', 'mnist', 'mnist-binary', 'fashion', 'fashion-binary', 'emoji'])
    const services = servicesWith('/nowhere', () => undefined)
    expect(left(await imageSet(services)('cifar')())).toMatchObject({
      tag: 'Usage',
      what: "there are no images called 'cifar'",
    })
  })

  it('reads an IDX file of any size, a tenth each to validate and to test on; too few and foreign files are refused', () =>
    withFolder(async (folder) => {
      const services = servicesWith('/nowhere', () => undefined)
      const file = join(folder, 'own.idx.gz')
      const read = (bytes: Uint8Array) => (writeFileSync(file, bytes), imageSet(services)(file)())
      const own = right(
        await read(
          gzipSync(
            idx(
              30,
              2,
              1,
              Uint8Array.from({ length: 60 }, (_, i) => i),
            ),
          ),
        ),
      )
      expect([own.training.count, own.validation.count, own.test.count]).toEqual([24, 3, 3])
      expect([own.image, own.title]).toEqual([{ height: 2, width: 1, channels: 1, levels: 256 }, file])
      const tokens = [own.training, own.validation, own.test].flatMap((part) => [...part.tokens])
      expect(tokens.sort((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, i) => i))
      expect(left(await read(idx(9, 1, 1, new Uint8Array(9))))).toMatchObject({
        tag: 'Usage',
        what: `${file} has 9 images, too few for training, validation and test`,
      })
      expect(left(await read(idx(9, 1, 1, new Uint8Array(8))))).toMatchObject({ tag: 'Format' })
      expect(left(await read(sheet())).what).toBe(`${file} is not an IDX file of images`)
    }))

  it('divides a set of the cache the same way every time, every image in one part', () =>
    withFolder(async (folder) => {
      const source = imageKinds['digits']?.source
      if (source === undefined) throw new Error('no digits')
      const home = packageFolder(folder, source)
      const file = join(home, 'usr/lib/python3/dist-packages/sklearn/datasets/data/digits.csv.gz')
      mkdirSync(dirname(file), { recursive: true })
      writeFileSync(join(home, 'exptilt-archive.txt'), `${source.sha256} ${source.version}\n`)
      const lines = Array.from({ length: 400 }, (_, n) =>
        [n % 16, Math.floor(n / 16) % 16, Math.floor(n / 256), ...Array.from({ length: 61 }, () => 0), 1].join(','),
      )
      writeFileSync(file, gzipSync(lines.join('\n')))
      copyFileSync(file, `${file}.kept`)
      const services = servicesWith(folder, () => undefined)
      const [one, two] = [right(await imageSet(services)('digits')()), right(await imageSet(services)('digits')())]
      expect(one).toEqual(two)
      expect(one.image).toEqual({ height: 8, width: 8, channels: 1, levels: 17 })
      expect([one.training.count, one.validation.count, one.test.count]).toEqual([40, 180, 180])
      const names = [one.training, one.validation, one.test].flatMap(({ tokens, count }) =>
        Array.from({ length: count }, (_, r) =>
          [1, 16, 256].reduce((n, unit, i) => n + unit * (tokens[64 * r + i] ?? 0), 0),
        ),
      )
      expect(names.sort((a, b) => a - b)).toEqual(Array.from({ length: 400 }, (_, i) => i))
    }))
})

describe('a folder', () => {
  const services = servicesWith('', () => undefined)
  const record = (label: number, of: (channel: number, pixel: number) => number): Uint8Array =>
    Uint8Array.from([label, ...[0, 1, 2].flatMap((c) => Array.from({ length: 1024 }, (_, i) => of(c, i)))])
  const batch = (first: number): Uint8Array =>
    Buffer.concat([0, 1, 2, 3].map((n) => record(n, (c, i) => (first + 64 * c + i + n) % 256)))

  it('with the files of CIFAR-10 keeps its test part, and turns planes into pixels', () =>
    withFolder(async (folder) => {
      for (const n of [1, 2, 3, 4, 5]) writeFileSync(join(folder, `data_batch_${n}.bin`), batch(n))
      writeFileSync(join(folder, 'test_batch.bin'), batch(99))
      const found = right(await imageSet(services)(folder)())
      expect(found.image).toEqual({ height: 32, width: 32, channels: 3, levels: 256 })
      expect([found.training.count, found.validation.count, found.test.count]).toEqual([18, 2, 4])
      expect([...found.test.tokens.subarray(0, 6)]).toEqual([99, 163, 227, 100, 164, 228])
      expect([...found.test.tokens.subarray(3 * 3072, 3 * 3072 + 3)]).toEqual([102, 166, 230])
      const starts = (rows: TokenRows) => Array.from({ length: rows.count }, (_, i) => rows.tokens[i * 3072])
      expect([...starts(found.training), ...starts(found.validation)].sort()).toEqual(
        [1, 2, 3, 4, 5].flatMap((n) => [n, n + 1, n + 2, n + 3]).sort(),
      )
      const few = right(await imageSet(services)(folder, 4)())
      expect([few.image.levels, ...few.test.tokens.subarray(0, 6)]).toEqual([4, 1, 2, 3, 1, 2, 3])
      expect(what(await imageSet(services)(folder, 300)())).toBe(
        'Usage: --levels 300 was given for images of 256 levels',
      )
      writeFileSync(join(folder, 'test_batch.bin'), batch(99).subarray(1))
      expect(what(await imageSet(services)(folder)())).toMatch(/test_batch.bin is not a file of the binary version/)
      writeFileSync(
        join(folder, 'test_batch.bin'),
        record(10, () => 0),
      )
      expect(what(await imageSet(services)(folder)())).toMatch(/a label is 10/)
    }))

  it('with the files of MNIST, packed or not, under either of their names', () =>
    withFolder(async (folder) => {
      const pixels = (first: number, count: number) =>
        Uint8Array.from({ length: 6 * count }, (_, i) => (first + i) % 256)
      writeFileSync(join(folder, 'train-images-idx3-ubyte.gz'), gzipSync(idx(20, 2, 3, pixels(0, 20))))
      writeFileSync(join(folder, 't10k-images.idx3-ubyte'), idx(3, 2, 3, pixels(200, 3)))
      writeFileSync(join(folder, 'train-labels-idx1-ubyte'), 'x')
      const found = right(await imageSet(services)(folder, 2)())
      expect([found.training.count, found.validation.count, found.test.count]).toEqual([18, 2, 3])
      expect([...found.test.tokens]).toEqual(new Array(18).fill(1))
      writeFileSync(join(folder, 't10k-images.idx3-ubyte'), idx(3, 3, 2, pixels(200, 3)))
      expect(what(await imageSet(services)(folder)())).toMatch(/has images of 3 × 2 pixels, not 2 × 3/)
    }))

  it('without either says what it should hold, and which version it holds instead', () =>
    withFolder(async (folder) => {
      expect(what(await imageSet(services)(folder)())).toMatch(
        /has neither the files of MNIST .* nor those of CIFAR-10/,
      )
      writeFileSync(join(folder, 'data_batch_1'), 'x')
      const found = await imageSet(services)(folder)()
      expect(E.isLeft(found) ? found.left.remedy : '').toMatch(/get the binary version/)
    }))
})
