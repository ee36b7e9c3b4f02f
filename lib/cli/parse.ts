/**
 * The grammar of the command line, in parser combinators, and its parser: arguments to flags, help or one failure.
 */
import { merge, object, or } from '@optique/core/constructs'
import { runParserSync } from '@optique/core/facade'
import { formatMessage, type Message, message } from '@optique/core/message'
import { multiple, optional } from '@optique/core/modifiers'
import { command, constant, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import { type Failure, failure } from '../errors.ts'
import { deviceNames } from '../experiment/device.ts'
import { momentNames, presetNames, regimeNames } from '../systems/gam/options.ts'
import { dataGrammar } from './data-grammar.ts'
import { eArmGrammar } from './earm-grammar.ts'
import { residualGrammar } from './residual-grammar.ts'
import { type Flags, gridNames } from './flags.ts'
import { list, numeric, oneOf } from './values.ts'

const number = (name: `--${string}`, metavar: 'N' | 'P', example: string, description: Message) =>
  optional(option(name, numeric(metavar, example), { description }))

const text = (name: `--${string}`, metavar: 'BITS' | 'DIR' | 'FILE' | 'FT' | 'REGEX', description: Message) =>
  optional(option(name, string({ metavar }), { description }))

const json = option('--json', { description: message`Print one JSON object instead of the table.` })

const sizes = object('Sizes (the preset fills in what is absent)', {
  hidden: number('--hidden', 'N', '200', message`Units per LSTM layer.`),
  layers: number('--layers', 'N', '2', message`LSTM layers.`),
  learningRate: number('--learning-rate', 'P', '0.001', message`Step size of Adam.`),
  dropout: number('--dropout', 'P', '0.2', message`Share of units dropped while training.`),
  batch: number('--batch', 'N', '500', message`Strings per optimiser step.`),
  distilled: number('--distilled', 'N', '20000', message`Strings drawn from the tilted model to train π.`),
  maxEpochs: number('--max-epochs', 'N', '100', message`Most epochs of training.`),
  patience: number('--patience', 'N', '20', message`Epochs without improvement before stopping.`),
  bank: number('--bank', 'N', '50000', message`Samples of r kept for the moments.`),
  trials: number('--trials', 'N', '1e7', message`Most proposals of rejection sampling.`),
  seconds: number('--seconds', 'N', '60', message`Most seconds per phase.`),
})

const run = object('Run', {
  preset: optional(
    option('--preset', oneOf('NAME', presetNames), {
      description: message`Sizes to start from: demo, small (unless given) or paper.`,
    }),
  ),
  seed: number('--seed', 'N', '1', message`Seed of all random numbers.`),
  device: optional(
    option('--device', oneOf('DEVICE', deviceNames), {
      description: message`What computes: auto, gpu, cpu, onnx or reference.`,
    }),
  ),
  out: text('--out', 'DIR', message`Folder of the run: report.html, results.json, figures, checkpoint.`),
  json,
})

const experiment = object('Experiment', {
  kind: constant('gam'),
  motif: text('--motif', 'BITS', message`The motif, in digits 0 and 1.`),
  length: number('--length', 'N', '30', message`Symbols per string.`),
  mixture: number('--mixture', 'P', '0.9', message`Weight of strings with the motif; 1 is pure data.`),
  data: text('--data', 'FILE', message`Train on the lines of a file instead.`),
  feature: multiple(
    option('--feature', string({ metavar: 'REGEX' }), {
      description: message`With --data: a property of strings, as a regular expression; may be repeated.`,
    }),
  ),
  train: number('--train', 'N', '500', message`Number of training strings, |D|.`),
  features: text('--features', 'FT', message`The paper's ft: one 0 or 1 for each of m, m+0, m/2, d0, d1, d2, d3.`),
  moments: optional(
    option('--moments', oneOf('HOW', momentNames), {
      description: message`How λ is fitted: snis, rs or newton.`,
    }),
  ),
  regime: optional(
    option('--regime', oneOf('HOW', regimeNames), {
      description: message`How π is trained: two-stage, cyclical, dpg or kl-dpg.`,
    }),
  ),
  resume: text('--resume', 'DIR', message`Continue the interrupted run in this folder, with its own options.`),
})

const grid = object('Grid (comma-separated lists)', {
  kind: constant('sweep'),
  grid: optional(
    option('--grid', oneOf('NAME', gridNames), {
      description: message`A figure or table of the paper: figure-2 (unless given), table-1, table-3 or table-4.`,
    }),
  ),
  motif: optional(option('--motif', list(string({ metavar: 'BITS' })), { description: message`Motifs.` })),
  length: number('--length', 'N', '30', message`Symbols per string.`),
  mixture: optional(
    option('--mixture', list(numeric('P', '0.9')), { description: message`Mixtures; 1 is pure data.` }),
  ),
  train: optional(option('--train', list(numeric('N', '500')), { description: message`Sizes of the training set.` })),
  features: optional(option('--features', list(string({ metavar: 'FT' })), { description: message`Vectors ft.` })),
  moments: optional(option('--moments', list(oneOf('HOW', momentNames)), { description: message`Fits of λ.` })),
  regime: optional(option('--regime', list(oneOf('HOW', regimeNames)), { description: message`Regimes.` })),
})

const pfsa = object({
  kind: constant('pfsa'),
  motif: text('--motif', 'BITS', message`The motif, in digits 0 and 1.`),
  length: number('--length', 'N', '30', message`Symbols per string.`),
  mixture: number('--mixture', 'P', '0.9', message`Weight of strings with the motif; 1 is pure.`),
  file: text('--file', 'FILE', message`An automaton as JSON instead of a motif.`),
  json,
})

const exported = object({
  kind: constant('export'),
  run: option('--run', string({ metavar: 'DIR' }), { description: message`Folder of a finished run.` }),
  model: optional(
    option('--model', oneOf('NAME', ['base', 'student', 'balm', 'unit', 'bit']), {
      description: message`Of a gam run base (r) or student (π, unless given); of a residual run base (unless given) or balm, and for its energy unit or bit (unless given).`,
    }),
  ),
  what: optional(
    option('--what', oneOf('WHAT', ['logits', 'log-probability', 'energy']), {
      description: message`What the file computes from tokens: logits (unless given), log-probability or energy.`,
    }),
  ),
  out: text('--out', 'FILE', message`The file, .onnx; absent: in the folder of the run.`),
  external: option('--external', { description: message`Keep the parameters beside the model, in a .bin file.` }),
})

const grammar = or(
  command(
    'gam',
    or(
      command('sweep', merge(grid, sizes, run), {
        usageLine: [{ type: 'ellipsis' }],
        brief: message`Many runs: Figure 2 and Tables 1, 3 and 4 of the paper.`,
        description: message`Runs every cell of a grid, skips finished ones, and prints the tables beside the paper's.`,
      }),
      merge(experiment, sizes, run),
    ),
    {
      usageLine: [{ type: 'ellipsis' }],
      brief: message`Train a global autoregressive model: data, r, λ, π and a report.`,
      description: message`From a probabilistic automaton (or your own strings) to data, an LSTM r, its tilt by global features, and the distilled student π.`,
    },
  ),
  command('pfsa', pfsa, { brief: message`Exact facts about a probabilistic automaton.` }),
  command('residual', residualGrammar, {
    usageLine: [{ type: 'ellipsis' }],
    brief: message`Residual energy-based models of text: train, evaluate, generate, analyse.`,
    description: message`From a corpus to a base model, energies trained on it by noise-contrastive estimation, a table of perplexities with bounds, generations and a report. Without a sub-command: everything.`,
  }),
  command('earm', eArmGrammar, {
    usageLine: [{ type: 'ellipsis' }],
    brief: message`Train with and without the E-ARM energy objective: text, images, translation.`,
    description: message`Trains the same network twice from one start, with and without the energy objective, and prints the paper's tables beside what is found.`,
  }),
  command('data', dataGrammar, {
    usageLine: [{ type: 'ellipsis' }],
    brief: message`Fetch and prepare corpora: list, fetch, prepare.`,
  }),
  command('export', exported, { brief: message`A trained model as a standard .onnx file.` }),
)

/** What a command line asks for. */
export type Request =
  | { readonly kind: 'flags'; readonly flags: Flags }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'refused'; readonly failure: Failure }

/** Commands with a help page of their own, longer ones first. */
const helpPages = [
  'gam sweep',
  'gam',
  'residual train',
  'residual evaluate',
  'residual generate',
  'residual analyse',
  'residual',
  ...['lm', 'image', 'translate'].flatMap((task) =>
    ['train', 'evaluate', 'sample', 'table'].map((name) => `earm ${task} ${name}`),
  ),
  'earm lm',
  'earm image',
  'earm translate',
  'earm',
  'pfsa',
  'data list',
  'data fetch',
  'data prepare',
  'data',
  'export',
]

const helpCommand = (argv: readonly string[]): string => {
  const typed = `${argv.slice(0, 3).join(' ')} `
  const known = helpPages.find((page) => typed.startsWith(`${page} `))
  return `see \`exptilt ${known === undefined ? '' : `${known} `}--help\` for what it takes`
}

const plainly = (sentence: string): string =>
  sentence.replace(/^Unexpected option or (?:subcommand|argument): (.*)$/, '$1 is no option or command of exptilt')

const refusal = (argv: readonly string[], error: Message): Failure => {
  const sentence = formatMessage(error, { quotes: false, colors: false })
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
  return failure('Usage', argv.length === 0 ? 'no command is given' : plainly(sentence), helpCommand(argv), { argv })
}

/** Reads the arguments after the program's name. */
export const parseArguments = (argv: readonly string[], width: number): Request => {
  const asides: Request[] = []
  const shown: string[] = []
  const flags = runParserSync(grammar, 'exptilt', argv, {
    help: { option: true, onShow: () => void asides.push({ kind: 'help', text: '' }) },
    brief: message`Global autoregressive models, end to end.`,
    usageLine: [{ type: 'ellipsis' }],
    aboveError: 'none',
    colors: false,
    maxWidth: width,
    stdout: (line) => void shown.push(line),
    stderr: () => undefined,
    onError: (_, error) => void asides.push({ kind: 'refused', failure: refusal(argv, error) }),
  })
  const aside = asides[0]
  return aside === undefined
    ? { kind: 'flags', flags }
    : aside.kind === 'help'
      ? { kind: 'help', text: `${shown.join('\n')}\n` }
      : aside
}
