/**
 * The LSTM language model against PyTorch's numbers (forward, loss and gradients in f64), its sizes, and its initial
 * parameters.
 */
import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { axis, sizeOf } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import type { Expr } from '../../lib/expr.ts'
import { vjpOf } from '../../lib/ops/pull-back.ts'
import { key } from '../../lib/key.ts'
import {
  initialiseLstm,
  lstmInputs,
  type LstmSize,
  lstmLoss,
  lstmModel,
  lstmParameterAxes,
  lstmParameterCount,
} from '../../lib/models/lstm.ts'
import { inputOf } from '../../lib/ops/layout.ts'
import { lstmScore } from '../../lib/ops/lstm-language.ts'
import { packLstm } from '../../lib/ops/lstm-model.ts'
import { constant } from '../../lib/ops/pointwise.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { run } from '../either.ts'

const numbers = t.readonlyArray(t.number)
const fixtureCodec = t.type({
  symbols: t.number,
  hidden: t.number,
  layers: t.number,
  rows: t.readonlyArray(numbers),
  parameters: t.record(t.string, numbers),
  gradients: t.record(t.string, numbers),
  logProbability: numbers,
  loss: t.number,
})

const fixture = (): t.TypeOf<typeof fixtureCodec> => {
  const text = readFileSync(new URL('../fixtures/models/lstm.json', import.meta.url), 'utf8')
  const decoded = fixtureCodec.decode(JSON.parse(text))
  if (E.isLeft(decoded)) throw new Error('specs/fixtures/models/lstm.json is not what lstm.py writes')
  return decoded.right
}

const torch = fixture()
const size: LstmSize = { symbols: torch.symbols, hidden: torch.hidden, layers: torch.layers }
const parameters = lstmInputs(size)
const batch = torch.rows.length
const time = torch.rows[0]?.length ?? 0
const tokens = Int32Array.from(torch.rows.flat())

const parameterFeeds: Readonly<Record<string, Values>> = Object.fromEntries(
  Object.entries(torch.parameters).map(([name, data]) => [`parameter/${name}`, Float64Array.from(data)]),
)

/** The largest difference in units of the larger of 1 and the expected value. */
const worst = (got: ArrayLike<number>, wanted: readonly number[]): number =>
  got.length === wanted.length
    ? wanted.reduce((high, w, i) => Math.max(high, Math.abs((got[i] ?? Number.NaN) - w) / Math.max(1, Math.abs(w))), 0)
    : Number.POSITIVE_INFINITY

const computed = async (named: Readonly<Record<string, Expr>>, feeds: Readonly<Record<string, Values>>) => {
  const values = await run(evaluateOn(reference)(named, { ...parameterFeeds, ...feeds }))
  return (name: string): ArrayLike<number> => values[name]?.data ?? []
}

describe('against PyTorch', () => {
  // Both compute in f64 on the same f32 parameters; what differs is the order of some forty additions of numbers of size
  // 1: 1e-13 leaves a hundred roundings.
  it('scores rows the same: log p(x) with EOS, cut rows without', async () => {
    const x = inputOf('i32')('tokens', axis('batch', batch), axis('time', time))
    const { logProbability } = lstmScore(packLstm(lstmModel(size, parameters)), x, 1)
    const value = await computed({ logProbability }, { tokens })
    expect(worst(value('logProbability'), torch.logProbability)).toBeLessThan(1e-13)
  })

  it('has the same loss and the same gradient of every parameter', async () => {
    const loss = lstmLoss(size, parameters, { batch, time, dropout: 0 })
    const names = Object.keys(parameters)
    const slopes = vjpOf([loss], [constant(1)], Object.values(parameters))
    const named = Object.fromEntries(slopes.flatMap((g, i) => (g === undefined ? [] : [[names[i] ?? '', g] as const])))
    const value = await computed({ loss, ...named }, { tokens, rowWeight: new Float64Array(batch).fill(1) })
    expect(worst(value('loss'), [torch.loss])).toBeLessThan(1e-13)
    expect(Object.keys(torch.gradients).sort()).toEqual([...names].sort())
    for (const name of names) {
      expect([name, worst(value(name), torch.gradients[name] ?? []) < 1e-13]).toEqual([name, true])
    }
  })

  it('rows of weight 0 change nothing', async () => {
    const loss = lstmLoss(size, parameters, { batch: 2, time, dropout: 0 })
    const weigh = (other: readonly number[]) =>
      computed(
        { loss },
        { tokens: Int32Array.from([...tokens.subarray(0, time), ...other]), rowWeight: Float64Array.of(1, 0) },
      )
    const [first, second] = [await weigh(torch.rows[1] ?? []), await weigh(torch.rows[2] ?? [])]
    expect(first('loss')).toEqual(second('loss'))
  })
})

describe('parameters', () => {
  /** PyTorch's count for nn.LSTM with one bias a layer, and nn.Linear. */
  const counted = ({ symbols, hidden, layers }: LstmSize): number =>
    4 * hidden * (symbols + hidden + 1) + (layers - 1) * 4 * hidden * (2 * hidden + 1) + symbols * (hidden + 1)

  it('are as many as the formula says', () => {
    for (const symbols of [2, 3, 40])
      for (const hidden of [1, 5, 200])
        for (const layers of [1, 2, 3]) {
          const of = { symbols, hidden, layers }
          expect(lstmParameterCount(of)).toBe(counted(of))
        }
    expect(lstmParameterCount({ symbols: 3, hidden: 200, layers: 2 })).toBe(484_603)
  })

  it('start uniform in ±1/√hidden, a function of the key alone', () => {
    const of = { symbols: 3, hidden: 16, layers: 2 }
    const start = initialiseLstm(of)(key(1))
    const all = Object.values(start).flatMap((data) => Array.from(data))
    expect(all).toHaveLength(lstmParameterCount(of))
    expect(all.every((w) => Math.abs(w) < 0.25)).toBe(true)
    // 3 635 uniforms: the mean of squares is b²/3 ± 6 standard errors (α = 2e-9).
    const square = all.reduce((sum, w) => sum + w * w, 0) / all.length
    const bound = 0.25 ** 2
    expect(Math.abs(square - bound / 3)).toBeLessThan(6 * bound * Math.sqrt(4 / 45 / all.length))
    expect(initialiseLstm(of)(key(1))).toEqual(start)
    expect(initialiseLstm(of)(key(2))).not.toEqual(start)
    for (const [name, axes] of Object.entries(lstmParameterAxes(of))) expect(start[name]).toHaveLength(sizeOf(axes))
  })
})
