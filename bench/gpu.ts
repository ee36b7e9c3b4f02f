/**
 * `npm run bench:gpu`: everything that a machine with a GPU is wanted for, in at most eight minutes: the self test, the specs
 * that need a device, the roofline of every kernel, every variant of a kernel timed, and the benchmarks beside PyTorch on the
 * same GPU, eager and compiled. What was found stands in FOLDER/ADAPTER-DATE.md and .json.
 *
 *     npm run bench:gpu -- [--short] [--only self-test|specs|rooflines|variants|benchmarks] [--out FOLDER]
 *
 * `--short` takes smaller sizes and less of everything: under two minutes on a software adapter.
 */
import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { at } from '../lib/at.ts'
import { acquire, type Device, destroy, selfTest } from '../lib/device.ts'
import { must } from './open.ts'
import { outcomesOf, rowOf, withoutCuda } from './processes.ts'
import { figures, promised, table } from './report.ts'
import {
  copyTime,
  type Limits,
  ROOFLINE_HEAD,
  roofline,
  simplestTime,
  timeOf,
  type Times,
} from './rooflines/measure.ts'
import { type Work, works } from './rooflines/works.ts'
import { suite } from './suite.ts'
import type { Job, Row } from './types.ts'

/** What a stage found: text for people, and the figures. */
interface Found {
  readonly text: string
  readonly figures: unknown
}

/** A stage on a device, which has about so many seconds. */
type Stage = (device: Device, short: boolean, seconds: number) => Promise<Found>

const line = (text: string): void => void process.stderr.write(`${text}\n`)

const checked: Stage = async (device) => {
  await must(selfTest(device))
  const { name, vendor, subgroupSize, features, limits } = device.adapter
  const facts = { name, vendor, subgroupSize, features, limits }
  const text = `The self test passes. ${features.join(', ')}; subgroups of ${subgroupSize} lanes.`
  return { text, figures: facts }
}

/** The specs that need a device, by their names. */
const SPECS = ['.gpu.spec.ts', 'specs/webgpu', 'specs/device']
const FEW_SPECS = ['specs/device/self_test', 'specs/ops/contract.gpu']

const specs: Stage = (_device, short, seconds) => {
  const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url))
  const { status, signal, stdout } = spawnSync(process.execPath, [vitest, 'run', ...(short ? FEW_SPECS : SPECS)], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    encoding: 'utf8',
    env: { ...process.env, EXPTILT_REQUIRE_WEBGPU: '1' },
    timeout: seconds * 1000,
  })
  const failed = stdout.split('\n').filter((l) => /^\s*(FAIL|×)/.test(l))
  const how = signal !== null ? `were stopped after ${seconds} s` : status === 0 ? 'pass' : 'fail'
  const last = stdout.trim().split('\n').slice(-6)
  return Promise.resolve({
    text: ['The specs of the GPU ' + how + '.', ...failed, ...last].join('\n'),
    figures: { status, failed },
  })
}

const sized = (device: Device, short: boolean): readonly Work[] => works(device.adapter.isSoftware || short ? 1 : 16)

/** What counts: time by the clock; on a software adapter that of the processor, which other programs do not lengthen. */
const counted = (device: Device, { wall, processor }: Times): number => (device.adapter.isSoftware ? processor : wall)

const limitsOf = async (device: Device, all: readonly Work[], short: boolean): Promise<Limits> => {
  const bytes = 2 ** (short ? 24 : 26)
  const copied = await copyTime(device, bytes, 2)
  const added = await simplestTime(device, 2 ** (short ? 23 : 26), 2)
  const contraction = at(all, 0)
  const contracted = await timeOf(device, contraction, 2)
  return {
    flops: (1000 * contraction.flops) / counted(device, contracted),
    bytes: (2000 * bytes) / counted(device, copied),
    shader: (3000 * 2 ** (short ? 23 : 26)) / counted(device, added),
  }
}

const rooflines: Stage = async (device, short, seconds) => {
  const all = sized(device, short)
  const limits = await limitsOf(device, all, short)
  const rows: (readonly string[])[] = []
  for (const work of all) {
    line(`  ${work.name}`)
    rows.push(roofline(work, counted(device, await timeOf(device, work, seconds / all.length)), limits))
  }
  const rates = `Contraction ${(limits.flops / 1e9).toFixed(0)} GFLOP/s, copies ${(limits.bytes / 1e9).toFixed(1)} GB/s (read and written), the simplest shader ${(limits.shader / 1e9).toFixed(1)} GB/s${device.adapter.isSoftware ? ', a second of processor time' : ''}.`
  return { text: `${rates}\n\n${table(ROOFLINE_HEAD, rows)}`, figures: { limits, rows } }
}

/** How a lowering may see a device: each has kernels of its own, which any device with subgroups can run. */
const views: Readonly<Record<string, (device: Device) => Device>> = {
  'tiles of subgroups': (d) => ({ ...d, adapter: { ...d.adapter, isSoftware: true } }),
  'tiles of workgroups': (d) => ({ ...d, adapter: { ...d.adapter, isSoftware: false } }),
  'no subgroups, small tiles': (d) => ({ ...d, adapter: { ...d.adapter, isSoftware: true, subgroupSize: 1 } }),
}

/** What has variants; in the short form the plain ones of each. */
const VARIED = /^(contraction|attention|masked convolution|LSTM)/

const variants: Stage = async (device, short, seconds) => {
  const all = sized(device, short).filter(
    ({ name }) => VARIED.test(name) && !(short && /,/.test(name.replace(/, \d+ →/, ''))),
  )
  const names = Object.keys(views)
  const rows: (readonly string[])[] = []
  for (const work of all) {
    const times: number[] = []
    for (const view of Object.values(views)) {
      const budget = seconds / all.length / names.length
      times.push(counted(device, await timeOf(view(device), work, budget)))
    }
    line(`  ${work.name}`)
    const best = at(names, times.indexOf(Math.min(...times)))
    rows.push([work.name, ...times.map((ms) => `${ms.toPrecision(3)} ms`), best])
  }
  const taken = device.adapter.isSoftware ? at(names, 0) : at(names, 1)
  const text = `The library takes: ${taken}.\n\n${table(['kernel', ...names, 'fastest'], rows)}`
  return { text, figures: { taken, rows } }
}

/** Ours on WebGPU and PyTorch on the GPU, eager and, where that changes something, compiled. */
const contestants = (jobs: readonly Job[]): readonly Job[] =>
  jobs.flatMap((job) => {
    if (job.contestant === 'exptilt WebGPU') return [job]
    if (job.contestant !== 'PyTorch CPU, 1 thread') return []
    const on = (how: string, compile: number): Job => ({
      ...job,
      contestant: `PyTorch CUDA, ${how}`,
      settings: { ...job.settings, device: 'cuda', compile },
    })
    const whole = /training|attention|convolution/.test(job.task)
    return [on('eager', 0), ...(whole ? [on('compiled', 1)] : [])]
  })

const LEFT_OUT = ['encoding', 'compilation', 'memory', 'log Z', 'tilted sampling', 'schema', 'mask of a schema']

const benchmarks: Stage = (device, short, seconds) => {
  const absent = withoutCuda()
  const all = suite({ repeats: 5, quick: short, cores: availableParallelism() })
  const jobs = contestants(all).filter(
    ({ group, contestant }) => !LEFT_OUT.includes(group) && (absent === undefined || contestant === 'exptilt WebGPU'),
  )
  const begun = performance.now()
  const date = new Date().toISOString().slice(0, 10)
  const rows: Row[] = []
  for (const job of short ? jobs.slice(0, 4) : jobs) {
    if (performance.now() - begun > seconds * 1000) break
    line(`  ${job.group} / ${job.case} / ${job.contestant}`)
    const brief = { ...job, settings: { ...job.settings, seconds: 2 } }
    rows.push(rowOf(brief, outcomesOf(brief), device.adapter.name, date))
  }
  const left = jobs.length - rows.length
  const notes = [
    ...(absent === undefined ? [] : [`PyTorch was not measured: ${absent}.`]),
    ...(left === 0 ? [] : [`${left} of ${jobs.length} measurements were left out for time.`]),
  ]
  return Promise.resolve({
    text: [...notes, figures(rows), promised(rows)].filter((t) => t !== '').join('\n\n'),
    figures: rows,
  })
}

/** Stages, with the seconds that each has in the long form and in the short one. */
const stages: Readonly<Record<string, { readonly stage: Stage; readonly seconds: readonly [number, number] }>> = {
  'self-test': { stage: checked, seconds: [5, 5] },
  specs: { stage: specs, seconds: [150, 40] },
  rooflines: { stage: rooflines, seconds: [60, 20] },
  variants: { stage: variants, seconds: [50, 20] },
  benchmarks: { stage: benchmarks, seconds: [170, 20] },
}

const { values: options } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    out: { type: 'string', default: 'runs/gpu' },
  },
})
const asked = Object.entries(stages).filter(([name]) => name.startsWith(options.only))
if (asked.length === 0) {
  console.error(`--only: ${options.only} is none of ${Object.keys(stages).join(', ')}`)
  process.exit(2)
}

const device = await must(acquire())
const date = new Date().toISOString().slice(0, 10)
const parts: string[] = [`# ${device.adapter.name}, ${date}`]
const kept: Record<string, unknown> = { adapter: device.adapter.name, date }
for (const [name, { stage, seconds }] of asked) {
  const begun = performance.now()
  line(`${name} …`)
  const found = await stage(device, options.short, seconds[options.short ? 1 : 0])
  parts.push(`## ${name} (${((performance.now() - begun) / 1000).toFixed(0)} s)\n\n${found.text}`)
  kept[name] = found.figures
}
destroy(device)
mkdirSync(options.out, { recursive: true })
const file = join(options.out, `${device.adapter.name.replace(/[^\w.-]+/g, '-')}-${date}`)
writeFileSync(`${file}.md`, `${parts.join('\n\n')}\n`)
writeFileSync(`${file}.json`, `${JSON.stringify(kept, null, 2)}\n`)
console.log(`${parts.join('\n\n')}\n\n${file}.md`)
