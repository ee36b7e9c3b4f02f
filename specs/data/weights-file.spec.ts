/** Weights as people have them: every stored type, public GPT-2 and RoBERTa layouts, files in parts. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type NamedArrays, plainRecord } from '../../lib/codec/array.ts'
import { decodeSafetensors } from '../../lib/codec/safetensors.ts'
import { readWeights, withUnread } from '../../lib/data/weights-file.ts'
import { describeFailure } from '../../lib/errors.ts'
import { at } from '../../lib/at.ts'
import { fromGpt2, fromRoberta } from '../../lib/models/checkpoint-names.ts'
import type { TransformerSize } from '../../lib/models/transformer.ts'
import { readBaseFile } from '../../lib/systems/residual/base-file.ts'
import { rawFile } from '../codec/safetensors-files.ts'
import { left, right } from '../either.ts'
import { withFolder } from '../folder.ts'
import { torchFixture } from '../models/torch.ts'

type Stored = readonly [name: string, dtype: string, shape: readonly number[], bytes: Uint8Array]

/** A file of arrays whose bytes are given; `pad` goes around the header. */
const stored = (all: readonly Stored[], [before, after]: readonly [string, string] = ['', '']): Uint8Array => {
  let begin = 0
  const entries = all.map(([name, dtype, shape, bytes]) => {
    const text = `${JSON.stringify(name)}:{"dtype":"${dtype}","shape":[${shape.join(',')}],"data_offsets":[${begin},${begin + bytes.length}]}`
    begin += bytes.length
    return text
  })
  return rawFile(`${before}{${entries.join(',')}}${after}`, Buffer.concat(all.map(([, , , bytes]) => bytes)))
}

const bytes = (data: ArrayBufferView): Uint8Array => new Uint8Array(data.buffer, data.byteOffset, data.byteLength)

/** The upper halves of f32 values: bfloat16, exact for values of 8 bits. */
const bfloat = (xs: ArrayLike<number>): Uint8Array =>
  bytes(Uint16Array.from(new Uint32Array(Float32Array.from(xs).buffer), (word) => word >>> 16))

const valuesOf = (dtype: string, raw: Uint8Array): readonly number[] => {
  const { tensors } = right(decodeSafetensors(stored([['x', dtype, [raw.length / sizeOf(dtype)], raw]])))
  return Array.from(tensors['x']?.data ?? [])
}
const sizeOf = (dtype: string): number =>
  /8$|BOOL/.test(dtype) ? 1 : /16$/.test(dtype) ? 2 : /32$/.test(dtype) ? 4 : 8

describe('stored types', () => {
  it.each<[string, Uint8Array, readonly number[]]>([
    ['F64', bytes(Float64Array.of(0.1, -0, NaN)), [0.1, -0, NaN]],
    ['F32', bytes(Float32Array.of(0.5, -1e-45)), [0.5, Math.fround(-1e-45)]],
    [
      'F16',
      bytes(Uint16Array.of(0x3c00, 0xc000, 0x7bff, 1, 0x7c00, 0x8000, 0x7e00)),
      [1, -2, 65504, 2 ** -24, Infinity, -0, NaN],
    ],
    ['BF16', bytes(Uint16Array.of(0x3f80, 0xff80, 0x0001, 0x4049)), [1, -Infinity, 2 ** -133, 3.140625]],
    ['I64', bytes(BigInt64Array.of(-1n, 2147483647n, -2147483648n)), [-1, 2147483647, -2147483648]],
    ['I64', bytes(BigInt64Array.of(2147483648n, 1n - 2n ** 53n)), [2147483648, Number.MIN_SAFE_INTEGER]],
    ['I32', bytes(Int32Array.of(-5, 7)), [-5, 7]],
    ['I16', bytes(Int16Array.of(-32768, 300)), [-32768, 300]],
    ['I8', bytes(Int8Array.of(-128, 127)), [-128, 127]],
    ['U64', bytes(BigUint64Array.of(0n, 4294967296n)), [0, 4294967296]],
    ['U32', bytes(Uint32Array.of(4294967295)), [4294967295]],
    ['U16', bytes(Uint16Array.of(65535, 256)), [65535, 256]],
    ['U8', Uint8Array.of(255, 0), [255, 0]],
    ['BOOL', Uint8Array.of(0, 1, 1), [0, 1, 1]],
  ])('%s: the numbers as they are', (dtype, raw, wanted) => expect(valuesOf(dtype, raw)).toEqual(wanted))

  it.each([
    ['F8_E4M3', Uint8Array.of(1), /its type \(F8_E4M3\)/],
    ['I64', bytes(BigInt64Array.of(2n ** 53n + 1n)), /past 2⁵³/],
    ['U64', bytes(BigUint64Array.of(2n ** 64n - 1n)), /past 2⁵³/],
  ])('%s that nothing here holds is named, and the rest read', (dtype, raw, why) => {
    const file = right(
      decodeSafetensors(
        stored([
          ['x', dtype, [1], raw],
          ['y', 'U8', [1], Uint8Array.of(3)],
        ]),
      ),
    )
    expect(Object.keys(file.tensors)).toEqual(['y'])
    expect(file.unread['x']).toMatch(why)
  })

  it.each([
    ['    ', ''],
    ['', '    '],
    ['\n', '\n\t \r\n'],
  ])('a header padded with white space (%j, %j)', (before, after) => {
    const file = stored([['w', 'U8', [1], Uint8Array.of(3)]], [before, after])
    expect(right(decodeSafetensors(file)).tensors['w']?.data).toEqual(Uint32Array.of(3))
  })

  it('no message shows a notation of types', () => {
    for (const [dtype, shape] of [
      ['Q4', '[1]'],
      ['F32', '1'],
      ['F32', '["a"]'],
    ]) {
      const text = `{"w":{"dtype":"${dtype}","shape":${shape},"data_offsets":[0,4]}}`
      const said = describeFailure(left(decodeSafetensors(rawFile(text, new Uint8Array(4)))))
      expect(said).toContain('"w"')
      expect(said).not.toMatch(/[<>|]|Readonly|Array|\bstring\b/)
    }
  })
})

const common = {
  symbols: 11,
  model: 12,
  heads: 3,
  layers: 2,
  feedForward: 20,
  context: 8,
  positions: 'learned',
  tied: true,
} as const
const gpt2: TransformerSize = { ...common, begin: 10, norm: 'pre', activation: 'gelu-tanh' }
const roberta: TransformerSize = { ...common, begin: 0, norm: 'post', activation: 'gelu' }

/** Weights rounded to what `dtype` holds, as stored bytes. */
const asStored =
  (dtype: 'F32' | 'BF16' | 'F64', rename: (name: string) => string) =>
  (weights: NamedArrays): readonly Stored[] =>
    Object.entries(weights).map(([name, { shape, data }]) => [
      rename(name),
      dtype,
      shape,
      dtype === 'BF16' ? bfloat(data) : bytes(dtype === 'F32' ? Float32Array.from(data) : Float64Array.from(data)),
    ])

const rounded = (weights: NamedArrays): NamedArrays =>
  plainRecord(
    Object.entries(weights).map(([name, x]) => [
      name,
      {
        ...x,
        data: new Float32Array(
          Uint32Array.from(new Uint32Array(Float32Array.from(x.data).buffer), (word) => word & 0xffff0000).buffer,
        ),
      },
    ]),
  )

/** The buffers that public files carry beside their weights. */
const gpt2Buffers = (prefix: string, dtype: 'BOOL' | 'U8' | 'F32'): readonly Stored[] =>
  [0, 1].flatMap((l): readonly Stored[] => [
    [
      `${prefix}h.${l}.attn.bias`,
      dtype,
      [1, 1, 8, 8],
      dtype === 'F32' ? bytes(new Float32Array(64).fill(1)) : new Uint8Array(64).fill(1),
    ],
    [`${prefix}h.${l}.attn.masked_bias`, dtype, [], dtype === 'F32' ? bytes(Float32Array.of(-1e4)) : Uint8Array.of(1)],
  ])

describe('public files', () => {
  const { weights } = torchFixture('gpt2')
  const plain = right(fromGpt2(gpt2)(weights))

  it.each(['', 'transformer.'].flatMap((prefix) => (['BOOL', 'U8', 'F32'] as const).map((d) => [prefix, d] as const)))(
    "GPT-2 with the prefix '%s', masks of %s, and a tied head",
    (prefix, dtype) => {
      const head: Stored = [
        'lm_head.weight',
        'F32',
        [11, 12],
        bytes(weights['wte.weight']?.data ?? new Float32Array(0)),
      ]
      const file = stored([
        ...asStored('F32', (name) => `${prefix}${name}`)(weights),
        ...gpt2Buffers(prefix, dtype),
        ...(prefix === '' ? [] : [head]),
      ])
      expect(right(fromGpt2(gpt2)(right(decodeSafetensors(file)).tensors))).toEqual(plain)
    },
  )

  it('GPT-2 in short floats and in doubles', () => {
    const read = (dtype: 'BF16' | 'F64') =>
      right(fromGpt2(gpt2)(right(decodeSafetensors(stored(asStored(dtype, (name) => name)(weights)))).tensors))
    expect(read('F64')).toEqual(plain)
    expect(read('BF16')).toEqual(right(fromGpt2(gpt2)(rounded(weights))))
    expect(read('BF16')).not.toEqual(plain)
  })

  it.each(['', 'roberta.'])("RoBERTa with the prefix '%s' and position_ids of I64", (prefix) => {
    const { weights: own } = torchFixture('roberta')
    const file = stored([
      ...asStored('F32', (name) => name.replace('roberta.', prefix))(own),
      [
        `${prefix}embeddings.position_ids`,
        'I64',
        [1, 10],
        bytes(BigInt64Array.from({ length: 10 }, (_, i) => BigInt(i))),
      ],
      [`${prefix}embeddings.token_type_ids`, 'I64', [1, 10], bytes(new BigInt64Array(10).fill(-(2n ** 63n)))],
      ['lm_head.bias', 'F32', [11], bytes(new Float32Array(11))],
    ])
    expect(right(fromRoberta(roberta)(right(decodeSafetensors(file)).tensors))).toEqual(
      right(fromRoberta(roberta)(own)),
    )
  })

  it('a weight of a type that cannot be read is named with its type', async () => {
    const file = stored(
      asStored(
        'F32',
        (name) => name,
      )(weights).map(
        ([name, dtype, shape, raw]): Stored =>
          name === 'ln_f.bias' ? [name, 'F8_E5M2', shape, new Uint8Array(12)] : [name, dtype, shape, raw],
      ),
    )
    await withFolder(async (folder) => {
      writeFileSync(join(folder, 'm.safetensors'), file)
      const read = right(await readWeights(join(folder, 'm.safetensors'))())
      const said = withUnread(read)(left(fromGpt2(gpt2)(read.tensors)))
      expect(describeFailure(said)).toMatch(/'ln_f\.bias' cannot be read: .*F8_E5M2.*: save it as F32/)
    })
  })
})

describe('files in parts', () => {
  it('a folder without weights is refused with the names that it lacks', () =>
    withFolder(async (folder) => {
      expect(left(await readWeights(folder)()).what).toContain('holds neither model.safetensors nor')
    }))

  const { weights } = torchFixture('gpt2')
  const all = asStored('F32', (name) => name)(weights)
  const shard = (i: number): string => `model-0000${i + 1}-of-00002.safetensors`
  const map = Object.fromEntries(all.map(([name], i) => [name, shard(i % 2)]))
  const write = (folder: string, index: unknown): string => {
    for (const i of [0, 1]) writeFileSync(join(folder, shard(i)), stored(all.filter((_, j) => j % 2 === i)))
    const path = join(folder, 'model.safetensors.index.json')
    writeFileSync(path, typeof index === 'string' ? index : JSON.stringify(index))
    return path
  }

  it('an index, a folder of one and of several files, and a base model read from them', async () => {
    await withFolder(async (folder) => {
      const path = write(folder, { metadata: { total_size: 1 }, weight_map: map })
      const wanted = right(fromGpt2(gpt2)(weights))
      for (const from of [path, folder]) {
        expect(right(fromGpt2(gpt2)(right(await readWeights(from)()).tensors))).toEqual(wanted)
        expect(right(await readBaseFile(from, gpt2)())).toEqual(wanted)
      }
      const short = right(await readBaseFile(path, { ...gpt2, context: 5 })())
      expect(
        at(
          Object.values(short).map((x) => x.length),
          1,
        ),
      ).toBe(5 * 12)
      mkdirSync(join(folder, 'one'))
      writeFileSync(join(folder, 'one', 'model.safetensors'), stored(all))
      expect(right(fromGpt2(gpt2)(right(await readWeights(join(folder, 'one'))()).tensors))).toEqual(wanted)
    })
  })

  it.each<[string, unknown, RegExp]>([
    ['a path that leaves the folder', { weight_map: { ...map, x: '../secret.safetensors' } }, /beside the index/],
    ['an absolute path', { weight_map: { ...map, x: '/etc/x.safetensors' } }, /beside the index/],
    ['a name in no file', { weight_map: { ...map, x: shard(0) } }, /says that .* holds "x"/],
    ['a file that is not there', { weight_map: { ...map, x: 'gone.safetensors' } }, /gone\.safetensors/],
    ['no names', { weight_map: {} }, /names 0 files/],
    ['no map', {}, /weight_map: expected an object, found nothing/],
    ['numbers for files', { weight_map: { a: 1 } }, /expected the name of a \.safetensors file/],
    ['no JSON', '{"weight_map":', /JSON/],
  ])('refuses %s', async (_, index, sentence) => {
    await withFolder(async (folder) => {
      const failure = left(await readWeights(write(folder, index))())
      expect(['Format', 'File']).toContain(failure.tag)
      expect(describeFailure(failure)).toMatch(sentence)
    })
  })
})
