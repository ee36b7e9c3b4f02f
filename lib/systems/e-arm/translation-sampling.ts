/**
 * Ancestral sampling of targets from a trained encoder–decoder: sources are encoded together, and every target is drawn token
 * by token over the decoder's caches.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at } from '../../at.ts'
import { type Run, effect } from '../../effect.ts'
import type { Failure } from '../../errors.ts'
import type { Executor } from '../../executor.ts'
import { fold } from '../../key.ts'
import type { Parameters } from '../../models/autoregressive.ts'
import { type SampleOptions, sampleRows } from '../../models/language-sample.ts'
import { type LanguageStore, languageStore } from '../../models/language-store.ts'
import { rowAt } from '../residual/sequence.ts'
import { encodeProgram } from './translation-programs.ts'
import { type PairRows, pairsFrom } from './translation-rows.ts'
import type { TranslationRuntimeOptions } from './translation-runtime.ts'
import type { TranslationTask } from './translation-task.ts'

/** A target as it was drawn, filled up with ends, and log q of it in nats under the model itself. */
export interface DrawnTarget {
  readonly tokens: Int32Array
  readonly logProbability: number
}

/** From what it is drawn, and how many targets at once: samples depend on that. */
interface TargetSampler extends Pick<TranslationRuntimeOptions, 'batch'> {
  readonly executor: Executor
  readonly task: Pick<TranslationTask, 'network' | 'end'>
}

/** The decoder over the memory of a batch of sources, which `encode` computes; all programs lie in one store. */
const conditionalOn = async (run: Run, { task, batch }: TargetSampler, time: number, store: LanguageStore) => {
  const { network, end } = task
  const encode = await run(store.prepared('encode', () => encodeProgram(network, batch, time)))
  const prepared: LanguageStore['prepared'] = (name, make, beside = encode) => store.prepared(name, make, beside)
  const own = { ...store, hold: () => TE.of(undefined), prepared }
  return { encode, language: { model: network.conditional(batch, time), store: own, batch, end } }
}

/** A draw from q(· | source) for every source; the first sources of more have the same draws. Failures as in `sampleRows`. */
export const drawnTargets =
  (sampler: TargetSampler, options: Pick<SampleOptions, 'key' | 'decoding' | 'signal'>) =>
  (parameters: Parameters, rows: PairRows): TE.TaskEither<Failure, readonly DrawnTarget[]> =>
    effect(async (run) => {
      const { executor, task, batch } = sampler
      const store = languageStore(executor, task.network.decoder({}))
      const found: DrawnTarget[] = []
      try {
        await run(store.hold(parameters))
        const { encode, language } = await conditionalOn(run, sampler, rows.time, store)
        for (let start = 0; start < rows.count; start += batch) {
          const { source, lengths } = pairsFrom(rows, start, batch)
          await run(encode.run({ source, lengths }, []))
          const key = fold(options.key, start)
          const drawn = await run(sampleRows(language, {}, { ...options, key, count: batch, length: rows.time }))
          for (let i = 0; i < Math.min(batch, rows.count - start); i++)
            found.push({ tokens: rowAt(drawn, i), logProbability: at(drawn.logProbability, i) })
        }
        return found
      } finally {
        store.release()
      }
    })
