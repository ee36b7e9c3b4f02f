/**
 * `exptilt earm translate`: the same encoder–decoder trained with and without the energy objective, from flags to a report.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import { type Failure, fromThrown } from '../errors.ts'
import { writeReport } from '../report/report-files.ts'
import { translationReport } from '../report/translation-files.ts'
import { translationText } from '../report/translation-text.ts'
import type { TranslationExperiment } from '../systems/e-arm/experiment-options.ts'
import { eArmExperiments } from '../systems/e-arm/settings.ts'
import {
  type RunTranslation,
  type TranslationResults,
  translationResultsCodec,
  translationSummary,
} from '../systems/e-arm/translation-results.ts'
import type { EArmFlags } from './earm-grammar.ts'
import { type ExperimentCommand, runExperiment } from './experiment-run.ts'
import { readRun } from './finished-run.ts'
import { experimentOptions } from './folder-command.ts'
import type { World } from './world.ts'

/** Loads the system on first use; `Runtime` when it cannot be loaded. */
export const loadTranslation: TE.TaskEither<Failure, RunTranslation> = TE.tryCatch(
  async () => (await import('../systems/e-arm/translation.ts')).runTranslation,
  fromThrown('Runtime', 'install the package again with npm ci'),
)

/** Results with a summary over seeds, as `--json` prints them. */
export const translationJson = (results: TranslationResults): string => {
  const encoded = translationResultsCodec.encode(results)
  const record = typeof encoded === 'object' ? encoded : {}
  return exactJson({ ...record, summary: translationSummary(results) })
}

const translate: ExperimentCommand<EArmFlags, TranslationExperiment, TranslationResults> = {
  ...experimentOptions(eArmExperiments.translate),
  read: readRun('translate', eArmExperiments.translate),
  write: (directory) => writeReport(translationReport)(directory, ['svg', 'png']),
  text: translationText,
  json: translationJson,
}

/** Runs `exptilt earm translate`; the exit code. */
export const translateCommand =
  (world: World, load: TE.TaskEither<Failure, RunTranslation> = loadTranslation) =>
  (flags: EArmFlags): Promise<number> =>
    runExperiment(world, translate)('earm translate', load)(flags)
