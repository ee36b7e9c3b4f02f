/** F15 on the reference and on ONNX Runtime: the whole table of operations on values that are not finite. */
import { describe, expect, it } from 'vitest'
import { openOnnx } from '../../lib/onnx.ts'
import { operations } from '../../lib/ops/table.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import { extremeValues } from '../laws/extreme-values.ts'
import { lawfulNames, losesNaN, nonFiniteComparisons, rows } from '../laws/non-finite.ts'

const onnx = right(await openOnnx({ threads: 1 })())

it('F15: every operation has a row, and no row is left over', () => {
  expect(Object.keys(rows).sort()).toEqual([...operations.keys()].sort())
})

describe('the reference', () => {
  const loud = lawfulNames.filter((name) => rows[name]?.keepsNaN === undefined)
  it.each(loud)('F15: %s: a NaN among the operands is seen in a result', (name) => expect(losesNaN(name)).toEqual([]))

  it('F15: rows that ask less say why', () => {
    const reasons = Object.values(rows).flatMap((row) => [row.keepsNaN, row.losesInfinity, row.counted])
    expect(reasons.filter((reason) => reason === '')).toEqual([])
    const less = Object.keys(rows).filter((name) => (rows[name]?.losesInfinity ?? rows[name]?.counted) !== undefined)
    expect(less).toEqual([
      ...['lstm_backward', 'layer_norm', 'attention', 'attention_backward', 'attention_step', 'attention_lanes'],
    ])
  })

  it.each(['exp', 'contract'])('F15: %s: the reference, as an executor, keeps its own law', async (name) => {
    for (const { complaints } of nonFiniteComparisons(name)) expect(await complaints(reference)).toEqual([])
  })
})

describe.each([reference, onnx].map((e) => [e.description, e] as const))('values on %s', (_name, executor) => {
  for (const { title, complaints } of extremeValues)
    it(title, async () => expect(await complaints(executor)).toEqual([]))
})

describe.each(lawfulNames)('%s on ONNX Runtime', (name) => {
  for (const { title, complaints } of nonFiniteComparisons(name))
    it(title, async () => expect(await complaints(onnx)).toEqual([]))
})
