/**
 * Charts as values: a chart is a vega-lite specification, plain JSON that a test can read and any vega tool can draw.
 */
import type { Json } from '../codec/json-scanner.ts'

/** A vega-lite specification (schema v6), or a part of one, as a JSON object. */
export type Chart = { readonly [name: string]: Json }

/** A complete chart with a title and a sentence or two on how it is to be read. */
export type TitledChart = Chart & {
  readonly title: { readonly text: string; readonly subtitle: string | readonly string[] }
}
