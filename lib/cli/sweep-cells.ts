/** What is known of the cells of a sweep wherever they are computed: their folders, those that are finished, `sweep.json`. */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { canonicalJson } from '../codec/canonical-json.ts'
import { exactJson } from '../codec/exact-json.ts'
import type { Failure } from '../errors.ts'
import { withoutPlace } from '../experiment/device.ts'
import { writeFiles } from '../report/files.ts'
import { readRecord } from '../report/report-files.ts'
import { type Sweep, sweepCodec } from '../report/sweep-rows.ts'
import type { GamOptions } from '../systems/gam/options.ts'
import { type GamResults, gamResultsCodec } from '../systems/gam/results.ts'
import type { Cell } from './grid.ts'

/** What came of a sweep. */
export interface SweepOutcome {
  readonly sweep: Sweep
  /** What stopped the sweep before its end, if anything. */
  readonly stopped: Failure | undefined
}

/** The folder of a cell. */
export const cellFolder = (directory: string, { name }: Cell): string => join(directory, 'cells', name)

const asText = (options: GamOptions): string => E.getOrElse(() => '')(canonicalJson(withoutPlace(options)))

/** Whether two cells have the same numbers, on one kind of device. */
export const sameOptions = (a: GamOptions, b: GamOptions): boolean => asText(a) === asText(b)

/** The results in a folder, where they are of these options. */
export const finishedCell =
  (folder: string, options: GamOptions): (() => Promise<GamResults | undefined>) =>
  async () => {
    const found = await readRecord(gamResultsCodec)(folder)()
    return E.isRight(found) && sameOptions(found.right.options, options) ? found.right : undefined
  }

/** Writes `sweep.json`. */
export const saveSweep = (directory: string, sweep: Sweep): TE.TaskEither<Failure, readonly string[]> =>
  writeFiles(directory)([{ name: 'sweep.json', content: exactJson(sweepCodec.encode(sweep)) }])
