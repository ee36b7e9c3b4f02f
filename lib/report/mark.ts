/**
 * Marking strings: where the motif stands, or else the longest part of it, as the paper's Table 2 underlines sub-motifs.
 */
import { orElse } from '../at.ts'
import type { GamData } from '../systems/gam/options.ts'
import type { Piece } from './document.ts'

const cut = (text: string, start: number, end: number, kind: 'whole' | 'part'): readonly Piece[] =>
  [
    { text: text.slice(0, start), kind: 'plain' as const },
    { text: text.slice(start, end), kind },
    { text: text.slice(end), kind: 'plain' as const },
  ].filter((piece) => piece.text !== '')

const longestPart = (motif: string, text: string): string => {
  for (let length = motif.length - 1; 2 * length >= motif.length; length--) {
    for (let start = 0; start + length <= motif.length; start++) {
      const part = motif.slice(start, start + length)
      if (text.includes(part)) return part
    }
  }
  return ''
}

/** Marks the first occurrence of `motif`, or else of its longest part of at least half its length. */
export const markMotif =
  (motif: string) =>
  (text: string): readonly Piece[] => {
    const at = text.indexOf(motif)
    if (at >= 0) return cut(text, at, at + motif.length, 'whole')
    const part = longestPart(motif, text)
    const start = text.indexOf(part)
    return part === '' ? [{ text, kind: 'plain' }] : cut(text, start, start + part.length, 'part')
  }

/** Marks the first match of a regular expression. */
export const markPattern =
  (pattern: string) =>
  (text: string): readonly Piece[] => {
    const match = new RegExp(pattern, 'u').exec(text)
    return match === null || match[0] === ''
      ? [{ text, kind: 'plain' }]
      : cut(text, match.index, match.index + match[0].length, 'whole')
  }

/** How the strings of a kind of data are marked: by the motif, or by the first feature. */
export const markerOf = (data: GamData): ((text: string) => readonly Piece[]) =>
  data.kind === 'motif' ? markMotif(data.motif) : markPattern(orElse(data.features[0], '(?!)'))
