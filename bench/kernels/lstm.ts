/**
 * LSTM kernels: errors against the f64 definition over many sizes, then speed at 200 units, batch 128, 31 steps.
 *
 * Usage: tsx bench/kernels/lstm.ts [variant ...]; variants are listed in `forwards` and `backwards`.
 */
import { type Dispatch, errors, openDevice, prepare, values } from './harness.ts'
import { backward, forward, type Sizes } from './lstm_reference.ts'

const { device, description, subgroups } = await openDevice()
const ceil = (a: number, b: number): number => Math.ceil(a / b)

interface Variant {
  readonly files: readonly string[]
  readonly entry: string
  readonly constants: (sizes: Sizes) => Readonly<Record<string, number>>
  readonly workgroups: (sizes: Sizes) => readonly number[]
  readonly subgroups: boolean
  readonly allowed: (sizes: Sizes) => boolean
}

const lanesFor = (hidden: number): number => Math.min(256, 8 * ceil(hidden, 8))

const forwards: Readonly<Record<string, Variant>> = {
  lstm: {
    files: ['pointwise', 'lstm'],
    entry: 'lstm',
    constants: (s) => ({ LANES: lanesFor(s.hidden) }),
    workgroups: (s) => [ceil(s.batch, 4)],
    subgroups: false,
    allowed: () => true,
  },
  lstm_subgroup: {
    files: ['tile8', 'pointwise', 'lstm_subgroup'],
    entry: 'lstm_subgroup',
    constants: () => ({}),
    workgroups: (s) => [ceil(s.batch, 32)],
    subgroups: true,
    allowed: (s) => s.hidden % 4 === 0,
  },
}

const backwards: Readonly<Record<string, Variant>> = {
  lstm_backward: {
    files: ['pointwise', 'lstm_backward'],
    entry: 'lstm_backward',
    constants: (s) => ({ LANES: lanesFor(s.hidden), STAGED: 4 * lanesFor(s.hidden) }),
    workgroups: (s) => [ceil(s.batch, 4)],
    subgroups: false,
    allowed: () => true,
  },
  lstm_backward_subgroup: {
    files: ['tile8', 'pointwise', 'lstm_backward_subgroup'],
    entry: 'lstm_backward_subgroup',
    constants: () => ({}),
    workgroups: (s) => [ceil(s.batch, 32)],
    subgroups: true,
    allowed: (s) => s.hidden % 4 === 0,
  },
}

const transposed = (weight: Float32Array<ArrayBuffer>, hidden: number): Float32Array<ArrayBuffer> =>
  Float32Array.from(
    { length: weight.length },
    (_, i) => weight[(i % hidden) * 4 * hidden + Math.floor(i / hidden)] ?? 0,
  )

const problem = (s: Sizes) => {
  const cells = s.time * s.batch * s.hidden
  const weight = values(4 * s.hidden * s.hidden, 2, 1.5 / Math.sqrt(s.hidden))
  const inputs = {
    pre: values(4 * cells, 1, 2),
    weight,
    initialHidden: values(s.batch * s.hidden, 3),
    initialCell: values(s.batch * s.hidden, 4),
  }
  return {
    cells,
    inputs,
    weightTransposed: transposed(weight, s.hidden),
    dHidden: values(cells, 5),
    dCell: values(cells, 6),
  }
}

const dispatchOf = (variant: Variant, s: Sizes, bindings: Dispatch['bindings']): Dispatch => ({
  files: variant.files,
  entry: variant.entry,
  constants: variant.constants(s),
  bindings,
  params: [s.time, s.batch, s.hidden],
  workgroups: variant.workgroups(s),
})

const forwardBindings = (p: ReturnType<typeof problem>): Dispatch['bindings'] => [
  p.inputs.pre,
  p.inputs.weight,
  p.inputs.initialHidden,
  p.inputs.initialCell,
  p.cells,
  p.cells,
  4 * p.cells,
]

const show = (
  name: string,
  s: Sizes,
  list: readonly { readonly absolute: number; readonly relative: number }[],
): number => {
  const worst = Math.max(...list.map((e) => e.relative))
  if (!(worst < 2e-5))
    console.log(`${name} ${JSON.stringify(s)} WRONG`, list.map((e) => e.relative.toExponential(1)).join(' '))
  return worst
}

const checkForward = async (name: string, variant: Variant, s: Sizes): Promise<number> => {
  const p = problem(s)
  const want = forward(s, p.inputs)
  const kernel = await prepare(device, dispatchOf(variant, s, forwardBindings(p)))
  await kernel.run()
  const list = [
    errors(await kernel.read(4), want.hidden),
    errors(await kernel.read(5), want.cell),
    errors(await kernel.read(6), want.gates),
  ]
  kernel.release()
  return show(name, s, list)
}

const backwardBindings = (
  s: Sizes,
  p: ReturnType<typeof problem>,
  out: { readonly cell: Float64Array; readonly gates: Float64Array },
): Dispatch['bindings'] => [
  p.weightTransposed,
  new Float32Array(out.gates),
  new Float32Array(out.cell),
  p.inputs.initialCell,
  p.dHidden,
  p.dCell,
  4 * p.cells,
  2 * s.batch * s.hidden,
]

const checkBackward = async (name: string, variant: Variant, s: Sizes): Promise<number> => {
  const p = problem(s)
  const out = forward(s, p.inputs)
  const want = backward(s, p.inputs, out, p.dHidden, p.dCell)
  const kernel = await prepare(device, dispatchOf(variant, s, backwardBindings(s, p, out)))
  await kernel.run()
  const initial = await kernel.read(7)
  const half = s.batch * s.hidden
  const list = [
    errors(await kernel.read(6), want.dPre),
    errors(initial.subarray(0, half), want.dInitialHidden),
    errors(initial.subarray(half), want.dInitialCell),
  ]
  kernel.release()
  return show(name, s, list)
}

const sizes: readonly Sizes[] = [1, 3, 7, 8, 33, 64, 200, 300]
  .flatMap((hidden) => [1, 5, 33].flatMap((batch) => [1, 4].map((time) => ({ time, batch, hidden }))))
  .concat([
    { time: 31, batch: 5, hidden: 7 },
    { time: 31, batch: 16, hidden: 64 },
    { time: 4, batch: 128, hidden: 64 },
  ])

const big: Sizes = { time: 31, batch: 128, hidden: 200 }
const flops = 2 * big.time * big.batch * 4 * big.hidden * big.hidden

const time = async (name: string, dispatch: Dispatch): Promise<void> => {
  const kernel = await prepare(device, dispatch)
  await kernel.run()
  let [wall, cpu] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
  for (let i = 0; i < 6; i++) {
    const before = process.cpuUsage()
    wall = Math.min(wall, await kernel.run())
    const used = process.cpuUsage(before)
    cpu = Math.min(cpu, (used.user + used.system) / 1000)
  }
  kernel.release()
  console.log(
    `${name}: ${wall.toFixed(1)} ms, ${(flops / wall / 1e6).toFixed(1)} GFLOP/s, ${(flops / cpu / 1e6).toFixed(1)} GFLOP per core-second`,
  )
}

console.log(description)
const chosen = process.argv.slice(2)
const wanted = (name: string, variant: Variant): boolean =>
  (chosen.length === 0 || chosen.includes(name)) && (subgroups || !variant.subgroups)

for (const [name, variant] of Object.entries(forwards).filter(([n, v]) => wanted(n, v))) {
  let worst = 0
  for (const s of sizes.filter(variant.allowed)) worst = Math.max(worst, await checkForward(name, variant, s))
  console.log(`${name}: largest relative error ${worst.toExponential(1)}`)
  if (variant.allowed(big)) await time(name, dispatchOf(variant, big, forwardBindings(problem(big))))
}
for (const [name, variant] of Object.entries(backwards).filter(([n, v]) => wanted(n, v))) {
  let worst = 0
  for (const s of sizes.filter(variant.allowed)) worst = Math.max(worst, await checkBackward(name, variant, s))
  console.log(`${name}: largest relative error ${worst.toExponential(1)}`)
  const p = problem(big)
  if (variant.allowed(big)) await time(name, dispatchOf(variant, big, backwardBindings(big, p, forward(big, p.inputs))))
}
device.destroy()
