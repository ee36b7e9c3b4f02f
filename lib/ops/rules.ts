/**
 * Makers of operations: what pointwise and layout operations have in common is written once, here.
 */
import { absent, at, orElse, outside, three } from '../at.ts'
import { type AnyAxis, sizeOf, stridesAlong, unionAxes, without } from '../axis.ts'
import { type DType, allocate, dtypes } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import { positionsOf, wide } from './emit.ts'
import { reduceCalls } from './kernels.ts'
import { declared } from '../phantom.ts'
import {
  type AnyTensor,
  type ArrayType,
  type Attributes,
  type Cotangent,
  type Expr,
  type Op,
  type Tensor,
  type Value,
  apply,
  axesOf,
} from '../expr.ts'

/** The result of an operation, as the signature of the function that makes it declares. */
export const made = <A extends string, D extends DType>(
  op: Op,
  attrs: Attributes,
  ...args: readonly Expr[]
): Tensor<A, D> => declared(apply(op, attrs, ...args))

/** What leaves axis names and element type alone. */
export interface Keep {
  <A extends string, D extends DType>(x: Tensor<A, D>): Tensor<A, D>
  (x: Expr): Expr
}

/** A change of axes that leaves the element type alone. */
export interface Change {
  <D extends DType>(x: AnyTensor<D>): AnyTensor<D>
  (x: Expr): Expr
}

/** An axis to walk along: its size, and the stride of each of three operands. */
type Along = readonly [size: number, a: number, b: number, c: number]

/** The axes of a walk without those of one element, neighbours made one where every operand goes on from one to the next as along one. */
const joined = (domain: readonly AnyAxis[], strides: readonly (readonly number[])[]): readonly Along[] => {
  const stride = (s: number, d: number): number => (s < strides.length ? at(at(strides, s), d) : 0)
  const all = domain.map(({ size }, d): Along => [size, stride(0, d), stride(1, d), stride(2, d)])
  return all
    .filter(([size]) => size !== 1)
    .reduce((outer: readonly Along[], inner) => {
      const last = outer.at(-1)
      const goesOn = last !== undefined && [1, 2, 3].every((s) => at(last, s) === at(inner, s) * inner[0])
      const [size, ...steps] = inner
      return goesOn ? [...outer.slice(0, -1), [last[0] * size, ...steps]] : [...outer, inner]
    }, [])
}

/**
 * Walks `domain` in row-major order, run by run: `visit(start, along, a, b, c)` with the first place of each run, what is walked along,
 * and the offset there of each of at most three operands, whose strides along the domain are given.
 */
const walkRuns = (
  domain: readonly AnyAxis[],
  strides: readonly (readonly number[])[],
  visit: (start: number, along: Along, a: number, b: number, c: number) => void,
): void => {
  const total = sizeOf(domain)
  const axes = joined(domain, strides)
  const along: Along = orElse(axes.at(-1), [1, 0, 0, 0])
  const outer = axes.slice(0, -1)
  const position = outer.map(() => 0)
  let [a, b, c] = [0, 0, 0]
  for (let start = 0; start < total; start += along[0]) {
    visit(start, along, a, b, c)
    for (let d = outer.length - 1; d >= 0; d--) {
      const [size, stepA, stepB, stepC] = at(outer, d)
      const next = at(position, d) + 1
      const wraps = next === size
      const moved = wraps ? 1 - size : 1
      position[d] = wraps ? 0 : next
      a += moved * stepA
      b += moved * stepB
      c += moved * stepC
      if (!wraps) break
    }
  }
}

/** Walks `domain` element by element, as `walkRuns` does run by run. */
export const walk = (
  domain: readonly AnyAxis[],
  strides: readonly (readonly number[])[],
  visit: (i: number, a: number, b: number, c: number) => void,
): void =>
  walkRuns(domain, strides, (start, [size, stepA, stepB, stepC], a, b, c) => {
    for (let k = 0; k < size; k++) visit(start + k, a + k * stepA, b + k * stepB, c + k * stepC)
  })

/** How a pointwise operation computes, differentiates and is named in WGSL and ONNX. */
export interface PointwiseRule {
  readonly name: string
  /** Result dtype from operand dtypes; undefined rejects them. */
  readonly dtype: (args: readonly DType[], attrs: Attributes) => DType | undefined
  /** The function on numbers: up to three operands. */
  readonly compute: (attrs: Attributes, out: DType) => (x: number, y: number, z: number) => number
  /** Cotangents of the operands before summing over broadcast axes. */
  readonly vjp?: (node: Expr, g: AnyTensor) => readonly (Expr | undefined)[]
  /** Name of the WGSL function; default `${name}_${dtype of the first operand}`. */
  readonly wgsl?: Op['wgsl']
  readonly onnx?: Op['onnx']
}

/** The axes of a value of a pointwise operation: the union of its operands' axes. */
const pointwiseTypes =
  (rule: PointwiseRule): Op['types'] =>
  (attrs, args) => {
    const dtypes = args.map((a) => a.dtype)
    const dtype =
      rule.dtype(dtypes, attrs) ??
      raise(
        failure(
          'DType',
          `${rule.name} does not take ${dtypes.join(', ')}`,
          'cast the operands to one type that it takes',
          {
            op: rule.name,
            dtypes,
          },
        ),
      )
    return [{ axes: unionAxes(rule.name, ...args.map((a) => a.axes)), dtype }]
  }

/** What stands for the operands that an operation lacks. */
const NONE: Value = { axes: [], dtype: 'f32', data: new Float64Array(1) }

const pointwiseReference =
  (rule: PointwiseRule): NonNullable<Op['reference']> =>
  (attrs, [out], xs) => {
    if (out === undefined) return []
    const data = allocate(out.dtype, sizeOf(out.axes))
    const f = rule.compute(attrs, out.dtype)
    const operands = three([...xs, NONE, NONE])
    const strides = operands.map(({ axes }) => stridesAlong(out.axes, axes))
    const [x, y, z] = three(operands.map((operand) => operand.data))
    walkRuns(out.axes, strides, (start, [size, stepA, stepB, stepC], a, b, c) => {
      for (let k = 0; k < size; k++) {
        const i = a + k * stepA
        const j = b + k * stepB
        const l = c + k * stepC
        data[start + k] = f(x[i] ?? outside(x, i), y[j] ?? outside(y, j), z[l] ?? outside(z, l))
      }
    })
    return [data]
  }

/** An elementwise operation that broadcasts by axis name. */
export const pointwise = (rule: PointwiseRule): Op => ({
  name: rule.name,
  kind: 'pointwise',
  types: pointwiseTypes(rule),
  reference: pointwiseReference(rule),
  wgsl: rule.wgsl ?? ((_attrs, args) => `${rule.name}_${at(args, 0)}`),
  ...(rule.onnx === undefined ? {} : { onnx: rule.onnx }),
  ...(rule.vjp === undefined
    ? {}
    : {
        vjp: (node: Expr, [g]: readonly Cotangent[]) =>
          g === undefined
            ? node.args.map(() => undefined)
            : (rule.vjp?.(node, g) ?? []).map((c, i) => {
                const arg = node.args[i]
                return c === undefined || arg === undefined ? undefined : sumToAxes(axesOf(arg))(c)
              }),
      }),
})

/** The sum over several axes, filled in by `reduce.ts` (which would otherwise form a cycle with this file). */
export const sumOp: Op = {
  name: 'sum',
  kind: 'kernel',
  types: (attrs, [x]) => {
    const { over } = attrs
    const names = Array.isArray(over) ? over.map(String) : []
    return x === undefined ? [] : [{ axes: without(x.axes, names), dtype: x.dtype }]
  },
  reference: (_attrs, [out], [x]) => (out === undefined || x === undefined ? [] : [sumValues(out, x)]),
  lower: (attrs, [out], [x], on) =>
    out === undefined || x === undefined ? [] : reduceCalls('reduce_sum', readNames(attrs['over']), x, out, on),
  onnx: (attrs, b, inputs, out, args) => {
    const positions = positionsOf(readNames(attrs['over']), at(args, 0).axes)
    if (positions.length === 0) return inputs
    const along = b.constant('i64', [positions.length], positions)
    return wide(['i32', 'u32'], (builder, [x = absent()]) => builder.node('ReduceSum', [x, along], { keepdims: 0 }))(
      attrs,
      b,
      inputs,
      out,
      args,
    )
  },
  vjp: (node, [g]) => {
    const [x] = node.args
    return [g === undefined || x === undefined ? undefined : spreadTo(axesOf(x))(g)]
  },
}

const sumValues = (out: ArrayType, x: Value): Float64Array | Int32Array | Uint32Array => {
  const data = allocate(out.dtype, sizeOf(out.axes))
  walk(x.axes, [stridesAlong(x.axes, out.axes)], (i, o) => {
    data[o] = (data[o] ?? outside(data, o)) + (x.data[i] ?? outside(x.data, i))
  })
  return data
}

/** Sums over every axis that is not among `axes`: the adjoint of broadcasting. */
export const sumToAxes =
  (axes: readonly AnyAxis[]): Change =>
  <D extends DType>(x: Expr): AnyTensor<D> => {
    const extra = axesOf(x).filter((a) => !axes.some((b) => b.name === a.name))
    return extra.length === 0 ? declared(x) : made(sumOp, { over: extra.map((a) => a.name) }, x)
  }

/** Repeats a value along the axes that it lacks: the adjoint of a sum. */
export const spreadOp: Op = {
  name: 'spread',
  kind: 'pointwise',
  types: (attrs, [x]) => {
    const wanted = readAxes(attrs['axes'])
    return x === undefined ? [] : [{ axes: unionAxes('spread', wanted, x.axes), dtype: x.dtype }]
  },
  reference: (_attrs, [out], [x]) => {
    if (out === undefined || x === undefined) return []
    const data = allocate(out.dtype, sizeOf(out.axes))
    walk(out.axes, [stridesAlong(out.axes, x.axes)], (i, from) => {
      data[i] = x.data[from] ?? outside(x.data, from)
    })
    return [data]
  },
  vjp: (node, [g]) => {
    const [x] = node.args
    return [g === undefined || x === undefined ? undefined : sumToAxes(axesOf(x))(g)]
  },
  wgsl: (_attrs, [x]) => `identity_${x ?? 'f32'}`,
}

/** Attribute form of axes. */
export const writeAxes = (axes: readonly AnyAxis[]): readonly { readonly name: string; readonly size: number }[] =>
  axes.map(({ name, size }) => ({ name, size }))

/** Axes back from their attribute form. */
export const readAxes = (a: unknown): readonly AnyAxis[] =>
  Array.isArray(a)
    ? a.flatMap((x: unknown) =>
        typeof x === 'object' &&
        x !== null &&
        'name' in x &&
        'size' in x &&
        typeof x.name === 'string' &&
        typeof x.size === 'number'
          ? [{ name: x.name, size: x.size }]
          : [],
      )
    : []

/** Repeats `x` along those of `axes` that it lacks (nothing to do where it has all). */
export const spreadTo =
  (axes: readonly AnyAxis[]): Change =>
  <D extends DType>(x: Expr): AnyTensor<D> => {
    const lacking = axes.some((a) => !axesOf(x).some((b) => b.name === a.name))
    return lacking ? made(spreadOp, { axes: writeAxes(axes) }, x) : declared(x)
  }

/** Names in an attribute. */
export const readNames = (a: unknown): readonly string[] =>
  Array.isArray(a) ? a.flatMap((x: unknown) => (typeof x === 'string' ? [x] : [])) : typeof a === 'string' ? [a] : []

/** A text in an attribute, '' when there is none. */
export const readText = (a: unknown): string => (typeof a === 'string' ? a : '')

/** An element type in an attribute; throws `DType` for what is none. */
export const readDType = (a: unknown): DType =>
  dtypes.find((d) => d === a) ??
  raise(failure('DType', `there is no element type '${String(a)}'`, `use ${dtypes.join(', ')}`))

/** A number in an attribute, 0 when there is none. */
export const readNumber = (a: unknown): number => (typeof a === 'number' ? a : 0)

/** A number that an operation was given; throws `Domain` for what is no number, or where it does not hold what it must. */
export const requireNumber = (what: string, value: number, holds: boolean, remedy: string): number =>
  typeof value === 'number' && holds
    ? value
    : raise(failure('Domain', `${what} ${String(value)}`, remedy, { value: String(value) }))

/** Requires operands of an element type; throws a `DType` failure that names the operation. */
export const requireDType = (op: string, dtype: DType, ...args: readonly ArrayType[]): void => {
  for (const a of args)
    if (a.dtype !== dtype)
      raise(
        failure('DType', `${op} takes ${dtype}, not ${a.dtype}`, `cast the operand to ${dtype}`, {
          op,
          dtype: a.dtype,
        }),
      )
}
