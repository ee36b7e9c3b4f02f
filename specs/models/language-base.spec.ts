/** A language model as the base of a tilt: what is sampled is scored, and rows are rows of the base. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { key } from '../../lib/key.ts'
import { joinedRows, languageBase, separateRows } from '../../lib/models/language-base.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { everyLogProbability, everyRow, type TableSize, tableModel } from '../../lib/models/table-model.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'

const size: TableSize = { symbols: 3, length: 3 }
const model = tableModel(size)
const parameters = model.initialise(key(2))
const every = separateRows(everyRow(size))
const exact = everyLogProbability(size)(parameters)

describe('the base of a language model', () => {
  it('has the log-probabilities of all rows, which sum to 1', async () => {
    const runtime = languageRuntime(reference, model, { batch: 16 })
    const logs = right(await languageBase(runtime, parameters, { length: 3 }).logProbability(every)())
    logs.forEach((l, i) => expect(l).toBeCloseTo(exact[i] ?? 0, 5))
    runtime.release()
  })

  it('after a prefix it is conditional: the prefix is in every row and costs nothing', async () => {
    const runtime = languageRuntime(reference, model, { batch: 16 })
    const base = languageBase(runtime, parameters, { length: 3, prefix: Int32Array.of(2) })
    const rows = right(await base.sample(key(1), 40)())
    expect(rows.length).toBe(40)
    expect(rows.every((r) => r.length === 3 && r[0] === 2)).toBe(true)
    const own = every.filter((r) => r[0] === 2)
    const logs = right(await base.logProbability(own)())
    expect(logs.reduce((p, l) => p + Math.exp(l), 0)).toBeCloseTo(1, 5)
    runtime.release()
  })

  it('scores no rows, and refuses rows of another length', async () => {
    const runtime = languageRuntime(reference, model, { batch: 16 })
    const base = languageBase(runtime, parameters, { length: 3 })
    expect(right(await base.logProbability([])()).length).toBe(0)
    const wrong = await base.logProbability([Int32Array.of(0, 1)])()
    expect(E.isLeft(wrong) ? wrong.left.what : '').toBe('a row of 2 tokens, in a base of rows of 3')
    expect(joinedRows(every, 3)).toEqual(everyRow(size))
    runtime.release()
  })
})
