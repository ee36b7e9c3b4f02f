/** Steps on data and sampled rows in one pass: the loss, what is reported and the update are those of two passes. */
import { describe, expect, it } from 'vitest'
import { at, field, presentIn, two } from '../../../lib/at.ts'
import { key } from '../../../lib/key.ts'
import { transformer } from '../../../lib/models/transformer.ts'
import { adam } from '../../../lib/optimise/index.ts'
import { reference } from '../../../lib/reference.ts'
import { fedNames, only } from '../../../lib/systems/e-arm/feeds.ts'
import { paperOptions } from '../../../lib/systems/e-arm/options.ts'
import { eArmStep } from '../../../lib/systems/e-arm/programs.ts'
import { type RowKind, tokenRows } from '../../../lib/systems/e-arm/row-kinds.ts'
import { stepSettings } from '../../../lib/systems/e-arm/trainer.ts'
import type { Variant } from '../../../lib/systems/e-arm/variants.ts'
import { run } from '../../either.ts'
import { smallTransformer } from '../../models/small-transformer.ts'

const [BATCH, TIME, SYMBOLS] = [3, 5, 4]
const model = transformer({ ...smallTransformer, symbols: SYMBOLS, layers: 1, context: TIME, begin: 0 })

const tokensOf = (rows: number, time: number, seed: number): Int32Array =>
  Int32Array.from({ length: rows * time }, (_, i) => (i * seed + (i >> 2)) % SYMBOLS)

const apart = (kind: RowKind): RowKind => ({
  ...kind,
  rows: (...given) => {
    const { together: _, ...rows } = kind.rows(...given)
    return rows
  },
})

/** A step: everything that it reports, and the parameters after it. */
const stepped = async (kind: RowKind, variant: Variant, { length = TIME, labelSmoothing = 0 } = {}) => {
  const options = {
    ...paperOptions,
    lambda: 0.7,
    negativeTokens: 2 * TIME,
    length,
    labelSmoothing,
    squaredLogSumExp: 0.01,
  }
  const settings = stepSettings({ options, batch: BATCH, time: TIME, optimiser: adam(0.01), dropout: 0 })
  const program = eArmStep(kind, settings, variant)
  const prepared = await run(reference.prepare(program))
  await run(prepared.writeState(model.initialise(key(1))))
  const { negatives } = settings.shape
  const mask = Float64Array.from({ length: BATCH * TIME }, (_, i) => (i % TIME < 3 ? 1 : 0))
  const feeds = {
    tokens: tokensOf(BATCH, TIME, 7),
    negatives: tokensOf(negatives, length, 3),
    mask,
    negativeMask: Float64Array.from({ length: negatives * length }, (_, i) => (i % length < 4 ? 1 : 0)),
    key: Uint32Array.of(1, 2),
    mixing: Float64Array.of(0.5),
  }
  const outputs = await run(prepared.run(only(fedNames(program), feeds)))
  return { ...outputs, ...(await run(prepared.readState(Object.keys(model.parameters)))) }
}

const largestGap = async (...steps: readonly ReturnType<typeof stepped>[]): Promise<number> => {
  const [a, b] = two(await Promise.all(steps))
  const gaps = Object.entries(presentIn(a)).flatMap(([name, { data }]) =>
    Array.from(data, (x, i) => Math.abs(x - at(field(b, name).data, i))),
  )
  return Math.max(...gaps)
}

describe('data and sampled rows in one pass', () => {
  it.each([
    ['e-arm', 0],
    ['e-arm', 0.1],
    ['both', 0],
  ] as const)('give the step of two passes: %s, label smoothing %s', async (variant, labelSmoothing) => {
    const kind = tokenRows(model, 'fed')
    const gap = largestGap(
      stepped(kind, variant, { labelSmoothing }),
      stepped(apart(kind), variant, { labelSmoothing }),
    )
    expect(await gap).toBeLessThan(1e-9)
  })

  it('are read in one where rows are equally long, and each by itself where they are not', async () => {
    const kind = tokenRows(model, 'fed')
    const shape = { batch: BATCH, time: TIME, negatives: 2, length: TIME }
    const rowsOf = (length: number) => kind.rows({ ...shape, length }, {}, () => (x) => x)
    expect(rowsOf(TIME).together).toBeDefined()
    expect(rowsOf(TIME - 1).together).toBeUndefined()
    const gap = largestGap(
      stepped(kind, 'e-arm', { length: TIME - 1 }),
      stepped(apart(kind), 'e-arm', { length: TIME - 1 }),
    )
    expect(await gap).toBe(0)
  })
})
