/** Whether a residual run is trained to its end, so that measuring it trains nothing. */
import { pipe } from 'fp-ts/lib/function.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { type Failure, failure } from '../../errors.ts'
import { energiesOf, type ResidualOptions } from './options.ts'
import { residualStore } from './state.ts'

/** The trainings of a run that ends: the base, the energies, and the baselines if it has them. */
const trainings = ({ baselines, ...options }: ResidualOptions): readonly string[] => [
  'base',
  ...energiesOf(options),
  ...(options.policySteps === undefined ? [] : ['policy']),
  ...(baselines ? ['balm', 'ralm'] : []),
]

/** The further energies, as they are typed. */
const asked = ({ evaluation: { energies = [] } }: ResidualOptions): string =>
  energies.length === 0 ? '' : ` --energies ${energies.join()}`

/** Reads the checkpoint of a run. Left `Checkpoint` names the trainings that are not done, and the command that goes on. */
export const trainedToEnd = (
  options: ResidualOptions & { readonly out: string },
  checkpoint: string,
  say: (line: string) => void,
): TE.TaskEither<Failure, void> =>
  pipe(
    residualStore(checkpoint, options, '', say),
    TE.chain(({ load }) => load),
    TE.chain(({ state }) => {
      const missing = trainings(options).filter((name) => !state.done.includes(name))
      return missing.length === 0
        ? TE.right(undefined)
        : TE.left(
            failure(
              'Checkpoint',
              `the run in ${options.out} is not trained to its end (${missing.join(', ')} missing)`,
              `train it first: exptilt residual train --resume ${options.out}${asked(options)}`,
              { missing },
            ),
          )
    }),
  )
