/** Joining runs of tokens. */

/** The tokens of all parts, in order. */
export const concatenate = (parts: readonly Int32Array[]): Int32Array => {
  const all = new Int32Array(parts.reduce((total, { length }) => total + length, 0))
  let to = 0
  for (const part of parts) {
    all.set(part, to)
    to += part.length
  }
  return all
}
