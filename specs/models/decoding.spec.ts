/** M5: the laws of temperature, top-k and top-p, exactly, and what is drawn from them. */
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { at } from '../../lib/at.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { fineUniforms } from '../../lib/energy/index.ts'
import { decodedProbabilities } from '../../lib/models/decoding-host.ts'
import { type Decoding, decoded, decodingFailure } from '../../lib/models/decoding.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { samplePredicted } from '../../lib/models/onnx-sample.ts'
import { everyLogProbability, type TableSize, tableModel } from '../../lib/models/table-model.ts'
import { input, literal } from '../../lib/ops/layout.ts'
import { softmax } from '../../lib/ops/reduce.ts'
import { evaluateOn } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { near } from '../near.ts'
import { right } from '../either.ts'
import { chiSquareDesign } from '../../lib/laws/statistics.ts'

const lawOf = async (logits: readonly number[], { temperature = 1, ...rest }: Decoding): Promise<readonly number[]> => {
  const symbol = axis('symbol', logits.length)
  const law = softmax(symbol)(decoded(symbol, rest, input('temperature'))(literal(Float64Array.from(logits), symbol)))
  const feeds = { temperature: Float64Array.of(temperature) }
  const { law: got } = right(await evaluateOn(reference)({ law }, feeds)())
  return Array.from(got?.data ?? [])
}

/** The law by its definition: sort, cut, renormalise. */
const expected = (logits: readonly number[], { temperature = 1, topK = logits.length, topP = 1 }: Decoding) => {
  const order = logits
    .map((l, i) => ({ w: Math.exp((l - Math.max(...logits)) / temperature), i }))
    .sort((a, b) => b.w - a.w || a.i - b.i)
  const first = order.slice(0, topK)
  const total = first.reduce((s, o) => s + o.w, 0)
  let [mass, kept] = [0, 0]
  while (kept < first.length && (topP === 1 || mass < Math.fround(topP) * total)) {
    mass += first[kept]?.w ?? 0
    kept += 1
  }
  const law = logits.map(() => 0)
  for (const { w, i } of first.slice(0, kept)) law[i] = w / mass
  return law
}

const decodings: readonly Decoding[] = [
  {},
  { temperature: 0.5 },
  { temperature: 3 },
  { topK: 1 },
  { topK: 3 },
  { topK: 100 },
  { topP: 0.05 },
  { topP: 0.7 },
  { topP: 0.999 },
  { temperature: 0.7, topK: 4, topP: 0.8 },
]

describe('M5: the law of a decoding', () => {
  it.each(decodings)('%o is softmax(logits/τ) renormalised on the kept set, exactly', async (decoding) => {
    for (let seed = 0; seed < 20; seed++) {
      const logits = Array.from(uniforms(key(seed), 1 + (seed % 9)), (u) => Math.round(64 * (6 * u - 3)) / 64)
      const [law, wanted] = [await lawOf(logits, decoding), expected(logits, decoding)]
      law.forEach((p, i) => {
        expect(p).toBeCloseTo(wanted[i] ?? 0, 12)
        expect(p === 0).toBe(wanted[i] === 0)
      })
    }
  })

  it('at a tie the lower symbol is kept', async () => {
    expect(await lawOf([1, 2, 2, 2], { topK: 2 })).toEqual(near([0, 0.5, 0.5, 0]))
    expect(await lawOf([0, 0, 0, 0], { topP: 0.5 })).toEqual(near([0.5, 0.5, 0, 0]))
    expect(await lawOf([0, 0, 0, 0], { topP: 0.51 })).toEqual(near([1 / 3, 1 / 3, 1 / 3, 0]))
  })

  it('impossible values are failures', () => {
    expect(decodingFailure({ topP: Number.NaN })?.tag).toBe('Domain')
    expect(decodingFailure({ topK: 1.5 })?.tag).toBe('Domain')
    expect(decodingFailure({ temperature: -1 })?.what).toBe('a temperature of -1')
    expect(decodingFailure({ temperature: Number.POSITIVE_INFINITY })?.tag).toBe('Domain')
    expect(decodingFailure({ temperature: 2, topK: 5, topP: 1 })).toBeUndefined()
  })

  it('and tokens are drawn from it: χ² on pairs of symbols (α = 1e-9, TV 0.05)', async () => {
    const size: TableSize = { symbols: 4, length: 2 }
    const model = tableModel(size)
    const parameters = model.initialise(key(9))
    const decoding = { temperature: 0.8, topK: 3, topP: 0.9 }
    const table = parameters['logits'] ?? new Float32Array(0)
    const law = (node: number) => expected(Array.from(table.subarray(4 * node, 4 * node + 4)), decoding)
    const joint = law(0).flatMap((p, s) => law(1 + s).map((q) => p * q))
    const design = chiSquareDesign({ alpha: 1e-9, minDiscrepancy: 0.05, power: 1 - 1e-6 }, 16)
    const runtime = languageRuntime(reference, model, { batch: 2048 })
    const drawn = right(await runtime.sample(parameters, { key: key(10), count: design.n, length: 2, decoding })())
    const counts = new Int32Array(16)
    for (let r = 0; r < drawn.count; r++) {
      const cell = 4 * (drawn.tokens[2 * r] ?? 0) + (drawn.tokens[2 * r + 1] ?? 0)
      counts[cell] = (counts[cell] ?? 0) + 1
    }
    expect(design.check(counts, joint).complaints).toEqual([])
    const logs = everyLogProbability(size)(parameters)
    drawn.logProbability.forEach((l, r) =>
      expect(l).toBeCloseTo(logs[4 * (drawn.tokens[2 * r] ?? 0) + (drawn.tokens[2 * r + 1] ?? 0)] ?? 0, 5),
    )
    runtime.release()
  })
})

describe('M5: the same on the host', () => {
  it.each(decodings)('%o is softmax(logits/τ) renormalised on the kept set', (decoding) => {
    for (let seed = 0; seed < 20; seed++) {
      const logits = Array.from(uniforms(key(seed), 1 + (seed % 9)), (u) => Math.round(64 * (6 * u - 3)) / 64)
      const [law, wanted] = [decodedProbabilities(logits, decoding), expected(logits, decoding)]
      expect(Array.from(law)).toEqual(near(wanted))
      expect(Array.from(law, (p) => p === 0)).toEqual(wanted.map((p) => p === 0))
    }
  })

  it('a tie at the edge of top-p: at the edge so many symbols, above it one more, the lower ones first', () => {
    const kept = (size: number, topP: number) =>
      Array.from(decodedProbabilities(new Float64Array(size).fill(2), { topP })).map((p) => Number(p > 0))
    for (const size of [2, 4, 16])
      for (const count of [1, size / 2, size - 1]) {
        const first = (n: number) => Array.from({ length: size }, (_, i) => Number(i < n))
        expect(kept(size, count / size)).toEqual(first(count))
        expect(kept(size, count / size + 1e-4)).toEqual(first(count + 1))
        expect(kept(size, count / size - 1e-4)).toEqual(first(count))
      }
    expect(Array.from(decodedProbabilities([1, 2, 2, 2], { topK: 2 }))).toEqual([0, 0.5, 0.5, 0])
  })

  it('M4: tokens of a predictor are those of their uniforms, one by one: row r has child r of the key', async () => {
    const [symbols, count, length] = [3, 700, 6]
    /** Logits after token s: those of row s; nothing can be at a boundary but rounding. */
    const rows = [
      [0, 0, 0],
      [0.5, -1, 0.25],
      [-0.5, 1, 0],
    ]
    const predictor = {
      symbols,
      context: 10,
      description: 'a table',
      logits: () => TE.right(new Float32Array(0)),
      walk: (rowCount: number) => ({
        extend: (tokens: Int32Array) =>
          TE.right(
            Float32Array.from(
              Array.from({ length: rowCount }, (_, r) =>
                at(rows, at(tokens, (r + 1) * (tokens.length / rowCount) - 1)),
              ).flat(),
            ),
          ),
      }),
      release: () => undefined,
    }
    for (const decoding of [{}, { temperature: 0.7 }, { topK: 2 }, { topP: 0.6 }] satisfies readonly Decoding[]) {
      const language = { predictor, options: { begin: [0], end: 2, batch: 64 } }
      const drawn = right(await samplePredicted(language)({ key: key(21), count, length, decoding })())
      const wanted = Array.from({ length: count }, (_, r) => {
        const us = fineUniforms(fold(key(21), r), length)
        const out: number[] = []
        for (let t = 0; t < length; t++) {
          const before = out[t - 1] ?? 0
          let [s, below] = [-1, 0]
          if (before === 2) s = 2
          else
            do {
              s += 1
              below += at(expected(at(rows, before), decoding), s)
            } while (at(us, t) >= below)
          out.push(s)
        }
        return out
      })
      expect(Array.from(drawn.tokens)).toEqual(wanted.flat())
    }
  })
})
