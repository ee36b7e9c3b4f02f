/**
 * The grammar of the command line: every command with what the top help says of it, and the options of the one command that
 * is named, whose grammar alone is loaded.
 */
import { or } from '@optique/core/constructs'
import { message } from '@optique/core/message'
import type { Parser } from '@optique/core/parser'
import { command, type CommandOptions, fail } from '@optique/core/primitives'
import type { Flags } from './flags.ts'
import { shown } from './shown.ts'

/** A command: its help, and what follows its name, given all the words that were typed. */
interface Named {
  readonly help: CommandOptions
  readonly load: (argv: readonly string[]) => Promise<Parser<'sync', Flags>>
}

const named = {
  gam: {
    help: shown(
      message`Train a global autoregressive model: data, r, λ, π and a report.`,
      [
        'gam --preset tiny --out runs/demo',
        "gam --preset tiny --data words.txt --feature '^un' --feature 'ing$'",
        'gam --resume runs/demo',
      ],
      message`From a probabilistic automaton (or your own strings) to data, an LSTM r, its tilt by global features, and the distilled student π. Without a sub-command: everything.`,
    ),
    load: async () => (await import('./gam-grammar.ts')).gamGrammar,
  },
  pfsa: {
    help: shown(
      message`Exact facts about a probabilistic automaton.`,
      ['pfsa --motif 10001011111000 --length 30', 'pfsa --file automaton.json --json'],
      message`Of strings with a motif, or of an automaton in a file: how many strings it has, its entropy, their mean length, and bounds on the error of each. docs/automata.md says how such a file is written.`,
    ),
    load: async () => (await import('./gam-grammar.ts')).pfsaGrammar,
  },
  residual: {
    help: shown(
      message`Residual energy-based models of text: train, evaluate, generate, analyse.`,
      [
        'residual --preset tiny --out runs/residual',
        'residual --data novel.txt --tokenizer 1024',
        'residual --resume runs/residual',
      ],
      message`From a corpus to a base model, energies trained on it by noise-contrastive estimation, a table of perplexities with bounds, generations and a report. Without a sub-command: everything.`,
    ),
    load: async () => (await import('./residual-grammar.ts')).residualGrammar,
  },
  earm: {
    help: shown(
      message`Train with and without the E-ARM energy objective: text, images, translation.`,
      ['earm lm --preset tiny', 'earm image sample --run runs/digits --count 16'],
      message`Trains the same network twice from one start, with and without the energy objective, and prints the paper's tables beside what is found.`,
    ),
    load: async (argv: readonly string[]) => (await import('./earm-grammar.ts')).eArmGrammar(argv),
  },
  data: {
    help: shown(message`Fetch and prepare corpora: list, fetch, prepare.`, ['data list', 'data fetch king-james']),
    load: async () => (await import('./data-grammar.ts')).dataGrammar,
  },
  tilt: {
    help: shown(
      message`Texts of a language model under a constraint, exactly weighted.`,
      [
        "tilt --prompt 'The sea was' --contain storm,ship",
        "tilt --regex '[A-Z][a-z ]{10,40}\\.' --out runs/tilt",
        "tilt --prompt 'She said' --moment '\\bhe\\b=0.5' --particles 256",
      ],
      message`Grows texts of a local model by sequential Monte Carlo: those of the model given that they meet a regular expression, hold some words, or avoid them. Prints texts drawn by their weights, and log Z with its error.`,
    ),
    load: async () => (await import('./tilt-grammar.ts')).tiltGrammar,
  },
  export: {
    help: shown(message`A trained model as a standard .onnx file.`, [
      'export --run runs/demo',
      'export --run runs/demo --model base --what log-probability',
    ]),
    load: async () => (await import('./export-grammar.ts')).exportGrammar,
  },
  site: {
    help: shown(message`The playground and the documents, in a browser.`, ['site', 'site --port 0']),
    load: async () => (await import('./site-grammar.ts')).siteGrammar,
  },
  worker: {
    help: shown(
      message`Do what runs with --on give: a process of a queue, on this or another machine.`,
      ['worker --on redis://127.0.0.1:6379', 'worker --on rediss://me:secret@host:6380/0?prefix=mine --device onnx'],
      message`Takes work from a queue on Redis and computes on one thread, until Ctrl-C; start as many as there are cores. docs/scale.md says more.`,
    ),
    load: async () => (await import('./worker-grammar.ts')).workerGrammar,
  },
  jobs: {
    help: shown(
      message`What a queue does: who works, what runs, waits and failed.`,
      ['jobs --on redis://127.0.0.1:6379', 'jobs --on redis://127.0.0.1:6379 --json'],
      message`Lists workers, what each does and since when, runs with how far they are, and those that failed with why; exptilt jobs retry puts these back.`,
    ),
    load: async () => (await import('./jobs-grammar.ts')).jobsGrammar,
  },
} satisfies Readonly<Record<string, Named>>

/** The grammar for what was typed: of the first command that is named all, of the others their names and help. */
export const grammarFor = async (argv: readonly string[]): Promise<Parser<'sync', Flags>> => {
  const commands: readonly (readonly [string, Named])[] = Object.entries(named)
  const wanted = argv.find((word) => Object.hasOwn(named, word))
  const parsers = await Promise.all(
    commands.map(async ([name, { help, load }]) =>
      command(name, name === wanted ? await load(argv) : fail<Flags>(), help),
    ),
  )
  return or(...parsers)
}
