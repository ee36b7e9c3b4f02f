/**
 * Where the time of a measurement goes: `npm run bench:profile -- TASK SETTINGS` runs a task of the bench on one thread of ONNX
 * Runtime, under its profiler, and prints what each kind of operator takes, then each kind with its operands. A node counts with
 * its least time, which other programs lengthen least.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as t from 'io-ts'
import * as E from 'fp-ts/lib/Either.js'
import { measureOnce } from './processes.ts'
import type { Settings } from './types.ts'

const event = t.type({ cat: t.string, name: t.string, dur: t.number, args: t.record(t.string, t.unknown) })

/** A node: its kind, its operands, and what it takes at least, in µs. */
interface Cost {
  readonly kind: string
  readonly operands: string
  readonly least: number
}

const costsOf = (events: readonly t.TypeOf<typeof event>[]): readonly Cost[] => {
  const costs = new Map<string, Cost>()
  for (const { cat, name, dur, args } of events)
    if (cat === 'Node' && name.endsWith('_kernel_time'))
      costs.set(name, {
        kind: String(args['op_name']),
        operands: JSON.stringify(args['input_type_shape'])
          .replaceAll(/"[a-z0-9]+":/gu, '')
          .replaceAll(/[{}]/gu, ''),
        least: Math.min(dur, costs.get(name)?.least ?? dur),
      })
  return [...costs.values()]
}

/** Costs summed by what they have in common, the largest first. */
const table = (costs: readonly Cost[], what: (cost: Cost) => string): string => {
  const sums = new Map<string, { readonly time: number; readonly nodes: number }>()
  for (const cost of costs) {
    const { time, nodes } = sums.get(what(cost)) ?? { time: 0, nodes: 0 }
    sums.set(what(cost), { time: time + cost.least, nodes: nodes + 1 })
  }
  return [...sums]
    .toSorted(([, a], [, b]) => b.time - a.time)
    .slice(0, 24)
    .map(
      ([name, { time, nodes }]) =>
        `${(time / 1000).toFixed(2).padStart(9)} ms ${String(nodes).padStart(5)}  ${name.slice(0, 100)}`,
    )
    .join('\n')
}

const shown = (file: string): string => {
  const events = t.array(event).decode(JSON.parse(readFileSync(file, 'utf8')))
  if (E.isLeft(events)) return `${file} is no profile`
  const costs = costsOf(events.right)
  const all = costs.reduce((sum, { least }) => sum + least, 0)
  return [
    `${(all / 1000).toFixed(2)} ms in ${costs.length} nodes`,
    table(costs, ({ kind }) => kind),
    table(costs, ({ kind, operands }) => `${kind} ${operands}`),
  ].join('\n\n')
}

const [task = 'training', text = '{"batch":128,"time":31,"hidden":200,"layers":2}'] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'exptilt-profile-'))
const given: Settings = JSON.parse(text)
const settings = { repeats: 20, warm: 1, seconds: 10, threads: 1, ...given, device: 'onnx', profile: folder }
const outcome = measureOnce({ runner: 'tsx', task }, settings)
if (typeof outcome === 'string') console.error(outcome)
else for (const file of readdirSync(folder)) console.log(shown(join(folder, file)))
rmSync(folder, { recursive: true })
