/**
 * Validation of a residual-model option record: every wrong value gets one sentence that names it and the way out.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import type { Failure } from '../../errors.ts'
import { type Rule, checkedBy, firstOf, usage, wholeNumber } from '../rules.ts'
import type { ResidualOptions } from './options.ts'

type ResidualRule = Rule<ResidualOptions>

const whole = (
  flag: string,
  least: number,
  most: number,
  example: number,
  of: (options: ResidualOptions) => number,
): ResidualRule => wholeNumber<ResidualOptions>(flag, least, most, `give for example ${flag} ${example}`)(of)

const between =
  (
    flag: string,
    [least, most]: readonly [number, number],
    example: number,
    of: (options: ResidualOptions) => number,
  ): ResidualRule =>
  (options) => {
    const given = of(options)
    return given >= least && given <= most
      ? undefined
      : usage(`${flag} ${given} is not a number from ${least} to ${most}`, `give for example ${flag} ${example}`, {
          given,
        })
  }

const headsDivide: ResidualRule = ({ network: { model, heads } }) =>
  model % heads === 0
    ? undefined
    : usage(`--model ${model} is not a multiple of --heads ${heads}`, `give for example --model ${heads * 32}`, {
        model,
        heads,
      })

const tokenizerSize: ResidualRule = ({ tokenizer }) =>
  tokenizer.kind !== 'bpe' || (Number.isInteger(tokenizer.symbols) && tokenizer.symbols > 257)
    ? undefined
    : usage(
        `--tokenizer ${tokenizer.symbols} is not a number of symbols above 257`,
        'give byte, a larger number, or a tokenizer.json',
        { symbols: tokenizer.symbols },
      )

const named: ResidualRule = ({ corpus }) =>
  corpus.trim() === '' ? usage('--corpus is empty', 'give the name of a corpus or a text file', {}) : undefined

const roundsFit: ResidualRule = ({ energy: { rounds, pool, objective } }) =>
  objective !== 'dynamic-nce' || rounds <= pool
    ? undefined
    : usage(`--rounds ${rounds} is more than the ${pool} rows of --pool`, `give at most --rounds ${pool}`, {
        rounds,
        pool,
      })

const normaliserSeen: ResidualRule = ({ energy: { objective, logNormaliser } }) =>
  logNormaliser && objective === 'importance'
    ? usage(
        '--log-normaliser has no effect on --objective importance, which is the same for every log-normaliser',
        'leave it out, or train by --objective nce',
        { objective },
      )
    : undefined

/** Energies that start from the base have its lower layers. */
const layersFit: ResidualRule = ({ energy, network }) => {
  const { layers = network.layers } = energy
  if (!Number.isInteger(layers) || layers < 1)
    return usage(`--energy-layers ${layers} is not a whole number from 1`, 'give one, for example --energy-layers 2', {
      layers,
    })
  return layers <= network.layers || energy.start === 'random'
    ? undefined
    : usage(
        `--energy-layers ${layers} is more than the ${network.layers} of the base, whose weights the energies start from`,
        `give at most --energy-layers ${network.layers}, or --start random`,
        { layers },
      )
}

const M = 1e9

const rules: readonly ResidualRule[] = [
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
  layersFit,
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
export const validateOptions: (options: ResidualOptions) => Either<Failure, ResidualOptions> = checkedBy(firstOf(rules))
