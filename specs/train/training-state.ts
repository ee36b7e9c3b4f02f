/**
 * What a run must remember to continue bit for bit, besides its arrays: the optimiser's step, the schedule's position,
 * the random key and counter, the order of the data and the place in it, scalars of the energy model, early stopping,
 * and the system's own progress.
 */
import * as t from 'io-ts'
import { exactNumber, keyCodec, natural } from '../../lib/codec/scalars.ts'
import type { Key } from '../../lib/key.ts'
import { type EarlyStopping, earlyStoppingCodec } from '../../lib/train/early-stopping.ts'

/** The state of a run; `progress` is the system's own (its phase, its counts). Arrays are saved beside it, in groups. */
export interface TrainingState<P> {
  readonly optimiser: { readonly step: number }
  readonly schedule: { readonly position: number; readonly scale: number }
  readonly random: { readonly key: Key; readonly counter: number }
  readonly data: { readonly key: Key; readonly epoch: number; readonly position: number }
  readonly energy: Readonly<Record<string, number>>
  readonly stopping: EarlyStopping | null
  readonly phase: string
  readonly progress: P
}

/** The codec of a run's state, given that of the system's progress. */
export const trainingState = <P>(progress: t.Type<P, unknown>): t.Type<TrainingState<P>, unknown> =>
  t.strict(
    {
      optimiser: t.strict({ step: natural }),
      schedule: t.strict({ position: natural, scale: exactNumber }),
      random: t.strict({ key: keyCodec, counter: natural }),
      data: t.strict({ key: keyCodec, epoch: natural, position: natural }),
      energy: t.record(t.string, exactNumber),
      stopping: t.union([t.null, earlyStoppingCodec]),
      phase: t.string,
      progress,
    },
    'training state',
  )
