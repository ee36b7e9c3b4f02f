/**
 * Tensors with named axes, and a gradient. A program is an expression: nothing is computed before an executor runs it.
 * `contract(feature)` sums over the axis that both sides name; that the axes fit is checked by the compiler.
 */
import { axis, contract, evaluateOn, gradient, input, mean, reference, run, square, subtract } from 'exptilt'

const row = axis('row', 3)
const feature = axis('feature', 2)

const x = input('x', row, feature)
const y = input('y', row)
const weight = input('weight', feature)

/** Least squares: the mean over rows of (x·w − y)². */
const loss = mean(row)(square(subtract(contract(feature)(x, weight), y)))
const slope = gradient(loss, { weight })

const values = await run(
  evaluateOn(reference)(
    { loss, slope: slope.weight },
    {
      x: Float32Array.of(1, 2, 3, 4, 5, 6),
      y: Float32Array.of(0, 0, 0),
      weight: Float32Array.of(1, -1),
    },
  ),
)

/** Every row predicts −1, so the loss is 1, and the gradient is 2/3·xᵀ·(−1, −1, −1) = (−6, −8). */
export const answer = { loss: values.loss?.data[0], slope: Array.from(values.slope?.data ?? []) }
console.log('loss', answer.loss, 'gradient', answer.slope)
