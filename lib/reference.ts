/**
 * The reference executor: f64, one operation after the other, no fusion. Slow and readable; the oracle of the others.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { at, field, held } from './at.ts'
import { sizeOf } from './axis.ts'
import { checked } from './checked.ts'
import { type Values, allocate } from './dtype.ts'
import { type Failure, failure, fromThrown, raise } from './errors.ts'
import {
  type Executor,
  type Feeds,
  type Prepared,
  type Program,
  type StateVariable,
  feedsOf,
  indicesOf,
  writeRows,
  inputName,
  keptAfter,
} from './executor.ts'
import { type Expr, type Value, definitionOf, topological, typeOf } from './expr.ts'
import { keysOf, recordOf } from './phantom.ts'
import { bodyArguments, type ScanShape, scanShape } from './ops/scan-op.ts'

/** Values of nodes computed so far, one for each result. */
type Computed = Map<Expr, readonly Values[]>

const valueOf = (known: Computed, x: Expr): Value => ({ ...typeOf(x), data: at(held(known, x), 0) })

/** What is computed for some roots, arguments before users, and how many of it read each value, which is let go after the last. */
interface Order {
  readonly roots: readonly Expr[]
  readonly nodes: readonly Expr[]
  readonly readers: ReadonlyMap<Expr, number>
}

const orderOf = (roots: readonly Expr[], leaves: { readonly has: (x: Expr) => boolean }): Order => {
  const nodes = topological(roots, leaves)
  const readers = new Map<Expr, number>(roots.map((root) => [root, Number.POSITIVE_INFINITY]))
  for (const x of nodes) for (const a of leaves.has(x) ? [] : x.args) readers.set(a, (readers.get(a) ?? 0) + 1)
  return { roots, nodes, readers }
}

/** Computes `roots` when the inputs among their ancestors are known. */
export const evaluate = (roots: readonly Expr[], known: ReadonlyMap<Expr, Values>): readonly Value[] =>
  follow(orderOf(roots, known), known)

const follow = ({ roots, nodes, readers }: Order, known: ReadonlyMap<Expr, Values>): readonly Value[] => {
  const computed: Computed = new Map([...known].map(([x, data]) => [x, [data]]))
  const pending = new Map(readers)
  for (const node of nodes) {
    if (known.has(node)) continue
    if (!computed.has(node)) computed.set(node, compute(node, computed))
    for (const a of node.args) {
      const left = held(pending, a) - 1
      pending.set(a, left)
      if (left === 0) computed.delete(a)
    }
  }
  return roots.map((r) => valueOf(computed, r))
}

/** Written out once, since nodes are interned: definitions, and the bodies of loops. */
const [meanings, loops] = [new WeakMap<Expr, Order>(), new WeakMap<Expr, Loop>()]

const remembered = <A>(memory: WeakMap<Expr, A>, node: Expr, make: () => A): A => {
  const known = memory.get(node)
  if (known !== undefined) return known
  const made = make()
  memory.set(node, made)
  return made
}

/** What a node is by definition, in terms of its arguments. */
const meaningOf = (node: Expr): Order =>
  remembered(meanings, node, () => {
    const meaning = definitionOf(node.op, node.attrs, node.args)
    if (meaning === undefined)
      return raise(failure('Feed', `input '${inputName(node)}' has no value`, 'feed it, or make it a state variable'))
    return orderOf(meaning, new Set(node.args))
  })

const compute = (node: Expr, known: Computed): readonly Values[] => {
  const [first] = node.args
  if (node.op.name === 'part' && first !== undefined) return known.get(first)?.slice(Number(node.attrs['index'])) ?? []
  const xs = node.args.map((a) => valueOf(known, a))
  if (node.op.kind === 'scan') return runScan(node, xs)
  if (node.op.reference !== undefined) return node.op.reference(node.attrs, node.types, xs)
  return follow(meaningOf(node), new Map(node.args.map((a, i) => [a, at(xs, i).data]))).map((v) => v.data)
}

/** A loop: its shape, the placeholders of its body, and the order of that. */
interface Loop {
  readonly shape: ScanShape
  readonly places: readonly Expr[]
  readonly body: Order
}

const loopOf = (node: Expr): Loop =>
  remembered(loops, node, () => {
    const shape = scanShape(node.attrs)
    const places = bodyArguments(shape, node.args.map(typeOf))
    return { shape, places, body: orderOf(shape.body, new Set(places)) }
  })

/** Row t of a stacked value. */
const row = (x: Value, t: number, size: number): Values => x.data.subarray(t * size, (t + 1) * size)

const runScan = (node: Expr, xs: readonly Value[]): readonly Values[] => {
  const { shape, places, body } = loopOf(node)
  const results = node.types.map((t) => allocate(t.dtype, sizeOf(t.axes)))
  let carry: readonly Values[] = xs.slice(0, shape.carries).map((x) => x.data)
  const store = (index: number, t: number, data: Values) => results[index]?.set(data, t * data.length)
  for (let s = 0; s < shape.axis.size; s++) {
    const t = shape.reverse ? shape.axis.size - 1 - s : s
    const fed = (i: number): Values => {
      const x = xs[i]
      if (x === undefined) return new Float64Array(0)
      if (i < shape.carries) return at(carry, i)
      return i < shape.carries + shape.sequences ? row(x, t, sizeOf(at(at(places, i).types, 0).axes)) : x.data
    }
    carry.forEach((c, i) => store(shape.carries + shape.outputs + i, t, c))
    const out = follow(body, new Map(places.map((p, i) => [p, fed(i)]))).map((v) => v.data)
    carry = out.slice(0, shape.carries)
    out.slice(shape.carries).forEach((y, i) => store(shape.carries + i, t, y))
  }
  carry.forEach((c, i) => results[i]?.set(c))
  return results
}

const attempt = <A>(f: () => A): TE.TaskEither<Failure, A> =>
  TE.fromIOEither(() => E.tryCatch(f, fromThrown('Runtime', 'check the program and its feeds')))

/** What holds a state. */
interface Cell {
  readonly now: () => Values
  readonly put: (data: Values) => void
}

const zeroCell = (x: Expr): Cell => {
  let data = zeros(x)
  return {
    now: () => data,
    put: (next) => {
      data = next
    },
  }
}

/** What holds the states of programs that lie beside each other. */
type Cells = ReadonlyMap<string, Cell>

const stores = new WeakMap<object, Cells>()

const cellsFor = (state: Program['state'], beside: Prepared | undefined): Cells => {
  const given = beside === undefined ? undefined : stores.get(beside)
  const own = Object.entries(state).map(([name, { input }]): [string, Cell] => [
    name,
    given?.get(name) ?? zeroCell(input),
  ])
  return new Map([...(given ?? []), ...own])
}

/** The state after a run: rows go into the old one, everything else replaces it. */
const advance = (cell: Cell, variable: StateVariable, next: Values, fed: Feeds): void => {
  const last = cell.now()
  if (variable.next === variable.input) return
  if (variable.at !== undefined) writeRows(last, next, indicesOf(variable, fed))
  else if (next.length === last.length) cell.put(next)
  else {
    const whole = last.slice()
    whole.set(next)
    cell.put(whole)
  }
}

const prepare = <S extends string, O extends string>(
  program: Program<S, O>,
  beside?: Prepared,
): TE.TaskEither<Failure, Prepared<S, O>> =>
  attempt(() => {
    const feeds = feedsOf(program)
    const names = keysOf(program.state)
    const outputs = keysOf(program.outputs)
    const cells = cellsFor(program.state, beside)
    const cellOf = (n: S): Cell => cells.get(n) ?? zeroCell(program.state[n].input)
    const now = (n: S): Values =>
      cellOf(n)
        .now()
        .subarray(0, sizeOf(typeOf(program.state[n].input).axes))
    const run = (fed: Feeds, read: readonly O[] = outputs) =>
      attempt(() => {
        const known = new Map([
          ...names.map((n): [Expr, Values] => [program.state[n].input, now(n)]),
          ...feeds.map((x): [Expr, Values] => [x, field(fed, inputName(x))]),
        ])
        const wanted = read.map((n) => program.outputs[n])
        const values = evaluate([...wanted, ...names.map((n) => program.state[n].next)], known)
        const results = values.slice(0, wanted.length).map((v): Value => ({ ...v, data: v.data.slice() }))
        const next = values.slice(wanted.length).map(({ data }) => data.slice())
        const kept = keptAfter(program.guard, (n) =>
          at(
            at(
              next,
              names.findIndex((m) => m === n),
            ),
            0,
          ),
        )
        names.forEach((n, i) => {
          if (!kept(n)) advance(cellOf(n), program.state[n], at(next, i), fed)
        })
        return recordOf(read, (_n, i) => at(results, i))
      })
    const prepared: Prepared<S, O> = {
      run,
      readState: (wanted = names) =>
        attempt(() => recordOf(wanted, (n) => ({ ...typeOf(program.state[n].input), data: now(n).slice() }))),
      writeState: (values) =>
        attempt(() => {
          for (const n of names) if (values[n] !== undefined) now(n).set(values[n])
        }),
      release: () => undefined,
    }
    stores.set(prepared, cells)
    return prepared
  })

const zeros = (x: Expr): Values => allocate(typeOf(x).dtype, sizeOf(typeOf(x).axes))

const unchecked: Executor = {
  name: 'reference',
  description: 'CPU reference (f64, JavaScript)',
  software: true,
  prepare,
  release: () => undefined,
}

/**
 * The reference executor. It is there always: to release it releases the programs that it has prepared so far.
 *
 * @example
 * evaluateOne(reference)(add(constant(1), constant(2))) // => 3
 */
export const reference: Executor = checked(unchecked, { allocate, reopens: true })

/** A reference executor of one's own, whose release is no one else's. */
export const openReference = (): Executor => checked(unchecked, { allocate })
