/**
 * How a command ends that runs a system in a folder: what it printed, or a sentence and the command that goes on.
 */
import * as E from 'fp-ts/lib/Either.js'
import { describeFailure, type Failure } from '../errors.ts'
import { exitCodeOf, isWrongInput } from './exit.ts'
import { abandonFolder, hasCheckpoint, keepFolder, type RunFolder } from './run-folder.ts'
import type { World } from './world.ts'

const advice = (found: Failure, resume: string, saved: boolean): string => {
  if (found.tag === 'Interrupted' && saved) return `Interrupted; the run is saved. Continue it with: ${resume}\n`
  const sentence = `${describeFailure(found)}\n`
  return saved && !isWrongInput(found) ? `${sentence}What was done is saved. Continue it with: ${resume}\n` : sentence
}

/** Writes what a run gave, or says why it stopped and how `command` goes on; keeps or takes back its folder. The exit code. */
export const concluded = async (
  world: World,
  folder: RunFolder,
  command: string,
  result: E.Either<Failure, string>,
): Promise<number> => {
  const { directory } = folder
  if (E.isRight(result)) {
    await keepFolder(folder)
    world.write(result.right)
    return 0
  }
  world.progress.end()
  await (isWrongInput(result.left) ? abandonFolder(folder) : keepFolder(folder))
  world.warn(advice(result.left, `npx ${command} --resume ${directory}`, await hasCheckpoint(directory)))
  return exitCodeOf(result.left)
}
