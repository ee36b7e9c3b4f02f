/**
 * Loops along an axis, typed: `scan` from the first element to the last, `scanReverse` the other way.
 */
import { field } from '../at.ts'
import { findAxis, showAxes, type Axis } from '../axis.ts'
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

const record = (names: readonly string[], xs: readonly Expr[]): Readonly<Record<string, Expr>> =>
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
 * import { add, axis, constant, input, scan } from 'exptilt'
 * const time = axis('time', 5)
 * const x = input('x', time)
 * const running = scan(time)({ total: constant(0) }, { x }, (carry, at) => {
 *   const total = add(carry.total, at.x)
 *   return { carry: { total }, out: { total } }
 * })
 */
export const scan =
  <K extends string>(over: Axis<K>) =>
  <C extends Axes, X extends Axes, Y extends Axes>(
    carry: Tensors<C>,
    xs: Stacked<X, K>,
    body: (carry: Tensors<C>, x: Tensors<X>) => { readonly carry: Tensors<C>; readonly out: Tensors<Y> },
  ): Scanned<C, Y, K> =>
    scanFrom(over, 'forward', carry, xs, body)

/** The same loop from the last element to the first; outputs stay in the order of the axis. */
export const scanReverse =
  <K extends string>(over: Axis<K>) =>
  <C extends Axes, X extends Axes, Y extends Axes>(
    carry: Tensors<C>,
    xs: Stacked<X, K>,
    body: (carry: Tensors<C>, x: Tensors<X>) => { readonly carry: Tensors<C>; readonly out: Tensors<Y> },
  ): Scanned<C, Y, K> =>
    scanFrom(over, 'backward', carry, xs, body)

const scanFrom = <K extends string, C extends Axes, X extends Axes, Y extends Axes>(
  over: Axis<K>,
  direction: 'forward' | 'backward',
  carry: Tensors<C>,
  xs: Stacked<X, K>,
  body: (carry: Tensors<C>, x: Tensors<X>) => { readonly carry: Tensors<C>; readonly out: Tensors<Y> },
): Scanned<C, Y, K> => {
  const initial: Readonly<Record<string, Expr>> = carry
  const sequences: Readonly<Record<string, Expr>> = xs
  const [carryNames, names] = [Object.keys(initial), Object.keys(sequences)]
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
  nesting.depth += 1
  const own = nesting.depth
  try {
    const carries = carryNames.map(
      (name, i): Pair => pairOf(argument(own, 'carry', i, typeOf(field(initial, name))), initial[name]),
    )
    const steps = names.map(
      (name, i): Pair => pairOf(argument(own, 'x', i, inside(over, typeOf(field(sequences, name)))), sequences[name]),
    )
    const result = body(
      typedRecord(
        record(
          carryNames,
          carries.map(([p]) => p),
        ),
      ),
      typedRecord(
        record(
          names,
          steps.map(([p]) => p),
        ),
      ),
    )
    const next: Readonly<Record<string, Expr>> = result.carry
    const out: Readonly<Record<string, Expr>> = result.out
    const outNames = Object.keys(out)
    const nexts = carryNames.map((name) => sameShape(name, field(initial, name), next[name]))
    const outs = outNames.flatMap((name) => field(out, name))
    const outer = captured([...nexts, ...outs], new Set([...carries, ...steps].map(([p]) => p)))
    const constants = outer.map((x, i): Pair => [argument(own, 'const', i, typeOf(x)), x])
    const closed = new Map(constants.map(([p, x]) => [x, p]))
    const inner = substitute([...nexts, ...outs], (x) => closed.get(x))
    const node = build(
      over,
      direction === 'backward',
      own,
      carries,
      steps,
      constants,
      inner.slice(0, nexts.length),
      inner.slice(nexts.length),
    )
    return {
      carry: typedRecord(
        record(
          carryNames,
          carryNames.map((_n, i) => part(i)(node)),
        ),
      ),
      out: typedRecord(
        record(
          outNames,
          outNames.map((_n, i) => part(carryNames.length + i)(node)),
        ),
      ),
    }
  } finally {
    nesting.depth -= 1
  }
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
