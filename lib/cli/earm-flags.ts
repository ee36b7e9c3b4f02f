/** What `exptilt earm …` says, as records: absent flags are `undefined`. */
import type { EArmPreset, EArmTaskName, NetworkName } from '../systems/e-arm/experiment-options.ts'
import type { Variant } from '../systems/e-arm/experiment-results.ts'
import type { DeviceChoice } from '../experiment/device.ts'

/** Flags of an experiment, shared by the run and the tables. */
export interface EArmSettingFlags {
  readonly preset: EArmPreset | undefined
  readonly data: string | undefined
  readonly network: NetworkName | undefined
  readonly width: number | undefined
  readonly layers: number | undefined
  readonly heads: number | undefined
  readonly dropout: number | undefined
  readonly time: number | undefined
  readonly batch: number | undefined
  readonly epochs: number | undefined
  readonly updates: number | undefined
  readonly learningRate: number | undefined
  readonly lambda: number | undefined
  readonly startEpoch: number | undefined
  readonly window: number | undefined
  readonly negativeTokens: number | undefined
  readonly length: number | undefined
  readonly squaredLogSumExp: number | undefined
  readonly labelSmoothing: number | undefined
  readonly weights: 'batch' | 'independent' | undefined
  readonly seeds: number | undefined
  readonly seed: number | undefined
  readonly measured: number | undefined
  readonly samples: number | undefined
  readonly device: DeviceChoice | undefined
  readonly out: string | undefined
  readonly json: boolean
}

/** Flags of `exptilt earm lm|image`. */
export interface EArmFlags extends EArmSettingFlags {
  readonly kind: 'earm'
  readonly task: EArmTaskName
  readonly resume: string | undefined
}

/** Flags of `exptilt earm lm|image table N`. */
export interface EArmTableFlags extends EArmSettingFlags {
  readonly kind: 'earm-table'
  readonly task: EArmTaskName
  readonly table: number
  readonly lambdas: readonly number[] | undefined
  readonly starts: readonly number[] | undefined
}

/** Flags of `exptilt earm lm|image evaluate`. */
export interface EArmEvaluateFlags {
  readonly kind: 'earm-evaluate'
  readonly task: EArmTaskName
  readonly run: string
  readonly data: string | undefined
  readonly measured: number | undefined
  readonly device: DeviceChoice | undefined
  readonly json: boolean
}

/** Flags of `exptilt earm lm|image sample`. */
export interface EArmSampleFlags {
  readonly kind: 'earm-sample'
  readonly task: EArmTaskName
  readonly run: string
  readonly count: number | undefined
  readonly seed: number | undefined
  readonly variant: Variant | 'both' | undefined
  readonly temperature: number | undefined
  readonly topK: number | undefined
  readonly topP: number | undefined
  readonly prompt: string | undefined
  readonly device: DeviceChoice | undefined
  readonly out: string | undefined
  readonly json: boolean
}

/** Flags of `exptilt earm lm|image …`. */
export type EArmCommandFlags = EArmFlags | EArmTableFlags | EArmEvaluateFlags | EArmSampleFlags
