/**
 * Sampling and scoring with a whole LSTM language model in one dispatch: checked against a readable f64 definition, then
 * timed (sequences/s, GFLOP/s).
 *
 * `tsx bench/kernels/sample.ts check [least hidden]` compares, `tsx bench/kernels/sample.ts` times hidden 200 × 2 layers, 31 steps.
 */
import { type Key, words } from '../../lib/key.ts'
import { errors, type Opened, openDevice, prepare, values } from './harness.ts'
import { type Comparison, compare, type Model, randomModel, type Sizes } from './sample_reference.ts'

/** Which files to join and how large a workgroup is. */
export interface Variant {
  readonly rows: 4 | 8 | 16
  readonly subgroups: boolean
}

/** [rows, 4, hidden] → [rows, hidden, 4]: what lstm_pack does. */
const packed = (weights: Float32Array, hidden: number): Float32Array<ArrayBuffer> =>
  Float32Array.from(
    weights,
    (_, at) =>
      weights[Math.floor(at / (4 * hidden)) * 4 * hidden + (at % 4) * hidden + (Math.floor(at / 4) % hidden)] ?? 0,
  )

const floatBits = (x: number): number => new Uint32Array(Float32Array.of(x).buffer)[0] ?? 0

/** The lanes of a workgroup: one per neuron, whole subgroups, at most 256. */
export const lanesOf = (hidden: number, quantum: number): number =>
  Math.min(256, Math.ceil(Math.max(hidden, 16) / quantum) * quantum)

/** Overrides of a variant for these sizes. */
export const constantsOf = (
  { hidden, vocabulary }: Sizes,
  { rows, subgroups }: Variant,
  quantum: number,
): Readonly<Record<string, number>> => {
  const LANES = lanesOf(hidden, quantum)
  return { LANES, SCRATCH: Math.max(subgroups ? 0 : hidden * rows, vocabulary * rows, LANES) }
}

const stateSize = ({ batch, hidden, layers }: Sizes, rows: number): number =>
  Math.ceil(batch / rows) * rows * layers * 3 * hidden

const filesOf = (
  body: string,
  { rows, subgroups }: Variant,
): { readonly entry: string; readonly files: readonly string[] } => {
  const entry = subgroups ? `${body}_subgroup` : body
  const gates = subgroups ? 'lstm_gates_subgroup' : 'lstm_gates'
  return { entry, files: [gates, `lstm_rows_${rows}`, 'pointwise', 'threefry', 'lstm_tile', 'lstm_draw', entry] }
}

/** The sampling dispatch. */
export const sampler = (
  device: GPUDevice,
  model: Model,
  sizes: Sizes,
  key: Key,
  temperature: number,
  variant: Variant,
  quantum: number,
  offset = 0,
  first = 0,
): ReturnType<typeof prepare> =>
  prepare(device, {
    ...filesOf('lstm_sample', variant),
    constants: constantsOf(sizes, variant, quantum),
    bindings: [
      packed(model.weights, sizes.hidden),
      model.output,
      Uint32Array.from(key),
      sizes.batch * sizes.time,
      sizes.batch,
      sizes.batch,
      stateSize(sizes, variant.rows),
    ],
    params: [
      sizes.batch,
      sizes.time,
      sizes.hidden,
      sizes.layers,
      sizes.vocabulary,
      first,
      offset,
      floatBits(temperature),
    ],
    workgroups: [Math.ceil(sizes.batch / variant.rows)],
  })

/** The scoring dispatch for given tokens. */
export const scorer = (
  device: GPUDevice,
  model: Model,
  sizes: Sizes,
  tokens: Uint32Array<ArrayBuffer>,
  temperature: number,
  variant: Variant,
  quantum: number,
): ReturnType<typeof prepare> =>
  prepare(device, {
    ...filesOf('lstm_score', variant),
    constants: constantsOf(sizes, variant, quantum),
    bindings: [
      packed(model.weights, sizes.hidden),
      model.output,
      tokens,
      sizes.batch,
      sizes.batch * sizes.time,
      stateSize(sizes, variant.rows),
    ],
    params: [sizes.batch, sizes.time, sizes.hidden, sizes.layers, sizes.vocabulary, 0, floatBits(temperature)],
    workgroups: [Math.ceil(sizes.batch / variant.rows)],
  })

const checkOne = async (
  device: GPUDevice,
  sizes: Sizes,
  variant: Variant,
  temperature: number,
): Promise<Comparison> => {
  const key: Key = [20_21, sizes.hidden]
  const model = randomModel(sizes, 7, 4, -1)
  const sample = await sampler(device, model, sizes, key, temperature, variant, 8)
  await sample.run()
  const tokens = new Int32Array((await sample.read(3)).buffer)
  const logProbability = await sample.read(4)
  const length = new Int32Array((await sample.read(5)).buffer)
  sample.release()
  const score = await scorer(device, model, sizes, Uint32Array.from(tokens), temperature, variant, 8)
  await score.run()
  const scores = await score.read(3)
  score.release()
  return compare(model, sizes, key, temperature, { tokens, logProbability, length, score: scores })
}

const checkBits = async (device: GPUDevice): Promise<void> => {
  const count = 1001
  const key: Key = [0x12345678, 0x9abcdef0]
  const bits = await prepare(device, {
    files: ['threefry', 'random_bits'],
    entry: 'random_bits',
    bindings: [Uint32Array.from(key), count],
    params: [count],
    workgroups: [Math.ceil(count / 512)],
  })
  await bits.run()
  const got = new Uint32Array((await bits.read(1)).buffer)
  const want = words(key, count)
  const source = values(5 * 4 * 67, 3)
  const pack = await prepare(device, {
    files: ['lstm_pack'],
    entry: 'lstm_pack',
    bindings: [source, 7 * 4 * 67],
    params: [5, 67, 2],
    workgroups: [Math.ceil((5 * 67) / 256)],
  })
  await pack.run()
  const packs = errors((await pack.read(1)).subarray(2 * 4 * 67), packed(source, 67))
  console.log(`lstm_pack: error ${packs.absolute}`)
  console.log(`random_bits: ${want.filter((w, i) => w !== got[i]).length} of ${count} words differ`)
}

/** Row r of a batch that starts at `offset` draws what row offset + r of a larger batch draws; symbols of weight 0 never come. */
const checkOffset = async (device: GPUDevice, variant: Variant): Promise<void> => {
  const sizes = { batch: 3000, time: 5, hidden: 4, layers: 1, vocabulary: 5 }
  const model = randomModel(sizes, 3, 1, 0)
  for (const v of [0, 2]) model.output[sizes.hidden * sizes.vocabulary + v] = -500
  const whole = await sampler(device, model, sizes, [3, 4], 1, variant, 8)
  await whole.run()
  const all = new Int32Array((await whole.read(3)).buffer)
  const part = await sampler(device, model, { ...sizes, batch: 999 }, [3, 4], 1, variant, 8, 2001)
  await part.run()
  const some = new Int32Array((await part.read(3)).buffer)
  const differ = some.filter((s, i) => s !== all[2001 * sizes.time + i]).length
  const rest = await sampler(device, model, sizes, [3, 4], 1, variant, 8, 0, 2001)
  await rest.run()
  const written = new Int32Array((await rest.read(3)).buffer)
  const wrong = written.filter((s, i) => s !== (i < 2001 * sizes.time ? 0 : all[i])).length
  rest.release()
  const counts = Array.from({ length: 5 }, (_, v) => all.filter((s) => s === v).length)
  console.log(
    `row_offset: ${differ} symbols differ; first_row: ${wrong}; counts with weights 0 at 0 and 2: ${counts.join(' ')}`,
  )
  whole.release()
  part.release()
}

const check = async ({ device, subgroups }: Opened): Promise<void> => {
  await checkBits(device)
  const portable: readonly Variant[] = [4, 8, 16].map((rows) => ({
    rows: rows === 4 ? 4 : rows === 8 ? 8 : 16,
    subgroups: false,
  }))
  const variants: readonly Variant[] = subgroups ? [...portable, { rows: 16, subgroups: true }] : portable
  const shapes = [
    [1, 1, 3, 1],
    [5, 1, 3, 2],
    [128, 3, 3, 1],
    [5, 7, 3, 3],
    [128, 64, 3, 2],
    [5, 200, 3, 2],
    [17, 200, 3, 1],
    [5, 30, 200, 2],
    [3, 300, 2, 4],
  ] as const
  for (const variant of variants) await checkOffset(device, variant)
  for (const [batch, hidden, vocabulary, layers] of shapes.filter(([, size]) => size >= Number(process.argv[3] ?? 0))) {
    for (const variant of variants) {
      if (!variant.subgroups && hidden * variant.rows * 4 > 16_000) continue
      const sizes = { batch, hidden, layers, vocabulary, time: 12 }
      const found = await checkOne(device, sizes, variant, hidden === 64 ? 0.7 : 1)
      console.log(JSON.stringify({ batch, hidden, vocabulary, layers, ...variant, ...found }))
    }
  }
}

/** Floating-point operations of one sequence: two per weight and step. */
export const work = ({ time, hidden, layers }: Sizes): number => time * 2 * (2 * layers - 1) * 4 * hidden * hidden

const time = async ({ device, subgroups, description }: Opened): Promise<void> => {
  console.log(description)
  const variants: readonly Variant[] = [
    { rows: 4, subgroups: false },
    { rows: 8, subgroups: false },
    { rows: 16, subgroups: false },
  ]
  for (const batch of (process.env['BATCH'] ?? '128,1024,4096').split(',').map(Number)) {
    const sizes = { batch, time: 31, hidden: 200, layers: 2, vocabulary: 3 }
    for (const variant of [
      ...(subgroups ? [{ rows: 16, subgroups: true } as const] : []),
      ...(process.argv[2] === 'all' ? variants : []),
    ]) {
      const model = randomModel(sizes, 7, 1, -40)
      const started = performance.now()
      const sample = await sampler(device, model, sizes, [1, 2], 1, variant, 8)
      const compiled = performance.now()
      const first = await sample.run()
      if (process.argv[3] === 'compile')
        console.log(`prepare ${(compiled - started).toFixed(0)} ms, first run ${first.toFixed(0)} ms`)
      const runs: { readonly wall: number; readonly busy: number }[] = []
      for (let i = 0; i < (batch > 1000 ? 2 : 5); i++) {
        const before = process.cpuUsage()
        const wall = await sample.run()
        const after = process.cpuUsage(before)
        runs.push({ wall, busy: (after.user + after.system) / 1000 })
      }
      const wall = Math.min(...runs.map((r) => r.wall))
      const busy = Math.min(...runs.map((r) => r.busy))
      const rate = (ms: number): string =>
        `${((batch * 1000) / ms).toFixed(0)} sequences/s, ${((batch * work(sizes)) / ms / 1e6).toFixed(1)} GFLOP/s`
      console.log(`${batch} ${JSON.stringify(variant)}: ${rate(wall)}; per CPU second ${rate(busy)}`)
      sample.release()
    }
  }
}

const opened = await openDevice()
await (process.argv[2] === 'check' ? check(opened) : time(opened))
opened.device.destroy()
