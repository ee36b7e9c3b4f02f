/**
 * Training of an encoder–decoder for translation. An update with the energy objective first computes the memory of its
 * sources, samples a target for each over the decoder's caches from the current parameters, and then takes the step. All
 * programs lie beside each other: parameters and memory are in one place.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { field } from '../../at.ts'
import { effect, inTurn } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds, Prepared } from '../../executor.ts'
import type { EncoderDecoder } from '../../models/encoder-decoder.ts'
import { sampleRows } from '../../models/language-sample.ts'
import { storeBeside } from '../../models/language-store.ts'
import { fedNames, keyIn, only, samplingKey } from './feeds.ts'
import type { UpdateShape } from './programs.ts'
import { updateShape } from './trainer.ts'
import { optimiserFor } from './trainings.ts'
import type { TranslationExperiment } from './experiment-options.ts'
import { type TranslationSettings, encodeProgram, translationStep } from './translation-programs.ts'
import { hasEnergy, type Variant, variantUnder } from './variants.ts'

/** What the steps of an experiment are made of, where targets end in `end`. */
export const translationSettings = (options: TranslationExperiment, end: number): TranslationSettings => {
  const { batch, time, objective, network } = options
  return {
    loss: { ...objective, sharing: { kind: 'batch' } },
    shape: updateShape({ options: objective, batch, time }),
    end,
    optimiser: optimiserFor(options),
    dropout: network.dropout,
  }
}

/**
 * A prepared training, one way or another over the same parameters. Updates that sample, and samplings, run one after the
 * other, in the order in which they were begun.
 */
export interface TranslationTrainer {
  readonly shape: UpdateShape
  /**
   * For `trainSteps`; feeds that a variant does not read may be given: `source`, `lengths`, `tokens`, `key` (two words),
   * `mixing`. `negatives` are sampled.
   */
  readonly prepared: (variant: Variant) => TE.TaskEither<Failure, Prepared>
  /** The targets that an update with these feeds would sample [negatives, length]. */
  readonly sample: (feeds: Feeds) => TE.TaskEither<Failure, Int32Array>
  readonly release: () => void
}

/** Prepares the training of a network on an executor. */
export const translationTrainer = (
  executor: Executor,
  network: EncoderDecoder,
  settings: TranslationSettings,
): TE.TaskEither<Failure, TranslationTrainer> =>
  effect(async (run) => {
    const root = await run(executor.prepare(translationStep(network, settings, 'plain')))
    const { shape } = settings
    const encode = await run(executor.prepare(encodeProgram(network, shape.negatives, shape.time), root))
    return trainerOf(executor, network, { settings, root, encode })
  })

interface Parts {
  readonly settings: TranslationSettings
  readonly root: Prepared
  readonly encode: Prepared
}

/** Sampling of targets beside the memory of their sources. */
const samplerOf = (executor: Executor, network: EncoderDecoder, { settings, encode }: Parts) => {
  const { shape, end } = settings
  const { negatives, time, length } = shape
  const store = storeBeside(executor, encode)
  const language = { model: network.conditional(negatives, time), store, batch: negatives, end }
  const sample = (feeds: Feeds): TE.TaskEither<Failure, Int32Array> =>
    effect(async (run) => {
      const source = Int32Array.from(field(feeds, 'source')).slice(0, negatives * time)
      const lengths = Int32Array.from(field(feeds, 'lengths')).slice(0, negatives)
      await run(encode.run({ source, lengths }, []))
      const drawn = await run(sampleRows(language, {}, { key: samplingKey(keyIn(feeds)), count: negatives, length }))
      return drawn.tokens
    })
  return { sample, release: store.release }
}

const trainerOf = (executor: Executor, network: EncoderDecoder, parts: Parts): TranslationTrainer => {
  const { settings, root, encode } = parts
  const sampler = samplerOf(executor, network, parts)
  const steps = storeBeside(executor, root)
  const turn = inTurn()
  const prepared = (variant: Variant): TE.TaskEither<Failure, Prepared> =>
    effect(async (run) => {
      const own = variantUnder(settings.loss.lambda, variant)
      const program = translationStep(network, settings, own)
      const step = own === 'plain' ? root : await run(steps.prepared(own, () => program))
      const names = fedNames(program)
      return {
        ...step,
        run: (feeds, read) =>
          hasEnergy(own)
            ? turn(
                effect(async (inner) => {
                  const negatives = await inner(sampler.sample(feeds))
                  return inner(step.run({ ...only(names, feeds), negatives }, read))
                }),
              )
            : step.run(only(names, feeds), read),
      }
    })
  const release = (): void => {
    sampler.release()
    steps.release()
    encode.release()
    root.release()
  }
  return { shape: settings.shape, prepared, sample: (feeds) => turn(sampler.sample(feeds)), release }
}
