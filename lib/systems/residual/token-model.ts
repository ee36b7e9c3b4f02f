/** The language models of a residual run as models to tilt. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { need } from '../../effect.ts'
import { type Failure, usage } from '../../errors.ts'
import { languageRuntime } from '../../models/language-runtime.ts'
import { runtimeModel } from '../../tilt/adapters.ts'
import { onExecutor } from '../executor.ts'
import { spellingOf } from '../token-spelling.ts'
import type { RunTilt } from '../tilt/run-tilt.ts'
import { tokenizerOf, valuesOf } from './file.ts'
import { networksOf, residualWork } from './networks.ts'
import type { ResidualOptions } from './options.ts'
import { validateOptions } from './settings.ts'
import { residualStore } from './state.ts'

/** Rows that grow at once. */
const ROWS_AT_ONCE = 64

/** The base of a run, BALM, or the policy. `Checkpoint` where it is not trained yet, `Usage` for another network. */
export const tiltResidual: RunTilt<ResidualOptions> =
  (services, options, { prompt, network = 'base' }) =>
  (use) =>
    network !== 'base' && network !== 'balm' && network !== 'policy'
      ? TE.left<Failure>(
          usage(`a residual run has no language model '${network}'`, 'give --network base, balm or policy'),
        )
      : onExecutor(
          validateOptions(options),
          services,
          residualWork,
        )(async ({ run, executor }) => {
          const { directory, progress } = services
          const { load } = await run(residualStore(directory, options, executor.description, progress.note))
          const loaded = await run(load)
          const tokenizer = need(tokenizerOf(loaded.tokenizer))
          const values = need(valuesOf(options, loaded, network))
          const model = networksOf(options, tokenizer.symbols, tokenizer.end)[network]
          const own = Object.fromEntries(Object.entries(values).filter(([name]) => name in model.parameters))
          const runtime = languageRuntime(executor, model, { batch: ROWS_AT_ONCE, end: tokenizer.end })
          try {
            const read = Array.from(tokenizer.encode(prompt))
            return await run(use(need(runtimeModel(runtime, own, need(spellingOf(tokenizer)), read))))
          } finally {
            runtime.release()
          }
        })
