/**
 * The safetensors format read in the plainest way, from its published description: the second opinion of the
 * differential test. It trusts `JSON.parse`, so it does not see duplicate names or `1.0` for `1`.
 */
export interface NaiveArray {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly bytes: Uint8Array
}

export type NaiveFile =
  | {
      readonly ok: true
      readonly metadata: ReadonlyMap<string, string>
      readonly arrays: ReadonlyMap<string, NaiveArray>
    }
  | { readonly ok: false }

const no: NaiveFile = { ok: false }
const sizes = new Map([
  ['F32', 4n],
  ['F64', 8n],
  ['I32', 4n],
  ['U32', 4n],
  ['F16', 2n],
  ['BF16', 2n],
  ['I64', 8n],
  ['U64', 8n],
  ['I16', 2n],
  ['U16', 2n],
  ['I8', 1n],
  ['U8', 1n],
  ['BOOL', 1n],
  ['C64', 8n],
  ['F8_E4M3', 1n],
  ['F8_E5M2', 1n],
  ['F8_E8M0', 1n],
])

/** binary16 or bfloat16 by its fields: bias and number of fraction bits. */
const real16 = (word: number, bits: number, bias: number): number => {
  const sign = word & 0x8000 ? -1 : 1
  const top = 2 ** (15 - bits) - 1
  const [exponent, fraction] = [(word >> bits) & top, (word & (2 ** bits - 1)) / 2 ** bits]
  if (exponent === top) return fraction === 0 ? sign * Infinity : NaN
  return exponent === 0 ? sign * fraction * 2 ** (1 - bias) : sign * (1 + fraction) * 2 ** (exponent - bias)
}

/** The numbers of stored bytes, by the description of each type. */
export const numbersOf = (dtype: string, bytes: Uint8Array): readonly (number | bigint)[] => {
  const size = Number(sizes.get(dtype) ?? 1n)
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const own = bytes.subarray(i * size, (i + 1) * size)
    const unsigned = own.reduceRight((n, byte) => n * 256n + BigInt(byte), 0n)
    const signed = BigInt.asIntN(8 * size, unsigned)
    if (dtype === 'F16') return real16(Number(unsigned), 10, 15)
    if (dtype === 'BF16') return real16(Number(unsigned), 7, 127)
    if (dtype === 'BOOL') return unsigned === 0n ? 0 : 1
    return dtype.startsWith('I') ? signed : unsigned
  })
}

const isObject = (u: unknown): u is object => typeof u === 'object' && u !== null && !Array.isArray(u)
const isNatural = (u: unknown): u is number => typeof u === 'number' && Number.isSafeInteger(u) && u >= 0

export const readNaively = (file: Uint8Array): NaiveFile => {
  if (file.length < 8) return no
  let length = 0n
  for (let i = 7; i >= 0; i--) length = length * 256n + BigInt(file[i] ?? 0)
  if (length > 100_000_000n || length > BigInt(file.length - 8)) return no
  const data = file.subarray(8 + Number(length))
  let header: unknown
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(file.subarray(8, 8 + Number(length)))
    if (!/^[ \t\r\n]*\{/u.test(text)) return no
    header = JSON.parse(text)
  } catch {
    return no
  }
  if (!isObject(header)) return no
  const metadata = new Map<string, string>()
  const arrays = new Map<string, NaiveArray>()
  const spans: (readonly [number, number])[] = []
  for (const [name, entry] of Object.entries(header)) {
    if (!isObject(entry)) return no
    const fields = new Map<string, unknown>(Object.entries(entry))
    if (name === '__metadata__') {
      for (const [key, text] of fields) {
        if (typeof text !== 'string') return no
        metadata.set(key, text)
      }
      continue
    }
    const [dtype, shape, offsets] = [fields.get('dtype'), fields.get('shape'), fields.get('data_offsets')]
    if (typeof dtype !== 'string' || !Array.isArray(shape) || !Array.isArray(offsets)) return no
    const size = sizes.get(dtype)
    if (size === undefined || !shape.every(isNatural) || offsets.length !== 2 || !offsets.every(isNatural)) return no
    const [begin, end] = [Number(offsets[0]), Number(offsets[1])]
    const needed = shape.reduce((n, k) => n * BigInt(k), size)
    if (begin > end || end > data.length || needed !== BigInt(end - begin)) return no
    arrays.set(name, { dtype, shape, bytes: data.slice(begin, end) })
    spans.push([begin, end])
  }
  const covered = new Uint8Array(data.length)
  for (const [begin, end] of spans) for (let i = begin; i < end; i++) covered[i] = (covered[i] ?? 0) + 1
  const emptyInside = spans.some(([b, e]) => b === e && spans.some(([x, y]) => x < b && b < y))
  return covered.every((n) => n === 1) && !emptyInside ? { ok: true, metadata, arrays } : no
}
