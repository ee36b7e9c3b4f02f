/** The table model: its law by enumeration, whole rows and step by step, with either kind of memory. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import { axesOf, type Expr } from '../../lib/expr.ts'
import { key } from '../../lib/key.ts'
import { keepAll } from '../../lib/models/autoregressive.ts'
import { parameterInputs } from '../../lib/models/parameters.ts'
import { everyLogProbability, everyRow, tableModel, tableRows } from '../../lib/models/table-model.ts'
import { contract } from '../../lib/ops/contract.ts'
import { inputOf, rename, reorder } from '../../lib/ops/layout.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import { thrown } from '../thrown.ts'
import { typed } from '../../lib/typed.ts'

const sizes = [
  { symbols: 2, length: 1 },
  { symbols: 3, length: 3, remembers: 'symbols' },
  { symbols: 2, length: 4, remembers: 'node' },
  { symbols: 5, length: 2 },
] as const

describe('the table model', () => {
  it.each(sizes)('%o has as many rows as prefixes, and probabilities that sum to 1', (size) => {
    const { symbols, length } = size
    expect(tableRows(size)).toBe(Array.from({ length }, (_, t) => symbols ** t).reduce((a, b) => a + b, 0))
    const logs = everyLogProbability(size)(tableModel(size).initialise(key(1)))
    expect(logs.length).toBe(symbols ** length)
    expect(logs.reduce((s, l) => s + Math.exp(l), 0)).toBeCloseTo(1, 12)
    const { tokens, count } = everyRow(size)
    expect(
      new Set(Array.from({ length: count }, (_, i) => tokens.slice(i * length, (i + 1) * length).join())).size,
    ).toBe(count)
  })

  it.each(sizes)('%o: logits are those of the prefix, and linear in the hidden states', async (size) => {
    const model = tableModel(size)
    const parameters = model.initialise(key(2))
    const { tokens, count, time } = everyRow(size)
    const given = inputOf('i32')('tokens', axis('batch', count), axis('time', time))
    const inputs = parameterInputs(model.parameters)
    const { logits, hidden } = model.forward(inputs, given, keepAll)
    const context = axis('context', tableRows(size))
    const table = typed(context, 'symbol')(inputs['logits'] ?? logits)
    const again = contract(context)(rename(axis('model', context.size), context)(hidden), table)
    const named = [logits, again].map((x): Expr => reorder(['batch', 'time', 'symbol'])(x))
    const feeds = { tokens, 'parameter/logits': parameters['logits'] ?? new Float32Array(0) }
    const got = right(await evaluateOn(reference)({ logits: named[0] ?? logits, again: named[1] ?? again }, feeds)())
    const data: Values = got.logits?.data ?? new Float64Array(0)
    expect(axesOf(logits).length).toBe(3)
    expect(Array.from(got.again?.data ?? [])).toEqual(Array.from(data))
    for (let i = 0; i < count; i++)
      for (let t = 0, node = 0; t < time; t++) {
        for (let s = 0; s < size.symbols; s++)
          expect(data[(i * time + t) * size.symbols + s]).toBe(parameters['logits']?.[node * size.symbols + s])
        node = size.symbols * node + 1 + (tokens[i * time + t] ?? 0)
      }
  })

  it('a table that nobody could enumerate is refused', () => {
    expect(thrown(() => tableModel({ symbols: 10, length: 12 }))).toMatchObject({ tag: 'Limit' })
  })
})
