/**
 * Sheets for human judges (the slides' human evaluation): pairs of continuations of the same text in random order, as a
 * plain file, and the key that says which is which, as another.
 */
import { at } from '../at.ts'
import { fineUniforms } from '../energy/index.ts'
import { fold, type Key } from '../key.ts'
import type { SampleRecord, Source } from '../systems/residual/results.ts'
import type { OutputFile } from './files.ts'

/** What is compared with what. */
type Comparison = readonly [Source, Source]

/** The comparisons of the slides that a run can make. */
const comparisons: readonly Comparison[] = [
  ['base', 'bit'],
  ['bit', 'data'],
]

interface Pair {
  readonly prefix: string
  readonly first: { readonly source: Source; readonly text: string }
  readonly second: { readonly source: Source; readonly text: string }
}

/** All pairs, each in a random order, in a random order. */
export const pairsOf = (samples: readonly SampleRecord[], key: Key): readonly Pair[] => {
  const all = comparisons.flatMap(([a, b]) =>
    samples.map((sample) => ({
      prefix: sample.prefix,
      a: { source: a, text: sample[a] },
      b: { source: b, text: sample[b] },
    })),
  )
  const sides = fineUniforms(fold(key, 0), all.length)
  const places = fineUniforms(fold(key, 1), all.length)
  return all
    .map(({ prefix, a, b }, i) => {
      const swapped = at(sides, i) < 0.5
      return { place: at(places, i), pair: { prefix, first: swapped ? b : a, second: swapped ? a : b } }
    })
    .sort((x, y) => x.place - y.place)
    .map(({ pair }) => pair)
}

const sheet = (pairs: readonly Pair[]): string =>
  [
    'Which of the two is a more reasonable continuation of the text before the bar? Write A or B.',
    'Do not worry if one or both are incomplete.',
    '',
    ...pairs.flatMap(({ prefix, first, second }, i) => [
      `${i + 1}.`,
      `A: ${JSON.stringify(prefix)} | ${JSON.stringify(first.text)}`,
      `B: ${JSON.stringify(prefix)} | ${JSON.stringify(second.text)}`,
      'Answer:',
      '',
    ]),
  ].join('\n')

/** `sheets/pairs.txt` and `sheets/key.json`. */
export const humanSheets = (samples: readonly SampleRecord[], key: Key): readonly OutputFile[] => {
  const pairs = pairsOf(samples, key)
  const answers = pairs.map(({ first, second }, i) => ({ pair: i + 1, A: first.source, B: second.source }))
  return [
    { name: 'sheets/pairs.txt', content: sheet(pairs) },
    { name: 'sheets/key.json', content: `${JSON.stringify(answers, null, 2)}\n` },
  ]
}
