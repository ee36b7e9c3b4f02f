/** Who descends from whom: particles as rows, steps as columns, and the lines of those that live at the end. */
import { at } from '../lib/at.ts'
import type { StepReport } from '../lib/tilt/result.ts'
import { shape } from './dom.ts'

const [LEFT, RIGHT, TOP, BOTTOM] = [58, 12, 8, 38]

/** Columns of places: `parents[s][i]` is where the particle at i after step s came from. */
const parentsOf = (steps: readonly StepReport[], islands: Int32Array): readonly Int32Array[] => {
  const size = islands.filter((island) => island === 0).length
  const last = steps.reduce((n, { step }) => Math.max(n, step), 0)
  const columns = Array.from({ length: last + 1 }, () => Int32Array.from(islands, (_, i) => i))
  for (const { step, island, ancestors } of steps)
    ancestors?.forEach((place, i) => {
      at(columns, step)[island * size + i] = island * size + place
    })
  return columns
}

/** The picture, of a width in pixels. Of a resampled island the lines of those that were not taken end. */
export const genealogyChart = (
  {
    steps,
    islands,
    weights,
  }: { readonly steps: readonly StepReport[]; readonly islands: Int32Array; readonly weights: Float64Array },
  width: number,
): SVGElement => {
  const columns = parentsOf(steps, islands)
  const count = islands.length
  const row = Math.max(3, Math.min(11, 360 / count))
  const height = TOP + count * row + BOTTOM
  const x = (column: number): number => LEFT + (column / Math.max(1, columns.length)) * (width - LEFT - RIGHT)
  const y = (i: number): number => TOP + (i + 0.5) * row + 2 * (at(islands, i) - 1.5)
  const piece = (column: number, from: number, to: number): string =>
    `M${x(column).toFixed(1)},${y(from).toFixed(1)}L${x(column + 1).toFixed(1)},${y(to).toFixed(1)}`
  const lines = columns.flatMap((parents, column) => Array.from(parents, (from, to) => piece(column, from, to)))
  let living = new Set(Array.from(weights.keys()).filter((i) => at(weights, i) > 0))
  const kept: string[] = []
  for (let column = columns.length - 1; column >= 0; column--) {
    const parents = at(columns, column)
    for (const to of living) kept.push(piece(column, at(parents, to), to))
    living = new Set([...living].map((to) => at(parents, to)))
  }
  const resampled = steps.filter(({ ancestors }) => ancestors !== undefined).length
  return shape(
    'svg',
    {
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
      class: 'chart',
      'aria-label': `Genealogy of ${count} particles over ${columns.length} steps: ${resampled} resamplings of an island; those alive at the end descend from ${living.size} of the first.`,
    },
    shape('path', { d: lines.join(''), class: 'line lost' }),
    shape('path', { d: kept.join(''), class: 'line kept' }),
    ...[...new Set(islands)].map((island) => {
      const own = Array.from(islands.keys()).filter((i) => at(islands, i) === island)
      const middle = own.reduce((sum, i) => sum + y(i), 0) / own.length
      return shape('text', { x: LEFT - 8, y: middle + 4, class: 'tick left' }, `island ${island + 1}`)
    }),
    ...[0, columns.length].map((column) =>
      shape('text', { x: x(column) + (column === 0 ? 4 : -8), y: height - 20, class: 'tick' }, String(column)),
    ),
    shape('text', { x: (LEFT + width - RIGHT) / 2, y: height - 3, class: 'tick' }, 'tokens'),
  )
}
