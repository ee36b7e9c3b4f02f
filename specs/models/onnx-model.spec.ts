/** An imported model as a base: probabilities that sum to 1, exact samples, tilts of it against enumeration. */
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { exactTilt } from '../../lib/energy/exact.ts'
import { energyOf, importance, logPartition, rejection, type Tilt, weigh } from '../../lib/energy/index.ts'
import { key } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { logSumExp } from '../../lib/math.ts'
import { decodedProbabilities } from '../../lib/models/decoding-host.ts'
import { decoded, type Decoding } from '../../lib/models/decoding.ts'
import { type PredictedLanguage, type PredictedOptions, predictedLanguage } from '../../lib/models/onnx-model.ts'
import { openPredictor } from '../../lib/onnx/import.ts'
import { axis } from '../../lib/axis.ts'
import { constant } from '../../lib/ops/pointwise.ts'
import { literal } from '../../lib/ops/layout.ts'
import { softmax } from '../../lib/ops/reduce.ts'
import { evaluateOne } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { left, right, run } from '../either.ts'
import { chiSquareDesign } from '../../lib/laws/statistics.ts'

const SYMBOLS = 16
const END = 15
const predictors = {
  plain: await run(openPredictor({ file: fixture('plain.onnx'), context: 12, threads: 1 })),
  cached: await run(openPredictor({ file: fixture('cached.onnx'), context: 12, threads: 1 })),
}
afterAll(() => Object.values(predictors).forEach((p) => p.release()))

function fixture(name: string): string {
  return fileURLToPath(new URL(`../fixtures/causal/${name}`, import.meta.url))
}

const language = (options: Partial<PredictedOptions> = {}, of: keyof typeof predictors = 'cached') =>
  run(predictedLanguage({ begin: [0], length: 2, batch: 512, ...options })(predictors[of]))

/** All rows of a language, in order. */
const rowsOf = ({ options: { end, length } }: PredictedLanguage): readonly Int32Array[] => {
  const from = (head: readonly number[]): readonly (readonly number[])[] =>
    head.length === length || (head.length > 0 && head.at(-1) === end)
      ? [head]
      : Array.from({ length: SYMBOLS }, (_, s) => from([...head, s])).flat()
  return from([]).map((row) => Int32Array.from(row))
}

describe('an imported model', () => {
  it.each([
    ['rows of three tokens', { length: 3 }, 4096],
    ['rows of up to three tokens with an end', { length: 3, end: END }, 1 + 15 + 15 ** 2 + 15 ** 3],
  ] as const)('probabilities of all %s sum to 1', async (_name, options, points) => {
    const model = await language(options)
    const rows = rowsOf(model)
    expect(rows.length).toBe(points)
    const logs = await run(model.base.logProbability(rows))
    expect(Math.abs(logSumExp(logs))).toBeLessThan(1e-5)
  })

  it('the cache changes no probability', async () => {
    const [one, other] = [await language({ length: 2 }), await language({ length: 2 }, 'plain')]
    const rows = rowsOf(one)
    const [xs, ys] = [await run(one.base.logProbability(rows)), await run(other.base.logProbability(rows))]
    expect(Math.max(...Array.from(xs, (x, i) => Math.abs(x - at(ys, i))))).toBeLessThan(1e-5)
    const drawn = await run(one.sample({ key: key(1), count: 50, length: 12 }))
    const again = await run(other.sample({ key: key(1), count: 50, length: 12 }))
    expect(again.tokens).toEqual(drawn.tokens)
  })

  // α = 1e-9; a total variation of 0.1 is seen with probability 1 − 1e-6.
  it.each([
    ['without an end', {}],
    ['with an end', { end: END }],
  ] as const)(
    'samples %s follow the enumerated law (χ²)',
    async (_name, options) => {
      const model = await language({ length: 2, ...options })
      const rows = rowsOf(model)
      const names = new Map(rows.map((row, i) => [row.join(), i]))
      const design = chiSquareDesign({ alpha: 1e-9, minDiscrepancy: 0.1, power: 1 - 1e-6 }, rows.length)
      const counts = new Float64Array(rows.length)
      for (const row of await run(model.base.sample(key(3), design.n))) {
        const i = names.get(row.join()) ?? -1
        counts[i] = at(counts, i) + 1
      }
      const probabilities = (await run(model.base.logProbability(rows))).map(Math.exp)
      expect(design.check(counts, probabilities)).toMatchObject({ passed: true })
    },
    30_000,
  )

  it('log-probabilities that sampling reports are those of scoring', async () => {
    const model = await language({ length: 8, end: END })
    const drawn = await run(model.sample({ key: key(5), count: 40, length: 8 }))
    const scores = await run(model.score(drawn))
    expect(Math.max(...Array.from(scores, (s, i) => Math.abs(s - at(drawn.logProbability, i))))).toBeLessThan(2e-5)
  })

  it('a row depends on its key and number alone, not on the batch', async () => {
    const [small, large] = [await language({ batch: 7, length: 6 }), await language({ length: 6 })]
    const [xs, ys] = [
      await run(small.sample({ key: key(9), count: 20, length: 6 })),
      await run(large.sample({ key: key(9), count: 30, length: 6 })),
    ]
    expect(xs.tokens).toEqual(ys.tokens.subarray(0, 120))
  })

  it('goes on from a prefix, and tells what comes next', async () => {
    const model = await language({ length: 4 })
    const prefix = { tokens: Int32Array.of(3, 9), count: 1, time: 2 }
    const drawn = await run(model.sample({ key: key(2), count: 3, length: 4, prefix, decoding: { topK: 1 } }))
    const next = await run(model.nextLogits(prefix))
    const best = next.indexOf(Math.max(...next))
    expect(Array.from(drawn.tokens.subarray(0, 3))).toEqual([3, 9, best])
    const whole = await run(model.score(drawn, 2))
    expect(Math.abs(at(whole, 0) - at(drawn.logProbability, 0))).toBeLessThan(1e-5)
  })
})

describe('decoding on the host', () => {
  const symbol = axis('symbol', 6)
  const logits = Float64Array.of(1, -0.5, 2, 2, 0.25, -3)
  it.each([
    {},
    { temperature: 0.5 },
    { topK: 2 },
    { topP: 0.6 },
    { topK: 3, topP: 0.9, temperature: 2 },
  ] satisfies readonly Decoding[])('is the law of the expression: %o', async (decoding: Decoding) => {
    const law = softmax(symbol)(decoded(symbol, decoding, constant(decoding.temperature ?? 1))(literal(logits, symbol)))
    const want = (await run(evaluateOne(reference)(law))).data
    decodedProbabilities(logits, decoding).forEach((p, i) => expect(Math.abs(p - at(want, i))).toBeLessThan(1e-6))
  })
})

describe('tilts of an imported model', () => {
  /** E = −[7 occurs] − ½·[the row begins with an even symbol]. */
  const energy = (row: Int32Array): number => -Number(row.includes(7)) - 0.5 * Number(at(row, 0) % 2 === 0)
  const tiltOf = ({ base }: PredictedLanguage): Tilt<Int32Array> => ({ base, energy: energyOf(energy) })

  it('log Z by weighted samples agrees with enumeration', async () => {
    const model = await language({ length: 2 })
    const rows = rowsOf(model)
    const exact = exactTilt(await run(model.base.logProbability(rows)), rows.map(energy))
    const { logWeights } = await run(importance(key(4), 4000)(tiltOf(model)))
    const found = logPartition(right(weigh(logWeights)))
    expect(found.doubts).toEqual([])
    expect(Math.abs(found.jackknife - exact.logPartition)).toBeLessThan(6 * found.standardError)
    expect(found.standardError).toBeLessThan(0.02)
  })

  it('rejection sampling follows the tilted law', async () => {
    const model = await language({ length: 1 })
    const rows = rowsOf(model)
    const { probabilities } = exactTilt(await run(model.base.logProbability(rows)), rows.map(energy))
    const design = chiSquareDesign({ alpha: 1e-9, minDiscrepancy: 0.08, power: 1 - 1e-6 }, rows.length)
    const { samples } = await run(
      rejection(key(8), { target: design.n, budget: 1e6, batch: 2048, logEnvelope: 1.5 })(tiltOf(model)),
    )
    const counts = new Float64Array(rows.length)
    for (const row of samples) counts[at(row, 0)] = at(counts, at(row, 0)) + 1
    expect(design.check(counts, probabilities)).toMatchObject({ passed: true })
  }, 30_000)
})

describe('wrong use of an imported model', () => {
  const sentence = async (options: PredictedOptions): Promise<string> => {
    const f = left(await predictedLanguage(options)(predictors.plain)())
    return `${f.tag}: ${f.what}`
  }
  it('begin and end symbols and lengths that it does not have', async () => {
    expect(await sentence({ begin: [], length: 2 })).toMatch(/^Usage: the model has nothing to read/)
    expect(await sentence({ begin: [16], length: 2 })).toBe("Domain: symbol 16 is not one of the model's 16")
    expect(await sentence({ begin: [0], end: -1, length: 2 })).toBe("Domain: symbol -1 is not one of the model's 16")
    expect(await sentence({ begin: [0], length: 13 })).toMatch(/^Domain: rows of 13 tokens after 1 begin symbols/)
  })

  it('rows that it cannot read or draw', async () => {
    const model = await language({ length: 3, end: END })
    const failure = async (...rows: readonly (readonly number[])[]): Promise<string> => {
      const f = left(await model.base.logProbability(rows.map((row) => Int32Array.from(row)))())
      return `${f.tag}: ${f.what}`
    }
    expect(await failure([1, 2])).toBe('Support: row 0 is none that the model can draw: it has 2 tokens and no end')
    expect(await failure([1, 2, 3], [15, 1])).toMatch(/^Support: row 1 .* goes on after the end$/)
    expect(await failure([1, 2, 3, 4])).toMatch(/^Support: row 0 .* has 4 tokens, more than 3$/)
    expect(await failure([1, 99, 3])).toMatch(/^Domain: token 99 in row 0/)
    expect(left(await model.sample({ key: key(1), count: 2, length: 99 })()).tag).toBe('Shape')
    expect(left(await model.sample({ key: key(1), count: 2, length: 2, decoding: { topK: 0 } })()).tag).toBe('Domain')
    expect(await run(model.base.logProbability([]))).toEqual(new Float64Array(0))
  })

  it('a signal stops sampling', async () => {
    const model = await language({ length: 3 })
    const signal = AbortSignal.abort()
    expect(left(await model.sample({ key: key(1), count: 2, length: 3, signal })()).tag).toBe('Interrupted')
  })
})
