/**
 * Contraction kernels: errors against f64 over many sizes and both transpositions, then speed on the LSTM's shapes.
 *
 * Usage: tsx bench/kernels/contract.ts [kernel ...]
 */
import { type Dispatch, errors, openDevice, prepare, values } from './harness.ts'

const { device, description, subgroups } = await openDevice()

interface Shape {
  readonly batch: number
  readonly m: number
  readonly k: number
  readonly n: number
  readonly leftTransposed: boolean
  readonly rightTransposed: boolean
}

interface Kernel {
  readonly semiring: readonly string[]
  readonly tile: readonly [number, number]
  readonly subgroups: boolean
  readonly allowed: (shape: Shape) => boolean
}

const kernels: Readonly<Record<string, Kernel>> = {
  contract_naive: { semiring: ['semiring_real'], tile: [8, 8], subgroups: false, allowed: () => true },
  contract_tiled: { semiring: ['semiring_real'], tile: [64, 64], subgroups: false, allowed: () => true },
  contract_subgroup_any: { semiring: ['tile8'], tile: [32, 32], subgroups: true, allowed: () => true },
  contract_subgroup: {
    semiring: ['tile8'],
    tile: [32, 32],
    subgroups: true,
    allowed: (s) => s.n % 4 === 0 && s.k % 4 === 0 && (!s.leftTransposed || s.m % 4 === 0),
  },
}

const dispatchOf = (
  name: string,
  kernel: Kernel,
  s: Shape,
  prelude: readonly string[] = kernel.semiring,
  scale = 1,
): Dispatch => ({
  files: [...prelude, name],
  entry: name,
  constants: { LEFT_TRANSPOSED: s.leftTransposed ? 1 : 0, RIGHT_TRANSPOSED: s.rightTransposed ? 1 : 0 },
  bindings: [values(s.batch * s.m * s.k, 1, scale), values(s.batch * s.k * s.n, 2, scale), s.batch * s.m * s.n],
  params: [s.batch, s.m, s.k, s.n],
  workgroups: [Math.ceil(s.n / kernel.tile[1]), Math.ceil(s.m / kernel.tile[0]), s.batch],
})

type Semiring = {
  readonly zero: number
  readonly plus: (a: number, b: number) => number
  readonly times: (a: number, b: number) => number
}
const logAddExp = (a: number, b: number): number => Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b)))
const semirings: Readonly<Record<string, Semiring>> = {
  real: { zero: 0, plus: (a, b) => a + b, times: (a, b) => a * b },
  log: { zero: -1e30, plus: logAddExp, times: (a, b) => a + b },
  maxplus: { zero: -1e30, plus: Math.max, times: (a, b) => a + b },
}

const reference = (s: Shape, ring: Semiring, scale = 1): Float64Array => {
  const a = values(s.batch * s.m * s.k, 1, scale)
  const b = values(s.batch * s.k * s.n, 2, scale)
  return Float64Array.from({ length: s.batch * s.m * s.n }, (_, i) => {
    const [row, column, matrix] = [Math.floor(i / s.n) % s.m, i % s.n, Math.floor(i / (s.n * s.m))]
    let total = ring.zero
    for (let k = 0; k < s.k; k++) {
      const left = a[matrix * s.m * s.k + (s.leftTransposed ? k * s.m + row : row * s.k + k)] ?? 0
      const right = b[matrix * s.k * s.n + (s.rightTransposed ? column * s.k + k : k * s.n + column)] ?? 0
      total = ring.plus(total, ring.times(left, right))
    }
    return total
  })
}

const check = async (name: string, dispatch: Dispatch, want: Float64Array, s: Shape): Promise<number> => {
  const run = await prepare(device, dispatch)
  await run.run()
  const { relative } = errors(await run.read(2), want)
  run.release()
  if (!(relative < 1e-5)) console.log(name, JSON.stringify(s), 'WRONG', relative)
  return relative
}

const flags = [false, true].flatMap((l) => [false, true].map((r) => ({ leftTransposed: l, rightTransposed: r })))
const shapes: readonly Shape[] = [
  [1, 1, 1, 1],
  [1, 3, 5, 7],
  [2, 33, 17, 65],
  [3, 32, 32, 32],
  [1, 64, 128, 96],
  [2, 100, 60, 36],
  [1, 8, 4, 4],
  [1, 70, 31, 27],
].flatMap(([batch = 1, m = 1, k = 1, n = 1]) => flags.map((f) => ({ batch, m, k, n, ...f })))
const speeds: Readonly<Record<string, Shape>> = {
  '480 cubed': { batch: 1, m: 480, k: 480, n: 480, leftTransposed: false, rightTransposed: false },
  'input contribution 3968 x 200 x 800': {
    batch: 1,
    m: 3968,
    k: 200,
    n: 800,
    leftTransposed: false,
    rightTransposed: false,
  },
  'weight gradient 200 x 3968 x 800, left transposed': {
    batch: 1,
    m: 200,
    k: 3968,
    n: 800,
    leftTransposed: true,
    rightTransposed: false,
  },
  'input gradient 3968 x 800 x 200, right transposed': {
    batch: 1,
    m: 3968,
    k: 800,
    n: 200,
    leftTransposed: false,
    rightTransposed: true,
  },
  'logits 3968 x 200 x 27': { batch: 1, m: 3968, k: 200, n: 27, leftTransposed: false, rightTransposed: false },
}

console.log(description)
const chosen = process.argv.slice(2)
for (const [name, kernel] of Object.entries(kernels)) {
  if ((chosen.length > 0 && !chosen.includes(name)) || (kernel.subgroups && !subgroups)) continue
  let worst = 0
  for (const s of shapes.filter(kernel.allowed))
    worst = Math.max(
      worst,
      await check(
        name,
        dispatchOf(name, kernel, s),
        reference(s, semirings['real'] ?? { zero: 0, plus: Math.max, times: Math.max }),
        s,
      ),
    )
  console.log(`${name}: largest relative error ${worst.toExponential(1)}`)
  if (!kernel.subgroups)
    for (const [ringName, ring] of Object.entries(semirings)) {
      let error = 0
      for (const s of shapes)
        error = Math.max(
          error,
          await check(
            `${name} ${ringName}`,
            dispatchOf(name, kernel, s, ['pointwise', `semiring_${ringName}`], 20),
            reference(s, ring, 20),
            s,
          ),
        )
      console.log(`${name}, ${ringName} semiring: largest relative error ${error.toExponential(1)}`)
    }
  for (const [what, s] of Object.entries(speeds).filter(([, shape]) => kernel.allowed(shape))) {
    const run = await prepare(device, dispatchOf(name, kernel, s))
    await run.run()
    let [wall, cpu] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (let i = 0; i < 5; i++) {
      const before = process.cpuUsage()
      wall = Math.min(wall, await run.run())
      const used = process.cpuUsage(before)
      cpu = Math.min(cpu, (used.user + used.system) / 1000)
    }
    run.release()
    const gigaflops = (2 * s.batch * s.m * s.k * s.n) / 1e6
    console.log(
      `  ${what}: ${wall.toFixed(1)} ms, ${(gigaflops / wall).toFixed(1)} GFLOP/s, ${(gigaflops / cpu).toFixed(1)} GFLOP per core-second`,
    )
  }
}
device.destroy()
