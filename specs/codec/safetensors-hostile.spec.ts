/**
 * Damaged and hostile safetensors files: each known attack by name, then all pairs of structural changes and random
 * bytes, against one oracle: Ok ⇒ the content has a canonical file; Left ⇒ a typed failure; and a plain reader agrees.
 */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { bytesOf, sameBits } from '../../lib/codec/array.ts'
import { decodeSafetensors, type DecodedSafetensors, encodeSafetensors } from '../../lib/codec/safetensors.ts'
import { key, words } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { numbersOf, readNaively } from './naive-safetensors.ts'
import { hostile, parts, rawFile } from './safetensors-files.ts'
import { processorTime } from '../processor-time.ts'

const entry = (offsets: string, shape = '[1]', dtype = '"F32"'): string =>
  `{"dtype":${dtype},"shape":${shape},"data_offsets":${offsets}}`
const four = Uint8Array.of(0, 0, 128, 63)

/** Refusals where `JSON.parse` is laxer than the format, and the rules that this reader adds. */
const STRICTER =
  /second time|not a natural number|after the value|NUL|half a character|unknown field|more than \d+ (items|fields)|nesting deeper/

const sameNumbers = (found: ArrayLike<number>, right: readonly (number | bigint)[]): boolean =>
  found.length === right.length &&
  right.every((x, i) => (typeof x === 'bigint' ? BigInt(at(found, i)) === x : Object.is(at(found, i), x)))

const agree = (bytes: Uint8Array, file: DecodedSafetensors): void => {
  const naive = readNaively(bytes)
  if (!naive.ok) throw new Error(`the plain reader refuses: ${new TextDecoder().decode(bytes.subarray(8))}`)
  if (naive.arrays.size !== Object.keys(file.tensors).length + Object.keys(file.unread).length)
    throw new Error('another number of arrays')
  for (const [name, { dtype, shape, bytes: raw }] of naive.arrays) {
    if (Object.hasOwn(file.unread, name)) continue
    const array = file.tensors[name]
    const same =
      array !== undefined &&
      String(array.shape) === String(shape) &&
      (array.dtype.toUpperCase() === dtype
        ? Buffer.compare(bytesOf(array.data), raw) === 0
        : sameNumbers(array.data, numbersOf(dtype, raw)))
    if (!same) throw new Error(`another array ${name}`)
  }
}

/** The oracle; returns whether the file was accepted. */
const examine = (bytes: Uint8Array): boolean => {
  const result = decodeSafetensors(bytes)
  if (E.isLeft(result)) {
    const { tag, what, remedy } = result.left
    if (tag !== 'Format' || !what.startsWith('safetensors: ') || remedy === '' || what.length > 400)
      throw new Error(`not a proper refusal: ${tag} ${what}`)
    if (readNaively(bytes).ok && !STRICTER.test(what))
      throw new Error(`the plain reader accepts, this one says: ${what}`)
    return false
  }
  agree(bytes, result.right)
  const canonical = encodeSafetensors(result.right)
  if (E.isLeft(canonical)) throw new Error(canonical.left.what)
  const again = decodeSafetensors(canonical.right)
  if (E.isLeft(again)) throw new Error(again.left.what)
  for (const [name, array] of Object.entries(result.right.tensors)) {
    const other = again.right.tensors[name]
    if (other === undefined || !sameBits(other, array)) throw new Error(`${name} changed in its canonical file`)
  }
  return true
}

const refusal = (bytes: Uint8Array): string => {
  const result = decodeSafetensors(bytes)
  examine(bytes)
  return E.isLeft(result) ? result.left.what : 'accepted'
}

describe('hostile safetensors files', () => {
  it.each<[string, Uint8Array, RegExp]>([
    ['1 too short', Uint8Array.of(1, 2, 3), /3 bytes/],
    ['1 header longer than the file', rawFile('{}', four, 7n), /claims 7 bytes/],
    ['1 header of 2⁶³ bytes', rawFile('{}', four, 2n ** 63n), /claims 9223372036854775808/],
    ['1 header of 2⁵³ + 1 bytes', rawFile('{}', four, 2n ** 53n + 1n), /claims 9007199254740993/],
    ['1 empty header', rawFile('', four), /start with/],
    ['2 not UTF-8', rawFile(Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d)), /UTF-8/],
    ['2 not JSON', rawFile('{"w":'), /not valid JSON/],
    ['2 a byte order mark', rawFile('\ufeff{}'), /start with/],
    ['2 a NUL after the header', rawFile('{}\0'), /NUL/],
    ['2 an escaped NUL in a name', rawFile(`{"a\\u0000":${entry('[0,4]')}}`, four), /NUL/],
    ['2 another value after the header', rawFile('{}{}'), /after the value/],
    ['3 a name twice', rawFile(`{"w":${entry('[0,4]')},"w":${entry('[0,4]')}}`, four), /second time/],
    [
      '3 a name twice, once escaped',
      rawFile(`{"w":${entry('[0,4]')},"\\u0077":${entry('[0,4]')}}`, four),
      /second time/,
    ],
    [
      '3 a field twice',
      rawFile('{"w":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}', four),
      /second time/,
    ],
    ['3 metadata twice', rawFile('{"__metadata__":{},"__metadata__":{}}'), /second time/],
    ['5 a fraction', rawFile(`{"w":${entry('[0,4.5]')}}`, four), /not a natural number/],
    ['5 an exponent', rawFile(`{"w":${entry('[0,4e0]')}}`, four), /not a natural number/],
    ['5 negative', rawFile(`{"w":${entry('[-4,0]')}}`, four), /not a natural number/],
    ['5 past 2⁵³', rawFile(`{"w":${entry('[0,9007199254740996]')}}`, four), /is not what it should be/],
    ['5 begin after end', rawFile(`{"w":${entry('[4,0]')}}`, four), /offsets give -4/],
    ['5 overlap', rawFile(`{"v":${entry('[0,4]')},"w":${entry('[0,4]')}}`, four), /overlaps/],
    ['5 hole', rawFile(`{"v":${entry('[0,4]')},"w":${entry('[8,12]')}}`, new Uint8Array(12)), /hole/],
    ['5 first not 0', rawFile(`{"w":${entry('[4,8]')}}`, new Uint8Array(8)), /hole/],
    ['5 data left over', rawFile(`{"w":${entry('[0,4]')}}`, new Uint8Array(8)), /the file has 8/],
    ['5 three offsets', rawFile(`{"w":${entry('[0,4,8]')}}`, four), /is not what it should be/],
    ['5 past the end', rawFile(`{"w":${entry('[0,4]')}}`), /the file has 0/],
    ['5 data and no arrays', rawFile('{}', four), /the file has 4/],
    [
      '5 an empty array inside another',
      rawFile(`{"v":${entry('[0,4]')},"w":${entry('[2,2]', '[0]')}}`, four),
      /overlaps/,
    ],
    [
      '6 2⁶⁴ + 4 bytes',
      rawFile(`{"w":${entry('[0,4]', '[4294967297,4294967295]')}}`, four),
      /needs 73786976294838206460/,
    ],
    ['6 a product that wraps to the length', rawFile(`{"w":${entry('[0,0]', '[4294967296,4294967296]')}}`), /needs/],
    ['6 negative size', rawFile(`{"w":${entry('[0,4]', '[-1,-1]')}}`, four), /not a natural number/],
    ['6 fractional size', rawFile(`{"w":${entry('[0,4]', '[0.5,2]')}}`, four), /not a natural number/],
    ['6 unknown type', rawFile(`{"w":${entry('[0,4]', '[1]', '"Q4"')}}`, four), /is not what it should be/],
    [
      '6 a type from the prototype',
      rawFile(`{"w":${entry('[0,4]', '[1]', '"constructor"')}}`, four),
      /is not what it should be/,
    ],
    ['6 another length', rawFile(`{"w":${entry('[0,4]', '[2]')}}`, four), /needs 8 bytes/],
    ['6 a field missing', rawFile('{"w":{"dtype":"F32","shape":[1]}}', four), /is not what it should be/],
    [
      '6 an unknown field',
      rawFile('{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"x":1}}', four),
      /unknown field/,
    ],
    ['6 not an object', rawFile('{"w":[1]}', four), /is not what it should be/],
    ['6 metadata that is not text', rawFile('{"__metadata__":{"a":1}}'), /not text/],
    ['8 nesting', rawFile(`{"w":${'['.repeat(100_000)}`), /nesting deeper/],
    ['8 nesting of objects', rawFile('{"a":'.repeat(100_000)), /nesting deeper/],
    ['8 a shape of 256 axes', rawFile(`{"w":${entry('[0,4]', `[${'1,'.repeat(255)}1]`)}}`, four), /more than 255/],
    [
      '8 a number of 10⁶ digits',
      rawFile(`{"w":${entry(`[0,${'9'.repeat(1_000_000)}]`)}}`, four),
      /not a natural number/,
    ],
  ])('refuses %s', (_, bytes, sentence) => {
    expect(refusal(bytes)).toMatch(sentence)
  })

  it('4, 7: names from the prototype chain and names like paths are ordinary names, and missing ones are missing', () => {
    const names = ['__proto__', 'constructor', 'toString', '../../x', '/etc/passwd']
    const header = names.map((name, i) => `"${name}":${entry(`[${4 * i},${4 * i + 4}]`)}`).join(',')
    const result = decodeSafetensors(rawFile(`{${header}}`, new Uint8Array(20)))
    expect(examine(rawFile(`{${header}}`, new Uint8Array(20)))).toBe(true)
    expect(E.isRight(result) && Object.keys(result.right.tensors).sort()).toEqual([...names].sort())
    const empty = decodeSafetensors(rawFile('{}'))
    expect(E.isRight(empty) && empty.right.tensors['toString']).toBe(undefined)
    expect(Object.hasOwn(Object.prototype, 'dtype')).toBe(false)
  })

  it('8: many names are read in processor time linear in the file, and too many are refused', () => {
    const build = (n: number): Uint8Array =>
      rawFile(`{${Array.from({ length: n }, (_, i) => `"${i}":${entry('[0,0]', '[0]')}`).join(',')}}`)
    const time = (bytes: Uint8Array): number =>
      processorTime(() => expect(E.isRight(decodeSafetensors(bytes))).toBe(true))
    // The least of five: now and then the collector of garbage works beside one.
    const least = (bytes: Uint8Array): number => Math.min(...[1, 2, 3, 4, 5].map(() => time(bytes)))
    // Ten times the names: linear work takes about ten times the time, quadratic work a hundred times.
    expect(least(build(50_000)) / Math.max(least(build(5000)), 0.5)).toBeLessThan(50)
    const tooMany = rawFile(`{${Array.from({ length: 100_002 }, (_, i) => `"${i}":0`).join(',')}}`)
    const result = decodeSafetensors(tooMany)
    expect(E.isLeft(result) && result.left.what).toMatch(/more than 100001 fields/)
  })

  it('10: unaligned offsets are copied', () => {
    const bytes = rawFile(`{"a":${entry('[0,4]')},"b":${entry('[4,12]', '[1]', '"F64"')}}  `, new Uint8Array(12))
    expect(examine(bytes)).toBe(true)
  })

  it('structure-aware: every replacement in every place, and 20 000 random pairs, meet the oracle', () => {
    const data = new Uint8Array(32)
    const file = (changes: ReadonlyMap<number, string>): Uint8Array =>
      rawFile(parts.map((part, i) => changes.get(i) ?? part).join(''), data)
    expect(examine(file(new Map()))).toBe(true)
    const sites = parts.flatMap((_, place) => hostile.map((text) => [place, text] as const))
    const choice = words(key(5), 40_000)
    let accepted = 0
    for (const site of sites) accepted += Number(examine(file(new Map([site]))))
    for (let i = 0; i < 20_000; i++) {
      const [a, b] = [sites[(choice[2 * i] ?? 0) % sites.length], sites[(choice[2 * i + 1] ?? 0) % sites.length]]
      if (a !== undefined && b !== undefined) accepted += Number(examine(file(new Map([a, b]))))
    }
    expect(accepted).toBeGreaterThan(100)
  }, 60_000)

  it('byte-level: 20 000 files with up to four bytes changed, inserted, removed or cut meet the oracle, each in 50 ms of processor time', () => {
    const good = rawFile(
      parts.join(''),
      Uint8Array.from({ length: 32 }, (_, i) => i * 7),
    )
    const draw = words(key(6), 20_000 * 13)
    let at = 0
    const next = (below: number): number => (draw[at++] ?? 0) % below
    let accepted = 0
    let slow = 0
    for (let i = 0; i < 20_000; i++) {
      const bytes = [...good]
      for (let change = next(4); change >= 0; change--) {
        const [kind, where, value] = [next(8), next(bytes.length + 1), next(256)]
        if (kind < 5) bytes[Math.min(where, bytes.length - 1)] = value
        else if (kind === 5) bytes.splice(where, 0, value)
        else if (kind === 6) bytes.splice(where, 1)
        else bytes.length = Math.max(where, 1)
      }
      const start = process.cpuUsage()
      accepted += Number(examine(Uint8Array.from(bytes)))
      if (process.cpuUsage(start).user > 50_000) slow++
    }
    // A collection of garbage may delay a few; a slow path in the reader would delay thousands.
    expect(slow).toBeLessThan(10)
    expect(accepted).toBeGreaterThan(100)
  }, 60_000)
})
