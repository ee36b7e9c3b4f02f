/** The networks of an E-ARM run on text or translation as models to tilt. */
import { fail } from '../../effect.ts'
import { usage } from '../../errors.ts'
import type { RunTilt, RunTiltServices } from '../tilt/run-tilt.ts'
import { lastOf } from '../../at.ts'
import type { EArmExperiment } from './experiment-options.ts'
import type { EArmServices } from './results.ts'
import { withRunModels } from './run-models.ts'
import { eArmTask } from './tasks.ts'

/** The last training of a run's last seed, or the one that is named. Failures as in `withRunModels` and of the task. */
export const tiltEArm: RunTilt<EArmExperiment, EArmServices & RunTiltServices> =
  (services, options, { network, ...request }) =>
  (use) =>
    withRunModels(
      services,
      options,
      eArmTask(services.data, options),
    )(async ({ run, runtime, seeds }) => {
      const { trained } = lastOf(seeds)
      const found = network === undefined ? trained.at(-1) : trained.find(({ variant }) => variant === network)
      if (found === undefined)
        return fail(
          usage(
            `the run has no training '${network}'`,
            `give --network ${trained.map(({ variant }) => variant).join(' or ')}`,
          ),
        )
      return run(use(await run(runtime.tokenModel(found.parameters, request))))
    })
