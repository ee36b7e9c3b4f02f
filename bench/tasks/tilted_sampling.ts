/**
 * Tokens of rows that grow together: drawn from the model alone, or by sequential Monte Carlo under a constraint (look ahead,
 * weights, resampling). Both call the model as often, with as many rows.
 */
import { fileURLToPath } from 'node:url'
import { fromEither } from 'fp-ts/lib/TaskEither.js'
import { categorical } from '../../lib/energy/uniform.ts'
import { fold, key } from '../../lib/key.ts'
import { languageModel } from '../../lib/pretrained/language-model.ts'
import { openPredictor } from '../../lib/onnx/import.ts'
import { predictorModel } from '../../lib/tilt/adapters.ts'
import { bytesOfTexts } from '../../lib/tilt/model.ts'
import { smc } from '../../lib/tilt/samplers.ts'
import { prepare } from '../../lib/tilt/target.ts'
import { containingNone } from '../../lib/tilt/words.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { must } from '../open.ts'

const FILE = fileURLToPath(new URL('../../specs/fixtures/causal/cached.onnx', import.meta.url))

/** A small decoder of letters, or the model of the package after a prompt, and words that its texts must not hold. */
const openedModel = async (name: unknown) => {
  if (name === 'english')
    return { model: await must((await must(languageModel())).after('The sea')), avoided: ['the', 'and', '.'] }
  const predictor = await must(openPredictor({ file: FILE }))
  const texts = bytesOfTexts(['', ...'abcdefghijklmno'])
  return { model: await must(predictorModel({ texts, begin: [0], ends: [0] })(predictor)), avoided: ['ab', 'dd'] }
}

/** Settings: `rows`, `time` (tokens of each), `how`: `smc` or `plain`, `model`: `english`, or none for a small decoder. */
export const measure: Task = async (settings) => {
  const [rows, time] = [numberIn(settings, 'rows'), numberIn(settings, 'time')]
  const { model, avoided } = await openedModel(settings['model'])
  const constraint = await must(fromEither(containingNone(avoided)))
  const prepared = await must(prepare({ model, constraint, limit: time, least: time }))
  const plain = async (round: number): Promise<void> => {
    let grown = await must(model.begin)
    for (let step = 0; step < time; step++) {
      const own = fold(fold(key(1), round), step)
      const parents = Int32Array.from({ length: rows }, (_, i) => (step === 0 ? 0 : i))
      const tokens = Int32Array.from(parents, (parent, i) => {
        const probabilities = grown.logs[parent]?.map((log, v) => (model.ends.includes(v) ? 0 : Math.exp(log))) ?? []
        return categorical(fold(own, i), probabilities, 1)[0] ?? 0
      })
      grown = await must(grown.grow(parents, tokens))
    }
  }
  const tilted = (round: number): Promise<unknown> =>
    must(smc(fold(key(2), round), { particles: rows, islands: 1 })(prepared))
  const times = await timed(settings, settings['how'] === 'smc' ? tilted : plain)
  model.release()
  return { times, facts: {} }
}
