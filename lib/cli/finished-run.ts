/**
 * What commands have in common that read a finished run back: its options and checkpoint, Ctrl-C, and how they end.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure } from '../errors.ts'
import type { Decoding } from '../models/decoding.ts'
import type { DeviceChoice } from '../experiment/device.ts'
import { refuse } from './exit.ts'
import { type SystemServices, systemServices } from './folder-command.ts'
import { interruptible } from './interrupt.ts'
import { withLocks } from './lock.ts'
import { hasCheckpoint } from './run-folder.ts'
import { given } from './given.ts'
import type { World } from './world.ts'

/** Options of a run in a folder. */
interface InFolder {
  readonly task: string
  readonly device: DeviceChoice
  readonly out: string
}

/** Which run, and what computes instead of what it says. */
interface RunFlags {
  readonly run: string
  readonly device: DeviceChoice | undefined
}

const withCheckpoint = <O extends InFolder>(options: O): TE.TaskEither<Failure, O> =>
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

/** What is said of a folder that is no run, and of one whose options are another command's (or damaged). */
const unreadable =
  (run: string, task: string) =>
  (found: Failure): Failure => {
    const remedy = `give the folder of a run of exptilt earm ${task} to --run`
    if (found.tag === 'Checkpoint') return { ...found, remedy }
    return found.tag === 'Format' ? { ...found, what: `${run}/options.json is not of such a run`, remedy } : found
  }

/** The options of the run of `exptilt earm TASK` that the flags name, with the device that was typed. */
export const finishedRun =
  <O extends InFolder>(task: string, read: (directory: string) => TE.TaskEither<Failure, O>) =>
  ({ run, device }: RunFlags): TE.TaskEither<Failure, O> =>
    pipe(
      read(run),
      TE.mapLeft(unreadable(run, task)),
      TE.filterOrElse(
        (options) => options.task === task,
        (options) =>
          failure(
            'Usage',
            `the run in ${run} is one of exptilt earm ${options.task}, not of earm ${task}`,
            `use exptilt earm ${options.task}`,
          ),
      ),
      TE.chain(withCheckpoint),
      TE.map((options) => ({ ...options, device: given(device, options.device) })),
    )

/** What is wrong with a count, if it was typed. */
export const countProblem = (name: string, count: number | undefined): Failure | undefined =>
  count === undefined || (Number.isInteger(count) && count >= 1)
    ? undefined
    : failure('Usage', `${name} ${count} is not a whole number from 1`, 'give one')

/** What is wrong with a seed, if it was typed. */
export const seedProblem = (seed: number | undefined): Failure | undefined =>
  seed === undefined || Number.isSafeInteger(seed)
    ? undefined
    : failure('Usage', `--seed ${seed} is not a whole number`, 'give one')

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
    const { signal, release } = interruptible(world)
    const result = await withLocks([directory], 'read')(work(systemServices(world, signal, directory)))()
    release()
    if (E.isLeft(result)) {
      world.progress.stop()
      return refuse(world, result.left)
    }
    world.write(result.right)
    return 0
  }
