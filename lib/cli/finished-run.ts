/**
 * What commands have in common that read a finished run back: its options and checkpoint, what is typed in place of its
 * options, Ctrl-C, and how they end.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure } from '../errors.ts'
import { type Experiment, optionsCodec, resumedWith, validated } from '../experiment/experiment.ts'
import type { Flag } from '../experiment/setting.ts'
import type { Typed } from '../experiment/settings.ts'
import { type Computing, computingOf } from '../experiment/device.ts'
import type { Decoding } from '../models/decoding.ts'
import { refuse } from './exit.ts'
import { type SystemServices, systemServices } from './folder-command.ts'
import { leaving } from './interrupt.ts'
import { withLocks } from './lock.ts'
import { hasCheckpoint, readOptionsAs } from './run-folder.ts'
import type { World } from './world.ts'

/** Options of a run of a task. */
interface OfTask extends Computing {
  readonly task: string
}

/** A finished run: its options, with the device that was typed, and what they are with all that was typed. */
export interface FinishedRun<O> {
  readonly options: O & { readonly out: string }
  readonly asked: O
}

const withCheckpoint = <O extends OfTask & { readonly out: string }>(options: O): TE.TaskEither<Failure, O> =>
  pipe(
    TE.fromTask<boolean, Failure>(() => hasCheckpoint(options.out)),
    TE.filterOrElse(
      (there) => there,
      () =>
        failure(
          'Checkpoint',
          `the run in ${options.out} has no checkpoint, so its models are not there`,
          `train them again: exptilt earm ${options.task} --resume ${options.out}`,
        ),
    ),
    TE.map(() => options),
  )

/** What is said of a folder whose options are another command's, or damaged. */
const unreadable =
  (run: string, remedy: string) =>
  (found: Failure): Failure =>
    found.tag === 'Format' ? { ...found, what: `${run}/options.json is not of such a run`, remedy } : found

/** The run of `exptilt earm TASK` in a folder, with what was typed. */
export const finishedRun =
  <O extends OfTask, P extends string>(task: O['task'], experiment: Experiment<O, P>) =>
  ({ run, typed }: { readonly run: string; readonly typed: Typed }): TE.TaskEither<Failure, FinishedRun<O>> => {
    const remedy = `give the folder of a run of exptilt earm ${task} to --run`
    return pipe(
      readOptionsAs(optionsCodec(experiment), validated(experiment), remedy)(run),
      TE.mapLeft(unreadable(run, remedy)),
      TE.chain(withCheckpoint),
      TE.chainEitherK((options) =>
        pipe(
          resumedWith(experiment, typed)(options),
          E.map((asked) => ({ options: { ...options, ...computingOf(asked) }, asked })),
        ),
      ),
    )
  }

/** The first flag that was typed. */
export const firstTyped = (typed: Typed): string | undefined =>
  Object.entries(typed).find(([, value]) => value !== undefined)?.[0]

/** A value where its flag was typed. */
export const whereTyped =
  (typed: Typed) =>
  <A>(flag: Flag, value: A): A | undefined =>
    typed[flag] === undefined ? undefined : value

/** Flags of a decoding. */
interface DecodingFlags {
  readonly temperature: number | undefined
  readonly topK: number | undefined
  readonly topP: number | undefined
}

/** The decoding that was typed. */
export const decodingOf = ({ temperature, topK, topP }: DecodingFlags): Decoding => ({
  ...(temperature === undefined ? {} : { temperature }),
  ...(topK === undefined ? {} : { topK }),
  ...(topP === undefined ? {} : { topP }),
})

/** Prints what `work` gives, or says why there is nothing; the exit code. */
export const onFinishedRun =
  (world: World, directory: string) =>
  async (work: (services: SystemServices) => TE.TaskEither<Failure, string>): Promise<number> => {
    const { signal } = new AbortController()
    const result = await leaving(world, withLocks([directory], 'read')(work(systemServices(world, signal, directory))))
    if (E.isLeft(result)) {
      world.progress.stop()
      return refuse(world, result.left)
    }
    world.write(result.right)
    return 0
  }
