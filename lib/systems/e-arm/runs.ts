/**
 * What a run shares with everything that reads it back: its random streams, the name of its checkpoints, and which of its
 * trainings are complete.
 */
import { type Key, fold, key } from '../../key.ts'
import type { Fits } from '../../train/fits-store.ts'
import { stepsFinished } from '../../train/steps.ts'
import type { StepsState } from '../../train/steps-state.ts'
import type { EArmExperiment } from './experiment-options.ts'
import type { Trained } from './task.ts'

/** What the checkpoints of a run are called. */
export const memoryName = ({ task }: Pick<EArmExperiment, 'task'>): string =>
  task === 'translate' ? 'translation' : 'e-arm'

/** Random streams of a seed, by purpose. */
const streams = { initial: 0, rows: 1, update: 2, samples: 3 } as const

/** The key of a seed for one purpose. */
export const keyOf = (seed: number, stream: keyof typeof streams): Key => fold(key(seed), streams[stream])

/** All trainings of a seed, complete, in the order of the options. */
export interface TrainedSeed {
  readonly seed: number
  readonly trained: readonly Trained[]
}

/** Seeds whose trainings are complete, and those of which not. */
interface CompleteSeeds {
  readonly complete: readonly TrainedSeed[]
  readonly missing: readonly number[]
}

/** A training at its end, if it came there; the shared one stands for it where no epoch has the energy. */
const trainedFit =
  ({ epochs, updates }: Pick<EArmExperiment, 'epochs' | 'updates'>, fits: Fits) =>
  (name: string, seed: number): StepsState | undefined =>
    [fits[`${name}-${seed}`], fits[`shared-${seed}`]].find(
      (fit) => fit !== undefined && stepsFinished(fit, epochs * updates),
    )

/** The seeds of a run of which every training is complete, with the parameters of the best validation, and those of which not. */
export const trainedSeeds = (
  options: Pick<EArmExperiment, 'seed' | 'seeds' | 'epochs' | 'updates' | 'variants'>,
  fits: Fits,
): CompleteSeeds => {
  const fitOf = trainedFit(options, fits)
  const seeds = Array.from({ length: options.seeds }, (_, i) => options.seed + i)
  const complete = seeds.flatMap((seed): readonly TrainedSeed[] => {
    const trained = options.variants.flatMap((variant): readonly Trained[] => {
      const fit = fitOf(variant, seed)
      return fit === undefined ? [] : [{ variant, parameters: fit.best }]
    })
    return trained.length < options.variants.length ? [] : [{ seed, trained }]
  })
  return { complete, missing: seeds.filter((seed) => complete.every((each) => each.seed !== seed)) }
}
