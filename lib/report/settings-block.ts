/**
 * Sections that the report of every experiment ends with: its settings, the time that each phase took, and its files.
 */
import { column, foot, heading, numeric, onPage, type Block, table } from './document.ts'
import { withoutPassword } from '../scale/queue/url.ts'
import { decimal } from './theme.ts'

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

const settingText =
  (absent: string) =>
  (value: unknown): string => {
    if (value === undefined) return absent
    if (value === Number.POSITIVE_INFINITY) return 'all'
    if (Array.isArray(value)) return value.map(settingText(absent)).join(', ')
    return typeof value === 'string' || typeof value === 'number' ? String(value) : JSON.stringify(value)
  }

type Named = readonly [name: string, value: unknown]

/** The settings without `out`, for the page: a record within them becomes a row for each entry; `absent` stands for undefined, and no password is shown. */
export const settingsBlock = (options: object, absent = 'none'): Block => {
  const rows = Object.entries(options).flatMap(([name, value]: [string, unknown]): readonly Named[] =>
    name === 'out'
      ? []
      : isRecord(value)
        ? Object.entries(value).map(([inner, one]) => [`${name} ${inner}`, one])
        : [[name, name === 'on' && typeof value === 'string' ? withoutPassword(value) : value]],
  )
  return onPage(
    heading('Settings'),
    table('The options of the run', rows, [
      column<Named>('', ([name]) => name),
      column<Named>('', ([, value]) => settingText(absent)(value)),
    ]),
  )
}

/** Seconds by phase, for the page. */
export const timesBlock = (seconds: Readonly<Record<string, number>>): Block =>
  onPage(
    heading('Time'),
    table('What each phase took', Object.entries(seconds), [
      column('phase', ([phase]) => phase),
      numeric('seconds', ([, taken]) => decimal(1)(taken)),
    ]),
  )

/** Where the numbers and the figures are, and what else there is, for the page: `[['sheets', 'sheets/']]`. */
export const filesBlock = (before: string, ...more: readonly (readonly [what: string, where: string])[]): Block => {
  const places = [['All numbers are in', 'results.json'], ['the figures in', 'figures/'], ...more] as const
  return onPage(
    foot([
      before,
      ...places.flatMap(([what, where], i) => [
        `${i === 0 ? '' : ', '}${what} `,
        { text: where, kind: 'code' as const },
      ]),
      '.',
    ]),
  )
}
