/** The LSTMs of a GAM run as models to tilt: their symbols are the characters of its strings. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { need } from '../../effect.ts'
import { type Failure, failure, usage } from '../../errors.ts'
import { symbolCount } from '../../data/strings.ts'
import { languageRuntime } from '../../models/language-runtime.ts'
import { lstmAutoregressive } from '../../models/lstm-autoregressive.ts'
import { runtimeModel } from '../../tilt/adapters.ts'
import { bytesOfTexts } from '../../tilt/model.ts'
import { onExecutor } from '../executor.ts'
import type { RunTilt } from '../tilt/run-tilt.ts'
import { gamWork } from './context.ts'
import { alphabetFor } from './file.ts'
import type { GamOptions } from './options.ts'
import { validateOptions } from './settings.ts'
import { gamStore } from './state.ts'

/** Rows that grow at once, and the longest of them: an LSTM has no bound of its own. */
const [ROWS_AT_ONCE, CONTEXT] = [64, 10_000]

/** The base r of a run, or π that was trained on the tilt of it (the student, unless given). `Checkpoint` where it is not trained yet. */
export const tiltGam: RunTilt<GamOptions> =
  (services, options, { prompt, network = 'student' }) =>
  (use) =>
    network !== 'base' && network !== 'student'
      ? TE.left<Failure>(usage(`a gam run has no model '${network}'`, 'give --network base or student'))
      : onExecutor(
          validateOptions(options),
          services,
          gamWork,
        )(async ({ run, executor }) => {
          const { directory, progress } = services
          const store = await run(gamStore(directory, options, executor.description, progress.note))
          const fit = (await run(store.load)).fits[network]
          if (fit === undefined)
            return run(
              TE.left(
                failure(
                  'Checkpoint',
                  `the run has no model '${network}' yet`,
                  `go on with it first: exptilt gam --resume ${options.out}`,
                ),
              ),
            )
          const alphabet = need(alphabetFor(options))
          const read = [...prompt].map((symbol) => alphabet.symbols.indexOf(symbol))
          if (read.includes(-1))
            return run(
              TE.left(
                usage(
                  `the prompt ${JSON.stringify(prompt)} has symbols that the run's strings have not`,
                  `use ${alphabet.symbols.slice(0, 20).join(' ')}`,
                ),
              ),
            )
          const { hidden, layers } = options
          const size = { symbols: symbolCount(alphabet), hidden, layers }
          const end = size.symbols - 1
          const runtime = languageRuntime(executor, lstmAutoregressive(size, CONTEXT), { batch: ROWS_AT_ONCE, end })
          try {
            const spelling = { texts: bytesOfTexts([...alphabet.symbols, '']), ends: [end] }
            return await run(use(need(runtimeModel(runtime, fit.best, spelling, read))))
          } finally {
            runtime.release()
          }
        })
