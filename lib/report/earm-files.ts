/**
 * The report of an E-ARM experiment: `report.html`, `figures/*`, `samples.jsonl` for text, `results.json`.
 */
import { join } from 'node:path'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure } from '../errors.ts'
import type { TaskName } from '../systems/e-arm/experiment-options.ts'
import { type EArmResults, eArmResultsCodec } from '../systems/e-arm/results.ts'
import { eArmDocument } from './earm-document.ts'
import type { OutputFile } from './files.ts'
import { readRecord, type Report } from './report-files.ts'

const textFiles = ({ shown }: EArmResults): readonly OutputFile[] => {
  if (shown.kind !== 'texts') return []
  const lines = Object.entries(shown.texts).flatMap(([variant, each]) =>
    each.map((text) => `${JSON.stringify({ variant, text })}\n`),
  )
  return lines.length === 0 ? [] : [{ name: 'samples.jsonl', content: lines.join('') }]
}

/** The files of `exptilt earm TASK`. */
export const eArmReport: Report<EArmResults> = {
  codec: eArmResultsCodec,
  parts: (results) => ({ document: eArmDocument(results), besides: textFiles(results) }),
}

/** Reads `results.json` of a run folder; `File` when it is not there, `Format` when it is of no run of this task. */
export const readResults =
  (task: TaskName) =>
  (directory: string): TE.TaskEither<Failure, EArmResults> => {
    const path = join(directory, 'results.json')
    const remedy = `give the folder of a finished run of exptilt earm ${task}`
    const foreign = failure('Format', `${path} is not of a run of earm ${task} by this version`, remedy, { path })
    return pipe(
      readRecord(eArmResultsCodec)(directory),
      TE.mapLeft((found) =>
        found.tag === 'File' ? { ...found, remedy } : { ...foreign, facts: { path, found: found.what } },
      ),
      TE.filterOrElse(
        ({ options }) => options.task === task,
        () => foreign,
      ),
    )
  }
