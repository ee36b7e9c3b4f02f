/** The settings of `exptilt tilt` as a table, and the rules that no single option can say. */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { usage } from '../../errors.ts'
import { rowsOf, runRows } from '../../experiment/common.ts'
import type { Experiment } from '../../experiment/experiment.ts'
import {
  type Aside,
  type Flag,
  listsOf,
  maybe,
  names,
  numbers,
  patternTrouble,
  repeated,
  type Setting,
  settingOf,
  texts,
  values,
  wholeNumbers,
} from '../../experiment/setting.ts'
import { presetOf, type Rule, type Settings } from '../../experiment/settings.ts'
import { MOST_MOMENTS } from '../../tilt/budget.ts'
import {
  dtypeNames,
  type MomentOption,
  providerNames,
  type SamplerName,
  samplerNames,
  type TiltOptions,
  type Tokenisation,
  type TwistName,
  twistNames,
} from './options.ts'

type Dtype = (typeof dtypeNames)[number]
type ProviderName = (typeof providerNames)[number]

/** There is one preset. */
type Preset = 'usual'

const [MODEL, TEXTS, SAMPLING, RUN] = ['Model', 'Texts', 'Sampling', 'Run']

const regex = values<string>({
  codec: t.string,
  metavar: 'RE',
  read: E.right,
  format: String,
  isNot: (text) => {
    const reason = patternTrouble(text, 'text')
    return reason === undefined ? undefined : `a regular expression of JavaScript with the flag u (${reason})`
  },
})

const moment = values<MomentOption>({
  codec: t.type({ regex: t.string, share: t.number }),
  metavar: 'RE=SHARE',
  read: (typed) => {
    const [, before, after] = /^(.*)=([^=]*)$/su.exec(typed) ?? []
    const share = after === undefined || after.trim() === '' ? Number.NaN : Number(after)
    return before === undefined || !Number.isFinite(share)
      ? E.left('a regular expression, =, and a share')
      : E.right({ regex: before, share })
  },
  format: ({ regex: before, share }) => `${before}=${share}`,
  isNot: ({ regex: before, share }) => {
    const reason = patternTrouble(before, 'text')
    if (reason !== undefined) return `a regular expression, = and a share (${reason})`
    return share > 0 && share < 1
      ? undefined
      : 'a regular expression, =, and a share above 0 and below 1 (for all or none of the texts use --regex, --contain or --avoid)'
  },
})

const automatonFile = {
  ...texts('FILE'),
  isNot: (file: string): string | undefined =>
    /\.(dot|gv|fst|txt)$/iu.test(file) ? undefined : 'a file for Graphviz (.dot, .gv) or OpenFst (.fst, .txt)',
}

const { whole } = rowsOf<Preset>(SAMPLING)
const { seed, out, on } = runRows<Preset>(RUN, 'no report is written')

const words = (flag: Flag, help: string): Setting<readonly string[], Preset> =>
  settingOf<readonly string[], Preset>(listsOf(texts('WORD'), () => undefined))(TEXTS, flag, { all: [] }, help, {
    example: 'storm,harbour',
  })

const positive = (flag: Flag, help: string, aside: Aside<number>): Setting<number, Preset> =>
  settingOf<number, Preset>(numbers({ above: 0, to: 100 }))(SAMPLING, flag, { all: 1 }, help, aside)

/** The table: laid out as the record of options is. */
export const tiltSettings: Settings<TiltOptions, Preset> = {
  prompt: settingOf<string, Preset>({ ...texts('TEXT'), isNot: () => undefined })(
    MODEL,
    '--prompt',
    { all: '' },
    'What the texts go on from.',
    { example: 'The sea', unless: 'nothing: texts begin anew' },
  ),
  model: maybe(
    settingOf<string, Preset>(texts('DIR'))(
      MODEL,
      '--model',
      undefined,
      'Folder of the model: config.json, tokenizer.json and an .onnx file, as Hugging Face exports them; or of a run of exptilt gam, residual, earm lm or earm translate.',
      { example: 'models/distilgpt2', unless: 'the small model of English prose in the package' },
    ),
  ),
  dtype: maybe(
    settingOf<Dtype, Preset>(names(dtypeNames))(
      MODEL,
      '--dtype',
      undefined,
      'Which file of an export: fp32, fp16, q8, int8, uint8, q4, q4f16 or bnb4.',
      { metavar: 'NAME', example: 'q4', unless: 'the most exact one' },
    ),
  ),
  provider: maybe(
    settingOf<ProviderName, Preset>(names(providerNames))(
      MODEL,
      '--provider',
      undefined,
      'What of ONNX Runtime computes an export: cpu, webgpu, cuda, coreml or dml, where it has it.',
      { metavar: 'NAME', example: 'webgpu', unless: 'cpu' },
    ),
  ),
  network: maybe(
    settingOf<string, Preset>(texts('NAME'))(
      MODEL,
      '--network',
      undefined,
      'Which network of a run: of gam base or student, of residual base, balm or policy, of earm one of its trainings.',
      { example: 'base', unless: 'student, base, or the last training' },
    ),
  ),
  source: maybe(
    settingOf<string, Preset>(texts('TEXT'))(
      MODEL,
      '--source',
      undefined,
      'The sentence whose translation is tilted, of a run of exptilt earm translate.',
      { example: 'Das Meer', unless: 'nothing is translated' },
    ),
  ),
  regex: maybe(
    settingOf<string, Preset>(regex)(
      TEXTS,
      '--regex',
      undefined,
      'The text that follows the prompt matches this from its first character to its last (JavaScript, flag u).',
      { example: '[a-z]+' },
    ),
  ),
  schema: maybe(
    settingOf<string, Preset>(texts('FILE'))(
      TEXTS,
      '--schema',
      undefined,
      'It is JSON that the JSON Schema in this file allows.',
      { example: 'person.json' },
    ),
  ),
  depth: rowsOf<Preset>(TEXTS).whole(
    '--depth',
    [0, 100],
    { all: 0 },
    'How often a $ref of the schema may occur within itself; with 0 a schema that refers to itself is refused.',
  ),
  contain: words('--contain', 'All of these occur in it.'),
  avoid: words('--avoid', 'None of these occur in it.'),
  moments: repeated(
    settingOf<readonly MomentOption[], Preset>(
      listsOf(moment, (list) => (list.length <= MOST_MOMENTS ? undefined : `at most ${MOST_MOMENTS} moments`)),
    )(TEXTS, '--moment', { all: [] }, 'This share of the texts has a match of this somewhere; may be repeated.', {
      example: '\\bshe\\b=0.5',
    }),
    moment,
  ),
  power: positive('--power', 'α of q^α: above 1 the law of whole texts is sharpened, below 1 flattened.', {
    example: '1.5',
  }),
  sampler: settingOf<SamplerName, Preset>(names(samplerNames))(
    SAMPLING,
    '--sampler',
    { all: 'smc' },
    'How texts are drawn: smc, masking, rejection (of tokens), sir (the model itself, weighed) or chain (Metropolis–Hastings of populations, a step for each of --samples).',
    { metavar: 'HOW' },
  ),
  twist: settingOf<TwistName, Preset>(names(twistNames))(
    SAMPLING,
    '--twist',
    { all: 'automaton' },
    'How smc looks ahead: automaton (and the law of the first token), fitted (and texts of the model, as many as particles) or none.',
    { metavar: 'HOW' },
  ),
  temperature: positive(
    '--temperature',
    'Of the law that tokens are proposed by; weights make up for it, so that no temperature changes what is sampled.',
    { example: '1.2' },
  ),
  particles: whole('--particles', [1, 1e6], { all: 64 }, 'Texts grown side by side.'),
  islands: whole(
    '--islands',
    [1, 1e4],
    { all: 4 },
    'Populations of them that never meet, whose spread is the error of log Z.',
  ),
  samples: whole('--samples', [1, 1e6], { all: 8 }, 'Texts shown, drawn by their weights.'),
  limit: whole('--limit', [1, 1e5], { all: 60 }, 'Most tokens of a text.'),
  least: whole('--least', [0, 1e5], { all: 0 }, 'Fewest tokens of a text.'),
  tokenisation: settingOf<Tokenisation, Preset>(names(['every', 'canonical']))(
    TEXTS,
    '--tokenisation',
    { all: 'every' },
    'Which tokens of a text count: every way to spell it, or only the one that the tokenizer gives.',
  ),
  automaton: maybe(
    settingOf<string, Preset>(automatonFile)(
      RUN,
      '--automaton',
      undefined,
      'Write the automaton of the constraint, over bytes: .dot or .gv for Graphviz, .fst or .txt as AT&T text for OpenFst.',
      { role: 'keeps', example: 'constraint.dot', unless: 'it is not written' },
    ),
  ),
  seed,
  workers: maybe(
    settingOf<number, Preset>(wholeNumbers(1, 256))(
      RUN,
      '--workers',
      undefined,
      'Grow islands (of other samplers, texts by 64) in so many processes, to the same texts and weights.',
      { role: 'computes', example: '2', unless: 'this one' },
    ),
  ),
  on: { ...on, help: 'Have them grown by the workers of a queue: the address of its Redis.' },
  out,
}

const oneWay: Rule<TiltOptions> = ({ workers, on: url }) =>
  workers === undefined || url === undefined
    ? undefined
    : usage('--workers and --on were both given, and a queue has as many workers as are there', 'leave one of them out')

const onProcessors: Rule<TiltOptions> = ({ workers, on: url, provider }) =>
  provider === undefined || provider === 'cpu' || (workers === undefined && url === undefined)
    ? undefined
    : usage(
        `workers compute on the processor, and --provider ${provider} was given`,
        `leave ${url === undefined ? '--workers' : '--on'} or --provider out`,
      )

const evenIslands: Rule<TiltOptions> = ({ particles, islands }) =>
  particles % islands === 0
    ? undefined
    : usage(`--particles ${particles} cannot be shared by ${islands} islands`, `give a multiple of ${islands}`, {
        particles,
        islands,
      })

const ownProposal: Rule<TiltOptions> = ({ sampler, temperature }) =>
  sampler === 'rejection' && temperature !== 1
    ? usage(
        `--sampler rejection proposes by the model itself, and --temperature ${temperature} was given`,
        'leave one of them out',
      )
    : undefined

const lookingAhead: Rule<TiltOptions> = ({ sampler, twist }) =>
  twist === 'automaton' || sampler === 'smc' || sampler === 'chain'
    ? undefined
    : usage(`--sampler ${sampler} does not look ahead, and --twist ${twist} was given`, 'leave one of them out')

const ofARun: Rule<TiltOptions> = ({ model, network, source }) =>
  model !== undefined || (network === undefined && source === undefined)
    ? undefined
    : usage(
        `${network === undefined ? '--source' : '--network'} was given, and no run`,
        'add --model, the folder of a run',
      )

const lengths: Rule<TiltOptions> = ({ least, limit }) =>
  least <= limit
    ? undefined
    : usage(`--least ${least} is more than --limit ${limit}`, 'give a lower --least or a higher --limit', {
        least,
        limit,
      })

/** The options of a tilt as a value. */
export const tiltExperiment: Experiment<TiltOptions, Preset> = {
  name: 'options of exptilt tilt',
  settings: tiltSettings,
  rules: [oneWay, onProcessors, evenIslands, ownProposal, lookingAhead, ofARun, lengths],
  presetFor: () => presetOf(tiltSettings)('usual'),
  follow: () => (options) => options,
  folder: ({ seed: own }) => `runs/tilt-seed${own}`,
}
