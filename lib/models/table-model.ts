/**
 * A language model that is a table: one row of logits for every prefix of fewer than K symbols. For tiny V and K every
 * string can be enumerated, so it is the oracle for whatever is written against `Autoregressive`.
 *
 * Prefixes are the nodes of a V-ary tree, numbered level by level: the empty one is 0, and the child of n by symbol s is
 * V·n + 1 + s. The model remembers, in steps, either the symbols so far (`remembers: 'symbols'`, an appended cache) or the
 * number of its node (`remembers: 'node'`, a carried state); the law is the same.
 */
import { at, field } from '../at.ts'
import { type Axis, axis, findAxis } from '../axis.ts'
import type { TokenRows } from '../data/strings.ts'
import { failure, raise } from '../errors.ts'
import { type Expr, type Tensor, axesOf } from '../expr.ts'
import { logSoftmax } from '../math.ts'
import { requireNames } from '../names.ts'
import { contract } from '../ops/contract.ts'
import { gather, oneHot } from '../ops/gather.ts'
import { iota, literal, rename, reorder } from '../ops/layout.ts'
import { add, cast, constant, constantOf, equal, less, multiply, scale, where } from '../ops/pointwise.ts'
import { sum } from '../ops/reduce.ts'
import { pad, slice } from '../ops/slice.ts'
import type { Autoregressive, Forward, Named, Parameters, Step, StepInput, Tokens } from './autoregressive.ts'
import { axesOfInitials, drawParameters, requireSizes, tensorOf } from './parameters.ts'

/** Symbols V, the longest string K, and what a step remembers (the symbols by default). */
export interface TableSize {
  readonly symbols: number
  readonly length: number
  readonly remembers?: 'symbols' | 'node'
}

/** Rows that a table may have: node numbers are exact in f32 far beyond, but nothing larger can be enumerated. */
const LARGEST = 2 ** 20

/** Nodes above level t: Σ_{j < t} V^j. */
const above = (symbols: number, t: number): number => {
  let nodes = 0
  for (let j = 0; j < t; j++) nodes = nodes * symbols + 1
  return nodes
}

/**
 * The number of prefixes of fewer than K symbols: the rows of the table.
 *
 * @example
 * tableRows({ symbols: 2, length: 3 }) // => 7
 */
export const tableRows = ({ symbols, length }: TableSize): number => above(symbols, length)

type Node = Tensor<'batch' | 'time' | '1'>

/** For each position t the factor of each earlier symbol: V^(t−1−j). */
const powers = (symbols: number, size: number, row: (j: number) => number): Float32Array =>
  Float32Array.from({ length: size * size }, (_, i) => {
    const [t, j] = [Math.floor(i / size), row(i % size)]
    return j >= 0 && j < t ? symbols ** (t - 1 - j) : 0
  })

const offsets = (symbols: number, time: Axis<'time'>): Tensor<'time' | '1'> =>
  literal(
    Float32Array.from({ length: time.size }, (_, t) => above(symbols, t)),
    time,
  )

const timeOf = (x: Expr): Axis<'time'> => axis('time', findAxis('table', axesOf(x), 'time').size)

/** The node of every prefix of every row. */
const nodesOf = ({ symbols }: TableSize, tokens: Tokens): Node => {
  const time = timeOf(tokens)
  const position = axis('position', time.size)
  const factors = literal(
    powers(symbols, time.size, (j) => j),
    position,
    time,
  )
  const before = rename(position, time)(contract(time)(cast('f32')(tokens), factors))
  return add(before, offsets(symbols, time))
}

const tableOf = (size: TableSize, parameters: Named) => {
  const context = axis('context', tableRows(size))
  return { context, table: tensorOf(parameters, 'logits', context, axis('symbol', size.symbols)) }
}

const forward =
  (size: TableSize) =>
  (parameters: Named, tokens: Tokens): Forward => {
    const { context, table } = tableOf(size, parameters)
    const time = timeOf(tokens)
    const node = nodesOf(size, tokens)
    const ids = cast('i32')(node)
    const hidden = rename(
      context,
      axis('model', context.size),
    )(reorder([...axesOf(ids).map((a) => a.name), 'context'])(oneHot(context)(ids)))
    const read = cast('f32')(moved(time, tokens))
    const last = sum(time)(where(equal(iota(time), constantOf('i32', time.size - 1)), node, constant(0)))
    return {
      logits: gather(context)(table, ids),
      hidden,
      rows: size.remembers === 'node' ? {} : { symbols: reorder(['time', 'batch'])(read) },
      carried: size.remembers === 'node' ? { node: last } : {},
    }
  }

/** Position t holds the token before it, position 0 a 0. */
const moved = (time: Axis<'time'>, tokens: Tokens): Tokens => pad(time, 1, 0)(slice(time, 0, time.size - 1)(tokens))

const stepNode = (size: TableSize, { appended, carried, previous, position }: StepInput): Tensor<'batch' | '1'> => {
  const fresh = equal(position, constantOf('i32', 0))
  const latest = cast('f32')(previous)
  if (size.remembers === 'node') {
    const before = tensorOf(carried, 'node', 'batch')
    return where(fresh, constant(0), add(scale(size.symbols)(before), add(latest, constant(1))))
  }
  const rows = tensorOf(appended, 'symbols', 'time', 'batch')
  const time = timeOf(rows)
  const at = axis('position', time.size)
  const factors = gather(at)(
    literal(
      powers(size.symbols, time.size, (row) => row - 1),
      at,
      time,
    ),
    position,
  )
  const earlier = where(less(iota(time), position), multiply(rows, factors), constant(0))
  const start = gather(time)(offsets(size.symbols, time), position)
  return add(add(sum(time)(earlier), start), where(fresh, constant(0), latest))
}

const step =
  (size: TableSize) =>
  (parameters: Named, at: StepInput): Step => {
    const { context, table } = tableOf(size, parameters)
    const node = stepNode(size, at)
    const read = where(equal(at.position, constantOf('i32', 0)), constant(0), cast('f32')(at.previous))
    return {
      logits: gather(context)(table, cast('i32')(node)),
      rows: size.remembers === 'node' ? {} : { symbols: read },
      carried: size.remembers === 'node' ? { node } : {},
    }
  }

/**
 * The model with parameter `logits` [context, symbol]. Throws a `Limit` failure for a table of more than 2²⁰ rows.
 *
 * @example
 * const model = tableModel({ symbols: 3, length: 4 })
 * model.initialise(key(1))['logits']?.length // => 120
 */
export const tableModel = (size: TableSize): Autoregressive => {
  requireSizes('a table', { symbols: size.symbols, length: size.length })
  requireNames({ memory: [size.remembers ?? 'symbols', ['symbols', 'node']] })
  const rows = tableRows(size)
  if (rows > LARGEST)
    raise(
      failure('Limit', `a table for ${size.symbols} symbols and length ${size.length} has ${rows} rows`, 'use fewer', {
        rows,
      }),
    )
  const initials = {
    logits: { axes: [axis('context', rows), axis('symbol', size.symbols)], deviation: 1.5 },
  }
  return {
    symbols: size.symbols,
    context: size.length,
    parameters: axesOfInitials(initials),
    initialise: drawParameters(initials),
    forward: forward(size),
    cache: (batch, time) => ({
      appended: size.remembers === 'node' ? {} : { symbols: [axis('time', time), axis('batch', batch)] },
      carried: size.remembers === 'node' ? { node: [axis('batch', batch)] } : {},
    }),
    step: step(size),
  }
}

/**
 * Every string of K symbols in lexicographic order: row i is i in base V.
 *
 * @example
 * everyRow({ symbols: 2, length: 3 }).count // => 8
 */
export const everyRow = ({ symbols, length }: TableSize): TokenRows => {
  const count = symbols ** length
  const tokens = new Int32Array(count * length)
  for (let i = 0; i < count; i++)
    for (let t = length - 1, rest = i; t >= 0; t--, rest = Math.floor(rest / symbols))
      tokens[i * length + t] = rest % symbols
  return { tokens, count, time: length }
}

/**
 * log q(x) (nats) of every string of `everyRow`, in f64.
 *
 * @example
 * const logits = new Float32Array(2 * tableRows({ symbols: 2, length: 1 }))
 * everyLogProbability({ symbols: 2, length: 1 })({ logits }) // => [-0.693147, -0.693147]
 */
export const everyLogProbability =
  (size: TableSize) =>
  (parameters: Parameters): Float64Array => {
    const { symbols, length } = size
    const logits = field(parameters, 'logits')
    const logs = Array.from({ length: tableRows(size) }, (_, n) =>
      logSoftmax(logits.subarray(n * symbols, (n + 1) * symbols)),
    )
    const { tokens, count } = everyRow(size)
    return Float64Array.from({ length: count }, (_, i) => {
      let [node, total] = [0, 0]
      for (let t = 0; t < length; t++) {
        const s = at(tokens, i * length + t)
        total += at(at(logs, node), s)
        node = symbols * node + 1 + s
      }
      return total
    })
  }
