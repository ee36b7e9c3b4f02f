/**
 * The settings of E-ARM experiments on translation as a table: flag, values, presets, help and meaning of every option.
 *
 * `tiny` runs in minutes on two cores, `small` trains a variant in about five, and for GPUs there are those with the sizes,
 * dropout, training, λ and start epoch of the paper's Table 6: `paper` of Tr-Base on IWSLT14, `paper-base` and
 * `paper-large` of Tr-Base and Tr-Large on WMT16.
 */
import { at } from '../../at.ts'
import { pairNames } from '../../data/parallel.ts'
import { usage } from '../../errors.ts'
import { headsDivide, MANY, presetRow, rowsOf } from '../../experiment/common.ts'
import { type Experiment, namedPreset } from '../../experiment/experiment.ts'
import { type Defaults, listsOf, maybe, numbers, settingOf, texts, wholeNumbers } from '../../experiment/setting.ts'
import { fixed, presetOf, type Rule, type Settings } from '../../experiment/settings.ts'
import { iwsltBase, type PaperSettings, paperSettings, wmtBase, wmtLarge } from '../../models/table-6.ts'
import { type TranslationExperiment, type TranslationPreset, translationPresetNames } from './experiment-options.ts'
import { OBJECTIVE, objectiveRows, weightsRow } from './objective-settings.ts'
import {
  batchFollows,
  DATA,
  dataRow,
  feedForwardFollows,
  folderOf,
  MEASURING,
  objectiveFits,
  RUN,
  sharedRows,
  startFollows,
  transformerRows,
} from './settings-common.ts'
import { paperTraining } from './paper-training.ts'
import { type Variant, variants } from './variants.ts'

/** A column of Table 6. */
interface Column {
  readonly size: typeof iwsltBase
  readonly training: PaperSettings
}

const columns: Readonly<Record<Exclude<TranslationPreset, 'tiny' | 'small'>, Column>> = {
  paper: { size: iwsltBase, training: paperSettings.iwsltBase },
  'paper-base': { size: wmtBase, training: paperSettings.wmtBase },
  'paper-large': { size: wmtLarge, training: paperSettings.wmtLarge },
}

/** A value for each preset, for those of the paper by their column. */
const byColumn = <A>(tiny: A, small: A, of: (column: Column) => A): Defaults<A, TranslationPreset> => ({
  tiny,
  small,
  paper: of(columns.paper),
  'paper-base': of(columns['paper-base']),
  'paper-large': of(columns['paper-large']),
})

/** A value for each preset, for those of the paper alike. */
const by = <A>(tiny: A, small: A, paper: A): Defaults<A, TranslationPreset> => byColumn(tiny, small, () => paper)

const { whole: ofData } = rowsOf<TranslationPreset>(DATA)
const { whole: measuring } = rowsOf<TranslationPreset>(MEASURING)

const MEASURES = { role: 'measures' } as const

const rising = (list: readonly number[]): string | undefined =>
  list.length > 0 && list.every((n, i) => i === 0 || n > at(list, i - 1)) ? undefined : 'whole numbers that rise'

/** The table: laid out as the record of options is. */
const translationSettings: Settings<TranslationExperiment, TranslationPreset> = {
  task: fixed('translate'),
  preset: presetRow(RUN, translationPresetNames, 'small'),
  data: dataRow<TranslationPreset>(
    'PAIR|FILE',
    { all: 'de-en' },
    `A parallel corpus: ${pairNames.join(', ')}; with --target a file of sentences, one a line; with --languages a folder.`,
  ),
  target: maybe(
    settingOf<string, TranslationPreset>(texts('FILE'))(
      DATA,
      '--target',
      undefined,
      'The translations of the sentences in --data, line by line.',
      { example: 'english.txt' },
    ),
  ),
  languages: maybe(
    settingOf<string, TranslationPreset>(texts('PAIR'))(
      DATA,
      '--languages',
      undefined,
      'Source and target of a folder that holds train, valid and test in both (of IWSLT14 or WMT16, say).',
      { example: 'de-en' },
    ),
  ),
  symbols: ofData(
    '--tokenizer',
    [257, 1e6],
    by(600, 2000, 10_000),
    'Symbols of the byte-pair encoding that both sides share.',
  ),
  time: ofData(
    '--time',
    [2, 100_000],
    by(24, 24, 150),
    'Most tokens of a sentence, its end among them; pairs with longer ones are left out.',
  ),
  network: transformerRows(
    {
      width: byColumn(64, 128, ({ size }) => size.model),
      layers: byColumn(1, 2, ({ size }) => size.layers),
      heads: byColumn(4, 4, ({ size }) => size.heads),
      dropout: byColumn(0.1, 0.1, ({ training }) => training.dropout),
    },
    'Layers of the encoder, and as many of the decoder.',
  ),
  objective: {
    ...objectiveRows<TranslationPreset>({
      lambda: byColumn(0.05, 0.05, ({ training }) => training.coefficient),
      startEpoch: byColumn(3, 6, ({ training }) => training.startEpoch),
      labelSmoothing: { all: 0.1 },
    }),
    weights: weightsRow(['batch', 'source', 'independent']),
  },
  ...sharedRows<TranslationPreset>({
    batch: by(32, 32, 64),
    epochs: by(6, 12, 40),
    updates: by(40, 100, 500),
    learningRate: byColumn(2e-3, 2e-3, ({ training }) => training.learningRate),
    seeds: by(1, 1, 3),
    measured: by(128, 512, 2000),
    samples: by(4, 8, 8),
    variants: by<readonly Variant[]>(['plain', 'e-arm'], ['plain', 'e-arm'], variants),
  }),
  perSource: maybe(
    rowsOf<TranslationPreset>(OBJECTIVE).whole(
      '--per-source',
      [1, 10_000],
      undefined,
      'Targets that are sampled for one source, with a normaliser of their own where --weights is not batch.',
      { example: '4', unless: '1' },
    ),
  ),
  beam: measuring('--beam', [1, 10_000], { all: 5 }, 'Width of beam search.', MEASURES),
  lengthPenalty: settingOf<number, TranslationPreset>(numbers({ from: 0 }))(
    MEASURING,
    '--length-penalty',
    { all: 0.6 },
    'α: hypotheses of n tokens are ranked by log q / n^α.',
    MEASURES,
  ),
  translated: measuring('--translated', [1, MANY], by(20, 100, 1000), 'Test sentences that are translated.', MEASURES),
  lengths: settingOf<readonly number[], TranslationPreset>(listsOf(wholeNumbers(0, MANY), rising))(
    MEASURING,
    '--lengths',
    by<readonly number[]>([0, 5, 10], [0, 5, 10], [0, 25, 50]),
    'Table 7: words of the reference at which intervals begin.',
    MEASURES,
  ),
  candidates: settingOf<readonly number[], TranslationPreset>(listsOf(wholeNumbers(0, 10_000), () => undefined))(
    MEASURING,
    '--candidates',
    by<readonly number[]>([0, 5], [0, 5, 10], [0, 5, 10]),
    'Table 9: values of K; 0 takes the best of the beam.',
    MEASURES,
  ),
}

const preset = presetOf(translationSettings)

/** A column of Table 6: pairs of at most 150 tokens a side. */
const paper = (name: keyof typeof columns): TranslationExperiment => {
  const { network, ...rest } = preset(name)
  const { feedForward, norm } = columns[name].size
  return {
    ...rest,
    ...paperTraining(columns[name].training),
    network: { ...network, feedForward, norm, activation: 'relu' },
  }
}

/** The presets by name. */
export const translationPresets: Readonly<Record<TranslationPreset, TranslationExperiment>> = {
  tiny: preset('tiny'),
  small: preset('small'),
  paper: paper('paper'),
  'paper-base': paper('paper-base'),
  'paper-large': paper('paper-large'),
}

/** Translations go with a file of sentences. */
const filesGoTogether: Rule<TranslationExperiment> = ({ data, target }) =>
  target !== undefined && pairNames.includes(data)
    ? usage(
        `--target ${target} goes with a file of sentences, and ${data} is a corpus`,
        'give the file as --data, or leave --target out',
        { data, target },
      )
    : undefined

/** The two languages of a folder; undefined where none are given. */
export const languagesOf = ({
  languages,
}: Pick<TranslationExperiment, 'languages'>): readonly [string, string] | undefined => {
  const [source, target, ...more] = languages === undefined ? [] : languages.split('-')
  const isName = (name: string | undefined): name is string => name !== undefined && /^\w+$/u.test(name)
  return isName(source) && isName(target) && more.length === 0 ? [source, target] : undefined
}

/** A folder has two languages and no other file of translations. */
const folderHasLanguages: Rule<TranslationExperiment> = ({ languages, target, data }) =>
  languages === undefined
    ? undefined
    : languagesOf({ languages }) === undefined
      ? usage(`--languages ${languages} is no pair of languages`, 'give for example --languages de-en', { languages })
      : target !== undefined || pairNames.includes(data)
        ? usage(`--languages ${languages} goes with a folder as --data alone`, 'leave it out', {
            languages,
            target,
            data,
          })
        : undefined

/** One target for a source has the weight 1, whatever it is. */
const sharesSource: Rule<TranslationExperiment> = ({ objective: { weights }, perSource = 1 }) =>
  weights === 'source' && perSource < 2
    ? usage(
        `--weights source was given to ${perSource} sampled target for a source, whose weight is then always 1`,
        'give --per-source 4, say, or --weights batch',
        { perSource },
      )
    : undefined

/** The options of an experiment on translation as a value. */
export const translationExperiment: Experiment<TranslationExperiment, TranslationPreset> = {
  name: 'options of exptilt earm translate',
  settings: translationSettings,
  rules: [filesGoTogether, folderHasLanguages, sharesSource, headsDivide(({ network }) => network), objectiveFits],
  presetFor: namedPreset(translationPresets, 'small'),
  follow: (typed, before) => (options) =>
    batchFollows<TranslationExperiment>(typed)(
      feedForwardFollows<TranslationExperiment>(
        typed,
        before,
      )(startFollows<TranslationExperiment>(typed, before)(options)),
    ),
  folder: folderOf(() => undefined),
}
