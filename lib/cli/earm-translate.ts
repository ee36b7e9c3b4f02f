/**
 * `exptilt earm translate`: the same encoder–decoder trained with and without the energy objective, from flags to a report.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import { type Failure, fromThrown } from '../errors.ts'
import { writeReport } from '../report/report-files.ts'
import { translationReport } from '../report/translation-files.ts'
import { translationText } from '../report/translation-text.ts'
import {
  type TranslationExperiment,
  translationCodec,
  validateTranslation,
} from '../systems/e-arm/translation-options.ts'
import {
  type RunTranslation,
  type TranslationResults,
  translationResultsCodec,
  translationSummary,
} from '../systems/e-arm/translation-results.ts'
import type { TranslateFlags } from './earm-translate-flags.ts'
import {
  translateWithResume,
  translationFolder,
  translationFrom,
  translationResumedWith,
} from './earm-translate-settings.ts'
import { type ExperimentCommand, runExperiment } from './experiment-run.ts'
import { typedBeside } from './folder-command.ts'
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

const translate: ExperimentCommand<TranslateFlags, TranslationExperiment, TranslationResults> = {
  codec: translationCodec,
  validate: validateTranslation,
  asked: translationFrom,
  besideResume: typedBeside(translateWithResume),
  resumedWith: translationResumedWith,
  folder: translationFolder,
  write: (directory) => writeReport(translationReport)(directory, ['svg', 'png']),
  text: translationText,
  json: translationJson,
}

/** Runs `exptilt earm translate`; the exit code. */
export const translateCommand =
  (world: World, load: TE.TaskEither<Failure, RunTranslation> = loadTranslation) =>
  (flags: TranslateFlags): Promise<number> =>
    runExperiment(world, translate)('earm translate', load)(flags)
