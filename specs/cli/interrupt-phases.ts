/** The phases of the commands in which `interrupt.spec.ts` sends signals. */

/** What is left after a signal, and the file or folder that shows it. */
export const LEFT = {
  checkpoint: 'options.json',
  saved: 'checkpoint/gam.000001.safetensors',
  cells: 'cells',
  options: 'options.json',
  nothing: '.',
} as const

/** A phase: the command that spends long in it, and what the command says on stderr when the phase has begun. */
export interface Phase {
  readonly name: string
  /** A command that ends before it. */
  readonly first?: (folder: string) => string
  readonly words: (folder: string) => string
  /** What is said, or `locked`: the folder is taken, and the command is silent until it has done its work. */
  readonly begun: RegExp | 'locked'
  readonly signal: NodeJS.Signals
  /** What is left: a checkpoint unless given, and what is said of it. The signal may end the process itself where no sentence says how to go on. */
  readonly leaves?: keyof typeof LEFT
}

const small =
  'gam --motif 101 --length 5 --width 4 --layers 1 --batch 16 --device reference --max-epochs 1 --train 20 --bank 40 --distilled 20'

const MANY = '9'.repeat(6)

const tinyNetwork = '--preset tiny --device onnx --width 8 --heads 2 --layers 1'

const tinyResidual = (folder: string, command = 'residual'): string =>
  `${command} ${tinyNetwork} --data ${folder}.txt --prefix 4 --modelled 4 --steps 2 --energy-steps 2 --pool 64 --start base --without-baselines --chunks 8 --samples 4 --step-samples 4 --proposals 4 --analysis-rows 16 --analysis-proposals 2`

const tinyLanguage = (folder: string): string => `earm lm ${tinyNetwork} --data ${folder}.txt --time 8`

const tinyTranslation = (folder: string): string =>
  `earm translate ${tinyNetwork} --data ${folder}.txt --target ${folder}.target --tokenizer 300 --time 80 --length 8`

/** Every phase that a signal may meet. */
export const phases: readonly Phase[] = [
  {
    name: 'gam: reading data',
    words: () => `${small} --train ${MANY}9`,
    begun: /reference/,
    signal: 'SIGTERM',
    leaves: 'options',
  },
  {
    name: 'gam: preparing programs',
    words: () => `${small} --length 64 --device onnx`,
    begun: /preparing programs/,
    signal: 'SIGHUP',
  },
  {
    name: 'gam: preparing a large program',
    words: () => `${small} --length 256 --device onnx`,
    begun: /a signal now ends the run/,
    signal: 'SIGTERM',
    leaves: 'saved',
  },
  {
    name: 'gam: training r',
    words: () => `${small} --max-epochs ${MANY} --patience ${MANY}`,
    begun: /training r: \d/,
    signal: 'SIGINT',
  },
  { name: 'gam: bank', words: () => `${small} --bank ${MANY}`, begun: /training r: done/, signal: 'SIGTERM' },
  {
    name: 'gam: λ',
    words: () => `${small} --moments rs --trials 99999999`,
    begun: /sampling from r: done/,
    signal: 'SIGHUP',
  },
  {
    name: 'gam: distillation',
    words: () => `${small} --distilled ${MANY}`,
    begun: /sampling from r: done/,
    signal: 'SIGINT',
  },
  { name: 'gam: log Z and report', words: () => small, begun: /training π: done/, signal: 'SIGTERM' },
  {
    name: 'residual: training the base',
    words: (folder) =>
      `residual train --preset tiny --data ${folder}.txt --device onnx --prefix 4 --modelled 4 --width 8 --heads 2 --layers 1 --steps ${MANY}`,
    begun: /the base model: \d/,
    signal: 'SIGHUP',
  },
  {
    name: 'earm lm: training',
    words: (folder) => `${tinyLanguage(folder)} --updates 9999`,
    begun: /training .*: \d/,
    signal: 'SIGINT',
  },
  {
    name: 'earm image: training',
    words: () => 'earm image --preset tiny --data digits --device onnx --width 4 --layers 1 --updates 9999',
    begun: /training .*: \d/,
    signal: 'SIGTERM',
  },
  {
    name: 'earm translate: training',
    words: (folder) => `${tinyTranslation(folder)} --updates 9999`,
    begun: /training .*: \d/,
    signal: 'SIGHUP',
  },
  {
    name: 'earm lm table: training',
    words: (folder) =>
      `earm lm table 4 --preset tiny --data ${folder}.txt --device onnx --width 8 --heads 2 --layers 1 --time 8 --updates 9999`,
    begun: /training .*: \d/,
    signal: 'SIGINT',
    leaves: 'cells',
  },
  {
    name: 'gam sweep: training',
    words: () =>
      `gam sweep --motif 101 --train 20 --features 1001111 --moments newton --mixture 1 --regime two-stage --length 5 --width 4 --layers 1 --batch 16 --device reference --bank 40 --distilled 20 --max-epochs ${MANY} --patience ${MANY}`,
    begun: /training r: \d/,
    signal: 'SIGTERM',
    leaves: 'cells',
  },
  {
    name: 'gam: bank on workers',
    words: () => `${small} --workers 2 --bank ${MANY}`,
    begun: /sampling from r: \d/,
    signal: 'SIGTERM',
  },
  {
    name: 'residual: noise',
    words: (folder) => `${tinyResidual(folder)} --pool 6000 --ratio 1000`,
    begun: /sampling noise: \d/,
    signal: 'SIGINT',
  },
  {
    name: 'residual: energies',
    words: (folder) => `${tinyResidual(folder)} --energy-steps ${MANY}`,
    begun: /training the energy UniT: \d/,
    signal: 'SIGTERM',
  },
  {
    name: 'residual: evaluation',
    words: (folder) => `${tinyResidual(folder)} --samples ${MANY}`,
    begun: /estimating log Z: \d/,
    signal: 'SIGHUP',
  },
  {
    name: 'residual: perplexity step by step',
    words: (folder) => `${tinyResidual(folder)} --step-samples ${MANY}`,
    begun: /estimating log Z: done/,
    signal: 'SIGINT',
  },
  {
    name: 'residual: joint samples',
    words: (folder) => `${tinyResidual(folder)} --proposals ${MANY}`,
    begun: /generating: \d/,
    signal: 'SIGTERM',
  },
  {
    name: 'residual: the fresh discriminator',
    words: (folder) => `${tinyResidual(folder)} --analysis-steps ${MANY}`,
    begun: /training the fresh discriminator: \d/,
    signal: 'SIGHUP',
  },
  {
    name: 'earm lm: negatives',
    words: (folder) => `${tinyLanguage(folder)} --start-epoch 0 --variants e-arm --updates 9999`,
    begun: /training e-arm.*: \d/,
    signal: 'SIGTERM',
  },
  {
    name: 'earm image: images',
    words: () =>
      'earm image --preset tiny --data digits --device onnx --width 4 --layers 1 --epochs 1 --updates 1 --variants plain --count 99999',
    begun: /training .*: done/,
    signal: 'SIGINT',
  },
  {
    name: 'earm translate: beam search',
    words: (folder) => `${tinyTranslation(folder)} --epochs 1 --updates 1 --variants plain --beam 64 --translated 999`,
    begun: /translating.*: \d/,
    signal: 'SIGHUP',
  },
  {
    name: 'earm lm sample: texts of a finished run',
    first: (folder) => `${tinyLanguage(folder)} --epochs 1 --updates 1 --variants plain`,
    words: (folder) => `earm lm sample --count ${MANY} --run ${folder}`,
    begun: 'locked',
    signal: 'SIGTERM',
    leaves: 'options',
  },
  {
    name: 'export',
    // Of a size that takes longer to write than a signal to come.
    first: (folder) => `${tinyResidual(folder, 'residual train')} --width 192 --feed-forward 768`,
    words: (folder) => `export --run ${folder}`,
    begun: 'locked',
    signal: 'SIGTERM',
    leaves: 'options',
  },
  {
    name: 'tilt: reading the model',
    // More to do than a busy machine takes to notice the lock.
    words: () => 'tilt --contain sea --particles 2000 --limit 240',
    begun: 'locked',
    signal: 'SIGHUP',
    leaves: 'nothing',
  },
  {
    name: 'tilt: drawing texts',
    words: () => 'tilt --contain sea --particles 2000 --limit 240',
    begun: /smc: \d/,
    signal: 'SIGINT',
    leaves: 'nothing',
  },
  {
    name: 'tilt: texts of masking and report',
    words: () => 'tilt --contain sea --particles 64 --limit 12',
    begun: /smc: done/,
    signal: 'SIGTERM',
    leaves: 'nothing',
  },
  {
    name: 'data prepare: training a tokenizer',
    words: (folder) => `data prepare ${folder}.words --tokenizer bpe --symbols 60000`,
    begun: 'locked',
    signal: 'SIGTERM',
    leaves: 'nothing',
  },
]
