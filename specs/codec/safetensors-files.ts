/**
 * Files for the codec's specs: arbitrary good ones, and raw ones whose every part may be replaced by hostile text.
 */
import * as E from 'fp-ts/lib/Either.js'
import fc from 'fast-check'
import { type NamedArray, plainRecord, valuesOf } from '../../lib/codec/array.ts'
import { encodeSafetensors, type Safetensors } from '../../lib/codec/safetensors.ts'

/** Any array of rank 0–4, any bits: NaN payloads, −0, subnormals; empty ones included. */
export const anyArray: fc.Arbitrary<NamedArray> = fc
  .record({
    dtype: fc.constantFrom('f32' as const, 'f64' as const, 'i32' as const, 'u32' as const),
    shape: fc.array(fc.nat({ max: 4 }), { maxLength: 4 }),
    seed: fc.uint8Array({ minLength: 8, maxLength: 64 }),
  })
  .map(({ dtype, shape, seed }) => {
    const length = shape.reduce((n, k) => n * k, 1) * (dtype === 'f64' ? 8 : 4)
    const bytes = Uint8Array.from({ length }, (_, i) => seed[(i * 7 + (i >> 5)) % seed.length] ?? 0)
    return { dtype, shape, data: valuesOf(dtype, bytes) }
  })

const wellFormed = (text: string): boolean => !/\p{Surrogate}/u.test(text) && !text.includes('\0')

/** Names, the treacherous ones often. */
export const anyName: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 8 }).filter(wellFormed),
  fc.constantFrom(
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '',
    '../../etc/passwd',
    '/abs',
    '0',
    '"\\\n',
    '\u{1f4a5}',
  ),
)

/** Any file content. */
export const anyFile: fc.Arbitrary<Safetensors> = fc.record({
  metadata: fc.array(fc.tuple(anyName, anyName), { maxLength: 4 }).map(plainRecord),
  tensors: fc
    .array(
      fc.tuple(
        anyName.filter((name) => name !== '__metadata__'),
        anyArray,
      ),
      { maxLength: 6 },
    )
    .map(plainRecord),
})

/** The bytes of a good file; throws if the writer refuses. */
export const encoded = (file: Safetensors): Uint8Array =>
  E.getOrElse<unknown, Uint8Array>((why) => {
    throw new Error(JSON.stringify(why))
  })(encodeSafetensors(file))

/** A file from raw header text and data; `length` overrides the true header length. */
export const rawFile = (
  header: string | Uint8Array,
  data: Uint8Array = new Uint8Array(0),
  length?: bigint,
): Uint8Array => {
  const text = typeof header === 'string' ? new TextEncoder().encode(header) : header
  const out = new Uint8Array(8 + text.length + data.length)
  new DataView(out.buffer).setBigUint64(0, length ?? BigInt(text.length), true)
  out.set(text, 8)
  out.set(data, 8 + text.length)
  return out
}

/** The raw parts of a small valid file with four arrays (12 + 16 + 4 + 0 bytes); parts are replaced by position. */
export const parts: readonly string[] = [
  '{',
  '"__metadata__":{"a":"b"}',
  ...[
    ['"w"', '"F32"', '[3]', '[0,12]'],
    ['"m"', '"F64"', '[2,1]', '[12,28]'],
    ['"step"', '"I32"', '[]', '[28,32]'],
    ['"none"', '"U32"', '[0,5]', '[32,32]'],
  ].flatMap(([name = '', dtype = '', shape = '', offsets = '']) => [
    `,${name}`,
    `:{"dtype":${dtype}`,
    `,"shape":${shape}`,
    `,"data_offsets":${offsets}}`,
  ]),
  '}',
  ' ',
]

/** Replacements for any part: most hostile, some harmless in the right place. */
export const hostile: readonly string[] = [
  ',"v"',
  ' , "\\u0076"',
  ':{"dtype":"I32"',
  ': {"dtype" :"F32"',
  ',"shape":[3,1]',
  ',"shape":[]',
  ',"shape":[0]',
  ',"data_offsets":[12,28]}',
  '"__metadata__":{}',
  ' }',
  '',
  ',',
  ':null',
  ',"w"',
  ',"__proto__"',
  ',"toString"',
  ',"a\\u0000b"',
  ':{"dtype":"F16"',
  ':{"dtype":"F16","shape":[6],"data_offsets":[0,12]},"f":{"dtype":"F32"',
  ':{"dtype":"BF16","shape":[2,3],"data_offsets":[0,12]},"f":{"dtype":"F32"',
  ':{"dtype":"I64"',
  ':{"dtype":"U64"',
  ':{"dtype":"BOOL","shape":[12],"data_offsets":[0,12]},"f":{"dtype":"F32"',
  ':{"dtype":"C64"',
  ':{"dtype":"F64"',
  ':{"dtype":"toString"',
  ',"shape":[-3]',
  ',"shape":[1.5,2]',
  ',"shape":[3.0]',
  ',"shape":[4294967296,4294967296,0]',
  ',"shape":[9007199254740993]',
  ',"shape":[1,3,1]',
  ',"shape":[[3]]',
  ',"shape":{"0":3}',
  ',"data_offsets":[0,12]}',
  ',"data_offsets":[12,0]}',
  ',"data_offsets":[4,16]}',
  ',"data_offsets":[-12,0]}',
  ',"data_offsets":[0,12,24]}',
  ',"data_offsets":[0,1e1]}',
  ',"data_offsets":[32,32]}',
  ',"data_offsets":[9007199254740992,9007199254740992]}',
  ',"data_offsets":[0,12],"x":1}',
  '}}',
  '[',
  '\0',
  '\n',
  '  ',
  '{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},',
]
