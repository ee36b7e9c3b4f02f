/** Files of compiled programs: what was written is what is read; whatever else is there is no program. */
import * as E from 'fp-ts/lib/Either.js'
import { serialize } from 'node:v8'
import { describe, expect, it } from 'vitest'
import { held } from '../../lib/at.ts'
import { sha256 } from '../../lib/codec/sha256.ts'
import { decodeEntry, encodeEntry } from '../../lib/onnx/entry.ts'
import { lower } from '../../lib/onnx/lower.ts'
import { left, right } from '../either.ts'
import { keptPrograms } from './kept-programs.ts'

const model = Uint8Array.from({ length: 50 }, (_, i) => i)

describe('the file of a compiled program', () => {
  it.each(Object.entries(keptPrograms))('F14: holds what the executor knew of it: %s', (_, make) => {
    const program = make()
    const compiled = lower(program)
    const found = right(decodeEntry('key', encodeEntry('key', { compiled, model })))
    expect(found.model).toEqual(model)
    const { hosts, fed, keys, roots } = found.compiled
    const plain = ({ name, dtype, shape }: (typeof roots)[number]) => ({ name, dtype, shape })
    expect(roots).toEqual(compiled.roots.map(plain))
    expect(hosts).toEqual(compiled.hosts.map((host) => ({ ...host, output: plain(host.output) })))
    expect(fed.map(({ value }) => value)).toEqual(compiled.fed.map(({ value }) => plain(value)))
    fed.forEach(({ input }, i) => {
      expect(input).toBe(compiled.fed[i]?.input)
    })
    expect([...keys.keys()]).toEqual([...compiled.keys.keys()])
    for (const [name, key] of keys) expect(key).toBe(compiled.keys.get(name))
  })

  const program = held(new Map(Object.entries(keptPrograms)), 'a step of sampling from an LSTM')()
  const whole = encodeEntry('key', { compiled: lower(program), model })

  it('is none with any byte changed, or ended anywhere', () => {
    for (let i = 0; i < whole.length; i++) {
      const bytes = whole.slice()
      bytes[i] = (whole[i] ?? 0) ^ 32
      expect(E.isLeft(decodeEntry('key', bytes)), `byte ${i}`).toBe(true)
      expect(E.isLeft(decodeEntry('key', whole.subarray(0, i))), `${i} bytes`).toBe(true)
    }
    expect(E.isRight(decodeEntry('key', whole))).toBe(true)
  })

  it('is none under another name, and says so', () => {
    expect(left(decodeEntry('other', whole))).toMatchObject({
      tag: 'Format',
      what: 'a kept program is another one',
    })
  })

  it('is none with a hash that is right of content that is not', () => {
    const start = whole.indexOf(0xff, 84)
    const forged = (content: Uint8Array): Uint8Array => {
      const bytes = new Uint8Array(84 + content.length)
      bytes.set(whole.subarray(0, 16))
      new DataView(bytes.buffer).setUint32(80, content.length, true)
      bytes.set(content, 84)
      bytes.set(new TextEncoder().encode(sha256(bytes.subarray(80))), 16)
      return bytes
    }
    expect(start).toBe(84)
    for (const content of [Uint8Array.of(1, 2, 3), serialize(null), serialize({ key: 'key', hosts: 3 })])
      expect(left(decodeEntry('key', forged(content))).tag).toBe('Format')
    const empty = { key: 'key', hosts: [], keys: ['k'], fed: [], roots: [], expressions: undefined }
    expect(left(decodeEntry('key', forged(serialize(empty)))).tag).toBe('Format')
    const none = { nodes: [], state: [], outputs: [], guard: undefined }
    expect(left(decodeEntry('key', forged(serialize({ ...empty, expressions: none })))).what).toBe(
      'a kept program lacks an expression',
    )
  })
})
