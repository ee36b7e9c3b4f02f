/** The first bytes of a file as characters, for patterns that tell one kind of file from another. Needs no Node. */

/** The first bytes, at most `most`, a character each: U+0000 to U+00FF. */
export const firstCharacters = (bytes: Uint8Array, most: number): string =>
  String.fromCharCode(...bytes.subarray(0, most))
