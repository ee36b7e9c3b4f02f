/**
 * GPT-2's byte alphabet: each byte as one printable character, so that any text is a string of 256 characters.
 *
 * Printable bytes stand for themselves; the n-th of the others is the character 256 + n.
 */

const isPrintable = (byte: number): boolean =>
  (byte >= 0x21 && byte <= 0x7e) || (byte >= 0xa1 && byte <= 0xac) || (byte >= 0xae && byte <= 0xff)

const hidden: readonly number[] = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !isPrintable(byte))

/** The character of each byte: entry 0x20 (the blank) is `Ġ`. */
export const byteCharacters: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  String.fromCodePoint(isPrintable(byte) ? byte : 256 + hidden.indexOf(byte)),
)

const bytes: ReadonlyMap<string, number> = new Map(byteCharacters.map((character, byte) => [character, byte]))

/** The bytes of a string of alphabet characters; `undefined` when one is not of the alphabet. */
export const bytesOf = (characters: string): Uint8Array | undefined => {
  const out = Array.from(characters, (character) => bytes.get(character))
  return out.includes(undefined) ? undefined : Uint8Array.from(out, (byte) => byte ?? 0)
}
