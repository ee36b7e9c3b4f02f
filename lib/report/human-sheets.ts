/**
 * Sheets for human judges (the slides' human evaluation): pairs of continuations of the same text in random order, as a
 * plain file, and the key that says which is which, as another.
 */
import { at } from '../at.ts'
import { fineUniforms } from '../energy/index.ts'
import { fold, type Key } from '../key.ts'
import type { SampleRecord, Source } from '../systems/residual/results.ts'
import { escaped } from './html.ts'
import type { OutputFile } from './files.ts'

/** Whose continuations are compared: BALM's too, where a run has it. */
export type Compared = Exclude<Source, 'unit'> | 'balm'

/** The comparisons of the slides, the one that should lose first, and the base against the joint model. */
export const comparisons: readonly (readonly [worse: Compared, better: Compared])[] = [
  ['base', 'balm'],
  ['balm', 'bit'],
  ['bit', 'data'],
  ['base', 'bit'],
]

interface Pair {
  readonly prefix: string
  readonly first: { readonly source: Compared; readonly text: string }
  readonly second: { readonly source: Compared; readonly text: string }
}

/** All pairs, each in a random order, in a random order. */
export const pairsOf = (samples: readonly SampleRecord[], key: Key): readonly Pair[] => {
  const all = comparisons.flatMap(([a, b]) =>
    samples.flatMap(({ prefix, ...texts }) => {
      const [one, other] = [texts[a], texts[b]]
      return one === undefined || other === undefined
        ? []
        : [{ prefix, a: { source: a, text: one }, b: { source: b, text: other } }]
    }),
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

const QUESTION =
  'Which of the two is a more reasonable continuation of the text? Do not worry if one or both are incomplete.'

const choice = (number: number, side: 'A' | 'B', text: string): string =>
  `<label><input type="radio" name="${number}" value="${side}"> <b>${side}</b> ${escaped(text)}</label>`

/** A page on which a person chooses, and which gives the answers as a text file to put beside the sheets. */
const form = (pairs: readonly Pair[]): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Pairs to judge</title>
<style>body{font:16px/1.5 sans-serif;max-width:46em;margin:2em auto;padding:0 1em}fieldset{margin:1em 0}label{display:block;white-space:pre-wrap}</style></head>
<body><h1>Pairs to judge</h1><p>${QUESTION} What you leave out is not counted.</p>
<form id="pairs">${pairs
  .map(
    ({ prefix, first, second }, i) =>
      `<fieldset><legend>${i + 1}</legend><p>${escaped(prefix)}</p>${choice(i + 1, 'A', first.text)}${choice(i + 1, 'B', second.text)}</fieldset>`,
  )
  .join('\n')}
<p><label>Your name <input id="judge" value="judge"></label> <button>Save the answers</button></p></form>
<script>
document.getElementById('pairs').addEventListener('submit', (event) => {
  event.preventDefault()
  const lines = [...document.querySelectorAll('input[type=radio]:checked')].map(({ name, value }) => name + '.\\nAnswer: ' + value + '\\n')
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([lines.join('\\n')], { type: 'text/plain' }))
  link.download = document.getElementById('judge').value.replace(/[^A-Za-z0-9_-]+/g, '-') + '.txt'
  link.click()
})
</script></body></html>
`

/** `sheets/pairs.txt`, the same as a form to fill in a browser, and `sheets/key.json`. */
export const humanSheets = (samples: readonly SampleRecord[], key: Key): readonly OutputFile[] => {
  const pairs = pairsOf(samples, key)
  const answers = pairs.map(({ first, second }, i) => ({ pair: i + 1, A: first.source, B: second.source }))
  return [
    { name: 'sheets/pairs.txt', content: sheet(pairs) },
    { name: 'sheets/pairs.html', content: form(pairs) },
    { name: 'sheets/key.json', content: `${JSON.stringify(answers, null, 2)}\n` },
  ]
}
