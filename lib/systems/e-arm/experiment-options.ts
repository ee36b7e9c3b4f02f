/**
 * The options of an E-ARM experiment as one record, with its io-ts codec: the same network trained with and without the
 * energy objective from the same start, on text or on images.
 */
import type { Either } from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { nameCodec } from '../../codec/names.ts'
import { exactNumber } from '../../codec/scalars.ts'
import type { Failure } from '../../errors.ts'
import { type DeviceChoice, deviceCodec } from '../../experiment/device.ts'
import { type Rule, firstOf, usage } from '../rules.ts'
import {
  type CommonOptions,
  dropoutIn,
  headsDivide,
  learningRateIn,
  positive,
  validated,
  weightsAmong,
} from './option-rules.ts'
import type { EArmOptions, WeightSource } from './options.ts'

/** What is modelled. */
export type EArmTaskName = 'lm' | 'image'

/** The named sets of sizes. */
export type EArmPreset = 'tiny' | 'small' | 'paper'

/** The networks that a task can train. */
export type NetworkName = 'transformer' | 'transformer-xl' | 'pixelcnn' | 'gated-pixelcnn'

/** Sizes of the network: width (feature maps of a PixelCNN), layers, and heads of a transformer. */
export interface EArmNetwork {
  readonly kind: NetworkName
  readonly width: number
  readonly layers: number
  readonly heads: number
  readonly dropout: number
  /** Width of a transformer's feed-forward layers; absent: four times its width. */
  readonly feedForward?: number
}

/** Everything that determines an experiment. */
export interface EArmExperiment {
  readonly task: EArmTaskName
  readonly preset: EArmPreset
  /** A corpus of `exptilt data list` or a text file; a set of images. */
  readonly data: string
  /** Tokens of a row of text; images have their own length. */
  readonly time: number
  readonly network: EArmNetwork
  readonly batch: number
  readonly epochs: number
  /** Updates of an epoch. */
  readonly updates: number
  readonly learningRate: number
  readonly objective: EArmOptions
  /** How many seeds, from `seed` on. */
  readonly seeds: number
  readonly seed: number
  /** Rows of validation and of test that are measured. */
  readonly measured: number
  /** Rows that are sampled for the report. */
  readonly samples: number
  readonly device: DeviceChoice
  readonly out?: string
}

/** The tasks, in the order shown in help texts. */
const taskNames: readonly [EArmTaskName, EArmTaskName] = ['lm', 'image']
/** The presets, in the order shown in help texts. */
export const eArmPresetNames: readonly [EArmPreset, EArmPreset, EArmPreset] = ['tiny', 'small', 'paper']
/** The networks, in the order shown in help texts. */
export const networkNames: readonly [NetworkName, NetworkName, NetworkName, NetworkName] = [
  'transformer',
  'transformer-xl',
  'pixelcnn',
  'gated-pixelcnn',
]

/** Codec of the settings of the objective. */
export const objectiveCodec: t.Type<EArmOptions, unknown> = t.type({
  lambda: t.number,
  startEpoch: t.number,
  window: exactNumber,
  negativeTokens: t.number,
  length: t.union([t.number, t.undefined]),
  squaredLogSumExp: t.number,
  labelSmoothing: t.number,
  weights: nameCodec<WeightSource>(['batch', 'source', 'independent']),
})

const networkCodec: t.Type<EArmNetwork, unknown> = t.intersection([
  t.type({
    kind: nameCodec(networkNames),
    width: t.number,
    layers: t.number,
    heads: t.number,
    dropout: t.number,
  }),
  t.partial({ feedForward: t.number }),
])

/** Codec of the record; decoding checks types, `validateExperiment` checks values. */
export const experimentCodec: t.Type<EArmExperiment, unknown> = t.intersection([
  t.type({
    task: nameCodec(taskNames),
    preset: nameCodec(eArmPresetNames),
    data: t.string,
    time: t.number,
    network: networkCodec,
    batch: t.number,
    epochs: t.number,
    updates: t.number,
    learningRate: t.number,
    objective: objectiveCodec,
    seeds: t.number,
    seed: t.number,
    measured: t.number,
    samples: t.number,
    device: deviceCodec,
  }),
  t.partial({ out: t.string }),
])

const counts = (o: EArmExperiment): Readonly<Record<string, number>> => ({
  '--time': o.time,
  '--width': o.network.width,
  '--layers': o.network.layers,
  '--heads': o.network.heads,
  'the feed-forward width': o.network.feedForward ?? 1,
  '--batch': o.batch,
  '--epochs': o.epochs,
  '--updates': o.updates,
  '--seeds': o.seeds,
  '--measured': o.measured,
  '--samples': o.samples,
})

const forText = (kind: NetworkName): boolean => kind === 'transformer' || kind === 'transformer-xl'

const networkFits: Rule<EArmExperiment> = ({ network: { kind }, task }) =>
  forText(kind) === (task === 'lm')
    ? undefined
    : usage(
        `--network ${kind} is not one for ${task === 'lm' ? 'text' : 'images'}`,
        task === 'lm' ? 'use transformer or transformer-xl' : 'use pixelcnn or gated-pixelcnn',
      )

/** With λ above 0 at least one epoch has the energy objective; epochs count from 0. */
export const startsInTime: Rule<CommonOptions> = ({ epochs, objective: { lambda, startEpoch } }) =>
  lambda > 0 && startEpoch >= epochs
    ? usage(
        `the start epoch ${startEpoch} is past the last of ${epochs} epochs`,
        `start earlier (epochs count from 0, so at ${epochs - 1} at the latest), train longer, or give --lambda 0`,
      )
    : undefined

/** The options, checked; `Usage` names the flag that is wrong. */
export const validateExperiment: (options: EArmExperiment) => Either<Failure, EArmExperiment> =
  validated<EArmExperiment>(
    firstOf<EArmExperiment>([
      positive(counts),
      learningRateIn,
      dropoutIn,
      networkFits,
      startsInTime,
      (options) => (forText(options.network.kind) ? headsDivide(options) : undefined),
      weightsAmong(['batch', 'independent'], 'text or images'),
    ]),
  )
