/** Programs of every kind that executors are given, small, with something to feed them. */
import { sizeOf } from '../../lib/axis.ts'
import type { DType, Values } from '../../lib/dtype.ts'
import { type Feeds, feedsOf, inputName, type Program } from '../../lib/executor.ts'
import { type Expr, typeOf } from '../../lib/expr.ts'
import { beamProgram } from '../../lib/models/beam-program.ts'
import { prefillProgram, scoreProgram, stepProgram } from '../../lib/models/language-programs.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { lstmInputs, lstmLoss } from '../../lib/models/lstm.ts'
import { gatedPixelCnn } from '../../lib/models/pixelcnn.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { adam, adamW, chain, clipByGlobalNorm, trainingProgram } from '../../lib/optimise/index.ts'
import { languageTraining } from '../../lib/systems/residual/programs.ts'
import { smallTransformer } from '../models/small-transformer.ts'

const size = { symbols: 3, hidden: 5, layers: 2 }
const small = transformer({ ...smallTransformer, context: 64 })
const lstm = lstmAutoregressive(size, 6)
const image = { height: 2, width: 3, channels: 3, levels: 2 }
const pixels = gatedPixelCnn({
  image,
  encoding: { embedding: 2 },
  features: 6,
  layers: 2,
  first: 3,
  window: 3,
  head: 6,
})
const optimiser = chain(clipByGlobalNorm(0.5), adamW(0.01, 0.01))

const lstmTraining = (dropout = 0.5, rate = 0.1): Program => {
  const parameters = lstmInputs(size)
  return trainingProgram<string>({
    parameters,
    loss: lstmLoss(size, parameters, { batch: 4, time: 6, dropout }),
    optimiser: chain(clipByGlobalNorm(1), adam(rate)),
  })
}

/** Each kind once. */
export const keptPrograms: Readonly<Record<string, () => Program>> = {
  'a training step of an LSTM, with dropout': lstmTraining,
  'a training step of a transformer, with dropout': () =>
    trainingProgram(languageTraining(small, { batch: 3, time: 7, from: 1, dropout: 0.3, optimiser })),
  'a training step of a gated PixelCNN': () =>
    trainingProgram(languageTraining(pixels, { batch: 2, time: pixels.context, from: 0, dropout: 0, optimiser })),
  'a step of sampling from an LSTM': () => stepProgram(lstm, { batch: 3, time: 6, decoding: {}, end: 2 }),
  'a step of sampling from a transformer': () =>
    stepProgram(small, { batch: 2, time: 64, decoding: { topK: 3, temperature: 0.7 } }),
  'the filling of its caches': () => prefillProgram(small, { batch: 2, time: 64 }),
  'its scores of rows': () => scoreProgram(small, { batch: 2, time: 9 }),
  'a step of beam search': () => beamProgram(small, { batch: 4, time: 8, width: 2, slots: 8, shared: true }),
}

/** Values of an input, some for each number of a run: whole numbers are small enough to be tokens, rows and lanes. */
const valuesFor = (dtype: DType, n: number, round: number): Values =>
  dtype === 'f32'
    ? Float32Array.from({ length: n }, (_, i) => 0.4 * Math.sin(1 + 3 * i + round))
    : dtype === 'u32'
      ? Uint32Array.from({ length: n }, (_, i) => Math.imul(i + 7 * round + 1, 2_654_435_761) >>> 0)
      : Int32Array.from({ length: n }, (_, i) => (i + round) % 2)

const filled = (inputs: readonly Expr[], round: number): Feeds =>
  Object.fromEntries(
    inputs.map((x) => [inputName(x), valuesFor(typeOf(x).dtype, sizeOf(typeOf(x).axes), round)] as const),
  )

/** What a run of a program is fed. */
export const feedsFor = (program: Program, round: number): Feeds => filled(feedsOf(program), round)

/** Values of its states, by name; none is negative, since second moments are among them. */
export const stateFor = (program: Program): Feeds =>
  Object.fromEntries(
    Object.entries(program.state).map(([name, { input }]) => [
      name,
      valuesFor(typeOf(input).dtype, sizeOf(typeOf(input).axes), 0).map(Math.abs),
    ]),
  )
