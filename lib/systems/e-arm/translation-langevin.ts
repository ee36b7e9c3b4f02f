/**
 * Training of an encoder–decoder with Langevin negatives, as Table 11 times it: the embeddings of the targets are moved by k
 * steps over the memory of their sources, which is computed once; where they end are the negatives of the update.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at, field } from '../../at.ts'
import { axis } from '../../axis.ts'
import { effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor, Feeds, Prepared, Program } from '../../executor.ts'
import type { Key } from '../../key.ts'
import type { Tokens } from '../../models/autoregressive.ts'
import type { EncoderDecoder } from '../../models/encoder-decoder.ts'
import { parameterInputs } from '../../models/parameters.ts'
import { inputOf } from '../../ops/layout.ts'
import { childWords, only } from './feeds.ts'
import { type Chain, chainPrograms, chainTraining } from './langevin-trainer.ts'
import { endMask } from './rows.ts'
import { type TranslationSettings, encodeProgram, sourcesOf } from './translation-programs.ts'

/** A chain: so many steps of this size. */
interface ChainOptions {
  readonly steps: number
  readonly stepSize: number
}

/** The programs of an update: the memory, the chain, and the training step. */
interface TranslationChain extends Pick<Chain, 'start' | 'step'> {
  readonly encode: Program
  readonly train: Program
}

/** State as in `langevinPrograms`, and the memory. Feeds: `source` and `lengths` (encode, train), `tokens` (but encode), `key` (step). */
const translationChain = (
  network: EncoderDecoder,
  { loss, shape, end, optimiser }: TranslationSettings,
  stepSize: number,
): TranslationChain => {
  const { batch, time } = shape
  const tokens: Tokens = inputOf('i32')('tokens', axis('batch', batch), axis('time', time))
  const rows = { tokens, mask: endMask(end)(tokens) }
  const { start, step, embeddings } = chainPrograms(network.conditional(batch, time), rows, stepSize)
  const parameters = parameterInputs(network.parameters)
  const { source, lengths } = sourcesOf(batch, time)
  const decoder = network.decoder(network.encode(parameters, source, { lengths }))
  const { lambda, window } = loss
  const train = chainTraining(decoder, { parameters, rows, embeddings }, { lambda, window, optimiser })
  return { encode: encodeProgram(network, batch, time), start, step, train }
}

/** A prepared training with Langevin negatives. */
interface TranslationChainTrainer {
  readonly prepared: Prepared
  /** One update on the feeds `source`, `lengths` and `tokens`; the loss (nats per token). */
  readonly update: (feeds: Feeds, key: Key) => TE.TaskEither<Failure, number>
  readonly release: () => void
}

/** Prepares such a training; the parameters are zero until they are written to `prepared`. */
export const translationChainTrainer = (
  executor: Executor,
  network: EncoderDecoder,
  settings: TranslationSettings,
  { steps, stepSize }: ChainOptions,
): TE.TaskEither<Failure, TranslationChainTrainer> =>
  effect(async (run) => {
    const programs = translationChain(network, settings, stepSize)
    const train = await run(executor.prepare(programs.train))
    const encode = await run(executor.prepare(programs.encode, train))
    const start = await run(executor.prepare(programs.start, encode))
    const step = await run(executor.prepare(programs.step, encode))
    const update: TranslationChainTrainer['update'] = (feeds, key) =>
      effect(async (go) => {
        const tokens = only(['tokens'], feeds)
        await go(encode.run(only(['source', 'lengths'], feeds), []))
        await go(start.run(tokens, []))
        for (let k = 0; k < steps; k++) await go(step.run({ ...tokens, key: childWords(key, k) }, []))
        const out = await go(train.run(only(['source', 'lengths', 'tokens'], feeds), ['loss']))
        return at(field(out, 'loss').data, 0)
      })
    const release = (): void => [step, start, encode, train].forEach((prepared) => prepared.release())
    return { prepared: train, update, release }
  })
