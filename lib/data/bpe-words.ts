/**
 * GPT-2's pre-tokenisation: text cut into words (with the blank before them), numbers, runs of signs and white space.
 * Merges happen within these pieces only (Radford et al. 2019, §2.2).
 */
const PIECES = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu

/** The pieces of a text, in order; joined they are the text. */
export const piecesOf = (text: string): readonly string[] => text.match(PIECES) ?? []

/** How often each distinct piece occurs, in the order of first occurrence. */
export const countPieces = (texts: Iterable<string>): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const text of texts) for (const piece of piecesOf(text)) counts.set(piece, (counts.get(piece) ?? 0) + 1)
  return counts
}
