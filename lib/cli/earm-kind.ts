/** Experiments of E-ARM as cells: their reports, and which of them have the same numbers. */
import * as E from 'fp-ts/lib/Either.js'
import { canonicalJson } from '../codec/canonical-json.ts'
import { exactJson } from '../codec/exact-json.ts'
import { withoutPlace } from '../experiment/device.ts'
import { eArmReport, readResults } from '../report/earm-files.ts'
import type { EArmExperiment, TaskName } from '../systems/e-arm/experiment-options.ts'
import type { EArmResults } from '../systems/e-arm/results.ts'
import { experimentCodec } from '../systems/e-arm/settings.ts'
import type { CellKind } from './earm-cells.ts'

const identity = (options: EArmExperiment): string =>
  E.getOrElse(() => '')(canonicalJson(JSON.parse(exactJson({ ...withoutPlace(options), device: 'auto' }))))

/** Experiments on text, images or translations, wherever they are computed. */
export const eArmKind = (task: TaskName): Omit<CellKind<EArmExperiment, EArmResults>, 'run' | 'read'> => ({
  system: 'earm',
  codec: experimentCodec,
  report: eArmReport,
  formats: ['svg', 'png'],
  identity,
  results: readResults(task),
})
