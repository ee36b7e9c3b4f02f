/** Laws of gradients: of an operation or a network of one's own, as an expression, on the f64 reference. */
import * as fc from 'fast-check'
import { at } from '../at.ts'
import { sizeOf } from '../axis.ts'
import type { Values } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import { inputName } from '../executor.ts'
import { axesOf, type Expr, topological, typeOf } from '../expr.ts'
import { fold, type Key, key, uniforms } from '../key.ts'
import {
  centralDifference,
  directions,
  linearise,
  type Linearised,
  type Placed,
  relativeGap,
  transposeGap,
  valuesAt,
} from './derivatives.ts'
import { forAll, type Law, type Runs } from './law.ts'

/** Expressions whose derivatives in their f32 inputs are to be right. */
export interface GradientSubject extends Runs {
  readonly results: readonly Expr[]
  /** Values of an input by a key, away from kinks and poles; uniform in (−1, 1) by default, for f32 inputs alone. */
  readonly values?: (input: Expr, key: Key) => Values
  /** The largest relative error of first and second derivatives: 1e-6 and 1e-4 by default (h = 1e-5, f64). */
  readonly tolerances?: readonly [first: number, second: number]
}

const uniform = (x: Expr, k: Key): Values =>
  typeOf(x).dtype === 'f32'
    ? uniforms(k, sizeOf(axesOf(x))).map((u) => 2 * u - 1)
    : raise(
        failure('Domain', `input '${inputName(x)}' is of type ${typeOf(x).dtype}`, 'give `values` that it may have', {
          input: inputName(x),
        }),
      )

const linearised = ({ results, values = uniform }: GradientSubject, seed: number): Linearised => {
  const inputs = topological(results)
    .filter(({ op }) => op.name === 'input')
    .map((node, i): Placed => ({ node, data: values(node, fold(key(seed), i)) }))
  return linearise({ results, inputs }, key(seed + 1))
}

const shown = (along: readonly Values[]): string =>
  along.map((v) => `[${Array.from(v, (x) => x.toPrecision(3)).join(', ')}]`).join(' ')

/** The first direction along which a derivative differs from the central difference of what it is the derivative of. */
const worstDirection = (
  l: Linearised,
  [derived, of]: readonly [derived: readonly Expr[], of: readonly Expr[]],
  along: readonly (readonly Values[])[],
  tolerance: number,
): string | undefined => {
  const gaps = along.map((v) => relativeGap(valuesAt(l, derived, v), centralDifference(l, of, v)))
  const i = gaps.findIndex((gap) => !(gap <= tolerance))
  return i < 0
    ? undefined
    : `along ${shown(at(along, i))} the relative error is ${at(gaps, i).toPrecision(4)} (tolerance ${tolerance})`
}

/**
 * The laws of a gradient: ⟨v, Jᵀu⟩ = ⟨Jv, u⟩ to 1e-11 of the sums of |terms|; first derivatives equal central differences along
 * random directions and, where the inputs have at most 16 elements, every unit vector; second ones along random directions.
 * The counterexample is the seed of the inputs' values.
 *
 * @example
 * import { axis, input, multiply, softmax, sum } from 'exptilt'
 * import * as laws from 'exptilt/laws'
 * const n = axis('n', 3)
 * const x = input('x', n)
 * const loss = sum(n)(multiply(softmax(n)(x), x))
 * laws.complaintsOf(laws.gradient({ results: [loss], runs: 5 })) // => []
 */
export const gradientLaws = (subject: GradientSubject): readonly Law[] => {
  const { tolerances: [first, second] = [1e-6, 1e-4], ...rest } = subject
  const runs: Runs = { runs: 20, ...rest }
  const seeds = fc.nat(1e6)
  return [
    forAll(
      'the vector-Jacobian product is the transpose of the Jacobian-vector product',
      seeds,
      (seed) => {
        const { gap, scale } = transposeGap(linearised(subject, seed))
        const bound = 1e-11 * (1 + scale)
        return gap <= bound ? undefined : `⟨v, Jᵀu⟩ and ⟨Jv, u⟩ differ by ${gap} (tolerance ${bound})`
      },
      runs,
    ),
    forAll(
      'first derivatives equal central differences',
      seeds,
      (seed) => {
        const l = linearised(subject, seed)
        return worstDirection(l, [l.pushed, l.ys], directions(l, key(seed + 2)), first)
      },
      runs,
    ),
    forAll(
      'second derivatives equal central differences of the first',
      seeds,
      (seed) => {
        const l = linearised(subject, seed)
        return worstDirection(l, [l.curved, l.pulled], directions(l, key(seed + 2)).slice(0, 3), second)
      },
      runs,
    ),
  ]
}
