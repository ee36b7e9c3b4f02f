/**
 * Many samples of an operation in one program on the GPU, each compared with the f64 reference within the running-error
 * bound of `specs/onnx/agreement.ts`; one program, so that pipelines compile side by side and are shared.
 */
import { describe, expect, it } from 'vitest'
import { sizeOf } from '../../lib/axis.ts'
import type { Device } from '../../lib/device.ts'
import type { Executor } from '../../lib/executor.ts'
import { type Expr, substitute, type Tensor, typeOf } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { inputOf, literal } from '../../lib/ops/layout.ts'
import { add, constant, multiply } from '../../lib/ops/pointwise.ts'
import { sumToAxes } from '../../lib/ops/rules.ts'
import { webGpuExecutor } from '../../lib/webgpu.ts'
import { describeOnDevice } from '../adapter.ts'
import { type How, type Placed, realInputs, realResults, type Sample, sample, small, wild } from '../domains.ts'
import { disagreements } from '../onnx/agreement.ts'

const SEED = key(20_242)

/** Small smooth values, small extreme values, and sizes around workgroups with empty axes. */
export const hows: readonly How[] = [
  small,
  { ...small, rank: 4, values: 'edge' },
  { ...wild, sizes: [0, 1, 2, 3, 7, 64, 65, 257], rank: 5, elements: 3000 },
]

interface Compared {
  readonly roots: readonly Expr[]
  readonly inputs: readonly Placed[]
}

/** The same sample with inputs of its own names. */
const renamed = ({ roots, inputs }: Compared, i: number): Compared => {
  const placed = inputs.map(({ node, data }, j) => ({
    node: inputOf(typeOf(node).dtype)(`sample${i} ${j}`, ...typeOf(node).axes),
    data,
  }))
  const fresh = new Map<Expr, Expr>(inputs.map(({ node }, j) => [node, placed[j]?.node ?? node]))
  return { roots: substitute(roots, (x) => fresh.get(x)), inputs: placed }
}

/** All disagreements of many samples, run as one program. */
export const compareAll = (
  executor: Executor,
  samples: readonly Compared[],
  normwise: boolean,
): Promise<readonly string[]> => {
  const own = samples.map(renamed)
  return disagreements(
    executor,
    own.flatMap((s) => s.roots),
    own.flatMap((s) => s.inputs),
    { normwise },
  )
}

/** ⟨u, results⟩ for random u: a scalar whose gradient is the vector-Jacobian product. */
const pairing = (s: Sample, seed: number): Expr =>
  realResults(s).reduce((total: Expr, y, i) => {
    const { axes } = typeOf(y)
    const weights = Float64Array.from(uniforms(fold(key(seed), i), sizeOf(axes)), (x) => Math.fround(2 * x - 1))
    const u: Expr = literal(weights, ...axes)
    const [left, term]: readonly Tensor<string>[] = [total, sumToAxes([])(multiply<string, string>(u, y))]
    return left === undefined || term === undefined ? total : add(left, term)
  }, constant(0))

const backward = (s: Sample, i: number): readonly Compared[] => {
  const inputs = realInputs(s)
  if (inputs.length === 0 || realResults(s).length === 0) return []
  const loss: Tensor<'1'> = pairing(s, i)
  const named = Object.fromEntries(inputs.map(({ node }, j): [string, Tensor<string>] => [`x${j}`, node]))
  return [{ roots: Object.values(gradient(loss, named)), inputs: s.inputs }]
}

/** The device as one without subgroups, so that the portable kernels are taken. */
export const portable = (device: Device): Device => ({ ...device, adapter: { ...device.adapter, subgroupSize: 4 } })

/** A driver may compile a kernel only at its first dispatch, which takes seconds for the largest ones on a processor. */
const TIMEOUT = 120_000

/** How much to try. `normwise` compares with the largest element of a result instead of element by element. */
export interface Trials {
  readonly cases?: number
  readonly normwise?: boolean
  readonly how?: How
  /** Also without subgroups. */
  readonly portably?: boolean
}

const compareOperation = (
  executor: () => Executor,
  name: string,
  { cases = 4, normwise = false, how }: Trials,
): void => {
  it(`F1: ${name}, forward, on all shapes and extreme values`, { timeout: TIMEOUT }, async () => {
    const samples = (how === undefined ? hows : [how]).flatMap((h, n) =>
      Array.from({ length: cases }, (_, i) => sample(name, fold(fold(SEED, n), i), h)),
    )
    expect(
      await compareAll(
        executor(),
        samples.map((s) => ({ roots: s.results, inputs: s.inputs })),
        normwise,
      ),
    ).toEqual([])
  })

  it(`F1: ${name}, backward`, { timeout: TIMEOUT }, async () => {
    const samples = Array.from({ length: Math.ceil(cases / 2) }, (_, i) =>
      sample(name, fold(fold(SEED, 9), i), how ?? small),
    )
    expect(await compareAll(executor(), samples.flatMap(backward), normwise)).toEqual([])
  })
}

/** A suite of F1 for some operations, and whatever else the device is wanted for. */
export const describeOperations = (
  title: string,
  names: readonly string[],
  trials: Trials = {},
  more: (executor: Executor, device: Device) => void = () => undefined,
): Promise<void> =>
  describeOnDevice(title, (device) => {
    const executor = webGpuExecutor()(device)
    describe.each(names)('%s', (name) => compareOperation(() => executor, name, trials))
    if (trials.portably === true)
      describe.each(names)('%s without subgroups', (name) =>
        compareOperation(() => webGpuExecutor()(portable(device)), name, trials),
      )
    more(executor, device)
  })
