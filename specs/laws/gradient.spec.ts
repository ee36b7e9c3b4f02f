/** Laws of gradients: expressions keep them, and each sees a rule that is wrong. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { apply, type Cotangent, type Expr, type Op } from '../../lib/expr.ts'
import { gradientLaws } from '../../lib/laws/gradient.ts'
import { complaintsOf } from '../../lib/laws/law.ts'
import { gather } from '../../lib/ops/gather.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { annihilate, multiply, reciprocal, scale, tanh } from '../../lib/ops/pointwise.ts'
import { softmax, sum } from '../../lib/ops/reduce.ts'
import { pointwise } from '../../lib/ops/rules.ts'
import { anyTensor } from '../../lib/typed.ts'
import { keepsLaws } from './kept.ts'

const [n, m] = [axis('n', 3), axis('m', 2)]
const [x, w] = [input('x', n), input('w', n, m)]
const real = anyTensor('f32')

const slope3 = pointwise({ name: 'planted_slope3', dtype: () => 'f32', compute: () => (v) => 3 * v * v })

/** x³ with a rule of one's own. Operations of one name are one, so each has a name of its own. */
let cubes = 0
const cube = (vjp: (x: Expr, g: Expr) => Cotangent): Expr => {
  cubes += 1
  const op: Op = pointwise({
    name: `planted_cube_${cubes}`,
    dtype: () => 'f32',
    compute: () => (v) => v ** 3,
    vjp: (node, g) => node.args.map((arg) => vjp(arg, g)),
  })
  return apply(op, {}, x)
}

const titles = async (of: Expr): Promise<readonly string[]> =>
  (await complaintsOf(gradientLaws({ results: [of], runs: 3 }))).map((found) => found.split(':')[0] ?? '')

describe('a small network', () => {
  const hidden = tanh(sum(n)(multiply(w, softmax(n)(x))))
  keepsLaws(gradientLaws({ results: [hidden, sum(m)(hidden)], runs: 5 }))
})

describe('values of inputs', () => {
  it('are those that are given, and needed for whole numbers', async () => {
    const rows = gather(n)(x, inputOf('i32')('rows', m))
    expect((await complaintsOf(gradientLaws({ results: [rows], runs: 1 })))[0]).toContain(
      "input 'rows' is of type i32: give `values`",
    )
    const values = (given: Expr) => (given === x ? Float64Array.of(1, 2, 3) : Int32Array.of(0, 2))
    expect(await complaintsOf(gradientLaws({ results: [rows], values, runs: 1 }))).toEqual([])
  })

  it('near a pole are the subject’s own affair', async () => {
    const inverse = reciprocal(x)
    const away = () => Float64Array.of(1.5, -2, 3)
    expect(await complaintsOf(gradientLaws({ results: [inverse], values: away, runs: 1 }))).toEqual([])
  })
})

describe('planted bugs', () => {
  const differences = 'first derivatives equal central differences'
  const curvature = 'second derivatives equal central differences of the first'

  it('a slope that is too large by one part in ten thousand is seen, with the direction', async () => {
    const wrong = cube((v, g) => scale(1.0001)(multiply(real(g), real(apply(slope3, {}, v)))))
    const found = await complaintsOf(gradientLaws({ results: [wrong], runs: 3 }))
    expect(found[0]).toMatch(
      /^first derivatives equal central differences: along \[.*\] the relative error is .* \(tolerance 0.000001\); counterexample \d+/,
    )
  })

  it('a right slope whose own derivative is missing is seen by the second derivatives alone', async () => {
    expect(await titles(cube((v, g) => annihilate(real(g), real(apply(slope3, {}, v)))))).toEqual([curvature])
  })

  it('a rule that forgets an operand is seen', async () => {
    expect(await titles(cube(() => undefined))).toEqual([differences])
  })

  it('a rule that is not linear in the cotangent is no transpose', async () => {
    const found = await titles(cube((_v, g) => multiply(real(g), real(g))))
    expect(found).toContain('the vector-Jacobian product is the transpose of the Jacobian-vector product')
  })
})
