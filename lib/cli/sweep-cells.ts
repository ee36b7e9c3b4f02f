/** What is known of the cells of a sweep wherever they are computed: their folders, those that are finished, `sweep.json`. */
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import type * as TE from 'fp-ts/lib/TaskEither.js'
import { canonicalJson } from '../codec/canonical-json.ts'
import { exactJson } from '../codec/exact-json.ts'
import type { Failure } from '../errors.ts'
import { withoutPlace } from '../experiment/device.ts'
import { differing } from '../experiment/settings.ts'
import { writeFiles } from '../report/files.ts'
import { readRecord } from '../report/report-files.ts'
import { type Sweep, sweepCodec } from '../report/sweep-rows.ts'
import type { GamOptions } from '../systems/gam/options.ts'
import { type GamResults, gamResultsCodec } from '../systems/gam/results.ts'
import { gamOptionsCodec, gamSettings } from '../systems/gam/settings.ts'
import type { Cell } from './grid.ts'
import { readOptionsAs } from './run-folder.ts'

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
const sameOptions = (a: GamOptions, b: GamOptions): boolean => asText(a) === asText(b)

const trainedOtherwise = differing(gamSettings, 'trains')

/** Whether two cells train the same, so that one goes on where the other was left: they may differ in how long that may take. */
export const goesOn = (a: GamOptions, b: GamOptions): boolean =>
  a.device === b.device && trainedOtherwise(a, b) === undefined

/** The options of the run in a folder. */
export const readCell: (folder: string) => TE.TaskEither<Failure, GamOptions> = readOptionsAs(gamOptionsCodec, E.right)

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
