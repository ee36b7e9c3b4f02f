/** The page of GAM live: a training in a worker, its curves as they come, what it finds at the end. */
import type { ExecutorChoice } from '../lib/choose.ts'
import type { GamResults, TiltFound } from '../lib/systems/gam/results.ts'
import { type Curve, curvesChart, type Level } from './curves.ts'
import { element, percent, strings, table } from './dom.ts'
import type { GamEvent, GamModel, GamRequest } from './gam-run.ts'
import { live, type Told } from './live.ts'

/** What a run has told so far. */
interface Seen {
  readonly request: string
  readonly truth?: { readonly entropy: number; readonly epochs: number }
  readonly curves: Readonly<Record<GamModel, readonly number[]>>
  readonly tilt?: TiltFound
  readonly results?: GamResults
}

const GAM_CHART = { what: 'Cross-entropy by epoch', step: 'epoch' }

const DEVICES: readonly ExecutorChoice[] = ['auto', 'gpu', 'onnx', 'reference']

const requestOf = (fields: URLSearchParams): GamRequest => ({
  motif: fields.get('motif') ?? '',
  length: Number(fields.get('length')),
  train: Number(fields.get('train')),
  width: Number(fields.get('width')),
  seed: Number(fields.get('seed')),
  device: DEVICES.find((device) => device === fields.get('device')) ?? 'auto',
})

const levelsOf = ({ truth, tilt }: Seen): readonly Level[] => [
  ...(truth === undefined ? [] : [{ name: 'truth', look: 'exact' as const, value: truth.entropy }]),
  ...(tilt === undefined ? [] : [{ name: 'Pλ', look: 'third' as const, value: tilt.crossEntropyTilt }]),
]

const curvesOf = ({ curves }: Seen): readonly Curve[] => [
  { name: 'r', look: 'first', values: curves.r },
  { name: 'π', look: 'second', values: curves.π },
]

/** Shares of strings with the motif, as far as they are known. */
const motifs = ({ tilt, results }: Seen): readonly (readonly [string, number])[] =>
  results === undefined
    ? tilt?.motifFrequencies === undefined
      ? []
      : [
          ['r', tilt.motifFrequencies.base],
          ['Pλ', tilt.motifFrequencies.tilt],
        ]
    : [
        ['r', results.motifFrequencyBase],
        ...(results.motifFrequencyTilt === undefined ? [] : [['Pλ', results.motifFrequencyTilt] as const]),
        ['π', results.motifFrequencyDistilled],
      ]

const measured = ({ crossEntropyErrors: errors, ...found }: GamResults): HTMLElement => {
  const row = (name: string, value: number, error: number | undefined): readonly string[] => [
    name,
    value.toFixed(4),
    error === undefined ? '' : `± ${error.toFixed(4)}`,
  ]
  return table('Cross-entropy of the test strings, nats per symbol', [
    ['', 'nats', 'standard error'],
    row('r', found.crossEntropyBase, errors?.base),
    row('Pλ', found.crossEntropyTilt, errors?.tilt),
    row('π', found.crossEntropyDistilled, errors?.distilled),
    ...(found.entropyPerSymbol === undefined ? [] : [row('truth (its entropy)', found.entropyPerSymbol, undefined)]),
  ])
}

const partsOf = (seen: Seen, width: number): readonly Node[] => [
  ...(seen.truth === undefined
    ? []
    : [
        element(
          'figure',
          {},
          curvesChart(GAM_CHART, curvesOf(seen), levelsOf(seen), seen.truth.epochs, Math.min(720, width)),
          element(
            'figcaption',
            {},
            'Cross-entropy of the validation strings by epoch, nats per symbol. The line of the truth is its exact entropy, which no model can fall below but by chance of the sample.',
          ),
        ),
      ]),
  ...(seen.results === undefined && seen.tilt !== undefined && seen.tilt.logPartition.doubts.length > 0
    ? [element('p', { class: 'doubt' }, `Doubts about log Z: ${seen.tilt.logPartition.doubts.join(', ')}.`)]
    : []),
  ...(motifs(seen).length === 0
    ? []
    : [
        table('Strings that hold the motif', [
          ['', 'share'],
          ...motifs(seen).map(([name, share]) => [name, percent(share)]),
          ['truth', '100 %'],
        ]),
      ]),
  ...(seen.results === undefined
    ? []
    : [
        measured(seen.results),
        element(
          'div',
          { class: 'columns' },
          strings('Drawn from r', seen.results.examples.base.slice(0, 6)),
          strings('Drawn from π', seen.results.examples.distilled.slice(0, 6)),
        ),
      ]),
]

/** What is said of a finished run, and whether it is doubted. */
const verdict = ({
  motifFrequencyBase,
  motifFrequencyDistilled,
  logPartition,
  seconds,
}: GamResults): readonly [string, boolean] => [
  `r finds the motif in ${percent(motifFrequencyBase)} of its strings, π in ${percent(motifFrequencyDistilled)} (${Math.round(seconds.total)} s).${
    logPartition.doubts.length === 0 ? '' : ` Doubts about log Z: ${logPartition.doubts.join(', ')}.`
  }`,
  logPartition.doubts.length > 0,
]

const nothing = (request: string): Seen => ({ request, curves: { r: [], π: [] } })

/** What was seen, with an event more. */
const after = (seen: Seen, event: GamEvent): Seen => {
  switch (event.kind) {
    case 'truth':
      return { ...seen, truth: event }
    case 'epoch':
      return { ...seen, curves: { ...seen.curves, [event.model]: [...seen.curves[event.model], event.validation] } }
    case 'tilt':
      return { ...seen, tilt: event.found }
    case 'done':
      return { ...seen, results: event.results }
    default:
      return seen
  }
}

const toldOf = (event: GamEvent): Told => {
  switch (event.kind) {
    case 'note':
      return { note: event.line }
    case 'phase':
      return { sentence: `${event.name} …`, progress: event.total > 0 ? event.done / event.total : 0 }
    case 'failed':
      return { sentence: event.sentence, look: 'wrong', ended: true }
    case 'stopped':
      return { sentence: 'Stopped. What is trained so far is kept in this tab.', ended: true }
    case 'done': {
      const [sentence, doubted] = verdict(event.results)
      return { sentence, look: doubted ? 'doubt' : '', progress: 1, ended: true, draw: true }
    }
    default:
      return { draw: true }
  }
}

const page = (): void => {
  let seen = nothing('')
  live<GamRequest, GamEvent>({
    script: './gam-worker.js',
    requestOf,
    begin: (name) => {
      if (name !== seen.request || seen.results !== undefined) seen = nothing(name)
    },
    hear: (event) => {
      seen = after(seen, event)
      return toldOf(event)
    },
    parts: (width) => partsOf(seen, width),
    offer: (name) =>
      name === seen.request && seen.truth !== undefined && seen.results === undefined ? 'Go on' : 'Train',
  })
}

page()
