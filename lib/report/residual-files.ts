/**
 * The report of a residual-model run: `report.html`, `figures/*`, `sheets/*`, `samples.jsonl`, `results.json`.
 */
import { key } from '../key.ts'
import { residualResultsCodec } from '../systems/residual/results-codec.ts'
import type { ResidualResults } from '../systems/residual/results.ts'
import type { OutputFile } from './files.ts'
import { humanSheets } from './human-sheets.ts'
import type { Report } from './report-files.ts'
import { residualDocument } from './residual-document.ts'

const sampleFiles = ({ generation, options }: ResidualResults): readonly OutputFile[] =>
  generation === undefined
    ? []
    : [
        { name: 'samples.jsonl', content: generation.samples.map((sample) => `${JSON.stringify(sample)}\n`).join('') },
        ...humanSheets(generation.samples, key(options.seed)),
      ]

/** The files of `exptilt residual`. */
export const residualReport: Report<ResidualResults> = {
  codec: residualResultsCodec,
  parts: (results) => ({ document: residualDocument(results), besides: sampleFiles(results) }),
}
