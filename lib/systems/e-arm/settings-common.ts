/**
 * Rows and rules that the experiments on text, images and translation share.
 */
import { lastOf } from '../../at.ts'
import { MANY, rowsOf, runRows } from '../../experiment/common.ts'
import { type Experiment, namedPreset } from '../../experiment/experiment.ts'
import {
  type Defaults,
  listsOf,
  maybe,
  names,
  numbers,
  type Setting,
  settingOf,
  switchOf,
  texts,
} from '../../experiment/setting.ts'
import type { Rule, Settings, Typed } from '../../experiment/settings.ts'
import {
  type ActivationName,
  type Duration,
  type EArmPreset,
  type LanguageExperiment,
  type NormPlace,
  type OptimiserOptions,
  type ScheduleName,
  scheduleNames,
  type TransformerNetwork,
} from './experiment-options.ts'
import { lengthFits, startsWithin } from './objective-settings.ts'
import type { EArmOptions } from './options.ts'
import { type Variant, variants } from './variants.ts'

/** The heading of what is modelled. */
export const DATA = 'Data'
/** The heading of the network's sizes. */
export const SIZES = 'Sizes (the preset fills in what is absent)'
/** The heading of how it is trained. */
const TRAINING = 'Training'
/** The heading of what is measured and shown. */
export const MEASURING = 'Measuring'
/** The heading of the run itself. */
export const RUN = 'Run'

/** What experiments of all tasks have beside their objective, and their presets' names. */
type Shared = Duration &
  Pick<
    LanguageExperiment,
    | 'batch'
    | 'batchTokens'
    | 'testCurve'
    | 'variants'
    | 'seeds'
    | 'seed'
    | 'measured'
    | 'samples'
    | 'device'
    | 'workers'
    | 'on'
    | 'out'
  >

/** What of it the presets differ in. */
type SharedDefaults<P extends string> = Readonly<
  Record<'epochs' | 'updates' | 'learningRate' | 'batch' | 'seeds' | 'measured' | 'samples', Defaults<number, P>> &
    Record<'variants', Defaults<readonly Variant[], P>>
>

const eachOnce = (list: readonly string[]): string | undefined =>
  new Set(list).size === list.length ? undefined : 'a list that names each once'

/** The rows of how Adam is run. The paper's presets have what Table 6 says. */
const optimiserRows = <P extends string>(): Settings<OptimiserOptions, P> => {
  const number = settingOf<number, P>(numbers({ from: 0 }))
  const share = settingOf<number, P>(numbers({ from: 0, below: 1 }))
  return {
    schedule: maybe(
      settingOf<ScheduleName, P>(names(scheduleNames))(
        TRAINING,
        '--schedule',
        undefined,
        'The rate after its warm-up: cosine (to a tenth), inverse-sqrt or constant.',
        { metavar: 'NAME', example: 'inverse-sqrt', unless: 'cosine; the paper: Table 6' },
      ),
    ),
    warmUp: maybe(
      rowsOf<P>(TRAINING).whole('--warm-up', [0, MANY], undefined, 'Updates over which the rate rises.', {
        example: '100',
        unless: '50; the paper: Table 6',
      }),
    ),
    weightDecay: maybe(
      number(TRAINING, '--weight-decay', undefined, 'Decoupled weight decay, times the rate.', {
        example: '0.01',
        unless: '0; the paper: Table 6',
      }),
    ),
    beta2: maybe(
      share(TRAINING, '--beta2', undefined, 'β₂ of Adam.', { example: '0.98', unless: '0.999; the paper: 0.98' }),
    ),
    clip: maybe(
      number(TRAINING, '--clip', undefined, 'Largest norm of the gradient; 0: any.', {
        example: '0.25',
        unless: '1; the paper: 0',
      }),
    ),
  }
}

/** The rows of what experiments of all tasks have. */
export const sharedRows = <P extends string>(defaults: SharedDefaults<P>): Settings<Shared, P> => {
  const { whole, batch, learningRate } = rowsOf<P>(TRAINING)
  return {
    batch: batch('--batch', defaults.batch, 'Rows of an update.'),
    batchTokens: maybe(
      whole(
        '--batch-tokens',
        [1, MANY],
        undefined,
        'Tokens of an update, in place of --batch: as many rows of about one length as that holds.',
        { example: '4096', unless: '--batch rows; the paper: 4096' },
      ),
    ),
    epochs: whole('--epochs', [1, 1e6], defaults.epochs, 'Epochs.'),
    updates: whole('--updates', [1, MANY], defaults.updates, 'Updates of an epoch.'),
    learningRate: learningRate('--learning-rate', defaults.learningRate),
    ...optimiserRows<P>(),
    patience: maybe(
      whole('--patience', [1, 1e6], undefined, 'End a training after so many epochs without a better validation.', {
        example: '3',
        unless: 'never; the paper: 20',
      }),
    ),
    variants: settingOf<readonly Variant[], P>(listsOf(names(variants), eachOnce))(
      TRAINING,
      '--variants',
      defaults.variants,
      'What is trained from one start: plain, scheduled (sampling), e-arm, both.',
      { metavar: 'NAME,…', example: 'plain,scheduled', absent: ['plain', 'e-arm'] },
    ),
    seeds: whole('--seeds', [1, 1e6], defaults.seeds, 'How many seeds: every variant is trained from each.'),
    measured: whole(
      '--measured',
      [1, MANY],
      defaults.measured,
      'Rows of validation, by which the best epoch is chosen, and of test that are measured.',
    ),
    testCurve: {
      ...maybe(
        switchOf<P>(
          TRAINING,
          '--test-curve',
          true,
          'Measure test rows after every epoch too, for the curves of Figure 2.',
        ),
      ),
      initially: () => undefined,
    },
    samples: rowsOf<P>(MEASURING).whole('--count', [1, MANY], defaults.samples, 'Samples that the report shows.', {
      role: 'measures',
    }),
    ...runRows<P>(RUN),
  }
}

/** The rows of a transformer's sizes; `what` its layers are of. */
export const transformerRows = <P extends string>(
  defaults: Readonly<Record<'width' | 'layers' | 'heads' | 'dropout', Defaults<number, P>>>,
  layers: string,
): Settings<TransformerNetwork, P> => {
  const rows = rowsOf<P>(SIZES)
  const feedForward: Setting<number, P> = rows.whole(
    '--feed-forward',
    [1, 1_000_000],
    undefined,
    'Width of the feed-forward layers.',
    { example: '256', unless: 'four times --width' },
  )
  return {
    width: rows.width(defaults.width, 'Width of the transformer.'),
    layers: rows.layers(defaults.layers, layers),
    heads: rows.heads(defaults.heads),
    dropout: rows.dropout(defaults.dropout),
    feedForward: maybe(feedForward),
    norm: maybe(
      settingOf<NormPlace, P>(names(['pre', 'post']))(
        SIZES,
        '--norm',
        undefined,
        'Layer norm before (pre) or after (post) each block; of transformer-xl always after.',
        { metavar: 'WHERE', example: 'post', unless: 'pre; the paper: post' },
      ),
    ),
    activation: maybe(
      settingOf<ActivationName, P>(names(['gelu', 'relu']))(
        SIZES,
        '--activation',
        undefined,
        'What feed-forward layers apply: gelu or relu; of transformer-xl always relu.',
        { metavar: 'NAME', example: 'relu', unless: 'gelu; the paper: relu' },
      ),
    ),
  }
}

/** What the objective must be like beside its epochs. */
export const objectiveFits: Rule<{ readonly epochs: number; readonly objective: EArmOptions }> = ({
  epochs,
  objective,
}) => lengthFits(objective) ?? startsWithin(epochs)(objective)

/** What an experiment must have for its start epoch to follow. */
interface Started {
  readonly epochs: number
  readonly objective: EArmOptions
}

/** The preset's start epoch in proportion, where another number of epochs was typed alone: the last of them at most. */
export const startFollows: <O extends Started>(
  ...[typed, preset]: Parameters<Experiment<O, string>['follow']>
) => (options: O) => O = (typed, preset) => (options) => {
  if (typed['--epochs'] === undefined || typed['--start-epoch'] !== undefined) return options
  const start = Math.round((preset.objective.startEpoch / preset.epochs) * options.epochs)
  const startEpoch = Math.max(0, Math.min(options.epochs - 1, start))
  return { ...options, objective: { ...options.objective, startEpoch } }
}

/** Rows of an update that were typed alone stand in place of the preset's tokens. */
export const batchFollows =
  <O extends { readonly batchTokens?: number }>(typed: Typed) =>
  (options: O): Omit<O, 'batchTokens'> & { readonly batchTokens?: number } => {
    const { batchTokens: _, ...rest } = options
    return typed['--batch'] === undefined || typed['--batch-tokens'] !== undefined ? options : rest
  }

/** A width that was typed alone brings its own feed-forward layers, in the preset's proportion. */
export const feedForwardFollows: <O extends { readonly network: TransformerNetwork }>(
  ...[typed, preset]: Parameters<Experiment<O, string>['follow']>
) => (options: O) => O = (typed, preset) => (options) => {
  const { feedForward, width } = preset.network
  if (typed['--width'] === undefined || typed['--feed-forward'] !== undefined || feedForward === undefined)
    return options
  const { network } = options
  return { ...options, network: { ...network, feedForward: Math.round((network.width * feedForward) / width) } }
}

/** The last part of a path: what data are called in folders. */
export const baseName = (data: string): string => lastOf(data.split(/[\\/]/))

/** The preset that was typed; `paper` has other sizes and settings for each network. */
export const presetByNetwork =
  <O extends { readonly preset: EArmPreset }, K extends string>(
    presets: Readonly<Record<EArmPreset, O>>,
    papers: Readonly<Record<K, O>>,
  ) =>
  (typed: Typed): O => {
    const isName = (u: unknown): u is K => typeof u === 'string' && Object.hasOwn(papers, u)
    const named = namedPreset(presets, 'small')(typed)
    const network = typed['--network']
    return named.preset === 'paper' && isName(network) ? papers[network] : named
  }

/** Where a run goes when no `--out` says so; `network` names what distinguishes runs beside their data. */
export const folderOf =
  <O extends { readonly task: string; readonly preset: string; readonly data: string; readonly seed: number }>(
    network: (options: O) => string | undefined,
  ) =>
  (options: O): string => {
    const { task, preset, data, seed } = options
    const parts = ['earm', task, preset, baseName(data), network(options), `seed${seed}`]
    return ['runs', parts.filter((part) => part !== undefined).join('-')].join('/')
  }

/** A value for each preset of text and images. */
export const by = <A>(tiny: A, small: A, paper: A): Defaults<A, EArmPreset> => ({ tiny, small, paper })

/** The row of the data. */
export const dataRow = <P extends string>(
  metavar: string,
  defaults: Defaults<string, P>,
  help: string,
): Setting<string, P> => settingOf<string, P>(texts(metavar))(DATA, '--data', defaults, help)
