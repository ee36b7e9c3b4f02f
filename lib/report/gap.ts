/**
 * The result in one picture: how far r, P_λ and π lie above the entropy of the process.
 */
import { at } from '../at.ts'
import type { GamResults } from '../systems/gam/results.ts'
import type { Chart, TitledChart } from './chart.ts'
import { colours, neutral, palette, quantity, rowsBy, themed } from './theme.ts'

const models: readonly (readonly [string, string])[] = [
  ['base model r', palette.base],
  ['tilted model Pλ', palette.tilt],
  ['distilled model π', palette.distilled],
]

const valuesOf = (results: GamResults): readonly Chart[] => {
  const { crossEntropyBase, crossEntropyTilt, crossEntropyDistilled, entropyPerSymbol, paper } = results
  const floor = entropyPerSymbol ?? Math.min(crossEntropyBase, crossEntropyTilt, crossEntropyDistilled)
  const ours = [crossEntropyBase, crossEntropyTilt, crossEntropyDistilled]
  const printed = [paper?.crossEntropyBase, undefined, paper?.crossEntropyDistilled]
  return models.flatMap(([model], position) => {
    const value = at(ours, position)
    const theirs = printed[position]
    return Number.isFinite(value)
      ? [{ model, value, floor, label: value.toFixed(4), ...(theirs === undefined ? {} : { theirs }) }]
      : []
  })
}

const channel = (field: string): Chart =>
  quantity(field, 'cross-entropy, nats per symbol', {
    scale: { zero: false, nice: false, padding: 40 },
    axis: { tickCount: 6, grid: true },
  })

/** Cross-entropies of the three models as distances from the entropy, where it is known; open circles are the paper's values. */
export const entropyGap = (results: GamResults): TitledChart => {
  const { entropyPerSymbol, paper } = results
  const y = rowsBy('model', { labelFontSize: 12 })
  const color: Chart = { ...colours('model', models), legend: null }
  const entropy =
    entropyPerSymbol === undefined
      ? []
      : [{ entropy: entropyPerSymbol, label: `entropy ${entropyPerSymbol.toFixed(4)}` }]
  const hint = paper === undefined ? '' : `; open circles: the paper (${paper.source})`
  return themed(
    entropyPerSymbol === undefined ? 'Cross-entropies' : 'Distance from the truth',
    entropyPerSymbol === undefined
      ? `Cross-entropy on test strings, as bars from the lowest: the entropy of the data is not known${hint}`
      : `Cross-entropy on test strings; no model can lie below the entropy${hint}`,
  )({
    width: 560,
    height: { step: 44 },
    data: { values: [...valuesOf(results)] },
    layer: [
      {
        data: { values: entropy },
        mark: { type: 'rule', color: neutral.ink, strokeDash: [6, 4], strokeWidth: 1.2 },
        encoding: { x: channel('entropy') },
      },
      {
        data: { values: entropy },
        mark: { type: 'text', align: 'left', dx: 5, y: -6, color: neutral.ink },
        encoding: { x: channel('entropy'), text: { field: 'label', type: 'nominal' } },
      },
      {
        mark: { type: 'rule', strokeWidth: 5, opacity: 0.35 },
        encoding: { y, x: channel('floor'), x2: { field: 'value' }, color },
      },
      { mark: { type: 'point', filled: true, size: 130, opacity: 1 }, encoding: { y, x: channel('value'), color } },
      {
        mark: { type: 'text', align: 'left', dx: -6, dy: -15, fontSize: 12, fontWeight: 600 },
        encoding: { y, x: channel('value'), text: { field: 'label', type: 'nominal' }, color },
      },
      {
        transform: [{ filter: 'isValid(datum.theirs)' }],
        mark: { type: 'point', filled: false, size: 130, strokeWidth: 1.6, opacity: 1 },
        encoding: { y, x: channel('theirs'), color },
      },
    ],
  })
}
