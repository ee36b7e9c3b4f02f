/**
 * The grammar of the command line, in parser combinators, and its parser: arguments to flags, help or one failure.
 */
import { object, or } from '@optique/core/constructs'
import { runParserSync } from '@optique/core/facade'
import { formatMessage, type Message, message } from '@optique/core/message'
import { optional } from '@optique/core/modifiers'
import { command, constant, option } from '@optique/core/primitives'
import { integer, string } from '@optique/core/valueparser'
import { type Failure, failure } from '../errors.ts'
import { dataGrammar } from './data-grammar.ts'
import { eArmGrammar } from './earm-grammar.ts'
import { residualGrammar } from './residual-grammar.ts'
import type { Flags } from './flags.ts'
import { gamGrammar, pfsaGrammar } from './gam-grammar.ts'
import { tiltGrammar } from './tilt-grammar.ts'
import { oneOf } from './values.ts'
import { packageVersion } from './version.ts'

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
  out: optional(
    option('--out', string({ metavar: 'FILE' }), {
      description: message`The file, .onnx; absent: in the folder of the run.`,
    }),
  ),
  external: option('--external', { description: message`Keep the parameters beside the model, in a .bin file.` }),
})

const site = object({
  kind: constant('site'),
  port: optional(
    option('--port', integer({ metavar: 'PORT', min: 0, max: 65_535 }), {
      description: message`Where it listens; 8000 unless given, 0 for any that is free.`,
    }),
  ),
})

const grammar = or(
  command('gam', gamGrammar, {
    usageLine: [{ type: 'ellipsis' }],
    brief: message`Train a global autoregressive model: data, r, λ, π and a report.`,
    description: message`From a probabilistic automaton (or your own strings) to data, an LSTM r, its tilt by global features, and the distilled student π.`,
  }),
  command('pfsa', pfsaGrammar, { brief: message`Exact facts about a probabilistic automaton.` }),
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
  command('tilt', tiltGrammar, {
    brief: message`Texts of a language model under a constraint, exactly weighted.`,
    description: message`Grows texts of a local model by sequential Monte Carlo: those of the model given that they meet a regular expression, hold some words, or avoid them. Prints texts drawn by their weights, and log Z with its error.`,
  }),
  command('export', exported, { brief: message`A trained model as a standard .onnx file.` }),
  command('site', site, { brief: message`The playground and the documents, in a browser.` }),
)

/** What a command line asks for. */
type Request =
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
  'tilt',
  'data list',
  'data fetch',
  'data prepare',
  'data',
  'export',
  'site',
]

const helpCommand = (argv: readonly string[]): string => {
  const typed = `${argv.slice(0, 3).join(' ')} `
  const known = helpPages.find((page) => typed.startsWith(`${page} `))
  return `see \`exptilt ${known === undefined ? '' : `${known} `}--help\` for what it takes`
}

const plainly = (sentence: string): string =>
  sentence.replace(
    /^Unexpected option or (?:subcommand|argument): (.*?)(?:\. (Did you mean .*\?))?$/,
    (_, typed: string, meant?: string) =>
      `${typed} is no option or command of exptilt${meant === undefined ? '' : ` (${meant.replace(/^D/, 'd')})`}`,
  )

/** What flags, and their values, are called now. */
const renamed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  gam: { '--hidden': '--width', '--preset demo': '--preset tiny' },
  residual: { '--corpus': '--data', '--model': '--width' },
  'earm translate': { '--symbols': '--tokenizer' },
  'earm translate evaluate': { '--out': '--run' },
  'earm translate sample': { '--out': '--run' },
  earm: {
    ...{ '--source': '--data', '--samples': '--count', '--variant': '--variants' },
    ...{ '--lambdas': '--lambda', '--starts': '--start-epoch' },
  },
}

const newName = (argv: readonly string[]): Failure | undefined => {
  const typed = `${argv.join(' ')} `.replaceAll('=', ' ')
  for (const [command, names] of Object.entries(renamed))
    for (const [before, now] of Object.entries(names))
      if (typed.startsWith(`${command} `) && typed.includes(` ${before} `))
        return failure('Usage', `${before} is called ${now} now`, `write ${now}`, { argv })
  return undefined
}

const refusal = (argv: readonly string[], error: Message): Failure => {
  const renamedTo = newName(argv)
  if (renamedTo !== undefined) return renamedTo
  const sentence = formatMessage(error, { quotes: false, colors: false })
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
  return failure('Usage', argv.length === 0 ? 'no command is given' : plainly(sentence), helpCommand(argv), { argv })
}

/** The heading of what is no work: help and completion. */
const ASIDE = 'About this program'

/** Reads the arguments after the program's name. */
export const parseArguments = (argv: readonly string[], width: number): Request => {
  const asides: Request[] = []
  const shown: string[] = []
  const onShow = (): void => void asides.push({ kind: 'help', text: '' })
  const flags = runParserSync(grammar, 'exptilt', argv, {
    help: { option: true, command: { names: ['help'], group: ASIDE }, onShow },
    version: { value: packageVersion(), option: true, onShow },
    completion: { command: { names: ['completion'], group: ASIDE }, onShow },
    brief: message`Energy-based sequence models: three papers end to end, and any local language model tilted.`,
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
