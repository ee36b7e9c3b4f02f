/** How an estimate of log Z settles: its interval by the number of draws, beside the exact value. */
import type { Estimate } from './compute.ts'
import { digits, shape } from './dom.ts'

const [HEIGHT, LEFT, BOTTOM, TOP] = [260, 64, 36, 14]

/** The chart, of a width in pixels; those estimates that carry doubts are drawn hollow. */
export const convergence = (estimates: readonly Estimate[], exact: number, width: number): SVGElement => {
  const finite = estimates.filter(({ low, high }) => Number.isFinite(low) && Number.isFinite(high))
  // A few wild intervals must not hide the others: they run out of the picture.
  const reach =
    3 *
    Math.max(
      1e-3,
      ...finite.slice(Math.floor(finite.length / 2)).map(({ low, high }) => Math.max(high - exact, exact - low)),
    )
  const y = (value: number): number => {
    const inside = Math.min(exact + reach, Math.max(exact - reach, value))
    return TOP + ((exact + reach - inside) / (2 * reach)) * (HEIGHT - TOP - BOTTOM)
  }
  const x = (i: number): number => LEFT + ((i + 0.5) / Math.max(1, estimates.length)) * (width - LEFT - 10)
  const level = (value: number): readonly SVGElement[] => [
    shape('line', { x1: LEFT, x2: width - 10, y1: y(value), y2: y(value), class: value === exact ? 'exact' : 'grid' }),
    shape('text', { x: LEFT - 8, y: y(value) + 4, class: 'tick left' }, digits(value)),
  ]
  return shape(
    'svg',
    {
      viewBox: `0 0 ${width} ${HEIGHT}`,
      role: 'img',
      class: 'chart',
      'aria-label': `log Z as estimated from ${estimates.map(({ n, value }) => `${n} draws: ${digits(value)}`).join(', ')}; exactly ${digits(exact)}.`,
    },
    ...[exact - reach / 1.5, exact, exact + reach / 1.5].flatMap(level),
    ...estimates.flatMap(({ n, value, low, high, doubts }, i) => [
      ...(Number.isFinite(low) && Number.isFinite(high)
        ? [shape('line', { x1: x(i), x2: x(i), y1: y(low), y2: y(high), class: 'interval' })]
        : []),
      shape('circle', { cx: x(i), cy: y(value), r: 4.5, class: doubts.length === 0 ? 'point' : 'point doubted' }),
      shape('text', { x: x(i), y: HEIGHT - 14, class: 'tick' }, n >= 1024 ? `${Math.round(n / 1024)}k` : String(n)),
    ]),
  )
}
