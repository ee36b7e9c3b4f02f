/**
 * Fused pointwise runs: the one place where shader text is made. A run becomes a straight-line function that calls the
 * hand-written functions of `shaders/pointwise_ops.wgsl`, and an entry point that loads and stores, a span for each workgroup.
 *
 * Axes that all operands walk alike are merged. Where the last axis is contiguous, or absent, in every operand, an
 * invocation computes four elements, since loads of vec4 cost least; where some operands are transposed, four by four
 * (`blocks.ts`). A run over one axis has its size in `Params`, so that tensors of any size share a pipeline.
 */
import { at } from '../at.ts'
import { type AnyAxis, sizeOf, stridesAlong } from '../axis.ts'
import type { DType } from '../dtype.ts'
import { failure, raise } from '../errors.ts'
import { type Capabilities, type Expr, axesOf, typeOf } from '../expr.ts'
import { sharingGroups } from '../ops/kernels.ts'
import { type Place, type Step, placeKey, placeOf } from '../plan.ts'
import type { ShaderBody } from '../shader.ts'
import { type Blocks, blockLines, blocksOf, quadBindings } from './blocks.ts'
import { COMPONENTS, type Domain, merged, type Operand, offsetText, quadable, wgslType } from './domain.ts'

/** A fused run ready to dispatch: code, parameters, workgroups; it binds the step's `reads`, then the result. */
export interface FusedRun {
  readonly source: ShaderBody
  readonly preludes: readonly string[]
  readonly params: Readonly<Record<string, number>>
  readonly workgroups: number
  readonly reads: readonly Place[]
}

/** The entry point of every generated body. */
export const ENTRY = 'pointwise_run'

const LANES = 64

const bits = new DataView(new ArrayBuffer(4))

/** An f32 pattern; the compilers refuse to see one that is not finite, so `nought` of pointwise_ops hides it. */
const patternText = (x: number): string => {
  bits.setFloat32(0, x)
  const hide = Number.isFinite(x) ? '' : ' ^ nought'
  return `bitcast<f32>(${bits.getUint32(0)}u${hide})`
}

/** An f32 literal that every compiler reads back bit by bit; negatives in parentheses, subnormals and NaN as bit patterns. */
const floatLiteral = (value: number): string => {
  const x = Math.fround(value)
  if (!Number.isFinite(x) || (x !== 0 && Math.abs(x) < 2 ** -126)) return patternText(x)
  const text = `${Math.abs(x)}`
  const written = /[.e]/.test(text) ? text : `${text}.0`
  return x < 0 || Object.is(x, -0) ? `(-${written}f)` : `${written}f`
}

/** A constant of the given type as WGSL text. */
export const literalText = (dtype: DType, value: number): string => {
  if (dtype === 'f32') return floatLiteral(value)
  if (dtype === 'i32') return (value | 0) === -(2 ** 31) ? 'i32(-2147483647 - 1)' : `i32(${value | 0})`
  return `${dtype === 'bool' ? Number(value !== 0) : value >>> 0}u`
}

interface Collected {
  readonly operands: readonly Operand[]
  readonly reads: readonly Place[]
  /** Number of the operand that an expression outside the run is. */
  readonly number: ReadonlyMap<Expr, number>
}

const collect = (run: readonly Expr[], domain: readonly AnyAxis[]): Collected => {
  const inside = new Set(run)
  const places = new Map<string, Place>()
  const operands: Operand[] = []
  const keys = new Map<string, number>()
  const number = new Map<Expr, number>()
  for (const arg of run.flatMap((node) => node.args)) {
    if (inside.has(arg) || arg.op.name === 'constant' || number.has(arg)) continue
    const place = placeOf(arg)
    if (!places.has(placeKey(place))) places.set(placeKey(place), place)
    const binding = [...places.keys()].indexOf(placeKey(place))
    const { axes, dtype } = typeOf(arg)
    const strides = stridesAlong(domain, axes)
    const key = `${binding} ${strides.join(' ')}`
    const known = keys.get(key)
    number.set(arg, known ?? operands.length)
    if (known !== undefined) continue
    keys.set(key, operands.length)
    operands.push({ binding, dtype, strides })
  }
  return { operands, reads: [...places.values()], number }
}

/** The straight-line function of a run: one call for each node. */
const functionText = (run: readonly Expr[], { operands, number }: Collected): string => {
  const value = new Map(run.map((node, i) => [node, `v${i}`]))
  const nameOf = (x: Expr): string =>
    value.get(x) ??
    (x.op.name === 'constant' ? literalText(typeOf(x).dtype, Number(x.attrs['value'])) : `x${number.get(x) ?? 0}`)
  const lines = run.map((node, i) => {
    const { dtype } = typeOf(node)
    if (node.op.name === 'constant') return `  let v${i} = ${literalText(dtype, Number(node.attrs['value']))};`
    const called =
      node.op.wgsl?.(
        node.attrs,
        node.args.map((a) => typeOf(a).dtype),
        dtype,
      ) ??
      raise(
        failure('Runtime', `operation '${node.op.name}' names no WGSL function`, 'give it a `wgsl` member', {
          op: node.op.name,
        }),
      )
    return `  let v${i} = ${called}(${node.args.map(nameOf).join(', ')});`
  })
  const parameters = operands.map((o, i) => `x${i}: ${wgslType(o.dtype)}`)
  const out = outOf(run)
  return [`fn at(${parameters.join(', ')}) -> ${out} {`, ...lines, `  return v${run.length - 1};`, '}'].join('\n')
}

/** Lines that split the index `i` into a position along every axis but the first, whose position is what remains. */
const positionText = (sizes: readonly number[]): readonly string[] => {
  if (sizes.length <= 1) return ['let p0 = i;']
  const lines = ['var rest = i;']
  for (let d = sizes.length - 1; d > 0; d--)
    lines.push(`let p${d} = rest % ${sizes[d]}u;`, `rest = rest / ${sizes[d]}u;`)
  return [...lines, 'let p0 = rest;']
}

interface Loads {
  readonly lines: readonly string[]
  readonly quadBinding: readonly boolean[]
}

/** How each operand is loaded; a binding holds vec4s when all of its operands are walked four at a time. */
const loadsOf = ({ sizes, operands }: Domain, bindings: number, quad: boolean): Loads => {
  const last = sizes.length - 1
  const whole = (o: Operand): boolean => quad && o.strides[last] === 1
  const quadBinding = Array.from({ length: bindings }, (_, b) => operands.every((o) => o.binding !== b || whole(o)))
  const lines = operands.map((o, i) => {
    const scale = (s: number, d: number): number => (!quad || d === last ? s : s / 4)
    const fours = whole(o) ? o.strides.map(scale) : o.strides
    if (!whole(o) || quadBinding[o.binding] === true) return `let x${i} = a${o.binding}[${offsetText(fours)}];`
    const start = offsetText(fours)
    const each = [0, 1, 2, 3].map((c) => `a${o.binding}[4u * (${start}) + ${c}u]`)
    return `let x${i} = vec4<${wgslType(o.dtype)}>(${each.join(', ')});`
  })
  return { lines, quadBinding }
}

const resultText = (domain: Domain, out: string, quad: boolean): string => {
  const last = domain.sizes.length - 1
  const call = (component: string): string =>
    `at(${domain.operands.map((o, i) => (quad && o.strides[last] === 1 ? `x${i}.${component}` : `x${i}`)).join(', ')})`
  return quad ? `result[i] = vec4<${out}>(${COMPONENTS.map(call).join(', ')});` : `result[i] = ${call('x')};`
}

/** What an invocation does, which bindings hold vec4s and how many elements it computes. */
interface Work {
  readonly lines: readonly string[]
  readonly quadBinding: readonly boolean[]
  readonly each: 1 | 4 | 16
}

const workOf = (domain: Domain, bindings: number, out: string): Work => {
  const quad = quadable(domain)
  const blocks: Blocks | undefined = quad ? undefined : blocksOf(domain)
  const whole = blocks === undefined ? undefined : quadBindings(domain, bindings)
  if (blocks !== undefined && whole !== undefined)
    return { lines: blockLines(domain, blocks, out), quadBinding: whole, each: 16 }
  const { lines, quadBinding } = loadsOf(domain, bindings, quad)
  const sizes = domain.sizes.map((n, d) => (quad && d === domain.sizes.length - 1 ? n / 4 : n))
  return {
    lines: [...positionText(sizes), ...lines, resultText(domain, out, quad)],
    quadBinding,
    each: quad ? 4 : 1,
  }
}

const outOf = (run: readonly Expr[]): 'f32' | 'i32' | 'u32' =>
  wgslType(
    typeOf(run[run.length - 1] ?? raise(failure('Runtime', 'a fused run is empty', 'report this program'))).dtype,
  )

const bodyText = (
  run: readonly Expr[],
  collected: Collected,
  dtypes: readonly DType[],
  { lines, quadBinding, each }: Work,
): string => {
  const element = (type: string, four: boolean): string => (four ? `vec4<${type}>` : type)
  return [
    `// ${run.map((node) => node.op.name).join(', ')}`,
    'struct Params { count: u32 }',
    ...dtypes.map(
      (d, b) =>
        `@group(0) @binding(${b}) var<storage, read> a${b}: array<${element(wgslType(d), at(quadBinding, b))}>;`,
    ),
    `@group(0) @binding(${dtypes.length}) var<storage, read_write> result: array<${element(outOf(run), each > 1)}>;`,
    `@group(0) @binding(${dtypes.length + 1}) var<uniform> params: Params;`,
    functionText(run, collected),
    `@compute @workgroup_size(${LANES})`,
    `fn ${ENTRY}(@builtin(workgroup_id) group: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>, @builtin(local_invocation_index) lane: u32) {`,
    '  nought = params.count >> 31u;',
    `  let span = span_of(params.count, ${LANES}u, group, groups);`,
    `  for (var i = span.first + lane; i < span.end; i += ${LANES}u) {`,
    ...lines.map((line) => `    ${line}`),
    '  }',
    '}',
    '',
  ].join('\n')
}

/** The code of a fused run. */
export const fuse = (step: Step, on: Pick<Capabilities, 'software'>): FusedRun => {
  const axes = axesOf(step.root)
  const collected = collect(step.run, axes)
  const domain = merged(axes, collected.operands)
  const dtypes = collected.reads.map((_p, b) => collected.operands.find((o) => o.binding === b)?.dtype ?? 'f32')
  const work = workOf(domain, dtypes.length, outOf(step.run))
  const count = Math.ceil(sizeOf(axes) / work.each)
  const source: ShaderBody = {
    entryPoint: ENTRY,
    bindings: [
      ...dtypes.map((_d, b) => ({ name: `a${b}`, access: 'read' as const })),
      { name: 'result', access: 'read_write' },
    ],
    params: { count: { type: 'u32', offset: 0 } },
    paramsBytes: 16,
    text: bodyText(step.run, collected, dtypes, work),
  }
  return {
    source,
    preludes: ['pointwise', 'pointwise_ops', 'spans'],
    params: { count },
    workgroups: sharingGroups(count, LANES, on),
    reads: collected.reads,
  }
}
