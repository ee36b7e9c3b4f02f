/**
 * Contraction on one of our executors. Operands are state, since what is fed is copied at every call; one number is read back.
 */
import { axis } from '../../lib/axis.ts'
import type { Executor, Prepared } from '../../lib/executor.ts'
import type { Expr } from '../../lib/expr.ts'
import { contract } from '../../lib/ops/contract.ts'
import { input } from '../../lib/ops/layout.ts'
import { slice } from '../../lib/ops/slice.ts'
import { program } from '../../lib/program.ts'
import { numberIn, type Task, timed } from '../clock.ts'
import { checkCorner, matrix, productsPerRepeat } from '../matrices.ts'
import { must, openDevice } from '../open.ts'

const operands = (n: number) => {
  const [row, inner, column] = [axis('row', n), axis('inner', n), axis('column', n)]
  const [left, right] = [input('left', row, inner), input('right', inner, column)]
  const product = contract(inner)(left, right)
  return { state: { left, right }, product, corner: slice(column, 0, 1)(slice(row, 0, 1)(product)) }
}

type Values = Readonly<Record<'left' | 'right', Float32Array>>

const numberOf = async (prepared: Prepared): Promise<number | undefined> =>
  (await must(prepared.run({}, ['corner']))).corner?.data[0]

/** One number of the product; products before the last are on WebGPU products alone, only submitted: a device's work is done in order. */
const resident = async (executor: Executor, n: number, values: Values) => {
  const { state, product, corner } = operands(n)
  const opened = async (wanted: Readonly<Record<string, Expr>>): Promise<Prepared> => {
    const prepared = await must(executor.prepare(program(state, state, wanted)))
    await must(prepared.writeState(values))
    return prepared
  }
  const last = await opened({ corner })
  const [before, asked] = executor.name === 'webgpu' ? [await opened({ product }), []] : [last, ['corner']]
  return async () => {
    for (let i = 1; i < productsPerRepeat(n); i++) await must(before.run({}, asked))
    return numberOf(last)
  }
}

/** Settings: `device`, `size`. */
export const measure: Task = async (settings) => {
  const n = numberIn(settings, 'size')
  const executor = await openDevice(settings)
  const values = { left: matrix(n, 1), right: matrix(n, 2) }
  const multiply = await resident(executor, n, values)
  checkCorner(values.left, values.right, n, await multiply())
  const times = await timed(settings, multiply)
  return { times: times.map((t) => t / productsPerRepeat(n)), facts: {} }
}
