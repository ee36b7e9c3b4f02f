/**
 * The LSTM layer in f64, written for reading: what shaders/lstm*.wgsl and lstm_backward*.wgsl are checked against.
 *
 * z_t = pre_t + h_(t-1) W; i, f, o = sigmoid, g = tanh; c = f c + i g; h = o tanh c. Gate order i, f, g, o. The backward
 * pass is checked against the same formulas by hand, and this file's backward against finite differences.
 */

/** Sizes of a layer: time steps, rows of the batch, hidden units. */
export interface Sizes {
  readonly time: number
  readonly batch: number
  readonly hidden: number
}

/** Inputs: pre [time, batch, 4, hidden], weight [hidden, 4, hidden], initial states [batch, hidden]. */
export interface Inputs {
  readonly pre: ArrayLike<number>
  readonly weight: ArrayLike<number>
  readonly initialHidden: ArrayLike<number>
  readonly initialCell: ArrayLike<number>
}

/** Outputs: hidden and cell [time, batch, hidden], gates [time, batch, 4, hidden] after activation. */
export interface Outputs {
  readonly hidden: Float64Array
  readonly cell: Float64Array
  readonly gates: Float64Array
}

const at = (xs: ArrayLike<number>, i: number): number => xs[i] ?? Number.NaN
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x))

/** The forward recurrence. */
export const forward = ({ time, batch, hidden: size }: Sizes, inputs: Inputs): Outputs => {
  const hidden = new Float64Array(time * batch * size)
  const cell = new Float64Array(time * batch * size)
  const gates = new Float64Array(time * batch * 4 * size)
  for (let t = 0; t < time; t++)
    for (let row = 0; row < batch; row++) {
      const before = ((t - 1) * batch + row) * size
      const previous = (k: number): number =>
        t === 0 ? at(inputs.initialHidden, row * size + k) : at(hidden, before + k)
      const z = Float64Array.from({ length: 4 * size }, (_, j) => at(inputs.pre, (t * batch + row) * 4 * size + j))
      for (let k = 0; k < size; k++) {
        const h = previous(k)
        for (let j = 0; j < 4 * size; j++) z[j] = at(z, j) + h * at(inputs.weight, k * 4 * size + j)
      }
      for (let unit = 0; unit < size; unit++) {
        const [i, f, g, o] = [
          sigmoid(at(z, unit)),
          sigmoid(at(z, size + unit)),
          Math.tanh(at(z, 2 * size + unit)),
          sigmoid(at(z, 3 * size + unit)),
        ]
        const c = f * (t === 0 ? at(inputs.initialCell, row * size + unit) : at(cell, before + unit)) + i * g
        const place = (t * batch + row) * size + unit
        cell[place] = c
        hidden[place] = o * Math.tanh(c)
        for (const [gate, value] of [i, f, g, o].entries()) gates[((t * batch + row) * 4 + gate) * size + unit] = value
      }
    }
  return { hidden, cell, gates }
}

/** Cotangents of the inputs: dPre [time, batch, 4, hidden], dHidden0 and dCell0 [batch, hidden]. */
export interface Cotangents {
  readonly dPre: Float64Array
  readonly dInitialHidden: Float64Array
  readonly dInitialCell: Float64Array
}

/** The backward recurrence: cotangents of hidden and cell [time, batch, hidden] to those of the inputs. */
export const backward = (
  { time, batch, hidden: size }: Sizes,
  inputs: Inputs,
  outputs: { readonly cell: ArrayLike<number>; readonly gates: ArrayLike<number> },
  dHidden: ArrayLike<number>,
  dCell: ArrayLike<number>,
): Cotangents => {
  const dPre = new Float64Array(time * batch * 4 * size)
  const carriedHidden = new Float64Array(batch * size)
  const carriedCell = new Float64Array(batch * size)
  for (let t = time - 1; t >= 0; t--)
    for (let row = 0; row < batch; row++) {
      const start = (t * batch + row) * 4 * size
      for (let unit = 0; unit < size; unit++) {
        const place = (t * batch + row) * size + unit
        const gate = (which: number): number => at(outputs.gates, start + which * size + unit)
        const [i, f, g, o] = [gate(0), gate(1), gate(2), gate(3)]
        const squashed = Math.tanh(at(outputs.cell, place))
        const dh = at(dHidden, place) + at(carriedHidden, row * size + unit)
        const dc = at(dCell, place) + at(carriedCell, row * size + unit) + dh * o * (1 - squashed * squashed)
        const before = t === 0 ? at(inputs.initialCell, row * size + unit) : at(outputs.cell, place - batch * size)
        dPre[start + unit] = dc * g * i * (1 - i)
        dPre[start + size + unit] = dc * before * f * (1 - f)
        dPre[start + 2 * size + unit] = dc * i * (1 - g * g)
        dPre[start + 3 * size + unit] = dh * squashed * o * (1 - o)
        carriedCell[row * size + unit] = dc * f
      }
      for (let k = 0; k < size; k++) {
        let total = 0
        for (let j = 0; j < 4 * size; j++) total += at(inputs.weight, k * 4 * size + j) * at(dPre, start + j)
        carriedHidden[row * size + k] = total
      }
    }
  return { dPre, dInitialHidden: carriedHidden, dInitialCell: carriedCell }
}
