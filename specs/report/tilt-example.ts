/** Results of a small tilt for specs of the report. */
import { silentProgress } from '../../lib/progress.ts'
import { presetOf } from '../../lib/experiment/settings.ts'
import type { TiltOptions } from '../../lib/systems/tilt/options.ts'
import type { TiltResults } from '../../lib/systems/tilt/results.ts'
import { constraintOf, runTilt } from '../../lib/systems/tilt/run.ts'
import { tiltSettings } from '../../lib/systems/tilt/settings.ts'
import { ngramModel } from '../../lib/tilt/adapters.ts'
import { run } from '../either.ts'
import { bigram } from '../tilt/small.ts'

const usual = presetOf(tiltSettings)('usual')

/** The results of these options on a bigram of three letters. */
export const tiltOfLetters = async (options: Partial<TiltOptions>): Promise<TiltResults> => {
  const own = { ...usual, limit: 6, ...options }
  return run(
    runTilt({ progress: silentProgress })(own, await run(constraintOf(own)))(ngramModel(bigram(['a', 'b', 'c'], 11))),
  )
}
