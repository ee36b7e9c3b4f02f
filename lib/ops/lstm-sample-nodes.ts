/**
 * Sampling from an LSTM language model in ONNX's operators, the loop over time written out.
 *
 * Rows that have drawn the same symbols are in the same state. As long as all prefixes are fewer than the rows, a step is
 * computed once for every prefix, and each row reads the logits of its own: of n rows of a model with two symbols beside EOS
 * the first log₂ n steps together cost what one costs later. Later steps go a few rows at a time, all of them for each few.
 */
import { at, orElse, three } from '../at.ts'
import type { OnnxBuilder } from '../expr.ts'
import { divisorFrom } from '../math.ts'
import { castNode, cutNode, expandNode, reshapeNode, scalarNode } from './emit.ts'
import { type CellState, type CellStep, cellNodes, gatedNodes, preNodes } from './lstm-nodes.ts'

/** Sizes of a model and of what is drawn from it. */
interface SampleSizes {
  readonly hidden: number
  readonly symbols: number
  readonly depth: number
  readonly batch: number
  readonly time: number
  readonly temperature: number
}

/** Parameters as they are used: `first` [symbols, 4·hidden] includes the bias. */
const modelNodes = (
  b: OnnxBuilder,
  weights: string,
  output: string,
  { hidden, symbols, depth, temperature }: SampleSizes,
) => {
  const whole = reshapeNode(b, weights, [symbols + depth + (2 * depth - 1) * hidden, 4 * hidden])
  const rows = (x: string, from: number, size: number): string => cutNode(b, x, 0, from, from + size)
  const scaled = b.node('Mul', [output, scalarNode(b, 1 / temperature)])
  const start = symbols + depth
  return {
    first: b.node('Add', [rows(whole, 0, symbols), rows(whole, symbols, 1)]),
    layers: Array.from({ length: depth }, (_, l) => ({
      bias: rows(whole, symbols + l, 1),
      input: rows(whole, start + Math.max(0, 2 * l - 1) * hidden, hidden),
      recurrent: rows(whole, start + 2 * l * hidden, hidden),
    })),
    output: rows(scaled, 0, hidden),
    outputBias: rows(scaled, hidden, 1),
  }
}

/** The symbol whose interval of the distribution function contains u [batch, 1], never one of probability 0. */
const drawNodes = (b: OnnxBuilder, logits: string, u: string, symbols: number): string => {
  const p = b.node('Softmax', [logits], { axis: 1 })
  const running = b.node('CumSum', [p, b.constant('i64', [], [1])])
  const total = b.node('Gather', [running, b.constant('i64', [1], [symbols - 1])], { axis: 1 })
  const along = b.constant('i64', [1], [1])
  const below = b.node(
    'ReduceSum',
    [castNode(b, b.node('LessOrEqual', [running, b.node('Mul', [u, total])]), 'i32'), along],
    { keepdims: 1 },
  )
  const possible = b.node('Mul', [
    castNode(b, b.node('Less', [scalarNode(b, 0), p]), 'i32'),
    b.constant(
      'i32',
      [symbols],
      Array.from({ length: symbols }, (_, i) => i),
    ),
  ])
  return b.node('Min', [below, b.node('ReduceMax', [possible, along], { keepdims: 1 })])
}

/** States, one for each row or each prefix, and the symbols that they read. */
interface Reading {
  readonly states: readonly CellState[]
  readonly read: string
}

const gathered = (b: OnnxBuilder, x: string, rows: string): string => b.node('Gather', [x, rows], { axis: 0 })

/** The states of other rows, each that of one of these. */
const statesAt = (b: OnnxBuilder, states: readonly CellState[], rows: string): readonly CellState[] =>
  states.map(({ hidden, cell }) => ({
    hidden: hidden === undefined ? undefined : gathered(b, hidden, rows),
    cell: cell === undefined ? undefined : gathered(b, cell, rows),
  }))

/** A model in a graph, as it is used, and its sizes. */
interface Drawer {
  readonly b: OnnxBuilder
  readonly model: ReturnType<typeof modelNodes>
  readonly sizes: SampleSizes
}

/** From so many rows on a product for each gate, of input and state joined, costs less than one whose result is split. */
const GATES_APART = 384

const gatesOf = (b: OnnxBuilder, x: string): readonly string[] => b.nodes('Split', [x], 4, { axis: 1, num_outputs: 4 })

/** A layer's step from what is read [rows] (layer 0) or the layer below, gate by gate. */
const apartStep = ({ b, model }: Drawer, l: number, x: string, hidden: string, cell: string | undefined): CellStep => {
  const { bias, input, recurrent } = at(model.layers, l)
  if (l === 0) {
    const [tables, weights] = [gatesOf(b, model.first), gatesOf(b, recurrent)]
    const gates = weights.map((weight, g) => b.node('Gemm', [hidden, weight, gathered(b, at(tables, g), x)]))
    return gatedNodes(b, gates, cell)
  }
  const [weights, biases] = [gatesOf(b, b.node('Concat', [input, recurrent], { axis: 0 })), gatesOf(b, bias)]
  const both = b.node('Concat', [x, hidden], { axis: 1 })
  return gatedNodes(
    b,
    weights.map((weight, g) => b.node('Gemm', [both, weight, at(biases, g)])),
    cell,
  )
}

/** The same at once. */
const wholeStep = ({ b, model, sizes }: Drawer, l: number, x: string, { hidden, cell }: CellState): CellStep => {
  const { bias, input, recurrent } = at(model.layers, l)
  const own = l === 0 ? gathered(b, model.first, x) : b.node('Gemm', [x, input, bias])
  return cellNodes(b, preNodes(b, own, hidden, recurrent, sizes.hidden), cell)
}

/** One step of so many rows: the states after it, and the logits [rows, symbols]. */
const stepNodes = (
  drawer: Drawer,
  { states, read }: Reading,
  rows: number,
): { readonly states: readonly CellState[]; readonly logits: string } => {
  const { b, model } = drawer
  let below = read
  const next = states.map((state, l) => {
    const { hidden, cell } = state
    const apart = hidden !== undefined && rows >= GATES_APART
    const step = apart ? apartStep(drawer, l, below, hidden, cell) : wholeStep(drawer, l, below, state)
    below = step.hidden
    return step
  })
  return { states: next, logits: b.node('Gemm', [below, model.output, model.outputBias]) }
}

/** What a step draws [rows, 1]: tokens, the terms of log-probabilities, who drew, and who goes on. */
interface Drawn {
  readonly token: string
  readonly term: string
  readonly living: string
  readonly going: string
}

/** Draws from the logits of rows, at uniforms u [rows, 1]; rows that have ended draw the end. */
const drawnNodes = ({ b, sizes: { symbols } }: Drawer, logits: string, living: string, u: string): Drawn => {
  const drawn = drawNodes(b, logits, u, symbols)
  const term = b.node('GatherElements', [b.node('LogSoftmax', [logits], { axis: 1 }), drawn], { axis: 1 })
  const end = b.constant('i32', [], [symbols - 1])
  const token = b.node('Where', [living, drawn, end])
  return { token, term: b.node('Where', [living, term, scalarNode(b, 0)]), living, going: b.node('Less', [token, end]) }
}

/** Tokens, terms and who drew [rows, steps]. */
type Tables = readonly [tokens: string, terms: string, living: string]

const joined = (b: OnnxBuilder, parts: readonly Tables[], axis: number): Tables =>
  three(
    [0, 1, 2].map((i) => {
      const all = parts.map((part) => at(part, i))
      return all.length === 1 ? at(all, 0) : b.node('Concat', all, { axis })
    }),
  )

const tableOf = ({ token, term, living }: Drawn): Tables => [token, term, living]

const list = (b: OnnxBuilder, xs: readonly number[]): string => b.constant('i32', [xs.length], xs)

/** How many prefixes there are at each of the first steps: the first, and those at which they are fewer than the rows. */
const sharedSteps = ({ symbols, batch, time }: SampleSizes): readonly number[] => {
  const counts = [1]
  for (let n = symbols - 1; counts.length < time && n > 0 && n < batch; n *= symbols - 1) counts.push(n)
  return counts
}

/** Rows after the steps that they share: the states of all prefixes, and which of them is each row's [batch]. */
interface Shared {
  readonly table: Tables
  readonly states: readonly CellState[]
  readonly places: string
  readonly last: Drawn
}

/** The prefixes with one more symbol each: parent after parent, the states of each so many times. */
const longer = ({ b, sizes: { symbols } }: Drawer, states: readonly CellState[], prefixes: number): Reading => {
  const all = Array.from({ length: prefixes * (symbols - 1) }, (_, i) => i)
  const parents = all.map((i) => Math.floor(i / (symbols - 1)))
  const read = all.map((i) => i % (symbols - 1))
  return { states: statesAt(b, states, list(b, parents)), read: list(b, read) }
}

/** The first steps, each computed once for every prefix. */
const sharedNodes = (drawer: Drawer, columns: readonly string[]): Shared => {
  const { b, sizes } = drawer
  const { symbols, depth, batch } = sizes
  const none = Array.from({ length: depth }, () => ({ hidden: undefined, cell: undefined }))
  const begin = (): Omit<Shared, 'table'> => {
    const places = expandNode(b, b.constant('i32', [], [0]), [batch])
    const { states, logits } = stepNodes(drawer, { states: none, read: list(b, [symbols - 1]) }, 1)
    const all = expandNode(b, b.constant('bool', [], [1]), [batch, 1])
    return { states, places, last: drawnNodes(drawer, gathered(b, logits, places), all, at(columns, 0)) }
  }
  const further = (from: Omit<Shared, 'table'>, prefixes: number, u: string): Omit<Shared, 'table'> => {
    // Rows that have ended follow any prefix: what they draw does not count.
    const next = b.node('Min', [reshapeNode(b, from.last.token, [batch]), b.constant('i32', [], [symbols - 2])])
    const places = b.node('Add', [b.node('Mul', [from.places, b.constant('i32', [], [symbols - 1])]), next])
    const { states, logits } = stepNodes(drawer, longer(drawer, from.states, prefixes), prefixes * (symbols - 1))
    return { states, places, last: drawnNodes(drawer, gathered(b, logits, places), from.last.going, u) }
  }
  let found = begin()
  const tables = [tableOf(found.last)]
  for (const [t, prefixes] of sharedSteps(sizes).slice(0, -1).entries()) {
    found = further(found, prefixes, at(columns, t + 1))
    tables.push(tableOf(found.last))
  }
  return { ...found, table: joined(b, tables, 1) }
}

/** Rows that are drawn at once: what a step of more of them computes leaves the cache. */
const ROWS_AT_ONCE = 1024

/** Further steps of rows with states of their own. */
const rowsNodes = (drawer: Drawer, first: Reading, going: string, columns: readonly string[]): Tables => {
  const { b, sizes } = drawer
  let [reading, living] = [first, going]
  const tables = columns.map((u): Tables => {
    const { states, logits } = stepNodes(drawer, reading, sizes.batch)
    const drawn = drawnNodes(drawer, logits, living, u)
    reading = { states, read: reshapeNode(b, drawn.token, [sizes.batch]) }
    living = drawn.going
    return tableOf(drawn)
  })
  return joined(b, tables, 1)
}

/** The steps after those that rows share, some rows at a time. */
const apartNodes = (drawer: Drawer, { states, places, last }: Shared, columns: readonly string[]): Tables => {
  const { b, sizes } = drawer
  const { batch } = sizes
  const count = orElse(divisorFrom(batch, batch / ROWS_AT_ONCE), 1)
  const parts = (x: string): readonly string[] =>
    count === 1 ? [x] : b.nodes('Split', [x], count, { axis: 0, num_outputs: count })
  const [rows, tokens, going] = three([places, reshapeNode(b, last.token, [batch]), last.going].map(parts))
  const uniforms = columns.map(parts)
  const own = { ...drawer, sizes: { ...sizes, batch: batch / count } }
  const pieces = rows.map((place, i): Tables => {
    const reading = { states: statesAt(b, states, place), read: at(tokens, i) }
    return rowsNodes(
      own,
      reading,
      at(going, i),
      uniforms.map((u) => at(u, i)),
    )
  })
  return joined(b, pieces, 0)
}

/** Tokens [batch, time], log-probabilities [batch] and lengths [batch] drawn from a model. */
export const lstmSampleNodes = (
  b: OnnxBuilder,
  x: { readonly weights: string; readonly output: string; readonly key: string },
  sizes: SampleSizes,
): readonly string[] => {
  const { batch, time } = sizes
  const drawer: Drawer = { b, model: modelNodes(b, x.weights, x.output, sizes), sizes }
  const uniforms = b.node('host:uniforms', [x.key], { shape: [batch, time] })
  const columns = time === 1 ? [uniforms] : b.nodes('Split', [uniforms], time, { axis: 1, num_outputs: time })
  const shared = sharedNodes(drawer, columns)
  const rest = columns.slice(sharedSteps(sizes).length)
  const [tokens, terms, living] = joined(
    b,
    rest.length === 0 ? [shared.table] : [shared.table, apartNodes(drawer, shared, rest)],
    1,
  )
  const along = b.constant('i64', [1], [1])
  return [
    tokens,
    b.node('ReduceSum', [terms, along], { keepdims: 0 }),
    b.node('ReduceSum', [castNode(b, living, 'i32'), along], { keepdims: 0 }),
  ]
}
