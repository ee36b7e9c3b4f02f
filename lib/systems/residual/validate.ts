/**
 * Validation of a residual-model option record: every wrong value gets one sentence that names it and the way out.
 */
import * as E from 'fp-ts/lib/Either.js'
import { type Failure, failure } from '../../errors.ts'
import type { ResidualOptions } from './options.ts'

type Rule = (options: ResidualOptions) => Failure | undefined

const usage = (what: string, remedy: string, facts: Readonly<Record<string, unknown>>): Failure =>
  failure('Usage', what, remedy, facts)

const whole =
  (flag: string, least: number, most: number, example: number, of: (options: ResidualOptions) => number): Rule =>
  (options) => {
    const given = of(options)
    return Number.isInteger(given) && given >= least && given <= most
      ? undefined
      : usage(
          `${flag} ${given} is not a whole number from ${least} to ${most}`,
          `give for example ${flag} ${example}`,
          { given, least, most },
        )
  }

const between =
  (
    flag: string,
    [least, most]: readonly [number, number],
    example: number,
    of: (options: ResidualOptions) => number,
  ): Rule =>
  (options) => {
    const given = of(options)
    return given >= least && given <= most
      ? undefined
      : usage(`${flag} ${given} is not a number from ${least} to ${most}`, `give for example ${flag} ${example}`, {
          given,
        })
  }

const headsDivide: Rule = ({ network: { model, heads } }) =>
  model % heads === 0
    ? undefined
    : usage(`--model ${model} is not a multiple of --heads ${heads}`, `give for example --model ${heads * 32}`, {
        model,
        heads,
      })

const tokenizerSize: Rule = ({ tokenizer }) =>
  tokenizer.kind !== 'bpe' || (Number.isInteger(tokenizer.symbols) && tokenizer.symbols > 257)
    ? undefined
    : usage(
        `--tokenizer ${tokenizer.symbols} is not a number of symbols above 257`,
        'give byte, a larger number, or a tokenizer.json',
        { symbols: tokenizer.symbols },
      )

const named: Rule = ({ corpus }) =>
  corpus.trim() === '' ? usage('--corpus is empty', 'give the name of a corpus or a text file', {}) : undefined

const roundsFit: Rule = ({ energy: { rounds, pool, objective } }) =>
  objective !== 'dynamic-nce' || rounds <= pool
    ? undefined
    : usage(`--rounds ${rounds} is more than the ${pool} rows of --pool`, `give at most --rounds ${pool}`, {
        rounds,
        pool,
      })

const normaliserSeen: Rule = ({ energy: { objective, logNormaliser } }) =>
  logNormaliser && objective === 'importance'
    ? usage(
        '--log-normaliser has no effect on --objective importance, which is the same for every log-normaliser',
        'leave it out, or train by --objective nce',
        { objective },
      )
    : undefined

const M = 1e9

const rules: readonly Rule[] = [
  named,
  tokenizerSize,
  whole('--prefix', 0, 100_000, 120, (o) => o.chunk.prefix),
  whole('--modelled', 1, 100_000, 40, (o) => o.chunk.modelled),
  whole('--model', 1, 65_536, 128, (o) => o.network.model),
  whole('--heads', 1, 1024, 4, (o) => o.network.heads),
  whole('--layers', 1, 1024, 4, (o) => o.network.layers),
  whole('--feed-forward', 1, 1_000_000, 512, (o) => o.network.feedForward),
  headsDivide,
  between('--dropout', [0, 0.95], 0.1, (o) => o.network.dropout),
  whole('--steps', 1, M, 3000, (o) => o.base.steps),
  whole('--batch', 1, 1e6, 32, (o) => o.base.batch),
  between('--learning-rate', [1e-12, 10], 0.002, (o) => o.base.learningRate),
  whole('--energy-steps', 1, M, 1500, (o) => o.energy.steps),
  whole('--energy-batch', 1, 1e6, 32, (o) => o.energy.batch),
  between('--energy-learning-rate', [1e-12, 10], 0.0005, (o) => o.energy.learningRate),
  whole('--ratio', 1, 10_000, 1, (o) => o.energy.ratio),
  between('--penalty', [0, 1e6], 0.01, (o) => o.energy.penalty),
  whole('--pool', 1, M, 20_000, (o) => o.energy.pool),
  whole('--patience', 1, M, 6, (o) => o.energy.patience),
  whole('--rounds', 1, 10_000, 8, (o) => o.energy.rounds),
  between('--interpolation', [0.01, 1], 0.75, (o) => o.energy.interpolation),
  roundsFit,
  normaliserSeen,
  whole('--chunks', 2, M, 256, (o) => o.evaluation.chunks),
  whole('--samples', 2, M, 1000, (o) => o.evaluation.samples),
  whole('--step-chunks', 1, M, 32, (o) => o.evaluation.stepChunks),
  whole('--step-positions', 1, 100_000, 8, (o) => o.evaluation.stepPositions),
  whole('--step-samples', 2, M, 64, (o) => o.evaluation.stepSamples),
  whole('--count', 2, M, 256, (o) => o.generation.count),
  whole('--proposals', 1, M, 64, (o) => o.generation.proposals),
  whole('--analysis-rows', 16, M, 1000, (o) => o.analysis.rows),
  whole('--analysis-proposals', 1, M, 16, (o) => o.analysis.proposals),
  whole('--analysis-steps', 1, M, 300, (o) => o.analysis.steps),
  whole('--seed', 0, 2 ** 53 - 1, 1, (o) => o.seed),
  whole('--warm-up', 0, M, 100, (o) => o.base.warmUp),
  whole('--evaluate-every', 1, M, 100, (o) => o.base.evaluateEvery),
  whole('--energy-warm-up', 0, M, 100, (o) => o.energy.warmUp),
  whole('--energy-evaluate-every', 1, M, 100, (o) => o.energy.evaluateEvery),
  whole('--top-k', 0, 1e6, 10, (o) => o.generation.topK),
]

/** Checks the values of an option record; fails with `Usage`, one sentence naming the option and the remedy. */
export const validateOptions = (options: ResidualOptions): E.Either<Failure, ResidualOptions> => {
  for (const rule of rules) {
    const found = rule(options)
    if (found !== undefined) return E.left(found)
  }
  return E.right(options)
}
