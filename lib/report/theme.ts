/**
 * The look of all charts: one palette and one vega-lite configuration.
 *
 * Text, grid and ground use the three `neutral` colours, which the report's style sheet replaces in dark mode by
 * matching their exact values; the colours of series are legible on both grounds and for colour-blind readers.
 */
import type { Json } from '../codec/json-scanner.ts'
import type { Chart, TitledChart } from './chart.ts'

/** Colours of text, secondary text, grid lines and ground. */
export const neutral = { ink: '#23272f', quiet: '#69707d', grid: '#e3e6eb', ground: '#ffffff' } as const

/** Colours of the models: r (base), p_λ (tilt), π (distilled), and the second and third student of a comparison. */
export const palette = {
  base: '#d9623b',
  tilt: '#8a63d2',
  distilled: '#1c86c7',
  second: '#2a9d76',
  third: '#b8860b',
} as const

const fontFamily = 'Inter, "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif'

const configuration: Chart = {
  font: fontFamily,
  background: neutral.ground,
  padding: 8,
  view: { stroke: null },
  axis: {
    domainColor: neutral.grid,
    gridColor: neutral.grid,
    tickColor: neutral.grid,
    labelColor: neutral.quiet,
    titleColor: neutral.quiet,
    titleFontWeight: 'normal',
    titlePadding: 8,
    labelFontSize: 11,
    titleFontSize: 11,
    labelFlush: false,
    gridDash: [2, 3],
  },
  axisX: { grid: false },
  legend: {
    labelColor: neutral.ink,
    titleColor: neutral.quiet,
    titleFontWeight: 'normal',
    labelFontSize: 11,
    titleFontSize: 11,
    orient: 'top',
    direction: 'horizontal',
    symbolStrokeWidth: 2.5,
    offset: 4,
  },
  header: { labelColor: neutral.ink, labelFontSize: 12, titleColor: neutral.quiet, labelFontWeight: 600 },
  title: {
    color: neutral.ink,
    subtitleColor: neutral.quiet,
    fontSize: 13,
    fontWeight: 600,
    subtitleFontSize: 11,
    subtitlePadding: 5,
    anchor: 'start',
    frame: 'group',
    offset: 10,
  },
  line: { strokeWidth: 2 },
  text: { color: neutral.quiet, fontSize: 11 },
}

/** A complete chart from its body: adds the schema, the title with its one-line explanation, and the look. */
export const themed =
  (title: string, subtitle: string | readonly string[]) =>
  (body: Chart): TitledChart => ({
    ...body,
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: { text: title, subtitle },
    config: configuration,
  })

/** A sentence in lines of at most so many characters, where its words allow it. */
const linesOf = (sentence: string, most: number): readonly string[] =>
  sentence.split(' ').reduce<readonly string[]>((lines, word) => {
    const [last, longer] = [lines.at(-1), [...lines.slice(-1), word].join(' ')]
    return last !== undefined && longer.length <= most ? [...lines.slice(0, -1), longer] : [...lines, word]
  }, [])

/** Characters of a subtitle that a chart of the usual size has room for. */
const USUAL_LINE = 74

/** A chart of the usual size: two of them share a line of a page. A subtitle that is too long for a line of its file takes two. */
export const usual = (title: string, subtitle: string | readonly string[], body: Chart): TitledChart => {
  const fits = typeof subtitle !== 'string' || subtitle.length <= USUAL_LINE
  return themed(title, fits ? subtitle : linesOf(subtitle, USUAL_LINE))({ width: 390, height: 200, ...body })
}

/** A quantitative channel of `field` with an axis title; `more` refines scale and axis. */
export const quantity = (field: string, title: string, more: Readonly<Record<string, Json>> = {}): Chart => ({
  field,
  type: 'quantitative',
  title,
  ...more,
})

/** A channel of rows by name, in the order of the data; `axis` refines its axis. */
export const rowsBy = (field: string, axis: Readonly<Record<string, Json>> = {}): Chart => ({
  ...{ field, type: 'nominal', title: null, sort: null },
  axis: { ticks: false, domain: false, ...axis },
})

/** A categorical colour channel with fixed colours in a fixed order. */
export const colours = (field: string, entries: readonly (readonly [string, string])[]): Chart => ({
  field,
  type: 'nominal',
  title: null,
  legend: { symbolOpacity: 1 },
  scale: { domain: entries.map(([name]) => name), range: entries.map(([, colour]) => colour) },
})

/** A horizontal rule at the entropy, with its label: no model's cross-entropy can lie below it. */
export const entropyRule = (entropy: number | undefined, label: string): readonly Chart[] =>
  entropy === undefined
    ? []
    : [
        {
          data: { values: [{ entropy }] },
          mark: { type: 'rule', color: neutral.ink, strokeDash: [6, 4], strokeWidth: 1.2 },
          encoding: { y: { field: 'entropy', type: 'quantitative' } },
        },
        {
          data: { values: [{ entropy, label: `${label} ${entropy.toFixed(4)}` }] },
          mark: { type: 'text', align: 'right', baseline: 'top', dx: -2, dy: 4, x: 'width', color: neutral.ink },
          encoding: { y: { field: 'entropy', type: 'quantitative' }, text: { field: 'label' } },
        },
      ]

/** The values 1, 2 and 5 times powers of ten from `least` to `most` (powers alone over more than three decades): ticks of a logarithmic axis. */
export const decades = (least: number, most: number): readonly number[] => {
  if (!(least > 0 && most < Number.POSITIVE_INFINITY)) return []
  const first = Math.floor(Math.log10(least))
  const count = Math.ceil(Math.log10(most)) - first + 1
  const steps = count > 4 ? [1] : [1, 2, 5]
  return Array.from({ length: count }, (_, i) => steps.map((step) => Number(`${step}e${first + i}`))).flat()
}

/** Digits with a real minus sign, and none before a number that rounds to 0. */
const signed = (digits: string): string => digits.replace('-', /[1-9]/.test(digits) ? '−' : '')

/** A number as a person writes it: `digits` decimals, and a real minus sign. */
export const decimal =
  (digits: number) =>
  (value: number): string =>
    Number.isFinite(value) ? signed(value.toFixed(digits)) : Number.isNaN(value) ? '–' : value > 0 ? '∞' : '−∞'
