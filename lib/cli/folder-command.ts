/**
 * A command that works in the folder of a run: options from flags or from an earlier run, the folder, Ctrl-C, and what is
 * printed at the end.
 */
import { orElse } from '../at.ts'
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { effect, fail } from '../effect.ts'
import { nodeDataServices } from '../data/services.ts'
import { type Failure, failure } from '../errors.ts'
import type { EArmServices } from '../systems/e-arm/results.ts'
import { askedFor, type Experiment, optionsCodec, resumedWith, validated } from '../experiment/experiment.ts'
import { type Typed, unresumable } from '../experiment/settings.ts'
import { concluded } from './conclude.ts'
import { refuse } from './exit.ts'
import { interruptible } from './interrupt.ts'
import { type OtherRun, otherRun } from './other-runs.ts'
import { checkpointFolder, hasWork, openFolderWith, readOptionsAs, reopenFolder, type RunFolder } from './run-folder.ts'
import type { World } from './world.ts'

/** Flags of such a command. */
export interface FolderFlags {
  readonly resume: string | undefined
  readonly json: boolean
}

/** Options of what runs in a folder. */
export interface FolderOptions {
  readonly out?: string
}

/** How the options of a command are asked for, checked and kept. */
export interface FolderCommand<F extends FolderFlags, O extends FolderOptions> {
  /** The options as `options.json` holds them. */
  readonly encode: (options: O) => unknown
  /** The options of the run in a folder, checked. Failures as in `readOptionsAs`. */
  readonly read: (directory: string) => TE.TaskEither<Failure, O>
  readonly asked: (flags: F) => E.Either<Failure, O>
  /** What the run in a folder has otherwise, which a new one would replace. */
  readonly otherwise: OtherRun<O>
  /** The flag that was typed and may not go with `--resume`, since it changes what is trained. */
  readonly besideResume: (flags: F) => string | undefined
  /** The options of an earlier run with what was typed beside `--resume`. */
  readonly resumedWith: (flags: F) => (options: O) => E.Either<Failure, O>
  /** Where a run goes when no `--out` says so. */
  readonly folder: (options: O) => string
  /** The flag that names an earlier run: `--resume` unless given. */
  readonly resumedBy?: '--run'
  /** What is typed beside it so that a run does not stop where this failure stopped it; nothing unless given. */
  readonly further?: (found: Failure) => string
}

/** What a system is given: checkpoints go into the run's folder. */
export type SystemServices = Required<Omit<EArmServices, 'executor' | 'programs'>> & Pick<EArmServices, 'programs'>

/** Flags of a command whose options are an experiment's: what was typed of its table. */
interface ExperimentFlags extends FolderFlags {
  readonly typed: Typed
}

/** The options of an experiment, as a command asks for them. */
export const experimentOptions = <O extends FolderOptions, P extends string>(
  experiment: Experiment<O, P>,
): FolderCommand<ExperimentFlags, O> => ({
  encode: optionsCodec(experiment).encode,
  read: readOptionsAs(optionsCodec(experiment), validated(experiment)),
  asked: ({ typed }) => askedFor(experiment)(typed),
  otherwise: otherRun(experiment.settings),
  besideResume: ({ typed }) => unresumable(experiment.settings, typed),
  resumedWith: ({ typed }) => resumedWith(experiment, typed),
  folder: experiment.folder,
})

/** The services of this world for a run in a folder. */
export const systemServices = (
  { progress, programs }: Pick<World, 'progress' | 'programs'>,
  signal: AbortSignal,
  directory: string,
): SystemServices => ({
  progress,
  signal,
  data: nodeDataServices(progress),
  directory: checkpointFolder(directory),
  programs,
})

/** What a command does once its folder is open: from options to what is printed. */
export type FolderWork<F, O> = (
  services: SystemServices,
  given: { readonly flags: F; readonly options: O; readonly directory: string },
) => TE.TaskEither<Failure, string>

interface Plan<O> {
  readonly options: O
  readonly directory: string
  readonly resumed: boolean
}

const resumed = <F extends FolderFlags, O extends FolderOptions>(
  command: FolderCommand<F, O>,
  flags: F,
  directory: string,
): TE.TaskEither<Failure, Plan<O>> => {
  const beside = command.besideResume(flags)
  return beside === undefined
    ? pipe(
        command.read(directory),
        TE.chainEitherK(command.resumedWith(flags)),
        TE.map((options) => ({ options: { ...options, out: directory }, directory, resumed: true })),
      )
    : TE.left(
        failure('Usage', `--resume goes on with a run's own options, but ${beside} was given too`, 'leave it out'),
      )
}

/** Refuses a folder that holds what another run has trained or found: of other settings, or of another command. */
const refuseToReplace = <F extends FolderFlags, O extends FolderOptions>(
  { read, otherwise }: FolderCommand<F, O>,
  directory: string,
  options: O,
): TE.TaskEither<Failure, void> =>
  effect(async () => {
    if (!(await hasWork(directory))) return
    const there = await read(directory)()
    if (E.isLeft(there))
      return there.left.tag === 'Usage'
        ? fail({ ...there.left, remedy: 'choose another folder with --out DIR' })
        : undefined
    const other = otherwise(directory, there.right, options)
    return other === undefined ? undefined : fail(other)
  })

const plan = <F extends FolderFlags, O extends FolderOptions>(
  command: FolderCommand<F, O>,
  flags: F,
): TE.TaskEither<Failure, Plan<O>> =>
  flags.resume === undefined
    ? pipe(
        TE.fromEither(command.asked(flags)),
        TE.map((options) => {
          const directory = options.out ?? command.folder(options)
          return { options: { ...options, out: directory }, directory, resumed: false }
        }),
        TE.chainFirst(({ options, directory }) => refuseToReplace(command, directory, options)),
      )
    : resumed(command, flags, flags.resume)

const open = <O>(
  { encode }: { readonly encode: (options: O) => unknown },
  planned: Plan<O>,
): TE.TaskEither<Failure, RunFolder> =>
  planned.resumed ? reopenFolder(planned.directory) : openFolderWith(planned.directory, encode(planned.options))

/** Runs a command called `name` (as in `exptilt NAME`, with the word of its part) that does `work` in its folder; the exit code. */
export const folderCommand =
  <F extends FolderFlags, O extends FolderOptions>(world: World, command: FolderCommand<F, O>) =>
  (name: string, work: FolderWork<F, O>) =>
  async (flags: F): Promise<number> => {
    const planned = await plan(command, flags)()
    if (E.isLeft(planned)) return refuse(world, planned.left)
    const { signal, release } = interruptible(world)
    const opened = await open(command, planned.right)()
    if (E.isLeft(opened)) {
      release()
      return refuse(world, opened.left)
    }
    const { options, directory } = planned.right
    const result = await work(systemServices(world, signal, directory), { flags, options, directory })()
    const further = E.isLeft(result) ? command.further?.(result.left) : undefined
    const again = [
      `npx exptilt ${name}`,
      orElse(command.resumedBy, '--resume'),
      directory,
      ...(further ? [further] : []),
    ]
    const code = await concluded(world, opened.right, again.join(' '), result)
    release()
    return code
  }
