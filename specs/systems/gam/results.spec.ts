import { deviceNames } from '../../../lib/experiment/device.ts'
import { fc, test } from '@fast-check/vitest'
import { isLeft, isRight } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { exactJson } from '../../../lib/codec/exact-json.ts'
import { decodeJson } from '../../../lib/codec/json.ts'
import type { GamData, GamOptions } from '../../../lib/systems/gam/options.ts'
import { gamOptionsCodec } from '../../../lib/systems/gam/settings.ts'
import {
  cycleNames,
  momentNames,
  presetNames,
  regimeNames,
  samplerNames,
  stepNames,
} from '../../../lib/systems/gam/options.ts'
import { type GamResults, gamResultsCodec } from '../../../lib/systems/gam/results.ts'
import { exampleResults } from '../../report/example.ts'

/** Any number that a result may be, among them NaN and the infinities; −0 is written as 0. */
const number = fc.double().map((value) => (value === 0 ? 0 : value))
const numbers = fc.array(number, { maxLength: 4 })
const strings = fc.array(fc.string(), { maxLength: 3 })
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (value === 0 ? 0 : value))

const data: fc.Arbitrary<GamData> = fc.oneof(
  fc.record({ kind: fc.constant('motif' as const), motif: fc.string(), length: finite, mixture: finite }),
  fc.record({ kind: fc.constant('strings' as const), file: fc.string(), features: strings }),
)

const options: fc.Arbitrary<GamOptions> = fc.record(
  {
    data,
    train: finite,
    features: fc.string(),
    moments: fc.constantFrom(...momentNames),
    regime: fc.constantFrom(...regimeNames),
    step: fc.constantFrom(...stepNames),
    cycle: fc.constantFrom(...cycleNames),
    sampler: fc.constantFrom(...samplerNames),
    hidden: finite,
    layers: finite,
    dropout: finite,
    learningRate: finite,
    batch: finite,
    distilled: finite,
    maxEpochs: finite,
    distilEpochs: finite,
    patience: finite,
    bank: finite,
    seed: fc.nat(),
    device: fc.constantFrom(...deviceNames),
    budgets: fc.record({ trials: finite, seconds: finite }, { requiredKeys: ['trials'] }),
    preset: fc.constantFrom(...presetNames),
    out: fc.string(),
  },
  { noNullPrototype: true },
)

const curve = fc.record({ training: numbers, validation: numbers })

const results: fc.Arbitrary<GamResults> = fc
  .record({
    options,
    adapter: fc.string(),
    values: fc.tuple(number, number, number, number, number, number, number),
    lambda: numbers,
    featureNames: strings,
    moments: fc.record({ data: numbers, base: numbers, tilt: numbers, distilled: numbers }),
    curves: fc.record({
      base: curve,
      distilled: curve,
      l1Moments: numbers,
      lambda: fc.array(numbers, { maxLength: 3 }),
    }),
    examples: fc.record({ true: strings, base: strings, distilled: strings }),
    optional: fc.record(
      { entropyPerSymbol: number, acceptanceRate: number, motifFrequencyTilt: number },
      { requiredKeys: [] },
    ),
  })
  .map(({ values: [a, b, c, d, e, f, g], optional, ...rest }) => {
    const { entropyPerSymbol: _h, acceptanceRate: _a, motifFrequencyTilt: _t, ...example } = exampleResults
    return {
      ...example,
      ...rest,
      ...optional,
      crossEntropyBase: a,
      crossEntropyTilt: b,
      crossEntropyDistilled: c,
      l1Moments: d,
      effectiveSampleSize: e,
      logPartition: { ...example.logPartition, lower: f, paretoK: g },
    }
  })

describe('the codec of results', () => {
  test.prop([results], { seed: 20190, numRuns: 200 })(
    'decodes what it wrote, through JSON text, non-finite numbers included',
    (value) => {
      const text = exactJson(gamResultsCodec.encode(value))
      const back = decodeJson(gamResultsCodec, 'results')(text)
      expect(isRight(back) && back.right).toEqual(value)
    },
  )

  test.prop([options], { seed: 7, numRuns: 200 })('options decode what was encoded', (value) => {
    const back = gamOptionsCodec.decode(JSON.parse(JSON.stringify(gamOptionsCodec.encode(value))))
    expect(isRight(back) && back.right).toEqual(value)
  })

  it('refuses a record without a field, naming it', () => {
    for (const name of ['crossEntropyBase', 'lambda', 'logPartition', 'seconds', 'options', 'examples']) {
      const { [name]: _, ...rest }: Readonly<Record<string, unknown>> = { ...exampleResults }
      const back = decodeJson(gamResultsCodec, 'results')(JSON.stringify(rest))
      expect(isLeft(back) && back.left.remedy).toContain(name)
    }
  })

  it('refuses a number that is text', () => {
    expect(isLeft(gamResultsCodec.decode({ ...exampleResults, crossEntropyTilt: '0.4' }))).toBe(true)
    expect(isRight(gamResultsCodec.decode({ ...exampleResults, crossEntropyTilt: '-Infinity' }))).toBe(true)
  })
})
