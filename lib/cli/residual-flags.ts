/** What `exptilt residual …` says, as a record: absent flags are `undefined`. */
import type { EnergyHead } from '../models/energy-network.ts'
import type { DeviceChoice } from '../systems/device.ts'
import type { EnergyStart, ObjectiveName, ResidualPreset } from '../systems/residual/options.ts'
import type { Stage } from '../systems/residual/results.ts'
import type { SamplerName } from '../systems/residual/prompt.ts'

/** Flags that change what is trained. */
export interface ResidualTrainingFlags {
  readonly preset: ResidualPreset | undefined
  readonly corpus: string | undefined
  readonly tokenizer: string | undefined
  readonly prefix: number | undefined
  readonly modelled: number | undefined
  readonly model: number | undefined
  readonly heads: number | undefined
  readonly layers: number | undefined
  readonly feedForward: number | undefined
  readonly dropout: number | undefined
  readonly steps: number | undefined
  readonly batch: number | undefined
  readonly learningRate: number | undefined
  readonly warmUp: number | undefined
  readonly evaluateEvery: number | undefined
  readonly energyLayers: number | undefined
  readonly energySteps: number | undefined
  readonly energyBatch: number | undefined
  readonly energyLearningRate: number | undefined
  readonly energyWarmUp: number | undefined
  readonly energyEvaluateEvery: number | undefined
  readonly objective: ObjectiveName | undefined
  readonly ratio: number | undefined
  readonly penalty: number | undefined
  readonly head: EnergyHead | undefined
  readonly start: EnergyStart | undefined
  readonly pool: number | undefined
  readonly patience: number | undefined
  readonly logNormaliser: boolean
  readonly rounds: number | undefined
  readonly interpolation: number | undefined
  /** A checkpoint that is the base. */
  readonly base: string | undefined
  readonly withoutBaselines: boolean
  readonly seed: number | undefined
}

/** Flags that change what is measured: they may go with `--resume`. */
export interface ResidualMeasureFlags {
  readonly chunks: number | undefined
  readonly samples: number | undefined
  readonly stepChunks: number | undefined
  readonly stepPositions: number | undefined
  readonly stepSamples: number | undefined
  readonly count: number | undefined
  readonly proposals: number | undefined
  /** Infinite for `all`: exact samples. */
  readonly topK: number | undefined
  readonly analysisRows: number | undefined
  readonly analysisProposals: number | undefined
  readonly analysisSteps: number | undefined
}

/** Flags of `exptilt residual [train|evaluate|generate|analyse]`. */
export interface ResidualFlags extends ResidualTrainingFlags, ResidualMeasureFlags {
  readonly kind: 'residual'
  readonly stage: Stage
  readonly device: DeviceChoice | undefined
  readonly out: string | undefined
  readonly resume: string | undefined
  /** A text to continue instead of test prefixes (`generate` only). */
  readonly prompt: string | undefined
  readonly method: SamplerName | undefined
  readonly json: boolean
}
