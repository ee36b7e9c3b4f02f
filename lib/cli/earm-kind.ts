/** Experiments of E-ARM as cells: their reports, and which of them have the same numbers. */
import * as E from 'fp-ts/lib/Either.js'
import { canonicalJson } from '../codec/canonical-json.ts'
import { exactJson } from '../codec/exact-json.ts'
import { withoutPlace } from '../experiment/device.ts'
import { eArmReport, readResults } from '../report/earm-files.ts'
import type { EArmExperiment, TaskName } from '../systems/e-arm/experiment-options.ts'
import type { EArmResults } from '../systems/e-arm/results.ts'
import { eArmExperiments, experimentCodec } from '../systems/e-arm/settings.ts'
import { usage } from '../errors.ts'
import type { CellKind } from './earm-cells.ts'
import { type OtherRun, otherRun } from './other-runs.ts'

const identity = (options: EArmExperiment): string =>
  E.getOrElse(() => '')(canonicalJson(JSON.parse(exactJson({ ...withoutPlace(options), device: 'auto' }))))

const { lm, image, translate } = eArmExperiments
const others = { lm: otherRun(lm.settings), image: otherRun(image.settings), translate: otherRun(translate.settings) }

const otherExperiment: OtherRun<EArmExperiment> = (folder, there, asked) =>
  there.task === asked.task
    ? others[asked.task](folder, there, asked)
    : usage(`${folder} holds a run of exptilt earm ${there.task}`, 'choose another folder with --out DIR', { folder })

/** Experiments on text, images or translations, wherever they are computed. */
export const eArmKind = (task: TaskName): Omit<CellKind<EArmExperiment, EArmResults>, 'run' | 'read'> => ({
  system: 'earm',
  codec: experimentCodec,
  report: eArmReport,
  formats: ['svg', 'png'],
  identity,
  otherwise: otherExperiment,
  results: readResults(task),
})
