/**
 * `npm run bench`: ours beside others in one run, each measurement in a process of its own, one after the other.
 *
 *     npm run bench -- [--only TEXT] [--repeats N] [--rounds N] [--quick] [--json FILE] [--write]
 *
 * `--only` keeps the measurements whose `what / case / contestant` contains the text; `--quick` only shows that everything
 * runs; `--rounds` lets all of them take turns N times, where the speed of the machine changes with its neighbours; `--write`
 * keeps the figures in bench/results/figures.json and shows them in docs/benchmarks.md.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import { fastestKernels, measureOnce, outcomesOf, rowOf, unsetForPeers } from './processes.ts'
import { figures, promised, section } from './report.ts'
import { suite } from './suite.ts'
import type { Job, Row } from './types.ts'

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    repeats: { type: 'string', default: '7' },
    rounds: { type: 'string', default: '1' },
    quick: { type: 'boolean', default: false },
    json: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
})

const RESULTS = new URL('results/figures.json', import.meta.url)
const PAGE = new URL('../docs/benchmarks.md', import.meta.url)
const BETWEEN = /(<!-- figures -->\n)[\s\S]*(<!-- end of figures -->)/

const cores = availableParallelism()

const describeMachine = (): string => {
  const found = measureOnce({ runner: 'tsx', task: 'machine' }, {})
  const { adapter = 'no WebGPU adapter', onnx = 'no ONNX Runtime' } = typeof found === 'string' ? {} : found.facts
  return `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${cores} cores; ${adapter}; ${onnx}; Node ${process.versions.node}`
}

const nameOf = (x: Pick<Job | Row, 'group' | 'case' | 'contestant'>): string =>
  `${x.group} / ${x.case} / ${x.contestant}`

const isRows = (x: unknown): x is readonly Row[] => Array.isArray(x)

const earlier = (): readonly Row[] => {
  const kept: unknown = existsSync(RESULTS) ? JSON.parse(readFileSync(RESULTS, 'utf8')) : []
  return isRows(kept) ? kept : []
}

/** Earlier figures with these in the place of those of the same name and machine, in the order of the suite. */
const merged = (rows: readonly Row[], order: readonly string[]): readonly Row[] => {
  const id = (r: Row): string => `${r.machine} / ${nameOf(r)}`
  const fresh = new Set(rows.map(id))
  const place = (r: Row): number => order.indexOf(nameOf(r))
  return [...earlier().filter((r) => !fresh.has(id(r))), ...rows].sort((a, b) => place(a) - place(b))
}

const write = (rows: readonly Row[]): void => {
  mkdirSync(new URL('.', RESULTS), { recursive: true })
  writeFileSync(RESULTS, `${JSON.stringify(rows, null, 2)}\n`)
  const machines = [...new Set(rows.map((r) => r.machine))]
  const text = machines
    .map((m) =>
      section(
        m,
        rows.filter((r) => r.machine === m),
      ),
    )
    .join('\n\n')
  writeFileSync(
    PAGE,
    readFileSync(PAGE, 'utf8').replace(BETWEEN, (_, open: string, close: string) => `${open}\n${text}\n\n${close}`),
  )
}

const all = suite({ repeats: Number(options.repeats), quick: options.quick, cores })
const jobs = all.filter((job) => nameOf(job).toLowerCase().includes(options.only.toLowerCase()))
if (jobs.length === 0 || !(Number(options.repeats) >= 1) || !(Number(options.rounds) >= 1)) {
  console.error(
    jobs.length === 0
      ? `nothing is called '${options.only}'; there are:\n${all.map(nameOf).join('\n')}`
      : '--repeats and --rounds want a number, 1 or more',
  )
  process.exit(2)
}

const machine = describeMachine()
const date = new Date().toISOString().slice(0, 10)
console.log(`${machine}\n${date}\n`)
if (unsetForPeers().length > 0)
  console.log(`PyTorch runs without ${unsetForPeers().join(' and ')}, set in this environment\n`)
if (jobs.some(({ runner }) => runner === 'python')) {
  const kernels = fastestKernels()
  if (kernels !== '')
    console.log(`PyTorch runs with OPENBLAS_CORETYPE=${kernels}, faster here than OpenBLAS's own choice\n`)
}
const rounds = Array.from({ length: Number(options.rounds) }, (_, round) =>
  jobs.map((job, i) => {
    process.stderr.write(`[${round * jobs.length + i + 1}/${Number(options.rounds) * jobs.length}] ${nameOf(job)}\n`)
    return outcomesOf(job)
  }),
)
const rows = jobs.map((job, i) =>
  rowOf(
    job,
    rounds.flatMap((outcomes) => outcomes[i] ?? []),
    machine,
    date,
  ),
)
console.log([figures(rows), promised(rows)].filter((part) => part !== '').join('\n\n'))
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`)
if (options.write) write(merged(rows, all.map(nameOf)))
