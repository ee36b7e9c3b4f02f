/**
 * Table 12 of the E-ARM paper: translations by every training side by side, with what differs from the reference marked.
 */
import { at } from '../at.ts'
import type { EArmResults, Shown } from '../systems/e-arm/results.ts'
import { variants } from '../systems/e-arm/variants.ts'
import { column, type Document, heading, note, quiet, table, verbatim } from './document.ts'
import { variantNames } from './earm-summary.ts'

/** The places of a longest common subsequence of two lists of words, in the first of them. */
const matched = (words: readonly string[], others: readonly string[]): ReadonlySet<number> => {
  const lengths = Array.from({ length: words.length + 1 }, () => new Int32Array(others.length + 1))
  for (let i = words.length - 1; i >= 0; i--)
    for (let j = others.length - 1; j >= 0; j--)
      at(lengths, i)[j] =
        words[i] === others[j]
          ? 1 + at(at(lengths, i + 1), j + 1)
          : Math.max(at(at(lengths, i + 1), j), at(at(lengths, i), j + 1))
  const found = new Set<number>()
  for (let i = 0, j = 0; i < words.length && j < others.length; ) {
    if (words[i] === others[j]) {
      found.add(i)
      i += 1
      j += 1
    } else if (at(at(lengths, i + 1), j) >= at(at(lengths, i), j + 1)) i += 1
    else j += 1
  }
  return found
}

/** The text with underscores around runs of words that are not, in this order, in the reference (the paper sets them in italics). */
export const markedText = (text: string, reference: string): string => {
  const wordsOf = (line: string): readonly string[] => line.split(/\s+/u).filter((word) => word !== '')
  const words = wordsOf(text)
  const known = matched(words, wordsOf(reference))
  return words
    .map((word, i) => {
      if (known.has(i)) return word
      const [first, last] = [i === 0 || known.has(i - 1), i === words.length - 1 || known.has(i + 1)]
      return `${first ? '_' : ''}${word}${last ? '_' : ''}`
    })
    .join(' ')
}

type Translations = Extract<Shown, { readonly kind: 'translations' }>

/** A case: the source, the reference, and the translation of every training. */
interface TranslationCase {
  readonly source: string
  readonly reference: string
  readonly translations: Readonly<Record<string, string>>
}

/** The cases of a run of translation: the sentences that its report shows. */
export const translationCases = ({ shown }: Pick<EArmResults, 'shown'>): readonly TranslationCase[] =>
  shown.kind === 'translations' ? casesOf(shown) : []

const casesOf = ({ sentences, translations }: Translations): readonly TranslationCase[] =>
  sentences.map(({ source, reference = '' }, i) => ({
    source,
    reference,
    translations: Object.fromEntries(
      variants.flatMap((variant) => {
        const found = translations[variant]?.[i]
        return found === undefined ? [] : [[variant, found.text]]
      }),
    ),
  }))

interface Line {
  readonly number: string
  readonly label: string
  readonly text: string
}

/** Table 12. */
export const casesDocument = (results: Pick<EArmResults, 'shown'>): Document => [
  heading('Table 12: cases, side by side'),
  note(
    'Words between underscores are not, in this order, in the reference. Translations are by the networks of the last seed.',
  ),
  table<Line>(
    'Test sentences',
    translationCases(results).flatMap(({ source, reference, translations }, i) => [
      { number: String(i + 1), label: 'source', text: source },
      { number: '', label: 'reference', text: reference },
      ...variants.flatMap((variant) => {
        const text = translations[variant]
        return text === undefined
          ? []
          : [{ number: '', label: variantNames[variant], text: markedText(text, reference) }]
      }),
    ]),
    [quiet('', ({ number }) => number), column('', ({ label }) => label), verbatim('', ({ text }) => text)],
  ),
]
