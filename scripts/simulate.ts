/**
 * `npm run simulate`: runs through a queue of sizes that nobody here can start, from costs that were measured: how much of their workers
 * they use, what waits, and what ends it. Prints two tables and draws `docs/scale.png`.
 */
import { writeFileSync } from 'node:fs'
import type { TitledChart } from '../lib/report/chart.ts'
import { toPng, toSvg } from '../lib/report/svg.ts'
import { colours, palette, quantity, usual } from '../lib/report/theme.ts'
import { run } from '../specs/either.ts'
import { table } from '../bench/report.ts'
import { type Costs, type Outcome, simulate } from './simulation.ts'

/** Sequences a second of a core: an LSTM of 2×200 that draws 31 symbols. */
const RATE = 2000

/** As `npm run queue-costs` measured, for summaries of some numbers; a worker lives a day, and another is there in five seconds. */
const measured: Omit<Costs, 'workers' | 'shards' | 'shard'> = {
  ...{ giver: 1.1e-3, redis: 0.18e-3, beats: 0.06e-3, latency: 0.2e-3 },
  ...{ life: 86_400, noticed: 10, replaced: 5, retries: 3, ahead: 4 },
}

const [WORKERS, SAMPLES] = [10_000, 1e10]

/**
 * A run of so many givers, each with a Redis and its part of the workers and of the samples, in shards of so many; none where signs of
 * life leave nothing of Redis.
 */
const runOf = (
  samples: number,
  workers: number,
  size: number,
  givers = 1,
): { readonly used: number; readonly found: Outcome | undefined } => {
  if ((workers / givers) * measured.beats >= 1) return { used: 0, found: undefined }
  const shards = Math.ceil(samples / size / givers)
  const found = simulate({ ...measured, workers: workers / givers, shards, shard: size / RATE }, 1)
  return { used: (shards * givers * size) / RATE / workers / found.seconds, found }
}

const percent = (x: number): string => `${(100 * x).toFixed(1)} %`

const rows = [
  [50_000, 1],
  [10_000, 2],
  [50_000, 2],
  [100_000, 2],
  [10_000, 10],
  [50_000, 10],
  [100_000, 10],
].map(([size = 0, givers = 0]): readonly string[] => {
  const { used, found } = runOf(SAMPLES, WORKERS, size, givers)
  const begin = [String(size), (size / RATE).toFixed(0), String(givers)]
  if (found === undefined) return [...begin, 'no end', '0 %', '', '100 %', '', '', '', '', '']
  const { busy, waiting, seconds } = found
  const alive = (WORKERS / givers) * measured.beats
  return [
    ...begin,
    ...[(seconds / 60).toFixed(1), percent(used), percent(busy.giver), percent(busy.redis * (1 - alive) + alive)],
    ...[String(waiting.giver), String(waiting.redis), String(waiting.results)],
    ...[String(found.lost), String(found.given.length)],
  ]
})
const head = ['samples a shard', 's', 'givers', 'minutes', 'of the workers', 'giver busy', 'Redis busy']
const waits = ['wait for it', 'for Redis', 'results that wait', 'shards lost', 'given up']
process.stdout.write(`${table([...head, ...waits], rows)}\n\n`)

const lines = [
  { name: '.5 s a shard', size: 1000, givers: 1, colour: palette.base },
  { name: '5 s', size: 10_000, givers: 1, colour: palette.tilt },
  { name: '5 s, ten givers', size: 10_000, givers: 10, colour: palette.distilled },
]

/** Numbers of workers that are drawn. */
const COUNTS = [10, 100, 300, 1000, 2000, 3000, 5000, 10_000]

/** Shards for each worker: a part of a run, which is as the whole. */
const EACH = 40

const values = lines.flatMap(({ name, size, givers }) =>
  COUNTS.map((workers) => ({
    ...{ name, workers },
    used: 100 * runOf(EACH * workers * size, workers, size, givers).used,
  })),
)

const chart: TitledChart = usual(
  'Workers that one run keeps busy',
  ['Share of their time that workers compute,', 'simulated from measured costs'],
  {
    data: { values },
    mark: { type: 'line', point: true },
    encoding: {
      x: quantity('workers', 'workers', { scale: { type: 'log' }, axis: { format: '~s', tickCount: 5 } }),
      y: quantity('used', '% of the workers', { scale: { domain: [0, 100] } }),
      color: colours(
        'name',
        lines.map(({ name, colour }) => [name, colour]),
      ),
    },
  },
)

const PIXELS = 2
writeFileSync(new URL('../docs/scale.png', import.meta.url), await run(toPng(PIXELS)(await run(toSvg(chart)))))
const shown = lines.map(({ name }) => [
  name,
  ...values.filter((each) => each.name === name).map(({ used }) => used.toFixed(0)),
])
process.stdout.write(`${table(['% of so many workers', ...COUNTS.map(String)], shown)}\n`)
