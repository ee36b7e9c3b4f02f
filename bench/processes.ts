/**
 * Running a job in processes of its own, one at a time, and making a row of what they report.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Job, Outcome, Row, Settings } from './types.ts'

const LIMIT_SECONDS = 900

const isOutcome = (x: unknown): x is Outcome =>
  typeof x === 'object' && x !== null && 'times' in x && 'facts' in x && Array.isArray(x.times)

const lastLine = (text: string): string => text.trim().split('\n').at(-1) ?? ''

/** A Python that can import torch: `PYTHON`, else the first on the path or of the system that can. */
const findPython = (): string | undefined =>
  [process.env['PYTHON'] ?? 'python3', '/usr/bin/python3'].find(
    (python) => spawnSync(python, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0,
  )

let python: string | undefined

const commandOf = ({ runner, task }: Pick<Job, 'runner' | 'task'>): readonly string[] => {
  if (runner === 'tsx')
    return [process.execPath, '--import', 'tsx', fileURLToPath(new URL('child.ts', import.meta.url)), task]
  python ??= findPython()
  return [python ?? 'python3', fileURLToPath(new URL(`peers/${task}.py`, import.meta.url))]
}

/** Why PyTorch cannot be measured on a GPU here; undefined where it can. */
export const withoutCuda = (): string | undefined => {
  const found = findPython()
  if (found === undefined) return 'no Python here has torch'
  const { status } = spawnSync(found, ['-c', 'import torch, sys; sys.exit(0 if torch.cuda.is_available() else 3)'])
  return status === 0 ? undefined : `the torch of ${found} has no CUDA device`
}

/** Settings of OpenBLAS that hold it to kernels of other processors, or to other blocks: peers are measured without them. */
const HELD_BACK = ['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE']

/** Those that are set here. */
export const unsetForPeers = (): readonly string[] => HELD_BACK.filter((name) => process.env[name] !== undefined)

/**
 * Kernels of OpenBLAS by name, and '' for its own choice: a version that is older than the processor chooses the oldest of all,
 * at a quarter of the speed.
 */
const KERNELS = ['', 'Haswell', 'SkylakeX', 'SapphireRapids', 'Zen'] as const

let kernels: string | undefined

const environmentOf = ({ runner }: Pick<Job, 'runner'>): NodeJS.ProcessEnv => {
  if (runner === 'tsx') return process.env
  const free = Object.fromEntries(Object.entries(process.env).filter(([name]) => !HELD_BACK.includes(name)))
  return kernels === undefined || kernels === '' ? free : { ...free, OPENBLAS_CORETYPE: kernels }
}

/** The kernels of OpenBLAS whose product is the fastest here, with which PyTorch is measured: '' where its own choice is. */
export const fastestKernels = (): string => {
  const settings = { size: 512, threads: 1, warm: 2, repeats: 20, seconds: 1 }
  const timed = KERNELS.map((name) => {
    kernels = name
    const outcome = measureOnce({ runner: 'python', task: 'contraction' }, settings)
    return { name, best: typeof outcome === 'string' ? Number.POSITIVE_INFINITY : Math.min(...outcome.times) }
  })
  // Other kernels must be a tenth faster than its own choice, which is kept otherwise.
  const own = timed.find(({ name }) => name === '')?.best ?? Number.POSITIVE_INFINITY
  const { name } = timed.reduce((a, b) => (b.best < a.best ? b : a), { name: '', best: own * 0.9 })
  kernels = name
  return name
}

/** What one process reports, or why it does not. */
export const measureOnce = (job: Pick<Job, 'runner' | 'task'>, settings: Settings): Outcome | string => {
  const [command = '', ...args] = commandOf(job)
  const { status, stdout, stderr, signal } = spawnSync(command, [...args, JSON.stringify(settings)], {
    encoding: 'utf8',
    env: environmentOf(job),
    timeout: LIMIT_SECONDS * 1000,
  })
  if (signal !== null) return `stopped after ${LIMIT_SECONDS} s (${signal})`
  if (status !== 0) return lastLine(stderr) || `ended with ${status}`
  const outcome: unknown = JSON.parse(lastLine(stdout))
  return isOutcome(outcome) ? outcome : 'reported nothing'
}

const median = (sorted: readonly number[]): number => {
  const half = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[half] ?? Number.NaN) : ((sorted[half - 1] ?? 0) + (sorted[half] ?? 0)) / 2
}

const note = (outcomes: readonly (Outcome | string)[]): string =>
  outcomes
    .slice(0, 1)
    .map((o) =>
      typeof o === 'string'
        ? `not measured: ${o}`
        : Object.entries(o.facts)
            .map(([k, v]) => `${k}: ${v}`)
            .join(', '),
    )
    .join('')

/** What the processes of a job report, one after the other. */
export const outcomesOf = (job: Job): readonly (Outcome | string)[] =>
  Array.from({ length: job.processes ?? 1 }, () => measureOnce(job, job.settings))

/** The row of a job from all that its processes reported. */
export const rowOf = (job: Job, outcomes: readonly (Outcome | string)[], machine: string, date: string): Row => {
  const times = outcomes.flatMap((o) => (typeof o === 'string' ? [] : o.times)).sort((a, b) => a - b)
  const [best] = times
  return {
    machine,
    date,
    group: job.group,
    case: job.case,
    contestant: job.contestant,
    best: best ?? null,
    median: times.length === 0 ? null : median(times),
    repeats: times.length,
    rate: best === undefined || job.work === undefined ? null : job.work / (best / 1000),
    rateUnit: job.rate ?? '',
    note: note(outcomes),
  }
}
