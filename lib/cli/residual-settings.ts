/**
 * From flags to the options of a residual-model run: the preset, overridden by what was typed, checked.
 */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import { orElse } from '../at.ts'
import { type Failure, failure } from '../errors.ts'
import type { TokenizerChoice } from '../data/token-corpus.ts'
import type { ResidualOptions } from '../systems/residual/options.ts'
import { presets } from '../systems/residual/presets.ts'
import { validateOptions } from '../systems/residual/validate.ts'
import type { ResidualFlags, ResidualMeasureFlags } from './residual-flags.ts'
import { given } from './settings.ts'

/** `byte`, a number of symbols, or a file. */
export const tokenizerFrom = (typed: string | undefined, otherwise: TokenizerChoice): TokenizerChoice => {
  if (typed === undefined) return otherwise
  if (typed === 'byte') return { kind: 'byte' }
  return /^\d+$/.test(typed) ? { kind: 'bpe', symbols: Number(typed) } : { kind: 'file', path: typed }
}

/** k as typed: `all` is 0 in the options, exact samples; a typed 0 would keep no token. */
const topKFrom = (typed: number | undefined, otherwise: number): E.Either<Failure, number> => {
  if (typed === undefined) return E.right(otherwise)
  if (typed === Number.POSITIVE_INFINITY) return E.right(0)
  return Number.isInteger(typed) && typed >= 1
    ? E.right(typed)
    : E.left(
        failure(
          'Usage',
          `--top-k ${typed} is not a number of tokens to keep at each step`,
          'give a whole number from 1, for example --top-k 10, or --top-k all for exact samples',
          { topK: typed },
        ),
      )
}

/** The options with what was typed about measuring. */
export const measuredWith =
  (flags: ResidualMeasureFlags) =>
  (options: ResidualOptions): E.Either<Failure, ResidualOptions> => {
    const { evaluation, generation, analysis } = options
    return E.map((topK: number) => ({
      ...options,
      evaluation: {
        ...evaluation,
        chunks: given(flags.chunks, evaluation.chunks),
        samples: given(flags.samples, evaluation.samples),
        stepChunks: given(flags.stepChunks, evaluation.stepChunks),
        stepPositions: given(flags.stepPositions, evaluation.stepPositions),
        stepSamples: given(flags.stepSamples, evaluation.stepSamples),
      },
      generation: {
        count: given(flags.count, generation.count),
        proposals: given(flags.proposals, generation.proposals),
        topK,
      },
      analysis: {
        ...analysis,
        rows: given(flags.analysisRows, analysis.rows),
        proposals: given(flags.analysisProposals, analysis.proposals),
        steps: given(flags.analysisSteps, analysis.steps),
      },
    }))(topKFrom(flags.topK, generation.topK))
  }

const layersOf = (layers: number | undefined): { readonly layers?: number } => (layers === undefined ? {} : { layers })

const trainedWith = (flags: ResidualFlags): ResidualOptions => {
  const preset = presets[flags.preset ?? 'small']
  const { chunk, network, base, energy } = preset
  return {
    ...preset,
    corpus: given(flags.corpus, preset.corpus),
    tokenizer: tokenizerFrom(flags.tokenizer, preset.tokenizer),
    chunk: { prefix: given(flags.prefix, chunk.prefix), modelled: given(flags.modelled, chunk.modelled) },
    network: {
      model: given(flags.model, network.model),
      heads: given(flags.heads, network.heads),
      layers: given(flags.layers, network.layers),
      feedForward: given(
        flags.feedForward,
        flags.model === undefined
          ? network.feedForward
          : Math.round((flags.model * network.feedForward) / network.model),
      ),
      dropout: given(flags.dropout, network.dropout),
    },
    base: {
      ...base,
      steps: given(flags.steps, base.steps),
      batch: given(flags.batch, base.batch),
      learningRate: given(flags.learningRate, base.learningRate),
      warmUp: given(flags.warmUp, base.warmUp),
      evaluateEvery: given(flags.evaluateEvery, base.evaluateEvery),
    },
    energy: {
      ...energy,
      steps: given(flags.energySteps, energy.steps),
      batch: given(flags.energyBatch, energy.batch),
      learningRate: given(flags.energyLearningRate, energy.learningRate),
      warmUp: given(flags.energyWarmUp, energy.warmUp),
      evaluateEvery: given(flags.energyEvaluateEvery, energy.evaluateEvery),
      objective: given(flags.objective, energy.objective),
      ratio: given(flags.ratio, energy.ratio),
      penalty: given(flags.penalty, energy.penalty),
      head: given(flags.head, energy.head),
      ...layersOf(flags.energyLayers ?? energy.layers),
      start: given(flags.start, energy.start),
      pool: given(flags.pool, energy.pool),
      patience: given(flags.patience, energy.patience),
      logNormaliser: flags.logNormaliser || energy.logNormaliser,
      rounds: given(flags.rounds, energy.rounds),
      interpolation: given(flags.interpolation, energy.interpolation),
    },
    baselines: !flags.withoutBaselines,
    seed: given(flags.seed, preset.seed),
    device: given(flags.device, preset.device),
    ...(flags.base === undefined ? {} : { baseFile: flags.base }),
    ...(flags.out === undefined ? {} : { out: flags.out }),
  }
}

/** The checked options that the flags ask for. */
export const residualOptionsFrom = (flags: ResidualFlags): E.Either<Failure, ResidualOptions> =>
  E.flatMap(validateOptions)(measuredWith(flags)(trainedWith(flags)))

/** Flags that may go with `--resume`: they change where a run computes and what it measures, not what it trains. */
export const residualWithResume: readonly (keyof ResidualFlags)[] = [
  ...(['stage', 'device', 'prompt', 'method'] as const),
  ...([
    'chunks',
    'samples',
    'stepChunks',
    'stepPositions',
    'stepSamples',
    'count',
    'proposals',
    'topK',
    'analysisRows',
    'analysisProposals',
    'analysisSteps',
  ] as const),
]

/** The options of an earlier run with the device and the measures that were typed. */
export const residualResumedWith =
  (flags: ResidualFlags) =>
  (options: ResidualOptions): E.Either<Failure, ResidualOptions> =>
    E.flatMap(validateOptions)(measuredWith(flags)({ ...options, device: given(flags.device, options.device) }))

/** Where a run of these options goes when no `--out` says so. */
export const residualFolder = ({ corpus, preset, seed }: ResidualOptions): string =>
  join('runs', ['residual', preset, orElse(corpus.split(/[\\/]/).at(-1), 'text'), `seed${seed}`].join('-'))
