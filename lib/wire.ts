/**
 * Programs as plain data, for another thread: nodes in order, each with the name of its operation, its attributes and the
 * numbers of its arguments. Whoever receives it looks the operations up by name and builds the same expressions again, through
 * the same type rules, so that a program which was sent is the program itself. Nothing received is executed as code.
 */
import * as E from 'fp-ts/lib/Either.js'
import { pipe } from 'fp-ts/lib/function.js'
import * as t from 'io-ts'
import { at, held } from './at.ts'
import { decodeAs } from './codec/json.ts'
import { natural } from './codec/scalars.ts'
import { type Values, isNumbers } from './dtype.ts'
import { type Failure, failure, fromThrown } from './errors.ts'
import { type Program, type StateVariable, rootsOf } from './executor.ts'
import { type Attribute, type Attributes, type Expr, apply, isExpr, isValues, topological } from './expr.ts'
import { operations } from './ops/table.ts'

/** An attribute: numbers, texts and arrays as they are; a node by its number, a record in a record, so that neither is taken for the other. */
export type WireAttribute =
  | number
  | string
  | Values
  | readonly WireAttribute[]
  | { readonly node: number }
  | { readonly record: Readonly<Record<string, WireAttribute>> }

/** A node; the numbers of its arguments are less than its own. */
interface WireNode {
  readonly op: string
  readonly attrs: Readonly<Record<string, WireAttribute>>
  readonly args: readonly number[]
}

/** A program: its nodes, and which of them are states, their next values, the indices of those that grow, and outputs. */
export interface WireProgram {
  readonly nodes: readonly WireNode[]
  readonly state: readonly {
    readonly name: string
    readonly input: number
    readonly next: number
    readonly at: number | undefined
  }[]
  readonly outputs: readonly { readonly name: string; readonly node: number }[]
  /** The states of the guard; what its failure says stays with whoever sent the program. */
  readonly guard: readonly string[] | undefined
}

const isArray = (a: Attribute): a is readonly Attribute[] => Array.isArray(a)

/** The expressions in an attribute. */
const within = (a: Attribute): readonly Expr[] =>
  typeof a !== 'object' || isValues(a)
    ? []
    : isExpr(a)
      ? [a]
      : (isArray(a) ? a : Object.values(a)).flatMap((each) => within(each))

/** All nodes that roots need, those in attributes (bodies of loops) among them, each after those that it needs. */
const nodesOf = (roots: readonly Expr[], known: Set<Expr> = new Set()): ReadonlySet<Expr> => {
  for (const node of topological(roots)) {
    if (known.has(node)) continue
    nodesOf(Object.values(node.attrs).flatMap(within), known)
    known.add(node)
  }
  return known
}

type NumberOf = (x: Expr) => number

const encodeAttribute =
  (numberOf: NumberOf) =>
  (a: Attribute): WireAttribute => {
    const encode = encodeAttribute(numberOf)
    if (typeof a !== 'object' || isValues(a)) return a
    if (isExpr(a)) return { node: numberOf(a) }
    return isArray(a) ? a.map(encode) : { record: mapped(a, encode) }
  }

const mapped = <A, B>(record: Readonly<Record<string, A>>, f: (a: A) => B): Readonly<Record<string, B>> =>
  Object.fromEntries(Object.entries(record).map(([name, a]) => [name, f(a)]))

/** A program as data. */
export const encodeProgram = (program: Program): WireProgram => {
  const { state, outputs, guard } = program
  const variables = Object.entries(state)
  const nodes = nodesOf([
    ...rootsOf(program),
    ...variables.flatMap(([, { input, at: index }]) => [input, index ?? []].flat()),
  ])
  const numbers = new Map([...nodes].map((node, i) => [node, i]))
  const numberOf: NumberOf = (x) => held(numbers, x)
  return {
    nodes: [...nodes].map(({ op, attrs, args }) => ({
      op: op.name,
      attrs: mapped(attrs, encodeAttribute(numberOf)),
      args: args.map(numberOf),
    })),
    state: variables.map(([name, { input, next, at: index }]) => ({
      name,
      input: numberOf(input),
      next: numberOf(next),
      at: index === undefined ? undefined : numberOf(index),
    })),
    outputs: Object.entries(outputs).map(([name, x]) => ({ name, node: numberOf(x) })),
    guard: guard?.states,
  }
}

const areValues = (x: unknown): x is Values => isNumbers(x)

/** Codec of the arrays that hold values: those that executors take. */
export const valuesCodec: t.Type<Values> = new t.Type<Values>(
  'array of numbers',
  areValues,
  (x, context) => (areValues(x) ? t.success(x) : t.failure(x, context)),
  t.identity,
)

const attributeCodec: t.Type<WireAttribute> = t.recursion('attribute', (self) =>
  t.union([
    t.number,
    t.string,
    valuesCodec,
    t.readonlyArray(self),
    t.type({ node: natural }),
    t.type({ record: t.record(t.string, self) }),
  ]),
)

const opCodec: t.Type<string> = t.refinement(t.string, (name) => operations.has(name), 'name of an operation')

/** Codec of programs as they are sent; what its numbers point at is checked when it is built. */
export const wireProgramCodec: t.Type<WireProgram, unknown> = t.type({
  nodes: t.readonlyArray(
    t.type({ op: opCodec, attrs: t.record(t.string, attributeCodec), args: t.readonlyArray(natural) }),
  ),
  state: t.readonlyArray(
    t.type({ name: t.string, input: natural, next: natural, at: t.union([natural, t.undefined]) }),
  ),
  outputs: t.readonlyArray(t.type({ name: t.string, node: natural })),
  guard: t.union([t.readonlyArray(t.string), t.undefined]),
})

const decodeAttribute =
  (built: readonly Expr[]) =>
  (a: WireAttribute): Attribute => {
    const decode = decodeAttribute(built)
    if (typeof a !== 'object' || isValues(a)) return a
    if ('node' in a) return at(built, a.node)
    return 'record' in a ? mapped(a.record, decode) : a.map(decode)
  }

const build = ({ nodes, state, outputs, guard }: WireProgram): Program => {
  const built: Expr[] = []
  for (const { op, attrs, args } of nodes) {
    const decoded: Attributes = mapped(attrs, decodeAttribute(built))
    built.push(apply(held(operations, op), decoded, ...args.map((i) => at(built, i))))
  }
  const variable = ({ input, next, at: index }: WireProgram['state'][number]): StateVariable => ({
    input: at(built, input),
    next: at(built, next),
    ...(index === undefined ? {} : { at: at(built, index) }),
  })
  const [first, ...others] = guard ?? []
  return {
    state: Object.fromEntries(state.map((each) => [each.name, variable(each)])),
    outputs: Object.fromEntries(outputs.map(({ name, node }) => [name, at(built, node)])),
    ...(first === undefined ? {} : { guard: { states: [first, ...others], failure: guardValues } }),
  }
}

/** What a guard says where its own words are not known: the values of its states. */
const guardValues = (values: readonly number[]): Failure =>
  failure('NonFinite', 'a step was not finite', 'ask whoever sent the program', { guard: values })

/** A program from data. Left `Format` for what is none, and what the operations' type rules say of what does not fit. */
export const decodeProgram = (data: unknown): E.Either<Failure, Program> =>
  pipe(
    data,
    decodeAs(wireProgramCodec, 'program'),
    E.chain((wire) =>
      E.tryCatch(() => build(wire), fromThrown('Format', 'send a program as `encodeProgram` makes it')),
    ),
  )
