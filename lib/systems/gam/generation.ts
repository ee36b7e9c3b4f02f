/** Strings of the models of a finished GAM run. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { need } from '../../effect.ts'
import { type Failure, failure } from '../../errors.ts'
import { onExecutor } from '../executor.ts'
import { gamWork, keyOf, lengthLimit, openRuntime } from './context.ts'
import { stringBase } from './language.ts'
import type { GamDraws, GamOptions } from './options.ts'
import { gamStrings } from './process.ts'
import type { RunServices } from './results.ts'
import { validateOptions } from './settings.ts'
import { gamStore } from './state.ts'

/** Draws strings of a run. */
export type DrawGam = (
  services: RunServices & { readonly directory: string },
) => (options: GamOptions, asked: GamDraws) => TE.TaskEither<Failure, readonly string[]>

/**
 * Exact draws of a trained model of the run in `services.directory`; a string that does not end is cut at the length that
 * training allows. Nothing is trained: `Checkpoint` where the model is not there yet.
 */
export const drawGam: DrawGam =
  (services) =>
  (options, { model, count, seed }) =>
    onExecutor(
      validateOptions(options),
      services,
      gamWork,
    )(async ({ run, executor }) => {
      const { directory, progress, signal } = services
      const store = await run(gamStore(directory, options, executor.description, progress.note))
      const { fits, done } = await run(store.load)
      const fit = fits[model]
      if (fit === undefined || !done.includes(model))
        return run(
          TE.left(
            failure(
              'Checkpoint',
              `the run has no trained model '${model}' yet`,
              `go on with it first: exptilt gam --resume ${options.out}`,
              { model },
            ),
          ),
        )
      const strings = need(gamStrings(options.data, options.train, keyOf(options, 'data')))
      const limit = lengthLimit(options, strings.length)
      const { runtime, trainer } = openRuntime(executor, options, strings, limit)
      try {
        const { alphabet } = strings
        const base = stringBase({ runtime, parameters: fit.best, alphabet, limit, signal })
        return await run(base.sample(keyOf({ seed }, 'draws'), count))
      } finally {
        runtime.release()
        trainer.release()
      }
    })
