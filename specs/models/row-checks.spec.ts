/** How long the programs are that serve rows of every length. */
import { describe, expect, it } from 'vitest'
import { key } from '../../lib/key.ts'
import { energyNetwork } from '../../lib/models/energy-network.ts'
import { expressionEnergy } from '../../lib/models/expression-energy.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { batchFailure, countFailure, endFailure, programLength } from '../../lib/models/row-checks.ts'
import { tableModel } from '../../lib/models/table-model.ts'
import { constant } from '../../lib/ops/pointwise.ts'
import { broadcast } from '../../lib/ops/reduce.ts'
import { reference } from '../../lib/reference.ts'
import { energyRuntime } from '../../lib/systems/residual/energy-runtime.ts'
import { stringTrainer } from '../../lib/train/strings.ts'
import { left } from '../either.ts'
import { thrown } from '../thrown.ts'

describe('lengths of programs', () => {
  it('are multiples of an eighth of their power of two, and of eight', () => {
    const lengths = [...new Set(Array.from({ length: 1001 }, (_, time) => programLength(time, 1000)))]
    const wanted = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768]
    expect(lengths).toEqual([...wanted, 896, 1000])
    for (const length of wanted) expect(programLength(length, 1000)).toBe(length)
  })

  it('waste at most a quarter, stay within the context, and are few', () => {
    for (let time = 1; time <= 1000; time++) {
      const length = programLength(time, 1000)
      expect(length).toBeGreaterThanOrEqual(time)
      expect(length).toBeLessThanOrEqual(Math.max(time + 7, 1.25 * time))
    }
    expect(new Set(Array.from({ length: 1000 }, (_, t) => programLength(t + 1, 1000))).size).toBeLessThan(32)
  })
})

describe('rows at once, and the symbol that ends them', () => {
  const model = tableModel({ symbols: 2, length: 3 })
  const size = {
    ...{ symbols: 5, model: 4, heads: 2, layers: 1, feedForward: 8, context: 6, begin: 4, tied: true },
    ...({ positions: 'learned', norm: 'pre', activation: 'gelu' } as const),
  }
  const network = energyNetwork({ size, direction: 'causal', head: 'mean-linear' })
  const openers: readonly (readonly [string, (batch: number) => unknown])[] = [
    ['languageRuntime', (batch) => languageRuntime(reference, model, { batch })],
    ['energyRuntime', (batch) => energyRuntime(reference, network, { batch, time: 4, from: 0 })],
    [
      'expressionEnergy',
      (batch) =>
        expressionEnergy({ executor: reference, energy: (b) => broadcast(b)(constant(0)), feeds: () => ({}), batch }),
    ],
    [
      'stringTrainer',
      (batch) =>
        stringTrainer(reference, {
          size: { symbols: 2, hidden: 2, layers: 1 },
          batch,
          dropout: 0,
          learningRate: 0.1,
          clip: 1,
        }),
    ],
  ]
  it.each(openers)('%s refuses numbers of rows that are none: every answer would be 0', (_name, open) => {
    for (const batch of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      expect(thrown(() => open(batch))?.what).toBe(`batches of ${batch} rows`)
    expect(thrown(() => open(2))).toBeUndefined()
  })

  it('numbers of rows to be drawn are counts, and fit into memory', async () => {
    const runtime = languageRuntime(reference, model, { batch: 4 })
    const whole = languageRuntime(reference, lstmAutoregressive({ symbols: 2, hidden: 2, layers: 1 }, 8), {
      batch: 4,
      end: 1,
    })
    for (const { model: own, sample } of [runtime, whole])
      for (const count of [-1, 1.5, Number.NaN, 2 ** 31])
        expect(left(await sample(own.initialise(key(1)), { key: key(2), count, length: 3 })()).what).toMatch(
          new RegExp(`^${count} rows`),
        )
    expect(countFailure(0, 3)).toBeUndefined()
  })

  it('an end that the model has not would end nothing', () => {
    for (const end of [2, 9, -1, 0.5, Number.NaN])
      expect(thrown(() => languageRuntime(reference, model, { batch: 4, end }))?.what).toBe(
        `the end ${end} is not one of the model's 2 symbols`,
      )
    expect(endFailure(2, 1)).toBeUndefined()
    expect(batchFailure(1)).toBeUndefined()
  })
})
