/**
 * The options of a translation experiment as one record, with its io-ts codec and presets: an encoder–decoder trained with
 * and without the energy objective (and with scheduled sampling) from the same start.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { nameCodec } from '../../codec/names.ts'
import { type Failure, failure } from '../../errors.ts'
import { type DeviceChoice, deviceCodec } from '../device.ts'
import { type EArmPreset, eArmPresetNames, objectiveCodec } from './experiment-options.ts'
import { type EArmOptions, eArmOptions } from './options.ts'
import { type TranslationVariant, translationVariants } from './translation-programs.ts'

/** Sizes of the encoder–decoder: `layers` on each side. */
export interface TranslationNetwork {
  readonly width: number
  readonly layers: number
  readonly heads: number
  readonly dropout: number
}

/** Everything that determines an experiment. */
export interface TranslationExperiment {
  readonly task: 'translate'
  readonly preset: EArmPreset
  /** A parallel corpus, such as `de-en`; with `target` the file of sources. */
  readonly data: string
  /** The file of translations, line by line. */
  readonly target?: string
  /** Symbols of the shared byte-pair encoding. */
  readonly symbols: number
  /** The most tokens of either side, the end counted. */
  readonly time: number
  readonly network: TranslationNetwork
  readonly batch: number
  readonly epochs: number
  readonly updates: number
  readonly learningRate: number
  readonly objective: EArmOptions
  /** What is trained from the shared start. */
  readonly variants: readonly TranslationVariant[]
  /** Width of beam search, and its length penalty α. */
  readonly beam: number
  readonly lengthPenalty: number
  /** Sentences of the test part that are translated. */
  readonly translated: number
  /** Table 7: lengths of references in words at which intervals begin. */
  readonly lengths: readonly number[]
  /** Table 9: candidates K of energy re-sampling; 0 takes the best of the beam. */
  readonly candidates: readonly number[]
  readonly seeds: number
  readonly seed: number
  /** Pairs of validation and of test whose cross-entropy is measured. */
  readonly measured: number
  /** Translations that are shown. */
  readonly samples: number
  readonly device: DeviceChoice
  readonly out?: string
}

const numbers = t.readonlyArray(t.number)

/** Codec of the record; decoding checks types, `validateTranslation` checks values. */
export const translationCodec: t.Type<TranslationExperiment, unknown> = t.intersection([
  t.type({
    task: t.literal('translate'),
    preset: nameCodec(eArmPresetNames),
    data: t.string,
    symbols: t.number,
    time: t.number,
    network: t.type({ width: t.number, layers: t.number, heads: t.number, dropout: t.number }),
    batch: t.number,
    epochs: t.number,
    updates: t.number,
    learningRate: t.number,
    objective: objectiveCodec,
  }),
  t.type({
    variants: t.readonlyArray(nameCodec(translationVariants)),
    beam: t.number,
    lengthPenalty: t.number,
    translated: t.number,
    lengths: numbers,
    candidates: numbers,
    seeds: t.number,
    seed: t.number,
    measured: t.number,
    samples: t.number,
    device: deviceCodec,
  }),
  t.exact(t.partial({ target: t.string, out: t.string })),
])

const counts = (o: TranslationExperiment): Readonly<Record<string, number>> => ({
  '--symbols': o.symbols,
  '--time': o.time,
  '--width': o.network.width,
  '--layers': o.network.layers,
  '--heads': o.network.heads,
  '--batch': o.batch,
  '--epochs': o.epochs,
  '--updates': o.updates,
  '--beam': o.beam,
  '--translated': o.translated,
  '--seeds': o.seeds,
  '--measured': o.measured,
  '--samples': o.samples,
})

const problem = (o: TranslationExperiment): Failure | undefined => {
  const usage = (what: string, remedy: string): Failure => failure('Usage', what, remedy)
  const wrong = Object.entries(counts(o)).find(([, n]) => !(Number.isInteger(n) && n >= 1))
  if (wrong !== undefined) return usage(`${wrong[0]} ${wrong[1]} is not a whole number from 1`, 'give one')
  if (o.time < 2) return usage(`--time ${o.time} leaves no token before the end`, 'give 2 or more')
  if (!(o.learningRate > 0 && o.learningRate < 1))
    return usage(`--learning-rate ${o.learningRate} is not between 0 and 1`, 'give for example 0.001')
  if (!(o.network.dropout >= 0 && o.network.dropout < 1))
    return usage(`--dropout ${o.network.dropout} is not in [0, 1)`, 'give for example 0.1')
  if (o.network.width % o.network.heads !== 0)
    return usage(`--width ${o.network.width} is no multiple of --heads ${o.network.heads}`, 'give a multiple')
  if (!(o.lengthPenalty >= 0 && Number.isFinite(o.lengthPenalty)))
    return usage(`--length-penalty ${o.lengthPenalty} is not a number from 0`, 'give for example 0.6')
  if (o.variants.length === 0) return usage('nothing to train', 'give for example plain,e-arm as --variants')
  if (new Set(o.variants).size < o.variants.length)
    return usage(`--variants ${o.variants.join(',')} names one twice`, 'name each once')
  if (
    o.lengths.length === 0 ||
    o.lengths.some((n, i) => !(Number.isInteger(n) && n >= 0 && n > (o.lengths[i - 1] ?? -1)))
  )
    return usage(`--lengths ${o.lengths.join(',')} are not whole numbers that rise`, 'give for example 0,25,50')
  if (o.candidates.some((k) => !(Number.isInteger(k) && k >= 0)))
    return usage(`--candidates ${o.candidates.join(',')} are not whole numbers from 0`, 'give for example 0,5,10')
  return o.objective.weights === 'batch'
    ? undefined
    : usage(`weights of '${o.objective.weights}' in a translation experiment`, "use 'batch'")
}

/** The options, checked; `Usage` names the flag that is wrong. */
export const validateTranslation = (options: TranslationExperiment): E.Either<Failure, TranslationExperiment> => {
  const wrong = problem(options)
  if (wrong !== undefined) return E.left(wrong)
  return E.map((objective: EArmOptions): TranslationExperiment => ({ ...options, objective }))(
    eArmOptions(options.objective, options.epochs),
  )
}
