/** The grammar of `exptilt earm lm|image|translate [train|evaluate|sample|table N]`, and what it says as records. */
import { merge, object, or } from '@optique/core/constructs'
import { type Message, message } from '@optique/core/message'
import { map, optional } from '@optique/core/modifiers'
import type { Parser } from '@optique/core/parser'
import { argument, command, constant, fail, option } from '@optique/core/primitives'
import { string } from '@optique/core/valueparser'
import type { Flag } from '../experiment/setting.ts'
import type { Settings, Typed } from '../experiment/settings.ts'
import type { TaskName } from '../systems/e-arm/experiment-options.ts'
import { eArmExperiments } from '../systems/e-arm/settings.ts'
import type { Method } from '../systems/e-arm/task.ts'
import { type Variant, variants } from '../systems/e-arm/variants.ts'
import { listsParser, settingsParser } from './settings-grammar.ts'
import { shown } from './shown.ts'
import { list, numeric, oneOf } from './values.ts'

/** Flags of `exptilt earm TASK [train]`: `typed` holds those of the task's table of settings. */
export interface EArmFlags {
  readonly kind: 'earm'
  readonly task: TaskName
  readonly typed: Typed
  readonly resume: string | undefined
  readonly json: boolean
}

/** Flags of `exptilt earm TASK table N`: `axes` holds lists of values, of those flags of which a table may have several. */
export interface EArmTableFlags {
  readonly kind: 'earm-table'
  readonly task: TaskName
  readonly table: number
  readonly axes: Typed
  readonly typed: Typed
  /** The finished run that tables 7 to 10 are read from. */
  readonly run: string | undefined
  readonly json: boolean
}

/** A finished run, and what is typed in place of its own options. */
interface RunFlags {
  readonly task: TaskName
  readonly run: string
  readonly typed: Typed
  readonly json: boolean
}

/** Flags of `exptilt earm TASK evaluate`. */
export interface EArmEvaluateFlags extends RunFlags {
  readonly kind: 'earm-evaluate'
}

/** Flags of `exptilt earm TASK sample`. */
export interface EArmSampleFlags extends RunFlags {
  readonly kind: 'earm-sample'
  readonly variants: readonly Variant[] | undefined
  readonly temperature: number | undefined
  readonly topK: number | undefined
  readonly topP: number | undefined
  /** How every text begins. */
  readonly prompt: string | undefined
  /** The file of the images. */
  readonly png: string | undefined
  /** A sentence to translate, and how. */
  readonly text: string | undefined
  readonly method: Method['kind'] | undefined
}

/** Flags of `exptilt earm …`. */
export type EArmCommandFlags = EArmFlags | EArmTableFlags | EArmEvaluateFlags | EArmSampleFlags

const json = option('--json', { description: message`Print one JSON object instead of the table.` })

const experiment = <O, P extends string>(task: TaskName, settings: Settings<O, P>): Parser<'sync', EArmFlags> =>
  merge(
    object({ kind: constant('earm'), task: constant(task) }),
    map(settingsParser(settings), (typed) => ({ typed })),
    object('Run', {
      resume: optional(
        option('--resume', string({ metavar: 'DIR' }), {
          description: message`Go on with the run in this folder, with its own options. [a new run]`,
        }),
      ),
      json,
    }),
  )

const absent = constant(undefined)

/** The flags of which the tables 3, 4 and 5 have several values. */
export const tableAxes: readonly Flag[] = ['--data', '--network', '--lambda', '--start-epoch']

const tablesOf: Readonly<Record<TaskName, Message>> = {
  lm: message`3: perplexity of both networks. 4: over λ and start epoch. 6: the sizes of the paper. 11: what an update costs.`,
  image: message`4: over λ and start epoch. 5: both networks, on each set of --data. 11: what an update costs.`,
  translate: message`1: BLEU with and without label smoothing, scheduled sampling and E-ARM. 2: the same of two sizes. 7: BLEU by length. 8: exposure-bias ratio. 9: top-K re-sampling. 10: other metrics. 11: what an update costs. 12: cases side by side.`,
}

const table = <O, P extends string>(task: TaskName, settings: Settings<O, P>): Parser<'sync', EArmTableFlags> => {
  const axes = task === 'translate' ? [] : tableAxes
  const without: readonly Flag[] = task === 'translate' ? [] : [...axes, '--variants']
  return merge(
    object({
      kind: constant('earm-table'),
      task: constant(task),
      table: argument(numeric('N', '11'), { description: tablesOf[task] }),
    }),
    map(listsParser(settings, axes, 'as in the table'), (found) => ({ axes: found })),
    map(settingsParser(settings, { without }), (typed) => ({ typed })),
    object('Run', {
      run:
        task === 'translate'
          ? optional(
              option('--run', string({ metavar: 'DIR' }), {
                description: message`Tables 7 to 10 and 12: folder of a finished run. [none: tables 1, 2 and 11 train their own]`,
              }),
            )
          : absent,
      json,
    }),
  )
}

const run = option('--run', string({ metavar: 'DIR' }), { description: message`Folder of a finished run (required).` })

const ofRun = <O, P extends string>(settings: Settings<O, P>, only: readonly Flag[]) =>
  map(settingsParser(settings, { only, otherwise: 'as in the run' }), (typed) => ({ typed }))

/** What may be measured otherwise than in a run: text and images of other data, translation of two files. */
const measured: Readonly<Record<TaskName, readonly Flag[]>> = {
  lm: ['--data', '--measured', '--device', '--workers', '--on'],
  image: ['--data', '--measured', '--device', '--workers', '--on'],
  translate: [
    ...(['--data', '--target', '--measured', '--translated'] as const),
    ...(['--beam', '--length-penalty', '--candidates', '--lengths', '--device', '--workers', '--on'] as const),
  ],
}

const evaluate = <O, P extends string>(task: TaskName, settings: Settings<O, P>): Parser<'sync', EArmEvaluateFlags> =>
  merge(
    object({ kind: constant('earm-evaluate'), task: constant(task) }),
    ofRun(settings, measured[task]),
    object('Run', { run, json }),
  )

const decoding = object('Drawing the next token', {
  temperature: optional(
    option('--temperature', numeric('P', '0.8'), { description: message`Divides the logits; above 0. [1]` }),
  ),
  topK: optional(
    option('--top-k', numeric('K', '40'), { description: message`Draw from the K most probable symbols alone. [all]` }),
  ),
  topP: optional(
    option('--top-p', numeric('P', '0.9'), {
      description: message`Draw from the fewest symbols that reach this probability. [1]`,
    }),
  ),
})

const drawn: Readonly<Record<TaskName, readonly Flag[]>> = {
  lm: ['--count', '--seed', '--device', '--workers', '--on'],
  image: ['--count', '--seed', '--device', '--workers', '--on'],
  translate: ['--data', '--count', '--beam', '--length-penalty', '--seed', '--device', '--workers', '--on'],
}

/** Ways of finding translations. */
const methodNames: readonly Method['kind'][] = ['beam', 'sampling']

/** What only one task can be asked to draw. */
const own = {
  lm: object('Text', {
    prompt: optional(
      option('--prompt', string({ metavar: 'TEXT' }), {
        description: message`How every text begins. [nothing: texts begin anew]`,
      }),
    ),
    png: absent,
    text: absent,
    method: absent,
  }),
  image: object('Images', {
    prompt: absent,
    png: optional(
      option('--out', string({ metavar: 'FILE.png' }), {
        description: message`The images in one file. [samples.png in the folder of the run]`,
      }),
    ),
    text: absent,
    method: absent,
  }),
  translate: object('Translation', {
    prompt: absent,
    png: absent,
    text: optional(
      option('--text', string({ metavar: 'SENTENCE' }), {
        description: message`Translate this sentence. [the lines of --data, else the first test sentences]`,
      }),
    ),
    method: optional(
      option('--method', oneOf('HOW', methodNames), {
        description: message`beam (search) or sampling (draws from the model). [beam]`,
      }),
    ),
  }),
}

const sample = <O, P extends string>(task: TaskName, settings: Settings<O, P>): Parser<'sync', EArmSampleFlags> =>
  merge(
    object({ kind: constant('earm-sample'), task: constant(task) }),
    ofRun(settings, drawn[task]),
    object('Which models', {
      variants: optional(
        option('--variants', list(oneOf('NAME', variants)), {
          description: message`By which trainings, as plain,e-arm. [all of the run]`,
        }),
      ),
    }),
    decoding,
    own[task],
    object('Run', { run, json }),
  )

/** Command lines of each task, for its help: a training, one of own data, a table, and draws. */
const examples: Readonly<Record<TaskName, Readonly<Record<'train' | 'table' | 'sample', readonly string[]>>>> = {
  lm: {
    train: ['--preset tiny --out runs/text', '--data novel.txt'],
    table: ['3 --preset tiny'],
    sample: ["--run runs/text --prompt 'In the ' --top-k 40"],
  },
  image: {
    train: ['--preset tiny --out runs/digits', '--network gated-pixelcnn'],
    table: ['5 --data digits,mnist'],
    sample: ['--run runs/digits --count 16 --out digits.png'],
  },
  translate: {
    train: ['--preset tiny --out runs/de', '--data german.txt --target english.txt'],
    table: ['9 --run runs/de'],
    sample: ["--run runs/de --text 'Guten Tag.'"],
  },
}

const taskParser = <O, P extends string>(
  task: TaskName,
  { settings }: { readonly settings: Settings<O, P> },
): Parser<'sync', EArmCommandFlags> => {
  const { train, table: ofTable, sample: ofSample } = examples[task]
  const help = (name: string, brief: Message, lines: readonly string[]) =>
    shown(
      brief,
      lines.map((line) => `earm ${task} ${name} ${line}`),
    )
  const measures = ofSample.map((line) => line.split(' ').slice(0, 2).join(' '))
  return or(
    command(
      'train',
      experiment(task, settings),
      help('train', message`Train with and without the energy objective, and report; also without the word.`, train),
    ),
    command('evaluate', evaluate(task, settings), help('evaluate', message`Measure a finished run again.`, measures)),
    command('sample', sample(task, settings), {
      ...help('sample', message`Draw from the models of a finished run, or translate by them.`, ofSample),
      aliases: ['generate'],
    }),
    command('table', table(task, settings), help('table', message`A table of the paper.`, ofTable)),
    experiment(task, settings),
  )
}

/** The tasks: what is said of each, and what follows its name. */
const tasks: Readonly<Record<TaskName, readonly [brief: Message, load: () => Parser<'sync', EArmCommandFlags>]>> = {
  lm: [message`Text: perplexity with and without the energy objective.`, () => taskParser('lm', eArmExperiments.lm)],
  image: [
    message`Images: bits per dimension with and without the energy objective.`,
    () => taskParser('image', eArmExperiments.image),
  ],
  translate: [
    message`Translation: BLEU with and without the energy objective.`,
    () => taskParser('translate', eArmExperiments.translate),
  ],
}

const taskCommand = (task: TaskName, words: readonly string[]): Parser<'sync', EArmCommandFlags> => {
  const [brief, load] = tasks[task]
  const lines = examples[task].train.map((line) => `earm ${task} ${line}`)
  return command(task, words.includes(task) ? load() : fail<EArmCommandFlags>(), shown(brief, lines))
}

/** Everything after `exptilt earm`, of the tasks alone that are among the words that were typed. */
export const eArmGrammar = (words: readonly string[]): Parser<'sync', EArmCommandFlags> =>
  or(taskCommand('lm', words), taskCommand('image', words), taskCommand('translate', words))
