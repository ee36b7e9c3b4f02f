/** Regular expressions of whole numbers in a range, as JSON writes them. */

const digits = (low: number, high: number): string => (low === high ? String(low) : `[${low}-${high}]`)

/** Alternatives for the numbers from `low` to `high` of equally many digits. */
const sameLength = (low: string, high: string): readonly string[] => {
  const [a, b] = [Number(low.charAt(0)), Number(high.charAt(0))]
  if (low.length === 1) return [digits(a, b)]
  const [lowRest, highRest] = [low.slice(1), high.slice(1)]
  const [least, most] = ['0'.repeat(lowRest.length), '9'.repeat(lowRest.length)]
  const any = `\\d{${lowRest.length}}`
  if (a === b) return sameLength(lowRest, highRest).map((rest) => `${a}${rest}`)
  const [from, to] = [lowRest === least ? a : a + 1, highRest === most ? b : b - 1]
  return [
    ...(from > a ? sameLength(lowRest, most).map((rest) => `${a}${rest}`) : []),
    ...(from <= to ? [`${digits(from, to)}${any}`] : []),
    ...(to < b ? sameLength(least, highRest).map((rest) => `${b}${rest}`) : []),
  ]
}

/** Alternatives for the whole numbers from `low` ≥ 0 to `high`, which may be infinite. */
const natural = (low: number, high: number): readonly string[] => {
  if (low > high) return []
  const text = String(low)
  if (high === Number.POSITIVE_INFINITY)
    return [...sameLength(text, '9'.repeat(text.length)), `[1-9]\\d{${text.length},}`]
  const end = String(high)
  if (text.length === end.length) return sameLength(text, end)
  return [...sameLength(text, '9'.repeat(text.length)), ...natural(10 ** text.length, high)]
}

/** A pattern of the whole numbers from `low` to `high` (safe integers or infinite); none for an empty range. */
export const integerPattern = (low: number, high: number): string | undefined => {
  const negative = low < 0 ? natural(Math.max(1, -high), -low) : []
  const positive = high >= 0 ? natural(Math.max(0, low), high) : []
  const all = [...negative.map((each) => `-${each}`), ...positive]
  return all.length === 0 ? undefined : all.join('|')
}
