/** Messages between machines: everything that passes between threads passes as bytes, to the bit; nothing else is taken for a message. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { encodeMessage, decodeMessage } from '../../../lib/scale/queue/message.ts'
import { left, run } from '../../either.ts'
import { thrown } from '../../thrown.ts'

/** Bytes as a connection reads them: a part of memory that others share, at any place. */
const asRead = (bytes: Uint8Array): Buffer => {
  const shared = Buffer.alloc(bytes.length + 13, 7)
  shared.set(bytes, 5)
  return shared.subarray(5, 5 + bytes.length)
}

const arrays = [
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
].map((type) => type.from([0, 1, 2, 100]))

const values: readonly unknown[] = [
  ...[0, -0, 1.5, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324],
  ...['', 'é — 𝛑', true, null, undefined, [], {}, [[1], { a: [undefined] }]],
  { record: 1, number: 'NaN', array: ['Int8Array', 0], absent: true, kept: 'x' },
  { feeds: { x: Float64Array.of(-0, Number.NaN, 1e300), y: new Uint32Array(0) } },
  ...arrays,
  new Float64Array([1, 2, 3, 4]).subarray(1, 3),
  new Uint8ClampedArray([1, 2]),
]

describe('a message', () => {
  it.each(values)('%j comes as it went', async (value) => {
    expect(await run(decodeMessage(asRead(encodeMessage(value))))).toStrictEqual(value)
  })

  it('leaves arrays out that are kept elsewhere, and has them again', async () => {
    const [small, large] = [Float32Array.of(1), Float32Array.of(2, 3)]
    const there = new Map<string, ArrayBuffer>()
    const bytes = encodeMessage({ small, large }, (data) => {
      if (data.length < 8) return undefined
      there.set('f'.repeat(64), Uint8Array.from(data).buffer)
      return 'f'.repeat(64)
    })
    const back = await run(decodeMessage(bytes, (hash) => async () => E.right(there.get(hash) ?? new ArrayBuffer(0))))
    expect(back).toStrictEqual({ small, large })
    expect(left(await decodeMessage(bytes)()).tag).toBe('Format')
    expect(left(await decodeMessage(bytes, () => async () => E.right(new ArrayBuffer(4)))()).tag).toBe('Format')
  })

  it.each([[Symbol('a')], [() => 1], [1n], [new DataView(new ArrayBuffer(8))]])('cannot hold %s', (value) => {
    expect(thrown(() => encodeMessage({ value }))?.tag).toBe('Feed')
  })
})

const withHead = (text: string, ...rest: readonly number[]): Uint8Array => {
  const head = Buffer.from(text)
  return Buffer.concat([Buffer.from(Uint32Array.of(head.length).buffer), head, Buffer.from(rest)])
}

describe('bytes that are no message', () => {
  const head = (value: unknown, list: unknown = []): Uint8Array => withHead(JSON.stringify({ value, arrays: list }))
  it.each([
    ['nothing', new Uint8Array(0)],
    ['a length alone', Uint8Array.of(200, 0, 0, 0)],
    ['no JSON', withHead('{"value":')],
    ['another tag', head({ run: 'me' })],
    ['two tags that do not fit', head({ number: 'seven' })],
    ['an array of no type', head({ array: ['Function', 0] })],
    ['a type of an object', head({ array: ['constructor', 0] })],
    ['an array that is not there', head({ array: ['Int8Array', 0] })],
    ['an array longer than its bytes', head({ array: ['Int8Array', 0] }, [{ bytes: 1e9 }])],
    ['an array of half a number', head({ array: ['Int32Array', 0] }, [{ bytes: 0 }, { bytes: -1 }])],
    ['a hash that is a path', head(null, [{ bytes: 4, kept: '../../etc/passwd' }])],
    ['a record of a prototype', withHead('{"value":{"record":{"__proto__":{"record":{"x":1}}}},"arrays":[]}')],
    ['a cut one', encodeMessage({ x: Float64Array.of(1, 2, 3) }).subarray(0, -8)],
  ])('%s', async (_, bytes) => {
    expect(['Format', 'Index']).toContain(left(await decodeMessage(asRead(bytes))()).tag)
  })
})
