/** The page of controlled text: particles as they grow, then texts, log Z, effective size by step, and the genealogy. */
import { at } from '../lib/at.ts'
import { curvesChart } from './curves.ts'
import { digits, element, percent, table } from './dom.ts'
import { genealogyChart } from './genealogy.ts'
import { live, type Told } from './live.ts'
import type { TextAnswer, TextEvent, TextRequest } from './text-run.ts'

/** Texts that are shown, the heaviest first. */
const SHOWN = 12

const words = (list: string): readonly string[] =>
  list
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')

const requestOf = (fields: URLSearchParams): TextRequest => ({
  prompt: fields.get('prompt') ?? '',
  regex: fields.get('source') ?? '',
  contain: words(fields.get('contain') ?? ''),
  avoid: words(fields.get('avoid') ?? ''),
  particles: Number(fields.get('particles')),
  limit: Number(fields.get('limit')),
  seed: Number(fields.get('seed')),
})

/** What was told last. */
type Seen = Extract<TextEvent, { readonly kind: 'step' | 'done' }>

const textsTable = (caption: string, texts: readonly string[], weights: Float64Array): HTMLElement => {
  const masses = new Map<string, number>()
  texts.forEach((text, i) => masses.set(text, (masses.get(text) ?? 0) + at(weights, i)))
  const heaviest = [...masses].sort(([, a], [, b]) => b - a).filter(([, mass]) => mass > 0)
  return table(caption, [
    ['text', 'weight'],
    ...heaviest.slice(0, SHOWN).map(([text, mass]) => [text === '' ? '(nothing yet)' : text, percent(mass)]),
  ])
}

/** Effective particles of all islands by step. */
const effective = ({ steps }: TextAnswer): readonly number[] => {
  const last = steps.reduce((n, { step }) => Math.max(n, step), 0)
  return Array.from({ length: last + 1 }, (_, step) =>
    steps.reduce((sum, report) => sum + (report.step === step ? report.effectiveSampleSize : 0), 0),
  )
}

const finished = (answer: TextAnswer, width: number): readonly Node[] => {
  const { logPartition, texts, weights, effectiveSampleSize } = answer
  const sizes = effective(answer)
  const wide = Math.min(720, width)
  return [
    textsTable('Texts by their weights', texts, weights),
    table('log Z, and how far to trust it', [
      ['', ''],
      ['log Z (nats)', digits(logPartition.value)],
      ['its standard error', digits(logPartition.standardError)],
      ['95 % interval', logPartition.interval.map(digits).join(' to ')],
      ['share of the model’s own texts', percent(Number(Math.exp(logPartition.value).toPrecision(3)))],
      ['effective texts', digits(effectiveSampleSize)],
    ]),
    element(
      'figure',
      {},
      genealogyChart(answer, wide),
      element(
        'figcaption',
        {},
        'Each line is a particle; those drawn strongly live at the end. Where lines fork, an island was resampled.',
      ),
    ),
    element(
      'figure',
      {},
      curvesChart(
        { what: 'Effective particles by token', step: 'tokens' },
        [{ name: 'ESS', look: 'second', values: sizes }],
        [{ name: 'all', look: 'exact', value: texts.length }],
        sizes.length,
        wide,
      ),
      element('figcaption', {}, 'Effective particles before each resampling, of all islands together.'),
    ),
  ]
}

const partsOf = (seen: Seen | undefined, width: number): readonly Node[] =>
  seen === undefined
    ? []
    : seen.kind === 'step'
      ? [textsTable('Texts so far, by their weights', seen.texts, seen.weights)]
      : finished(seen.answer, width)

const verdict = ({ logPartition: { value, standardError }, doubts, texts }: TextAnswer): Told => ({
  sentence: `${texts.length} particles; log Z is ${digits(value)} ± ${digits(Number(standardError.toPrecision(2)))} nats.${
    doubts.length === 0 ? '' : ` Doubts: ${doubts.join(', ')}.`
  }`,
  look: doubts.length === 0 ? '' : 'doubt',
  progress: 1,
  ended: true,
  draw: true,
})

const page = (): void => {
  let seen: Seen | undefined
  live<TextRequest, TextEvent>({
    script: './text-worker.js',
    requestOf,
    begin: () => {
      seen = undefined
    },
    hear: (event) => {
      if (event.kind === 'step' || event.kind === 'done') seen = event
      switch (event.kind) {
        case 'note':
          return { note: event.line }
        case 'step':
          return { sentence: `after ${event.step} tokens …`, progress: event.step / event.limit, draw: true }
        case 'done':
          return verdict(event.answer)
        case 'stopped':
          return { sentence: 'Stopped.', ended: true }
        case 'failed':
          return { sentence: event.sentence, look: 'wrong', ended: true }
      }
    },
    parts: (width) => partsOf(seen, width),
    offer: () => 'Draw',
    patience: 45_000,
  })
}

page()
