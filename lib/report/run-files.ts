/**
 * The report of a run of a global autoregressive model: `report.html`, `figures/*`, `results.json`.
 */
import { type GamResults, gamResultsCodec } from '../systems/gam/results.ts'
import { figuresOf } from './figures.ts'
import type { Report } from './report-files.ts'
import { runPage } from './run-page.ts'

/** The files of `exptilt gam`. */
export const gamReport: Report<GamResults> = {
  codec: gamResultsCodec,
  parts: (results) => ({
    figures: figuresOf(results),
    besides: [],
    page: (drawings) => runPage(drawings)(results),
  }),
}
