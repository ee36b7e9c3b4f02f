/** Curves that grow, such as cross-entropies by each, beside levels that stay. */
import { at } from '../lib/at.ts'
import { digits, shape } from './dom.ts'

/** A curve: its value after step 1, 2, … */
export interface Curve {
  readonly name: string
  readonly look: 'first' | 'second'
  readonly values: readonly number[]
}

/** A value that does not change from step to step. */
export interface Level {
  readonly name: string
  readonly look: 'exact' | 'third'
  readonly value: number
}

const [HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [300, 58, 74, 14, 40]

/** Places of labels, from above to below, moved apart where they would overlap. */
const apart = (places: readonly number[]): readonly number[] => {
  const order = places.map((_, i) => i).sort((a, b) => at(places, a) - at(places, b))
  const moved = [...places]
  let last = Number.NEGATIVE_INFINITY
  for (const i of order) {
    moved[i] = Math.max(at(places, i), last + 15)
    last = at(moved, i)
  }
  return moved
}

/** The chart, of a width in pixels, with room for so many steps; it says in words what it shows. */
export const curvesChart = (
  { what, step }: { readonly what: string; readonly step: string },
  curves: readonly Curve[],
  levels: readonly Level[],
  steps: number,
  width: number,
): SVGElement => {
  const values = [...curves.flatMap((curve) => curve.values), ...levels.map(({ value }) => value)]
  const [low, high] = [Math.min(...values), Math.max(...values)]
  const margin = Math.max(1e-3, (high - low) * 0.08)
  const y = (value: number): number =>
    TOP + ((high + margin - value) / (high - low + 2 * margin)) * (HEIGHT - TOP - BOTTOM)
  const x = (each: number): number => LEFT + ((each - 1) / Math.max(1, steps - 1)) * (width - LEFT - RIGHT)
  const drawn = curves.filter((curve) => curve.values.length > 0)
  const ends = [
    ...drawn.map(({ values: own, name, look }) => ({ name, look, x: x(own.length), y: y(at(own, own.length - 1)) })),
    ...levels.map(({ name, look, value }) => ({ name, look, x: width - RIGHT, y: y(value) })),
  ]
  const places = apart(ends.map((end) => end.y))
  return shape(
    'svg',
    {
      viewBox: `0 0 ${width} ${HEIGHT}`,
      role: 'img',
      class: 'chart',
      'aria-label': `${what}. ${[
        ...drawn.map(({ name, values: own }) => `${name}: ${own.map(digits).join(', ')}`),
        ...levels.map(({ name, value }) => `${name}: ${digits(value)}`),
      ].join('; ')}.`,
    },
    ...[low, (low + high) / 2, high].flatMap((value) => [
      shape('line', { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: 'grid' }),
      shape('text', { x: LEFT - 8, y: y(value) + 4, class: 'tick left' }, digits(Number(value.toPrecision(3)))),
    ]),
    ...[1, Math.round((steps + 1) / 2), steps].map((each) =>
      shape('text', { x: x(each), y: HEIGHT - 18, class: 'tick' }, String(each)),
    ),
    shape('text', { x: (LEFT + width - RIGHT) / 2, y: HEIGHT - 2, class: 'tick' }, step),
    ...levels.map(({ value, look }) =>
      shape('line', { x1: LEFT, x2: width - RIGHT, y1: y(value), y2: y(value), class: `level ${look}` }),
    ),
    ...drawn.flatMap(({ values: own, look }) => [
      shape('polyline', { points: own.map((value, i) => `${x(i + 1)},${y(value)}`).join(' '), class: `curve ${look}` }),
      ...own.map((value, i) => shape('circle', { cx: x(i + 1), cy: y(value), r: 3, class: `dot ${look}` })),
    ]),
    ...ends.map((end, i) =>
      shape('text', { x: width - RIGHT + 8, y: at(places, i) + 4, class: `end ${end.look}` }, end.name),
    ),
  )
}
