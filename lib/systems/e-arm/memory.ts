/**
 * What an E-ARM run remembers: its trainings by name and the seconds they took, in the run's folder where there is one.
 */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import * as t from 'io-ts'
import { orElse } from '../../at.ts'
import { exactNumber } from '../../codec/scalars.ts'
import type { Failure } from '../../errors.ts'
import type { Progress } from '../../progress.ts'
import type { StepsState } from '../../train/steps-state.ts'
import { type Fits, fitsStore } from '../../train/fits-store.ts'

/** Trainings by name and the seconds they took; `keep` saves them where there is a folder. */
export interface Memory {
  readonly fits: () => Fits
  readonly fit: (name: string) => StepsState | undefined
  /** Seconds of training so far, 0 where there was none. */
  readonly seconds: (name: string) => number
  /** Remembers a training, and that it took so many seconds more. */
  readonly keep: (name: string, fit: StepsState, spent: number) => TE.TaskEither<Failure, void>
}

/** Where a run is remembered: its folder, the name of its checkpoints, the settings under which they are valid. */
interface Remembered {
  readonly directory: string | undefined
  readonly name: string
  /** Plain data. */
  readonly settings: unknown
  readonly adapter: string
  readonly progress: Pick<Progress, 'note'>
}

const record = t.type({ seconds: t.record(t.string, exactNumber) })

/** What an earlier run of the same settings has left, and the place for more. Failures as in `fitsStore`. */
export const rememberedRun = ({ directory, progress, ...where }: Remembered): TE.TaskEither<Failure, Memory> => {
  if (directory === undefined) return TE.right(memoryFrom({}, {}, () => TE.right(undefined)))
  return pipe(
    fitsStore({ ...where, directory, codec: record, say: progress.note }),
    TE.chain((store) =>
      pipe(
        store.load,
        TE.map((found) =>
          memoryFrom(found?.fits ?? {}, found?.record.seconds ?? {}, (fits, seconds) =>
            store.save({ record: { seconds }, fits }),
          ),
        ),
      ),
    ),
  )
}

type Seconds = Readonly<Record<string, number>>

const memoryFrom = (
  fits: Fits,
  seconds: Seconds,
  save: (fits: Fits, seconds: Seconds) => TE.TaskEither<Failure, void>,
): Memory => {
  let known = { fits, seconds }
  return {
    fits: () => known.fits,
    fit: (name) => known.fits[name],
    seconds: (name) => orElse(known.seconds[name], 0),
    keep: (name, fit, spent) => {
      known = {
        fits: { ...known.fits, [name]: fit },
        seconds: { ...known.seconds, [name]: orElse(known.seconds[name], 0) + spent },
      }
      return save(known.fits, known.seconds)
    },
  }
}
