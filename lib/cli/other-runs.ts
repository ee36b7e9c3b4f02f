/** Folders that hold runs of other settings, which a new run, a table or a sweep would replace. */
import * as E from 'fp-ts/lib/Either.js'
import type { TaskEither } from 'fp-ts/lib/TaskEither.js'
import { effect, fail } from '../effect.ts'
import { type Failure, usage } from '../errors.ts'
import { differing, type Settings, valueAt } from '../experiment/settings.ts'
import type { PlacedCell } from './cells.ts'

/** Says what a run in a folder has otherwise than the one that is asked for: `Usage`; undefined where the one goes on as the other. */
export type OtherRun<O> = (folder: string, there: O, asked: O) => Failure | undefined

/** Names the first setting that trains and differs. */
export const otherRun =
  <O, P extends string>(table: Settings<O, P>) =>
  (folder: string, there: unknown, asked: unknown): Failure | undefined => {
    const found = differing(table, 'trains')(there, asked)
    if (found === undefined) return undefined
    const { path, setting } = found
    const [old, now] = [setting.format(valueAt(there, path)), setting.format(valueAt(asked, path))] as const
    const { flag } = setting
    return usage(
      `${folder} holds a run ${old === '' ? `without ${flag}` : `with ${flag} ${old}`}, not ${now === '' ? 'without it' : now}`,
      `choose another folder with --out DIR${old === '' ? '' : `, or give ${flag} ${old}`}`,
      { folder, flag },
    )
  }

/** Refuses cells whose folders hold runs of other settings, finished or not. */
export const refuseOthers =
  <O>(read: (folder: string) => TaskEither<Failure, O>, otherwise: OtherRun<O>) =>
  (cells: readonly Pick<PlacedCell<O>, 'folder' | 'options'>[]): TaskEither<Failure, void> =>
    effect(async () => {
      for (const { folder, options } of cells) {
        const there = await read(folder)()
        const other = E.isRight(there) ? otherwise(folder, there.right, options) : undefined
        if (other !== undefined) return fail(other)
      }
      return undefined
    })
