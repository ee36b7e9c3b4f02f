/** Sums with what a look-up's gradient scatters into zeros: the updates go into the other value. */
import { describe, expect, it } from 'vitest'
import { axis, sizeOf } from '../../lib/axis.ts'
import { type Expr, type Tensor, axesOf } from '../../lib/expr.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { openOnnx } from '../../lib/onnx.ts'
import { lower } from '../../lib/onnx/lower.ts'
import { gather, scatterAdd } from '../../lib/ops/gather.ts'
import { gradient } from '../../lib/grad.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { add, multiply, square } from '../../lib/ops/pointwise.ts'
import { sumAll, sumOver } from '../../lib/ops/reduce.ts'
import { outputs } from '../../lib/program.ts'
import { disagreements } from './agreement.ts'
import { right } from '../either.ts'

const executor = right(await openOnnx({ threads: 1 })())

const [row, symbol] = [axis('row', 6), axis('symbol', 700)]
const [x, u] = [input('x', row, symbol), input('u', row)]
const index = inputOf('i32')('index', row)

type Matrix = Tensor<'row' | 'symbol' | '1'>

/** The slope of a sum in which x is read twice: as it is, and at one place of each row. */
const slopeOf = (): Matrix => {
  const picked: Tensor<'row' | '1'> = multiply(u, gather(symbol)(x, index))
  return gradient(add(sumAll(square(x)), sumOver(row)(picked)), { x }).x
}

const kinds = (y: Matrix): readonly string[] => lower(outputs({ y })).graph.nodes.map((n) => n.type)

const numbers = (node: Expr, seed: number) => ({
  node,
  data: Float64Array.from(uniforms(fold(key(8), seed), sizeOf(axesOf(node))), (v) => Math.fround(v - 0.5)),
})

const wrong = (y: Matrix) =>
  disagreements(
    executor,
    [y],
    [numbers(x, 0), numbers(u, 1), { node: index, data: Int32Array.of(0, 699, 3, 3, 900, -4) }],
  )

describe('what a look-up scatters', () => {
  it('goes into what it is added to: no zeros and no pass over both, with the values of the reference', async () => {
    const found = kinds(slopeOf())
    expect(found.filter((type) => type === 'ScatterElements')).toHaveLength(1)
    expect(found).not.toContain('Expand')
    expect(await wrong(slopeOf())).toEqual([])
  })

  it('stays what it is where it is read elsewhere too, or added to what repeats', () => {
    const scatteredRows: Matrix = scatterAdd(symbol, axis('pick', 1))<'row' | '1', 'row' | '1'>(
      input('v', row, axis('pick', 1)),
      inputOf('i32')('place', row, axis('pick', 1)),
    )
    expect(kinds(add(scatteredRows, square(scatteredRows)))).toContain('Add')
    expect(kinds(add(scatteredRows, u))).toContain('Add')
  })
})
