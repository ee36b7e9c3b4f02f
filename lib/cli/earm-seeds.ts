/**
 * The seeds of an experiment of E-ARM as runs of a queue, one each: every seed in a folder of its own below that of the run, whose
 * results and checkpoint are then those of all, as if they had been trained one after the other.
 */
import { join } from 'node:path'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at, lastOf } from '../at.ts'
import { effect, need } from '../effect.ts'
import type { Failure } from '../errors.ts'
import type { EArmExperiment } from '../systems/e-arm/experiment-options.ts'
import { rememberedRun, type Memory } from '../systems/e-arm/memory.ts'
import type { EArmResults, EArmServices, RunEArm } from '../systems/e-arm/results.ts'
import { memoryName } from '../systems/e-arm/runs.ts'
import { named } from '../systems/executor.ts'
import { settingsOf } from '../systems/e-arm/settings.ts'
import { allOf, type PlacedCell } from './cells.ts'
import { cellsOnQueue } from './cells-on-queue.ts'
import { queuedKind } from './earm-cells.ts'
import { eArmKind } from './earm-kind.ts'
import { checkpointFolder } from './run-folder.ts'
import { strangeData } from './task-system.ts'

/** What stands before the name of a worker (`named`). */
const AT = ' at '

/** The seeds of an experiment, each an experiment of its own. */
const seedsOf = (directory: string, options: EArmExperiment): readonly PlacedCell<EArmExperiment>[] =>
  Array.from({ length: options.seeds }, (_, i) => {
    const seed = options.seed + i
    const folder = join(directory, 'seeds', String(seed))
    return { name: `seed ${seed}`, folder, options: { ...options, seed, seeds: 1, out: folder } }
  })

/** What computed the seeds, and the workers that did. */
const adapters = (all: readonly EArmResults[]): string => {
  const parts = all.map(({ adapter }) => {
    const place = adapter.lastIndexOf(AT)
    return place < 0
      ? { kind: adapter, workers: [] }
      : { kind: adapter.slice(0, place), workers: [adapter.slice(place + AT.length)] }
  })
  return named([...new Set(parts.map(({ kind }) => kind))].join('; '), [
    ...new Set(parts.flatMap(({ workers }) => workers)),
  ])
}

/** What the seeds gave, as one experiment. */
const joined = (options: EArmExperiment, all: readonly EArmResults[]): EArmResults => ({
  ...at(all, 0),
  options,
  adapter: adapters(all),
  seeds: all.flatMap(({ seeds }) => seeds),
  shown: lastOf(all).shown,
  seconds: all.reduce((sum, { seconds }) => sum + seconds, 0),
})

const memoryOf = (
  options: EArmExperiment,
  directory: string,
  adapter: string,
  { progress }: Pick<EArmServices, 'progress'>,
): TE.TaskEither<Failure, Memory> =>
  rememberedRun({ directory, name: memoryName(options), settings: settingsOf(options), adapter, progress })

/** Puts the trainings of all seeds into the checkpoint of the experiment, which is read by the commands on a finished run. */
const remembered = (
  services: EArmServices & { readonly directory: string },
  results: EArmResults,
  seeds: readonly PlacedCell<EArmExperiment>[],
): TE.TaskEither<Failure, void> =>
  effect(async (run) => {
    const { options, adapter } = results
    const all = await run(memoryOf(options, services.directory, adapter, services))
    for (const { folder, options: own } of seeds) {
      const one = await run(memoryOf(own, checkpointFolder(folder), adapter, services))
      for (const [name, fit] of Object.entries(one.fits()))
        if (all.fit(name) === undefined) await run(all.keep(name, fit, one.seconds(name)))
    }
  })

/**
 * An experiment of several seeds by the workers of a queue, one a seed; any other, and one on data that workers do not have, as `runEArm`
 * does it. Left: what stopped the first seed that did not end.
 */
export const seedsOnQueue =
  (runEArm: RunEArm): RunEArm =>
  (services) =>
  (options) => {
    const { on, seeds, out } = options
    const { directory, signal } = services
    if (
      on === undefined ||
      seeds < 2 ||
      out === undefined ||
      directory === undefined ||
      strangeData(options) !== undefined
    )
      return runEArm(services)(options)
    return effect(async (run) => {
      const own = seedsOf(out, options)
      const outcome = await cellsOnQueue(services, queuedKind(eArmKind(options.task)), { on, signal }, own)
      const results = joined(options, need(allOf(outcome)))
      await run(remembered({ ...services, directory }, results, own))
      return results
    })
  }
