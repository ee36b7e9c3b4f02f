/**
 * The parser of the command line: arguments to flags, help or one failure.
 */
import { runParserSync } from '@optique/core/facade'
import { formatMessage, type Message, message } from '@optique/core/message'
import { type Failure, failure } from '../errors.ts'
import type { Flags } from './flags.ts'
import { grammarFor } from './grammar.ts'
import { withoutPasswords } from '../scale/queue/url.ts'

/** What a command line asks for. */
type Request =
  | { readonly kind: 'flags'; readonly flags: Flags }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'refused'; readonly failure: Failure }

/** Commands with a help page of their own, longer ones first. */
const helpPages = [
  'gam sweep',
  'gam generate',
  'gam',
  'residual train',
  'residual evaluate',
  'residual generate',
  'residual analyse',
  'residual judge',
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
  'worker',
  'jobs retry',
  'jobs',
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
        return failure('Usage', `${before} is called ${now} now`, `write ${now}`)
  return undefined
}

/** What the parser says of a command that waits for another word. */
const NOTHING = /^No matching /u

const refusal = (argv: readonly string[], error: Message): Failure => {
  const renamedTo = newName(argv)
  if (renamedTo !== undefined) return renamedTo
  const sentence = withoutPasswords(formatMessage(error, { quotes: false, colors: false }))
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')
  const words = argv.join(' ')
  const what =
    argv.length === 0
      ? 'no command is given'
      : helpPages.includes(words) && NOTHING.test(sentence)
        ? `nothing follows ${words}`
        : plainly(sentence)
  return failure('Usage', what, helpCommand(argv))
}

/** The heading of what is no work: help and completion. */
const ASIDE = 'About this program'

/** The version, which is looked up where it is asked for. */
const versionOf = async (argv: readonly string[]): Promise<string> =>
  argv.includes('--version') ? (await import('../scale/version.ts')).packageVersion() : 'unknown'

/** Reads the arguments after the program's name. */
export const parseArguments = async (argv: readonly string[], width: number): Promise<Request> => {
  const [grammar, version] = [await grammarFor(argv), await versionOf(argv)]
  const asides: Request[] = []
  const shown: string[] = []
  const onShow = (): void => void asides.push({ kind: 'help', text: '' })
  const flags = runParserSync(grammar, 'exptilt', argv, {
    help: { option: true, command: { names: ['help'], group: ASIDE }, onShow },
    version: { value: version, option: true, onShow },
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
