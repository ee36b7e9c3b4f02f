/**
 * `scan`: a loop whose body is a closed sub-expression. Its gradient is a scan in the other direction, of any order.
 *
 * A node has arguments [carries, sequences, constants] and results [final carries, outputs, histories]: `history_i[t]` is
 * carry i before step t, which the gradient needs and executors leave out when nobody asks for it.
 */
import { type AnyAxis, type Axis, findAxis, showAxes } from '../axis.ts'
import { failure, raise } from '../errors.ts'
import {
  type ArrayType,
  type Attributes,
  type Cotangent,
  type Expr,
  type Op,
  type Tensor,
  apply,
  axesOf,
  substitute,
  topological,
  typeOf,
} from '../expr.ts'
import { vjpOf } from '../grad.ts'
import { typedRecord } from '../phantom.ts'
import { concatNodes, reorder, reshape, sliceNode } from './layout.ts'
import { add, constant } from './pointwise.ts'
import { readAxes, readNumber, spreadTo, writeAxes } from './rules.ts'

const dtypes = ['f32', 'i32', 'u32', 'bool'] as const

/** A value that the body of a scan receives at each step. `role` is `carry`, `x`, `const`, or `g…` for a cotangent. */
const argumentOp: Op = {
  name: 'argument',
  kind: 'input',
  types: (attrs) => [{ axes: readAxes(attrs['axes']), dtype: dtypes.find((d) => d === attrs['dtype']) ?? 'f32' }],
}

/** The placeholder of one value of a body. */
export const argument = (depth: number, role: string, index: number, type: ArrayType): Expr =>
  apply(argumentOp, { depth, role, index, axes: writeAxes(type.axes), dtype: type.dtype })

/** One result of a node with several. */
const partOp: Op = {
  name: 'part',
  kind: 'alias',
  types: (attrs, _args, [node]) => node?.types.slice(readNumber(attrs['index']), readNumber(attrs['index']) + 1) ?? [],
}

/** Result `index` of a node. */
export const part =
  (index: number) =>
  (node: Expr): Expr =>
    node.types.length === 1 && index === 0 ? node : apply(partOp, { index }, node)

/** What a scan node's attributes say. */
export interface ScanShape {
  readonly axis: AnyAxis
  readonly reverse: boolean
  readonly depth: number
  readonly carries: number
  readonly sequences: number
  readonly outputs: number
  /** Next carries, then outputs, in terms of `argument` nodes. */
  readonly body: readonly Expr[]
}

const isNode = (x: unknown): x is Expr => typeof x === 'object' && x !== null && 'op' in x && 'types' in x

/** Reads a scan node's attributes. */
export const scanShape = (attrs: Attributes): ScanShape => ({
  axis: readAxes([attrs['axis']])[0] ?? raise(failure('Shape', 'scan: the axis is missing', 'build scans with `scan`')),
  reverse: readNumber(attrs['reverse']) === 1,
  depth: readNumber(attrs['depth']),
  carries: readNumber(attrs['carries']),
  sequences: readNumber(attrs['sequences']),
  outputs: readNumber(attrs['outputs']),
  body: Array.isArray(attrs['body']) ? attrs['body'].filter(isNode) : [],
})

const stacked = (axis: AnyAxis, type: ArrayType): ArrayType => ({ axes: [axis, ...type.axes], dtype: type.dtype })
const inside = (axis: AnyAxis, type: ArrayType): ArrayType => ({
  axes: type.axes.filter((a) => a.name !== axis.name),
  dtype: type.dtype,
})

const scanOp: Op = {
  name: 'scan',
  kind: 'scan',
  types: (attrs, args) => {
    const { axis, body, carries } = scanShape(attrs)
    const finals = args.slice(0, carries)
    return [
      ...finals,
      ...body.slice(carries).map((y) => stacked(axis, typeOf(y))),
      ...finals.map((c) => stacked(axis, c)),
    ]
  },
  definition: (attrs, args) => unroll(attrs, args),
  vjp: (node, gs) => scanVjp(node, gs),
}

/** The placeholders of a body, in the order of the node's arguments. */
export const bodyArguments = (shape: ScanShape, args: readonly ArrayType[]): readonly Expr[] =>
  args.map((type, i) =>
    i < shape.carries
      ? argument(shape.depth, 'carry', i, type)
      : i < shape.carries + shape.sequences
        ? argument(shape.depth, 'x', i - shape.carries, inside(shape.axis, type))
        : argument(shape.depth, 'const', i - shape.carries - shape.sequences, type),
  )

/** The order in which steps run. */
const steps = ({ axis, reverse }: ScanShape): readonly number[] =>
  Array.from({ length: axis.size }, (_, t) => (reverse ? axis.size - 1 - t : t))

/** The loop written out: what the node means, and how executors without loops run it. */
const unroll = (attrs: Attributes, args: readonly Expr[]): readonly Expr[] => {
  const shape = scanShape(attrs)
  const { axis, carries, sequences, body } = shape
  const places = bodyArguments(shape, args.map(typeOf))
  const rows: (readonly Expr[])[] = []
  const before: (readonly Expr[])[] = []
  let carry = args.slice(0, carries)
  for (const t of steps(shape)) {
    const at = args.map((x, i) => {
      if (i < carries) return carry[i] ?? x
      if (i >= carries + sequences) return x
      const one = sliceNode(axis.name, t, 1)(x)
      return reshape(inside(axis, typeOf(one)).axes)(one)
    })
    const bound = new Map(places.map((p, i) => [p, at[i] ?? p]))
    const results = substitute(body, (x) => bound.get(x))
    before[t] = carry
    carry = results.slice(0, carries)
    rows[t] = results.slice(carries)
  }
  const join = (xs: readonly Expr[]) =>
    concatNodes(axis.name)(xs.map((x) => reshape([{ name: axis.name, size: 1 }, ...axesOf(x)])(x)))
  const column = (table: readonly (readonly Expr[])[], i: number) => join(table.flatMap((row) => row.slice(i, i + 1)))
  return [
    ...carry,
    ...Array.from({ length: shape.outputs }, (_, i) => column(rows, i)),
    ...Array.from({ length: carries }, (_, i) => column(before, i)),
  ]
}

const zeros = (type: ArrayType): Expr => spreadTo(type.axes)(constant(0))

const scanVjp = (node: Expr, gs: readonly Cotangent[]): readonly Cotangent[] => {
  const shape = scanShape(node.attrs)
  const { axis, carries, sequences, outputs, body, depth } = shape
  const types = node.args.map(typeOf)
  const places = bodyArguments(shape, types)
  const smooth = (i: number) => types[i]?.dtype === 'f32'
  const carried = types.flatMap((_t, i) => (smooth(i) && (i < carries || i >= carries + sequences) ? [i] : []))
  const perStep = types.flatMap((_t, i) => (smooth(i) && i >= carries && i < carries + sequences ? [i] : []))
  const results = body.map((y, i) => argument(depth, i < carries ? 'gcarry' : 'gy', i, typeOf(y)))
  const direct = vjpOf(
    body,
    results.map((g, i) => (typeOf(body[i] ?? g).dtype === 'f32' ? g : undefined)),
    places,
  )
  const history = types.slice(0, carries).map((t, i) => argument(depth, 'ghistory', i, t))
  const running = carried.map((i) =>
    i < carries
      ? (results[i] ?? zeros(types[i] ?? { axes: [], dtype: 'f32' }))
      : argument(depth, 'gconst', i, types[i] ?? { axes: [], dtype: 'f32' }),
  )
  const next = carried.map((i, j) => {
    const parts = [direct[i], i < carries ? history[i] : running[j]].filter((x) => x !== undefined)
    return parts.reduce((a: Expr, b: Expr): Expr => add(a, b))
  })
  const out = perStep.map((i) => direct[i] ?? zeros(typeOf(places[i] ?? node)))
  const full = (index: number): Expr => gs[index] ?? zeros(node.types[index] ?? { axes: [], dtype: 'f32' })
  const order = (x: Expr, i: number) => reorder((node.types[i]?.axes ?? []).map((a) => a.name))(x)
  const stackedInputs: readonly (readonly [Expr, Expr])[] = [
    ...places
      .slice(carries, carries + sequences)
      .map((p, i): readonly [Expr, Expr] => [p, node.args[carries + i] ?? p]),
    ...places.slice(0, carries).map((p, i): readonly [Expr, Expr] => [p, part(carries + outputs + i)(node)]),
    ...results.slice(carries).map((p, i): readonly [Expr, Expr] => [p, order(full(carries + i), carries + i)]),
    ...history.map((p, i): readonly [Expr, Expr] => [p, order(full(carries + outputs + i), carries + outputs + i)]),
  ]
  const constants = places
    .slice(carries + sequences)
    .map((p, i): readonly [Expr, Expr] => [p, node.args[carries + sequences + i] ?? p])
  const initial = carried.map((i, j): readonly [Expr, Expr] => [
    running[j] ?? node,
    i < carries ? order(full(i), i) : zeros(types[i] ?? { axes: [], dtype: 'f32' }),
  ])
  const back = build(axis, !shape.reverse, depth, initial, stackedInputs, constants, next, out)
  return types.map((_t, i) => {
    const c = carried.indexOf(i)
    const x = perStep.indexOf(i)
    return c >= 0 ? part(c)(back) : x >= 0 ? part(carried.length + x)(back) : undefined
  })
}

type Pair = readonly [placeholder: Expr, value: Expr]

/** Builds a scan node from placeholders with their values, renaming the placeholders to their final roles. */
const build = (
  axis: AnyAxis,
  reverse: boolean,
  depth: number,
  carries: readonly Pair[],
  sequences: readonly Pair[],
  constants: readonly Pair[],
  next: readonly Expr[],
  out: readonly Expr[],
): Expr => {
  const rename = new Map<Expr, Expr>()
  carries.forEach(([p, v], i) => rename.set(p, argument(depth, 'carry', i, typeOf(v))))
  sequences.forEach(([p], i) => rename.set(p, argument(depth, 'x', i, typeOf(p))))
  constants.forEach(([p], i) => rename.set(p, argument(depth, 'const', i, typeOf(p))))
  const laid = next.map((y, i) => {
    const axes = axesOf(carries[i]?.[1] ?? y)
    return reorder(axes.map((a) => a.name))(spreadTo(axes)(y))
  })
  const body = substitute([...laid, ...out], (x) => rename.get(x))
  const first = sequences.map(([p, v]) => reorder([axis.name, ...axesOf(p).map((a) => a.name)])(v))
  const attrs = {
    axis: { name: axis.name, size: axis.size },
    reverse: Number(reverse),
    depth,
    carries: carries.length,
    sequences: sequences.length,
    outputs: out.length,
    body,
  }
  return apply(scanOp, attrs, ...carries.map(([, v]) => v), ...first, ...constants.map(([, v]) => v))
}

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
      (name, i): Pair => pairOf(argument(own, 'carry', i, typeOf(initial[name] ?? constant(0))), initial[name]),
    )
    const steps = names.map(
      (name, i): Pair =>
        pairOf(argument(own, 'x', i, inside(over, typeOf(sequences[name] ?? constant(0)))), sequences[name]),
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
    const nexts = carryNames.map((name) => sameShape(name, initial[name] ?? constant(0), next[name]))
    const outs = outNames.flatMap((name) => out[name] ?? [])
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

/** The operations of this file, for the table. */
export const scanOps: readonly Op[] = [argumentOp, partOp, scanOp]
