/**
 * GPT-2's pre-tokenisation: text cut into words (with the blank before them), numbers, runs of signs and white space.
 * Merges happen within these pieces only (Radford et al. 2019, §2.2).
 */
const PIECES = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

/** The pieces of a text, in order; joined they are the text. */
export const piecesOf = (text: string): readonly string[] => text.match(PIECES) ?? []

/**
 * Of a longer piece, these many characters at a time are trained on: no word is so long, and a merge goes over every piece
 * that it changes, so that a line without blanks would cost its length each time.
 */
const LONGEST_TRAINED = /[^]{1,256}/gu

/** How often each distinct piece occurs, in the order of first occurrence; those of more than 256 characters in parts. */
export const countPieces = (texts: Iterable<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const text of texts)
    for (const whole of piecesOf(text))
      for (const piece of whole.length > 256 ? (whole.match(LONGEST_TRAINED) ?? []) : [whole])
        counts.set(piece, (counts.get(piece) ?? 0) + 1)
  return counts
}
