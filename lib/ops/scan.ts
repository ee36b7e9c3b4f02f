/**
 * Loops along an axis, typed: `scan` from the first element to the last, `scanReverse` the other way.
 */
import { field } from '../at.ts'
import { type AnyAxis, type Axis, findAxis, showAxes } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import { axesOf, substitute, topological, type Expr, type Tensor, typeOf } from '../expr.ts'
import { typedRecord } from '../phantom.ts'
import { argument, build, inside, part, type Pair } from './scan-op.ts'

/** How many bodies are being traced: placeholders of nested loops must differ. */
const nesting = { depth: 0 }

/** Values of a body that do not depend on its placeholders and cost something: they become constants of the node. */
const captured = (body: readonly Expr[], own: ReadonlySet<Expr>): readonly Expr[] => {
  const order = topological(body)
  const depends = new Set<Expr>(own)
  for (const node of order) if (node.args.some((a) => depends.has(a))) depends.add(node)
  const outside = (x: Expr) =>
    !depends.has(x) && !(x.args.length === 0 && (x.op.name === 'constant' || x.op.name === 'iota'))
  const found = new Set(order.filter((n) => depends.has(n)).flatMap((n) => n.args.filter(outside)))
  for (const y of body) if (outside(y)) found.add(y)
  return [...found]
}

type Axes = Readonly<Record<string, string>>

type Tensors<X extends Axes> = { readonly [I in keyof X]: Tensor<X[I]> }

type Stacked<X extends Axes, K extends string> = { readonly [I in keyof X]: Tensor<X[I] | K> }

/** What a scan returns: the carries after the last step, and the outputs of all steps along the axis. */
export interface Scanned<C extends Axes, Y extends Axes, K extends string> {
  readonly carry: Tensors<C>
  readonly out: Stacked<Y, K>
}

type Exprs = Readonly<Record<string, Expr>>

const record = (names: readonly string[], xs: readonly Expr[]): Exprs =>
  Object.fromEntries(
    names.flatMap((name, i) => {
      const x = xs[i]
      return x === undefined ? [] : [[name, x]]
    }),
  )

/**
 * A loop along an axis: `carry` is passed from step to step, `xs` are read one element a step, and what the body returns
 * as `out` is stacked along the axis. The body may use any tensor from outside; all values are f32.
 *
 * @example
 * const time = axis('time', 3)
 * const x = literal(Float64Array.of(1, 3, 2), time)
 * const running = scan(time)({ total: constant(0) }, { x }, (carry, at) => {
 *   const total = add(carry.total, at.x)
 *   return { carry: { total }, out: { total } }
 * })
 * running.out.total // => [1, 4, 6]
 */
export const scan =
  <K extends string>(over: Axis<K>) =>
  <C extends Axes, X extends Axes, Y extends Axes>(
    carry: Tensors<C>,
    xs: Stacked<X, K>,
    body: (carry: Tensors<C>, x: Tensors<X>) => { readonly carry: Tensors<C>; readonly out: Tensors<Y> },
  ): Scanned<C, Y, K> =>
    scanFrom(over, 'forward', carry, xs, body)

/**
 * The same loop from the last element to the first; outputs stay in the order of the axis.
 *
 * @example
 * const time = axis('time', 3)
 * const x = literal(Float64Array.of(1, 3, 2), time)
 * const summed = scanReverse(time)({ total: constant(0) }, { x }, (carry, at) => {
 *   const total = add(carry.total, at.x)
 *   return { carry: { total }, out: { total } }
 * })
 * summed.out.total // => [6, 5, 2]
 */
export const scanReverse =
  <K extends string>(over: Axis<K>) =>
  <C extends Axes, X extends Axes, Y extends Axes>(
    carry: Tensors<C>,
    xs: Stacked<X, K>,
    body: (carry: Tensors<C>, x: Tensors<X>) => { readonly carry: Tensors<C>; readonly out: Tensors<Y> },
  ): Scanned<C, Y, K> =>
    scanFrom(over, 'backward', carry, xs, body)

/** Throws a `Shape` failure that names the sequence where one has another size along the axis. */
const checkSequences = (over: AnyAxis, sequences: Exprs): void => {
  for (const [name, x] of Object.entries(sequences))
    if (findAxis('scan', axesOf(x), over.name).size !== over.size)
      raise(
        failure(
          'Shape',
          `scan: '${name}' has another size than ${over.size} along '${over.name}'`,
          'make the sizes agree',
          { axis: over.name },
        ),
      )
}

/** Runs a trace one level deeper than those around it. */
const nested = <A>(trace: (depth: number) => A): A => {
  nesting.depth += 1
  try {
    return trace(nesting.depth)
  } finally {
    nesting.depth -= 1
  }
}

/** What a body made of its placeholders. */
interface Traced {
  readonly carries: readonly Pair[]
  readonly steps: readonly Pair[]
  readonly next: Exprs
  readonly out: Exprs
}

/** Names of values are names of placeholders: in the order of the records. */
const traced = (
  over: AnyAxis,
  depth: number,
  initial: Exprs,
  sequences: Exprs,
  body: (carry: Exprs, x: Exprs) => { readonly carry: Exprs; readonly out: Exprs },
): Traced => {
  const [carryNames, names] = [Object.keys(initial), Object.keys(sequences)]
  const carries = carryNames.map(
    (name, i): Pair => pairOf(argument(depth, 'carry', i, typeOf(field(initial, name))), initial[name]),
  )
  const steps = names.map(
    (name, i): Pair => pairOf(argument(depth, 'x', i, inside(over, typeOf(field(sequences, name)))), sequences[name]),
  )
  const placeholders = (pairs: readonly Pair[]): readonly Expr[] => pairs.map(([place]) => place)
  const { carry: next, out } = body(record(carryNames, placeholders(carries)), record(names, placeholders(steps)))
  return { carries, steps, next, out }
}

/** The node of a traced body, whose values from outside become constants. */
const closed = (
  over: AnyAxis,
  reverse: boolean,
  depth: number,
  { carries, steps, nexts, outs }: Pick<Traced, 'carries' | 'steps'> & Record<'nexts' | 'outs', readonly Expr[]>,
): Expr => {
  const outer = captured([...nexts, ...outs], new Set([...carries, ...steps].map(([p]) => p)))
  const constants = outer.map((x, i): Pair => [argument(depth, 'const', i, typeOf(x)), x])
  const places = new Map(constants.map(([p, x]) => [x, p]))
  const inner = substitute([...nexts, ...outs], (x) => places.get(x))
  return build(over, reverse, depth, carries, steps, constants, inner.slice(0, nexts.length), inner.slice(nexts.length))
}

const scanFrom = <K extends string, C extends Axes, X extends Axes, Y extends Axes>(
  over: Axis<K>,
  direction: 'forward' | 'backward',
  carry: Tensors<C>,
  xs: Stacked<X, K>,
  body: (carry: Tensors<C>, x: Tensors<X>) => { readonly carry: Tensors<C>; readonly out: Tensors<Y> },
): Scanned<C, Y, K> => {
  checkSequences(over, xs)
  return nested((depth) => {
    const trace = traced(over, depth, carry, xs, (c, x) => body(typedRecord(c), typedRecord(x)))
    const [carryNames, outNames] = [Object.keys(carry), Object.keys(trace.out)]
    const initial: Exprs = carry
    const nexts = carryNames.map((name) => sameShape(name, field(initial, name), trace.next[name]))
    const outs = outNames.map((name) => field(trace.out, name))
    const node = closed(over, direction === 'backward', depth, { ...trace, nexts, outs })
    const parts = (names: readonly string[], from: number): Exprs =>
      record(
        names,
        names.map((_n, i) => part(from + i)(node)),
      )
    return {
      carry: typedRecord(parts(carryNames, 0)),
      out: typedRecord(parts(outNames, carryNames.length)),
    }
  })
}

const pairOf = (place: Expr, value: Expr | undefined): Pair => [place, value ?? place]

/** A next carry laid out like the initial one; throws a `Shape` failure when its axes differ. */
const sameShape = (name: string, initial: Expr, next: Expr | undefined): Expr => {
  const wrong =
    next === undefined ||
    typeOf(next).dtype !== typeOf(initial).dtype ||
    axesOf(next).some((a) => !axesOf(initial).some((b) => b.name === a.name && b.size === a.size))
  return wrong
    ? raise(
        failure(
          'Shape',
          `scan: carry '${name}' has ${showAxes(axesOf(initial))} before the step and ${next === undefined ? 'nothing' : showAxes(axesOf(next))} after it`,
          'return a carry with the axes and element type that it came with; broadcast the initial one where needed',
          { carry: name },
        ),
      )
    : next
}
