/**
 * Table 6 of the E-ARM paper: its sizes and settings, and how many parameters networks of the library have at these sizes.
 */
import { encoderDecoderInitials } from '../models/encoder-decoder-size.ts'
import { axesOfInitials, parameterCount } from '../models/parameters.ts'
import { iwsltBase, wikitextBase, wikitextXl, wmtBase, wmtLarge } from '../models/table-6.ts'
import { transformerInitials } from '../models/transformer-size.ts'
import { transformerXl } from '../models/transformer-xl.ts'
import type { LanguageExperiment, TranslationExperiment } from '../systems/e-arm/experiment-options.ts'
import { languagePapers } from '../systems/e-arm/language-settings.ts'
import { eArmPresets } from '../systems/e-arm/settings.ts'
import { column, type Document, heading, note, numeric, table } from './document.ts'
import { parametersText } from './units.ts'

/** A column of the table: one network of the paper, and the options with which its preset trains it. */
interface PaperSize {
  readonly data: string
  readonly network: string
  readonly preset: string
  /** Layers of both sides together, as the paper counts. */
  readonly layers: number
  readonly options: LanguageExperiment | TranslationExperiment
  /** Parameters for so many symbols, the tables of symbols included. */
  readonly parameters: readonly { readonly symbols: number; readonly count: number }[]
}

/** Symbols of a model of bytes, of a shared encoding as is usual in translation, and the words of WikiText-103. */
const BYTES = 257
const SHARED = 32_000
const WIKITEXT_WORDS = 267_735

/** Positions of a row; learned positions have parameters, relative ones have none. */
const CONTEXT = 512

const row = (
  name: readonly [string, string],
  options: PaperSize['options'],
  symbols: readonly number[],
  count: (symbols: number) => number,
): PaperSize => ({
  data: name[0],
  network: name[1],
  preset: `earm ${options.task} --preset ${options.preset}${options.task === 'lm' ? ` --network ${options.network.kind}` : ''}`,
  layers: (options.task === 'translate' ? 2 : 1) * options.network.layers,
  options,
  parameters: symbols.map((n) => ({ symbols: n, count: count(n) })),
})

const translation = (
  name: readonly [string, string],
  options: TranslationExperiment,
  size: typeof iwsltBase,
): PaperSize =>
  row(name, options, [BYTES, SHARED], (symbols) =>
    parameterCount(
      axesOfInitials(
        encoderDecoderInitials({ ...size, source: symbols, symbols, context: CONTEXT, begin: 0, shared: 'all' }),
      ),
    ),
  )

/** The networks of Table 6. */
export const paperSizes = (): readonly PaperSize[] => [
  translation(['IWSLT14', 'Tr-Base'], eArmPresets.translate.paper, iwsltBase),
  translation(['WMT16', 'Tr-Base'], eArmPresets.translate['paper-base'], wmtBase),
  translation(['WMT16', 'Tr-Large'], eArmPresets.translate['paper-large'], wmtLarge),
  row(['WikiText-103', 'Tr-Base'], languagePapers.transformer, [BYTES, WIKITEXT_WORDS], (symbols) =>
    parameterCount(axesOfInitials(transformerInitials({ ...wikitextBase, symbols, context: CONTEXT, begin: 0 }))),
  ),
  row(['WikiText-103', 'Tr-XL'], languagePapers['transformer-xl'], [BYTES, WIKITEXT_WORDS], (symbols) =>
    parameterCount(transformerXl({ ...wikitextXl, symbols, context: 1, memory: 1, begin: 0 }).parameters),
  ),
]

const parametersCell = ({ parameters }: PaperSize, symbols: (n: number) => boolean): string => {
  const found = parameters.find((each) => symbols(each.symbols))
  return found === undefined ? '' : parametersText(found.count)
}

type Field = readonly [name: string, cell: (size: PaperSize) => string]

const network = ({ options }: PaperSize): PaperSize['options']['network'] => options.network

const fields: readonly Field[] = [
  ['layers', (size) => String(size.layers)],
  ['width', (size) => String(network(size).width)],
  ['feed-forward width', (size) => String(network(size).feedForward ?? 4 * network(size).width)],
  ['attention heads', (size) => String(network(size).heads)],
  ['layer norm', (size) => network(size).norm ?? ''],
  ['activation', (size) => network(size).activation ?? ''],
  ['dropout', (size) => String(network(size).dropout)],
  ['learning rate', ({ options }) => String(options.learningRate)],
  ['schedule', ({ options }) => options.schedule ?? ''],
  ['warm-up updates', ({ options }) => String(options.warmUp ?? '')],
  ['weight decay', ({ options }) => String(options.weightDecay ?? '')],
  ['β₂ of Adam', ({ options }) => String(options.beta2 ?? '')],
  ['largest gradient', ({ options }) => (options.clip === 0 ? 'any' : String(options.clip ?? ''))],
  ['label smoothing', ({ options }) => String(options.objective.labelSmoothing)],
  ['tokens of an update', ({ options }) => String(options.batchTokens ?? '')],
  ['patience, epochs', ({ options }) => String(options.patience ?? '')],
  ['λ', ({ options }) => String(options.objective.lambda)],
  ['start epoch', ({ options }) => String(options.objective.startEpoch)],
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
    `Each column is what its preset trains with: ${paperSizes()
      .map(({ preset }) => preset)
      .join(
        ', ',
      )}. β₂ and the bound on gradients are fairseq’s, of which the paper says nothing; other symbols come with other data.`,
  ),
]
