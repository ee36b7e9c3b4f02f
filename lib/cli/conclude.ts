/**
 * How a command ends that runs a system in a folder: what it printed, or a sentence and the command that goes on.
 */
import * as E from 'fp-ts/lib/Either.js'
import { describeFailure, type Failure } from '../errors.ts'
import { exitCodeOf, isWrongInput, refuse } from './exit.ts'
import { abandonFolder, hasCheckpoint, hasOptions, keepFolder, type RunFolder } from './run-folder.ts'
import type { World } from './world.ts'

/** What is left of a run: a checkpoint, its options alone, or nothing. */
type Left = 'checkpoint' | 'options' | 'nothing'

const leftOf = async (directory: string): Promise<Left> =>
  (await hasCheckpoint(directory)) ? 'checkpoint' : (await hasOptions(directory)) ? 'options' : 'nothing'

const storageAdvice: Readonly<Record<Left, (resume: string) => string>> = {
  checkpoint: (resume) =>
    `The last checkpoint is intact; only what came after it is lost. When there is room again, continue with: ${resume}\n`,
  options: (resume) =>
    `No checkpoint was saved yet; the options are kept. When there is room again, start over with: ${resume}\n`,
  nothing: () => 'The folder of the run is gone, and its checkpoint with it: start the run again.\n',
}

const advice = (found: Failure, resume: string, left: Left): string => {
  const saved = left === 'checkpoint'
  if (found.tag === 'Interrupted' && saved) return `Interrupted; the run is saved. Continue it with: ${resume}\n`
  if (found.tag === 'Interrupted' && left === 'options')
    return `Interrupted before anything was saved; the options are kept. Start over with: ${resume}\n`
  const sentence = `${describeFailure(found)}\n`
  if (found.tag === 'Storage') return sentence + storageAdvice[left](resume)
  return saved && !isWrongInput(found) ? `${sentence}What was done is saved. Continue it with: ${resume}\n` : sentence
}

/** Lets the folder of a run go that failed: taken back if it never began, left as it is where the disk refused to save it. */
export const settled = async (folder: RunFolder, found: Failure): Promise<void> => {
  if (found.tag === 'Storage') folder.lock.release()
  else await (isWrongInput(found) ? abandonFolder(folder) : keepFolder(folder))
}

/** Writes what a run gave, or says why it stopped and how it goes on (by the command `again`); keeps or takes back its folder. The exit code. */
export const concluded = async (
  world: World,
  folder: RunFolder,
  again: string,
  result: E.Either<Failure, string>,
): Promise<number> => {
  const { directory } = folder
  if (E.isRight(result)) {
    await keepFolder(folder)
    world.write(result.right)
    return 0
  }
  world.progress.stop()
  await settled(folder, result.left)
  world.warn(advice(result.left, again, await leftOf(directory)))
  return exitCodeOf(result.left)
}

/** Says why a table of cells stopped, each in a folder of its own below `directory`, and how it goes on. The exit code. */
export const cellsStopped = (world: World, found: Failure, directory: string): number => {
  world.progress.stop()
  const again = `Continue by running the same command again (--out ${directory}).\n`
  if (found.tag === 'Interrupted') world.warn(`Interrupted; finished cells are kept. ${again}`)
  else refuse(world, found)
  if (found.tag === 'Storage') world.warn(`Finished cells are kept, and the last checkpoint of this one. ${again}`)
  return exitCodeOf(found)
}
