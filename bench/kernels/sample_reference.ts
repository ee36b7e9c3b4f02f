/**
 * A readable f64 definition of an LSTM language model, and the comparison of strings that a GPU drew with it.
 */
import { type Key, uniforms } from '../../lib/key.ts'

/** Sizes of a language model and of a batch. */
export interface Sizes {
  readonly batch: number
  readonly time: number
  readonly hidden: number
  readonly layers: number
  readonly vocabulary: number
}

/** Parameters: `weights` [V + L + (2L − 1) hidden, 4, hidden] (rows as in lstm_tile.wgsl), `output` [hidden + 1, V]. */
export interface Model {
  readonly weights: Float32Array<ArrayBuffer>
  readonly output: Float32Array<ArrayBuffer>
}

/** Parameters uniform in ±scale/√hidden; `end` is added to the output bias of EOS. */
export const randomModel = (sizes: Sizes, seed: number, scale: number, end: number): Model => {
  const { hidden, layers, vocabulary } = sizes
  const rows = vocabulary + layers + (2 * layers - 1) * hidden
  const bound = scale / Math.sqrt(hidden)
  const draw = (n: number, stream: number): Float32Array<ArrayBuffer> =>
    Float32Array.from(uniforms([seed, stream], n), (u) => bound * (2 * u - 1))
  const output = draw((hidden + 1) * vocabulary, 1)
  output[output.length - 1] = end
  return { weights: draw(rows * 4 * hidden, 0), output }
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** The recurrent state of one row: hidden and cell vectors of each layer. */
interface State {
  readonly hidden: readonly Float64Array[]
  readonly cell: readonly Float64Array[]
}

const zeroState = ({ layers, hidden }: Sizes): State => ({
  hidden: Array.from({ length: layers }, () => new Float64Array(hidden)),
  cell: Array.from({ length: layers }, () => new Float64Array(hidden)),
})

/** gates[4, hidden] += factor · weights[row]. */
const addRow = (gates: Float64Array, { weights }: Model, row: number, factor: number): void => {
  for (let i = 0; i < gates.length; i++) gates[i] = (gates[i] ?? 0) + factor * (weights[row * gates.length + i] ?? 0)
}

/** One step of one row in f64: updates `state`, returns the log-probabilities [V] of the next symbol. */
export const step = (model: Model, sizes: Sizes, state: State, symbol: number, temperature: number): Float64Array => {
  const { hidden, layers, vocabulary } = sizes
  const first = vocabulary + layers
  for (let layer = 0; layer < layers; layer++) {
    const gates = new Float64Array(4 * hidden)
    addRow(gates, model, vocabulary + layer, 1)
    if (layer === 0) addRow(gates, model, symbol, 1)
    else state.hidden[layer - 1]?.forEach((h, k) => addRow(gates, model, first + (2 * layer - 1) * hidden + k, h))
    state.hidden[layer]?.forEach((h, k) => addRow(gates, model, first + 2 * layer * hidden + k, h))
    const [cell, out] = [state.cell[layer] ?? gates, state.hidden[layer] ?? gates]
    for (let j = 0; j < hidden; j++) {
      const [i, f, g, o] = [0, 1, 2, 3].map((gate) => gates[gate * hidden + j] ?? 0)
      cell[j] = sigmoid(f ?? 0) * (cell[j] ?? 0) + sigmoid(i ?? 0) * Math.tanh(g ?? 0)
      out[j] = sigmoid(o ?? 0) * Math.tanh(cell[j] ?? 0)
    }
  }
  const logits = Float64Array.from({ length: vocabulary }, (_, v) => {
    let sum = model.output[hidden * vocabulary + v] ?? 0
    state.hidden[layers - 1]?.forEach((h, k) => {
      sum += h * (model.output[k * vocabulary + v] ?? 0)
    })
    return sum / temperature
  })
  const largest = Math.max(...logits)
  const total = logits.reduce((s, x) => s + Math.exp(x - largest), 0)
  return logits.map((x) => x - largest - Math.log(total))
}

/** Largest distance over which rounding may turn a draw: a uniform this near a cumulative boundary is not compared. */
export const NEAR = 1e-4

/** What a comparison of samples found. */
export interface Comparison {
  readonly drawn: number
  readonly wrong: number
  readonly near: number
  readonly logError: number
  readonly scoreError: number
}

/**
 * Follows the tokens that the GPU drew through the f64 definition: at each step the uniform must lie between the
 * cumulative probabilities around the drawn symbol; counts steps where it does only within `NEAR`, and where it does not.
 */
export const compare = (
  model: Model,
  sizes: Sizes,
  key: Key,
  temperature: number,
  got: {
    readonly tokens: Int32Array
    readonly logProbability: Float32Array
    readonly length: Int32Array
    readonly score: Float32Array
  },
): Comparison => {
  const end = sizes.vocabulary - 1
  let [drawn, wrong, near, logError, scoreError] = [0, 0, 0, 0, 0]
  for (let row = 0; row < sizes.batch; row++) {
    const us = uniforms(key, sizes.time, row * sizes.time)
    const state = zeroState(sizes)
    let [previous, total, count, ended] = [end, 0, 0, false]
    for (let t = 0; t < sizes.time; t++) {
      const symbol = got.tokens[row * sizes.time + t] ?? -1
      if (ended) {
        wrong += symbol === end ? 0 : 1
        continue
      }
      const logs = step(model, sizes, state, previous, temperature)
      const u = us[t] ?? 0
      let below = 0
      for (let v = 0; v < symbol; v++) below += Math.exp(logs[v] ?? 0)
      const above = below + Math.exp(logs[symbol] ?? -Infinity)
      const distance = Math.max(below - u, u - above)
      if (!(distance < NEAR)) wrong++
      else if (distance > 0) near++
      total += logs[symbol] ?? 0
      count++
      drawn++
      previous = symbol
      ended = symbol === end
    }
    if (got.length[row] !== count) wrong++
    logError = Math.max(logError, Math.abs(total - (got.logProbability[row] ?? Number.NaN)))
    scoreError = Math.max(
      scoreError,
      Math.abs((got.score[row] ?? Number.NaN) - (got.logProbability[row] ?? Number.NaN)),
    )
  }
  return { drawn, wrong, near, logError, scoreError }
}
