/**
 * A command that runs an experiment in a folder: the system, the files at the end, and what is printed of its results.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import type { Failure } from '../errors.ts'
import type { EArmServices } from '../systems/e-arm/results.ts'
import { type FolderCommand, type FolderFlags, type FolderOptions, folderCommand } from './folder-command.ts'
import type { World } from './world.ts'

/** A system: options to results. */
type System<O, R> = (services: EArmServices) => (options: O) => TE.TaskEither<Failure, R>

/** What a command is made of: its options, and what becomes of its results. */
export interface ExperimentCommand<F extends FolderFlags, O extends FolderOptions, R> extends FolderCommand<F, O> {
  readonly write: (directory: string) => (results: R) => TE.TaskEither<Failure, unknown>
  readonly text: (results: R) => string
  readonly json: (results: R) => string
}

/** Runs a command called `name` (as in `exptilt NAME`) by the system that `load` gives; the exit code. */
export const runExperiment =
  <F extends FolderFlags, O extends FolderOptions, R>(world: World, command: ExperimentCommand<F, O, R>) =>
  (name: string, load: TE.TaskEither<Failure, System<O, R>>): ((flags: F) => Promise<number>) =>
    folderCommand(world, command)(name, (services, { flags, options, directory }) =>
      pipe(
        load,
        TE.chain((system) => system(services)(options)),
        TE.chainFirst(command.write(directory)),
        TE.map((results) =>
          flags.json ? command.json(results) : `${command.text(results)}Report: ${directory}/report.html\n`,
        ),
      ),
    )
