/**
 * The settings of a GAM experiment as a table: flag, values, presets, help and meaning of every option, and the rules that no
 * single option can say.
 *
 * `tiny` shows the effect within two minutes on two cores with the paper's network, `small` is a quarter-size experiment,
 * `paper` has the sizes of Parshakova et al. 2019, section 7 (LSTM 2 × 200, dropout 0.2, |D| = 5000, 20 000 distilled
 * strings, SNIS bank 5·10⁴).
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { type Failure, usage } from '../../errors.ts'
import { dividesBatch, MANY, presetRow, rowsOf, runRows } from '../../experiment/common.ts'
import { type Experiment, namedPreset, optionsCodec, validated } from '../../experiment/experiment.ts'
import {
  type Defaults,
  listsOf,
  maybe,
  names,
  numbers,
  patternTrouble,
  repeated,
  settingOf,
  texts,
  values,
} from '../../experiment/setting.ts'
import { presetOf, type Rule, type Settings } from '../../experiment/settings.ts'
import {
  type Cycle,
  cycleNames,
  type Divergence,
  divergenceNames,
  featureNamesOf,
  type GamOptions,
  LONGEST_STRING,
  type Moments,
  type MomentStep,
  type MotifData,
  momentNames,
  type PresetName,
  presetNames,
  type Regime,
  regimeNames,
  samplerNames,
  stepNames,
  type StringSampler,
} from './options.ts'

const DATA = 'Data'
const SIZES = 'Sizes (the preset fills in what is absent)'
const LIMITS = 'Limits of work'
const RUN = 'Run'

/** A value for each preset. */
const by = <A>(tiny: A, small: A, paper: A): Defaults<A, PresetName> => ({ tiny, small, paper })

/** The seconds that rejection sampling may take in the demonstration. */
const TINY_SECONDS = 90

/** Parts of a batch: strings differ in length, and a part of the shorter ones takes less. */
const MICRO_BATCHES = 4

const data = rowsOf<PresetName>(DATA)
const sizes = rowsOf<PresetName>(SIZES)
const run = runRows<PresetName>(RUN)

/** Strings of some shape, which `what` names. */
const shaped = (metavar: string, what: string, shape: RegExp) =>
  values<string>({
    codec: t.string,
    metavar,
    read: E.right,
    format: String,
    isNot: (text) => (shape.test(text) ? undefined : what),
  })

const pattern = values<string>({
  codec: t.string,
  metavar: 'REGEX',
  read: E.right,
  format: String,
  isNot: (text) => {
    const reason = patternTrouble(text, 'string')
    return reason === undefined ? undefined : `a regular expression for a feature (${reason})`
  },
})

/** One of some names, in files of earlier versions and unless typed `usual`. */
const oneOf = <A extends string>(all: readonly [A, A], usual: A, flag: `--${string}`, help: string) =>
  settingOf<A, PresetName>(names(all))(DATA, flag, { all: usual }, help, { metavar: 'HOW', absent: usual })

/** What is said of a process of strings with a motif. */
export const motifSettings: Settings<Omit<MotifData, 'kind'>, PresetName> = {
  motif: settingOf<string, PresetName>(shaped('BITS', 'a motif in the digits 0 and 1', /^[01]+$/))(
    DATA,
    '--motif',
    by('10111001', '10001011111000', '10001011111000'),
    'The motif, in digits 0 and 1.',
  ),
  length: data.whole('--length', [1, 100_000], by(20, 30, 30), 'Symbols per string.'),
  mixture: settingOf<number, PresetName>(numbers({ above: 0, to: 1 }))(
    DATA,
    '--mixture',
    { all: 1 },
    'Weight of strings with the motif; 1 is pure data.',
    { example: '0.9' },
  ),
}

/** The table: laid out as the record of options is. */
export const gamSettings: Settings<GamOptions, PresetName> = {
  data: {
    kindOf: () => 'motif',
    kinds: {
      motif: motifSettings,
      strings: {
        file: settingOf<string, PresetName>(texts('FILE'))(
          DATA,
          '--data',
          undefined,
          'Train on the lines of a file instead.',
          { example: 'words.txt', unless: 'strings with the motif' },
        ),
        features: repeated(
          settingOf<readonly string[], PresetName>(listsOf(pattern, () => undefined))(
            DATA,
            '--feature',
            { all: [] },
            'With --data: a property of strings, as a regular expression of JavaScript (flag u, no back references). It is searched: a match anywhere in the string counts, unless ^ or $ pins it. May be repeated.',
            { example: 'AH0$' },
          ),
          pattern,
        ),
      },
    },
  },
  train: data.whole('--train', [1, 1e8], by(500, 1000, 5000), 'Number of training strings, |D|.'),
  features: settingOf<string, PresetName>(shaped('FT', 'a vector of digits 0 and 1', /^[01]*$/))(
    DATA,
    '--features',
    { all: '1001111' },
    "The paper's ft: one 0 or 1 for each of m, m+0, m/2, d0, d1, d2, d3; with --data, for each --feature.",
    { unless: '1001111; with --data all 1' },
  ),
  moments: settingOf<Moments, PresetName>(names(momentNames))(
    DATA,
    '--moments',
    by<Moments>('newton', 'newton', 'snis'),
    'How λ is fitted: snis, rs or newton.',
    { metavar: 'HOW' },
  ),
  regime: settingOf<Regime, PresetName>(names(regimeNames))(
    DATA,
    '--regime',
    { all: 'two-stage' },
    'How π is trained: two-stage, cyclical, dpg or kl-dpg.',
    { metavar: 'HOW' },
  ),
  step: oneOf<MomentStep>(
    stepNames,
    'clipped',
    '--step',
    'Steps of λ by snis or rs: plain, as Eq. 5 has them, or clipped to ± 0.25 a feature.',
  ),
  cycle: oneOf<Cycle>(
    cycleNames,
    'refitted',
    '--cycle',
    'λ when the cyclical regime replaces its proposal: kept, as the text has it, or refitted, as its authors did.',
  ),
  sampler: oneOf<StringSampler>(
    samplerNames,
    'rejection',
    '--sampler',
    "How strings of p_λ are drawn: by rejection, or by smc twisted by the features' automata.",
  ),
  divergence: maybe(
    settingOf<Divergence, PresetName>(names(divergenceNames))(
      DATA,
      '--divergence',
      undefined,
      'With --regime kl-dpg: what is lowered between p and π, kl (KL(p‖π), unless given), reverse-kl, js, tv or chi2.',
      { metavar: 'HOW', example: 'js' },
    ),
  ),
  hidden: sizes.width(by(200, 64, 200), 'Units of each LSTM layer.'),
  layers: sizes.layers({ all: 2 }, 'LSTM layers.'),
  dropout: sizes.dropout({ all: 0.2 }),
  learningRate: sizes.learningRate('--learning-rate', by(3e-3, 1e-3, 1e-3)),
  batch: sizes.batch('--batch', by(100, 500, 500), 'Strings per optimiser step.'),
  microBatches: {
    ...sizes.microBatches,
    initially: (preset) => (['small', 'paper'].includes(preset) ? MICRO_BATCHES : undefined),
    otherwise: `${MICRO_BATCHES}, or as many as divide --batch; tiny 1`,
  },
  distilled: sizes.whole(
    '--distilled',
    [1, 1e8],
    by(2500, 10_000, 20_000),
    'Strings drawn from the tilted model to train π.',
  ),
  maxEpochs: sizes.whole('--max-epochs', [1, 1e6], by(16, 100, 1000), 'Most epochs of training.'),
  distilEpochs: maybe(
    sizes.whole(
      '--distil-epochs',
      [1, 1e6],
      undefined,
      'Most epochs of training π; those of r, which must not stop early, stay as they are. Beside --resume, more of them go on with a π that had fewer.',
      { role: 'computes', example: '30', unless: 'as --max-epochs' },
    ),
  ),
  patience: sizes.whole('--patience', [1, MANY], by(6, 10, 20), 'Epochs without improvement before stopping.'),
  bank: sizes.whole('--bank', [1, 1e8], by(10_000, 50_000, 50_000), 'Samples of r kept for the moments.'),
  seed: run.seed,
  device: run.device,
  workers: run.workers,
  on: run.on,
  budgets: {
    trials: rowsOf<PresetName>(LIMITS).whole(
      '--trials',
      [1, Number.MAX_SAFE_INTEGER],
      by(5e6, 2e7, 1e8),
      'Most proposals of rejection sampling.',
      { role: 'computes' },
    ),
    seconds: {
      ...maybe(
        settingOf<number, PresetName>(numbers({ above: 0 }))(
          LIMITS,
          '--seconds',
          undefined,
          'Most seconds of rejection sampling.',
          { role: 'computes', metavar: 'N', example: '60', unless: `tiny ${TINY_SECONDS}, else no limit` },
        ),
      ),
      initially: (preset) => (preset === 'tiny' ? TINY_SECONDS : undefined),
    },
  },
  preset: presetRow(RUN, presetNames, 'small'),
  out: run.out,
}

/** The motif fits into the strings. */
export const motifFits: Rule<Omit<MotifData, 'kind'>> = ({ motif, length }) =>
  motif.length <= length
    ? undefined
    : usage(
        `--motif ${motif} has ${motif.length} symbols, more than the strings' ${length}`,
        `give a shorter motif or --length ${motif.length} or more`,
        { motif, length },
      )

const trainable: Rule<GamOptions> = ({ data: given }) =>
  given.kind === 'strings' || given.length <= LONGEST_STRING
    ? undefined
    : usage(
        `--length ${given.length} is more than the ${LONGEST_STRING} symbols of the longest string to train on`,
        `give at most --length ${LONGEST_STRING}`,
        { length: given.length },
      )

const inMicroBatches: Rule<GamOptions> = ({ batch, microBatches }) => dividesBatch('--batch', batch, microBatches)

const divergenceOfPolicy: Rule<GamOptions> = ({ regime, divergence = 'kl' }) =>
  divergence === 'kl' || regime === 'kl-dpg'
    ? undefined
    : usage(
        `--divergence ${divergence} is lowered on draws of π, and --regime ${regime} draws from r`,
        'give --regime kl-dpg, or leave it out',
      )

const hasFeatures: Rule<GamOptions> = ({ data: given }) =>
  given.kind === 'motif' || given.features.length > 0
    ? undefined
    : usage('--data has no feature to tilt by', "give at least one --feature 'REGEX'")

const cyclesKept: Rule<GamOptions> = ({ cycle, sampler, regime }) => {
  if (cycle !== 'kept' || (regime === 'cyclical' && sampler !== 'smc')) return undefined
  return regime === 'cyclical'
    ? usage('--sampler smc draws the same p_λ in every cycle that is kept', 'leave out --cycle kept, or --sampler smc')
    : usage(`--cycle kept: --regime ${regime} has no cycles`, 'give --regime cyclical, or leave out --cycle')
}

const featuresFit: Rule<GamOptions> = ({ data: given, features }) => {
  const known = featureNamesOf(given)
  const facts = { features, names: known }
  if (features.length !== known.length)
    return usage(
      `--features ${features} is not a vector of ${known.length} digits 0 or 1`,
      `give one digit per feature in the order ${known.join(', ')}, for example ${known.map((_, i) => (i === 1 || i === 2 ? 0 : 1)).join('')}`,
      facts,
    )
  return features.includes('1')
    ? undefined
    : usage(`--features ${features} switches every feature off`, 'set at least one digit to 1', facts)
}

const preset = presetOf(gamSettings)

/**
 * The presets by name.
 *
 * @example
 * presets.tiny.train // => 500
 */
export const presets: Readonly<Record<PresetName, GamOptions>> = {
  tiny: preset('tiny'),
  small: preset('small'),
  paper: preset('paper'),
}

/** The most equal parts of a batch, up to so many. */
const partsIn = (batch: number, most: number): number => (batch % most === 0 ? most : partsIn(batch, most - 1))

/** The options of the experiment as a value. Of a file's features all are switched on unless typed. */
export const gamExperiment: Experiment<GamOptions, PresetName> = {
  name: 'options of exptilt gam',
  settings: gamSettings,
  rules: [
    ({ data: given }) => (given.kind === 'motif' ? motifFits(given) : undefined),
    trainable,
    inMicroBatches,
    divergenceOfPolicy,
    hasFeatures,
    featuresFit,
    cyclesKept,
  ],
  presetFor: namedPreset(presets, 'small'),
  follow: (typed) => (options) => ({
    ...options,
    ...(options.data.kind === 'motif' || typed['--features'] !== undefined
      ? {}
      : { features: '1'.repeat(options.data.features.length) }),
    ...(options.microBatches === undefined || typed['--micro-batches'] !== undefined
      ? {}
      : { microBatches: partsIn(options.batch, options.microBatches) }),
  }),
  folder: ({ data: given, train, moments, regime, divergence, seed, preset: size }) => {
    const subject = given.kind === 'motif' ? given.motif : given.file.split(/[\\/]/).at(-1)
    const how = divergence === undefined ? [regime] : [regime, divergence]
    return ['runs', ['gam', size, subject, train, moments, ...how, `seed${seed}`].join('-')].join('/')
  },
}

/** Codec of the option record; decoding checks types, `validateOptions` checks values. */
export const gamOptionsCodec: t.Type<GamOptions, unknown> = optionsCodec(gamExperiment)

/** Checks the values of an option record; fails with `Usage`, one sentence naming the option and the remedy. */
export const validateOptions: (options: GamOptions) => E.Either<Failure, GamOptions> = validated(gamExperiment)
