/**
 * `exptilt earm TASK [train]`: the same network trained from one start with and without the energy objective, from flags to a
 * report.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { exactJson } from '../codec/exact-json.ts'
import type { Failure } from '../errors.ts'
import type { Experiment } from '../experiment/experiment.ts'
import { textOf } from '../report/document-text.ts'
import { eArmDocument } from '../report/earm-document.ts'
import { eArmReport } from '../report/earm-files.ts'
import { writeReport } from '../report/report-files.ts'
import type { EArmExperiment } from '../systems/e-arm/experiment-options.ts'
import {
  type EArmResults,
  type EArmServices,
  eArmResultsCodec,
  type RunEArm,
  summaryOf,
} from '../systems/e-arm/results.ts'
import { eArmExperiments } from '../systems/e-arm/settings.ts'
import type { EArmFlags } from './earm-grammar.ts'
import { seedsOnQueue } from './earm-seeds.ts'
import { type ExperimentCommand, runExperiment } from './experiment-run.ts'
import { experimentOptions } from './folder-command.ts'
import { loaded } from './loaded.ts'
import type { World } from './world.ts'

/** Loads the system on first use; `Runtime` when it cannot be loaded. */
export const loadEArm: TE.TaskEither<Failure, RunEArm> = loaded(
  async () => (await import('../systems/e-arm/experiment.ts')).runEArm,
)

/** An experiment in its folder: run, and written. */
export const experimentInFolder =
  (runEArm: RunEArm, services: EArmServices, directory: string) =>
  (options: EArmExperiment): TE.TaskEither<Failure, EArmResults> =>
    pipe(runEArm(services)(options), TE.chainFirst(writeReport(eArmReport)(directory, ['svg', 'png'])))

/** Results with a summary over seeds, without what the report shows of samples, as `--json` prints them. */
export const eArmJson = (results: EArmResults): string => {
  const encoded = eArmResultsCodec.encode({ ...results, shown: { kind: 'texts', samples: {}, texts: {} } })
  const { shown: _, ...record } = { shown: undefined, ...(typeof encoded === 'object' ? encoded : {}) }
  return exactJson({ ...record, summary: summaryOf(results) })
}

const command = <O extends EArmExperiment, P extends string>(
  experiment: Experiment<O, P>,
): ExperimentCommand<EArmFlags, O, EArmResults> => ({
  ...experimentOptions(experiment),
  write: (directory) => writeReport(eArmReport)(directory, ['svg', 'png']),
  text: (results) => textOf(eArmDocument(results)),
  json: eArmJson,
})

/** Runs `exptilt earm TASK`; the exit code. */
export const eArmCommand =
  (world: World, load: TE.TaskEither<Failure, RunEArm> = loadEArm) =>
  (flags: EArmFlags): Promise<number> => {
    const name = `earm ${flags.task}`
    const system = TE.map(seedsOnQueue)(load)
    switch (flags.task) {
      case 'lm':
        return runExperiment(world, command(eArmExperiments.lm))(name, system)(flags)
      case 'image':
        return runExperiment(world, command(eArmExperiments.image))(name, system)(flags)
      case 'translate':
        return runExperiment(world, command(eArmExperiments.translate))(name, system)(flags)
    }
  }
