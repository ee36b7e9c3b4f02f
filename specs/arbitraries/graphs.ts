/**
 * Random programs: a pool of nodes grown by one operation after the other, so that parts are shared, results have
 * aliases, and several nodes are outputs or the next state.
 */
import { type AnyAxis, axis } from '../../lib/axis.ts'
import type { Program } from '../../lib/executor.ts'
import { axesOf, type Expr, type Tensor } from '../../lib/expr.ts'
import type { Key } from '../../lib/key.ts'
import { input, reorder, reshape } from '../../lib/ops/layout.ts'
import { sliceNode } from '../../lib/ops/slice.ts'
import { concatNodes } from '../../lib/ops/join.ts'
import { add, constant, maximum, multiply, scale, sigmoid, subtract, tanh } from '../../lib/ops/pointwise.ts'
import { sumToAxes } from '../../lib/ops/rules.ts'
import { scan } from '../../lib/ops/scan.ts'
import { program } from '../../lib/program.ts'
import { type Draws, drawInput, draws, type Placed, reals, small } from '../domains/draws.ts'
import { declared } from '../../lib/phantom.ts'

const universe: readonly AnyAxis[] = [axis('a', 2), axis('b', 3), axis('c', 2)]
const real = (x: Expr): Tensor<string> => declared(x)
const time = axis('a', 2)

/** A loop over axis a that starts from a constant. */
const loop = (x: Expr): Expr => {
  const whole: Tensor<'a' | '1'> = declared(sumToAxes([time])(x))
  const along = axesOf(whole).length === 0 ? add(whole, input('a', time)) : whole
  const { out, carry } = scan(time)({ total: constant(0.5) }, { along }, ({ total }, at) => ({
    carry: { total: tanh(add(total, at.along)) },
    out: { total },
  }))
  return add(out.total, carry.total)
}

type Grow = (d: Draws, pick: () => Expr) => Expr

const growths: readonly [Grow, ...(readonly Grow[])] = [
  (_d, pick) => add(real(pick()), real(pick())),
  (_d, pick) => multiply(real(pick()), real(pick())),
  (_d, pick) => subtract(real(pick()), real(pick())),
  (_d, pick) => tanh(real(pick())),
  (_d, pick) => sigmoid(real(pick())),
  (_d, pick) => scale(0.5)(real(pick())),
  (_d, pick) => maximum(real(pick()), constant(0.1)),
  (d, pick) => sumToAxes(universe.filter(() => d.uniform() < 0.5))(pick()),
  (d, pick) => {
    const x = pick()
    return reorder(d.shuffled(axesOf(x)).map((a) => a.name))(x)
  },
  (_d, pick) => {
    const x = pick()
    return reshape(axesOf(x))(reshape([{ name: 'one', size: 1 }, ...axesOf(x)])(x))
  },
  (d, pick) => {
    const x = pick()
    const over = axesOf(x)[d.integer(0, axesOf(x).length - 1)]
    if (over === undefined) return x
    const parts = [sliceNode(over.name, 1, over.size - 1)(x), sliceNode(over.name, 0, 1)(x)]
    return concatNodes(over.name)(parts)
  },
  (_d, pick) => loop(pick()),
]

/** A program with its feeds and state. */
export interface RandomProgram {
  readonly program: Program
  readonly feeds: readonly Placed[]
  readonly state: readonly Placed[]
}

const inputsOver = (d: Draws, names: readonly string[]): readonly Placed[] =>
  names.map((name, i) => {
    const axes = i === 0 ? [time] : universe.filter(() => d.uniform() < 0.6)
    return { node: input(name, ...axes), data: drawInput(d, axes, reals(-1, 1)).data }
  })

/** A random program of about `nodes` operations. */
export const randomProgram = (k: Key, nodes: number): RandomProgram => {
  const d = draws(k, small)
  const placed = inputsOver(d, ['a', 'x', 'y', 'state'])
  const pool: Expr[] = placed.map((x) => x.node)
  const pick = (): Expr =>
    pool[Math.max(0, pool.length - 1 - Math.floor(d.uniform() ** 2 * pool.length))] ?? constant(1)
  for (let i = 0; i < nodes; i++) pool.push(d.one(growths)(d, pick))
  const [state] = placed.slice(3)
  const following = state === undefined ? constant(0) : sumToAxes(axesOf(state.node))(pick())
  const touched = placed
    .slice(0, 3)
    .map((x) => real(sumToAxes([])(x.node)))
    .reduce((a, b) => add(a, b))
  const outputs = {
    first: pick(),
    second: pick(),
    last: add(real(pool[pool.length - 1] ?? constant(1)), touched),
    input: pool[d.integer(0, 3)] ?? constant(1),
  }
  return {
    program: program({ s: state?.node ?? input('state') }, { s: following }, outputs),
    feeds: placed.slice(0, 3),
    state: placed.slice(3),
  }
}
