/**
 * Table 6 of the E-ARM paper: its sizes and settings, and how many parameters networks of the library have at these sizes.
 */
import { encoderDecoderInitials } from '../models/encoder-decoder-size.ts'
import { axesOfInitials, parameterCount } from '../models/parameters.ts'
import {
  type PaperSettings,
  iwsltBase,
  paperSettings,
  wikitextBase,
  wikitextXl,
  wmtBase,
  wmtLarge,
} from '../models/table-6.ts'
import { transformerInitials } from '../models/transformer-size.ts'
import { transformerXl } from '../models/transformer-xl.ts'
import { column, type Document, heading, note, numeric, table } from './document.ts'
import { parametersText } from './units.ts'

/** A column of the table: one network of the paper. */
interface PaperSize extends PaperSettings {
  readonly data: string
  readonly network: string
  /** Layers of both sides together, as the paper counts. */
  readonly layers: number
  readonly width: number
  readonly feedForward: number
  readonly heads: number
  /** Parameters for so many symbols, the tables of symbols included. */
  readonly parameters: readonly { readonly symbols: number; readonly count: number }[]
}

/** Symbols of a model of bytes, of a shared encoding as is usual in translation, and the words of WikiText-103. */
const BYTES = 257
const SHARED = 32_000
const WIKITEXT_WORDS = 267_735

/** Positions of a row; learned positions have parameters, relative ones have none. */
const CONTEXT = 512

interface Sized {
  readonly model: number
  readonly heads: number
  readonly layers: number
  readonly feedForward: number
}

const row = (
  name: readonly [string, string],
  settings: PaperSettings,
  { model, heads, layers, feedForward }: Sized,
  symbols: readonly number[],
  count: (symbols: number) => number,
): PaperSize => ({
  data: name[0],
  network: name[1],
  layers,
  width: model,
  feedForward,
  heads,
  ...settings,
  parameters: symbols.map((n) => ({ symbols: n, count: count(n) })),
})

const translation = (name: readonly [string, string], settings: PaperSettings, size: typeof iwsltBase): PaperSize =>
  row(name, settings, { ...size, layers: 2 * size.layers }, [BYTES, SHARED], (symbols) =>
    parameterCount(
      axesOfInitials(
        encoderDecoderInitials({ ...size, source: symbols, symbols, context: CONTEXT, begin: 0, shared: 'all' }),
      ),
    ),
  )

/** The networks of Table 6. */
export const paperSizes = (): readonly PaperSize[] => [
  translation(['IWSLT14', 'Tr-Base'], paperSettings.iwsltBase, iwsltBase),
  translation(['WMT16', 'Tr-Base'], paperSettings.wmtBase, wmtBase),
  translation(['WMT16', 'Tr-Large'], paperSettings.wmtLarge, wmtLarge),
  row(['WikiText-103', 'Tr-Base'], paperSettings.wikitextBase, wikitextBase, [BYTES, WIKITEXT_WORDS], (symbols) =>
    parameterCount(axesOfInitials(transformerInitials({ ...wikitextBase, symbols, context: CONTEXT, begin: 0 }))),
  ),
  row(['WikiText-103', 'Tr-XL'], paperSettings.wikitextXl, wikitextXl, [BYTES, WIKITEXT_WORDS], (symbols) =>
    parameterCount(transformerXl({ ...wikitextXl, symbols, context: 1, memory: 1, begin: 0 }).parameters),
  ),
]

const parametersCell = ({ parameters }: PaperSize, symbols: (n: number) => boolean): string => {
  const found = parameters.find((each) => symbols(each.symbols))
  return found === undefined ? '' : parametersText(found.count)
}

type Field = readonly [name: string, cell: (size: PaperSize) => string]

const fields: readonly Field[] = [
  ['layers', (size) => String(size.layers)],
  ['width', (size) => String(size.width)],
  ['feed-forward width', (size) => String(size.feedForward)],
  ['attention heads', (size) => String(size.heads)],
  ['dropout', (size) => String(size.dropout)],
  ['learning rate', (size) => String(size.learningRate)],
  ['schedule', (size) => size.schedule],
  ['warm-up updates', (size) => String(size.warmUp)],
  ['weight decay', (size) => String(size.weightDecay)],
  ['λ', (size) => String(size.coefficient)],
  ['start epoch', (size) => String(size.startEpoch)],
  [`parameters, bytes (${BYTES} symbols)`, (size) => parametersCell(size, (n) => n === BYTES)],
  ['parameters, words or pieces', (size) => parametersCell(size, (n) => n !== BYTES)],
]

/** Table 6: the paper's sizes, and the parameters that networks of these sizes have here. */
export const tableSixDocument = (): Document => [
  heading('Table 6: sizes and settings of the paper'),
  table('Networks of the paper', fields, [
    column('', ([name]) => name),
    ...paperSizes().map((size) => numeric<Field>(`${size.data} ${size.network}`, ([, cell]) => cell(size))),
  ]),
  note(
    `Parameters as here, with one table for input and output: of ${WIKITEXT_WORDS} words on WikiText-103, where the paper has 156M and 151M, and of ${SHARED} pieces in translation.`,
  ),
  note(
    'The sizes of WikiText-103 are those of earm lm --preset paper, those of translation the presets paper, paper-base and paper-large of earm translate; other symbols come with other data.',
  ),
]
