/**
 * The figures as text: a table for the terminal or for markdown, and the promises beside what was measured.
 */
import { type Promised, promises } from './suite.ts'
import type { Row } from './types.ts'

/** Three significant digits, without an exponent. */
export const digits = (x: number): string =>
  x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x >= 1 ? x.toFixed(2) : x.toPrecision(2)

const milliseconds = (ms: number | null): string =>
  ms === null ? '–' : ms < 0.1 ? `${digits(ms * 1000)} µs` : ms < 1000 ? `${digits(ms)} ms` : `${digits(ms / 1000)} s`

const HEAD = ['what', 'case', 'contestant', 'best', 'median', 'rate (best)', 'repeats', 'note']

const cells = (row: Row): readonly string[] => [
  row.group,
  row.case,
  row.contestant,
  milliseconds(row.best),
  milliseconds(row.median),
  row.rate === null ? '' : `${digits(row.rate)} ${row.rateUnit}`,
  String(row.repeats),
  row.note,
]

/** Rows as a markdown table, columns aligned, so that it reads well on a terminal too. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string => {
  const widths = head.map((h, i) => Math.max(3, h.length, ...rows.map((r) => (r[i] ?? '').length)))
  const line = (r: readonly string[]): string => `| ${widths.map((w, i) => (r[i] ?? '').padEnd(w)).join(' | ')} |`
  return [line(head), `|${widths.map((w) => '-'.repeat(w + 2)).join('|')}|`, ...rows.map(line)].join('\n')
}

/** The table of figures. */
export const figures = (rows: readonly Row[]): string => table(HEAD, rows.map(cells))

const isSoftware = (machine: string): boolean => /llvmpipe|swiftshader|software/i.test(machine)

const bestOf = (rows: readonly Row[]): number => Math.min(...rows.map((r) => r.best ?? Number.POSITIVE_INFINITY))

/** The arithmetic that a promise asks for beside these rows, where it says what a unit of the rate takes. */
const asked = ({ flop, ratio, than }: Promised, rows: readonly Row[]): string => {
  const rate = Math.max(...rows.filter((r) => r.contestant.startsWith(than)).map((r) => r.rate ?? 0))
  return flop === undefined ? '' : `${digits((ratio * rate * flop) / 1e9)} GFLOP/s`
}

/** Each promise whose two sides were measured: the ratio of best times, and whether it is kept. */
export const promised = (rows: readonly Row[]): string => {
  const kept = promises.flatMap((p) => {
    const here = rows.filter((r) => r.group === p.group && r.case === p.case)
    const applies = p.adapter === undefined || here.some((r) => isSoftware(r.machine) === (p.adapter === 'software'))
    const ours = ({ contestant }: Row): boolean => contestant === p.faster || contestant.startsWith(`${p.faster}, `)
    const us = bestOf(here.filter(ours))
    const them = bestOf(here.filter((r) => r.contestant.startsWith(p.than)))
    if (!applies || !Number.isFinite(us) || !Number.isFinite(them)) return []
    const ratio = them / us
    return [
      [
        p.group,
        p.case,
        `${p.faster} / ${p.than}`,
        `${digits(ratio)}×`,
        `≥ ${p.ratio}×`,
        ratio >= p.ratio ? 'kept' : 'missed',
        asked(p, here),
      ],
    ]
  })
  return kept.length === 0 ? '' : table(['what', 'case', 'speed', 'measured', 'aim', '', 'the aim takes'], kept)
}

/** Everything about one machine as markdown: where and when, the figures, the promises. */
export const section = (machine: string, rows: readonly Row[]): string => {
  const dates = [...new Set(rows.map((r) => r.date))].sort()
  const when = dates.length > 1 ? `${dates[0]} to ${dates.at(-1)}` : (dates[0] ?? '')
  return [`### ${machine}`, `Measured ${when}.`, figures(rows), promised(rows)]
    .filter((part) => part !== '')
    .join('\n\n')
}
