/** Language models: scores by hand, samples against the exact law of all strings, and no impossible symbol. */
import { describe, expect, it } from 'vitest'
import { axis, sizeOf } from '../../lib/axis.ts'
import type { Values } from '../../lib/dtype.ts'
import { axesOf, type Expr, substitute } from '../../lib/expr.ts'
import { gradient } from '../../lib/grad.ts'
import { fold, key, uniforms, words } from '../../lib/key.ts'
import { at } from '../../lib/at.ts'
import { softmax } from '../../lib/math.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { lstmSample, lstmScore } from '../../lib/ops/lstm-language.ts'
import { lstmLogits, type LstmModel, packLstm, untilEnd } from '../../lib/ops/lstm-model.ts'
import { gate } from '../../lib/ops/lstm.ts'
import { inputKey } from '../../lib/ops/random.ts'
import { sum } from '../../lib/ops/reduce.ts'
import { type Placed, valuesOf } from '../domains.ts'
import { relativeGap } from '../../lib/laws/derivatives.ts'
import { chiSquareDesign, standard } from '../../lib/laws/statistics.ts'
import { thrown } from '../thrown.ts'

interface Model {
  readonly packed: {
    readonly weights: ReturnType<typeof packLstm>['weights']
    readonly output: ReturnType<typeof packLstm>['output']
  }
  readonly parameters: readonly Placed[]
}

/** A random model of `depth` layers; `sharpness` scales the output layer. */
const random = (symbols: number, hidden: number, depth: number, seed: number, sharpness = 1): Model => {
  const weights = input(
    'weights',
    axis('row', symbols + depth + (2 * depth - 1) * hidden),
    gate,
    axis('hidden', hidden),
  )
  const output = input('output', axis('outputRow', hidden + 1), axis('symbol', symbols))
  const values = (node: Expr, i: number, scale: number): Placed => ({
    node,
    data: uniforms(fold(key(seed), i), sizeOf(axesOf(node))).map((u) => scale * (2 * u - 1)),
  })
  return { packed: { weights, output }, parameters: [values(weights, 0, 1.5), values(output, 1, 2 * sharpness)] }
}

/** Every string of at most `time` symbols, EOS-padded: those that end, and those cut at `time`. */
const allStrings = (symbols: number, time: number): readonly (readonly number[])[] => {
  const end = symbols - 1
  const grow = (prefix: readonly number[]): readonly (readonly number[])[] =>
    prefix.length === time || prefix[prefix.length - 1] === end
      ? [prefix]
      : Array.from({ length: symbols }, (_, s) => grow([...prefix, s])).flat()
  return grow([]).map((s) => [...s, ...Array.from({ length: time - s.length }, () => end)])
}

const score = (model: Model, strings: readonly (readonly number[])[], temperature = 1): Float64Array => {
  const tokens = inputOf('i32')('tokens', axis('batch', strings.length), axis('time', strings[0]?.length ?? 0))
  const known = [...model.parameters, { node: tokens, data: Int32Array.from(strings.flat()) }]
  return Float64Array.from(valuesOf([lstmScore(model.packed, tokens, temperature).logProbability], known)[0] ?? [])
}

const draw = (model: Model, rows: number, time: number, seed: number, temperature = 1): readonly Values[] => {
  const drawn = lstmSample(model.packed, inputKey('key'), axis('batch', rows), axis('time', time), temperature)
  return valuesOf(
    [drawn.tokens, drawn.logProbability, drawn.length],
    [...model.parameters, { node: inputKey('key'), data: Uint32Array.from(key(seed)) }],
  )
}

const rowsOf = (tokens: Values, time: number): readonly string[] =>
  Array.from({ length: tokens.length / time }, (_, r) => tokens.subarray(r * time, (r + 1) * time).join(''))

describe('scores', () => {
  it.each([1, 0.7])('sum to 1 over all strings that end or are cut, at temperature %s', (temperature) => {
    for (const [symbols, hidden, depth] of [
      [2, 2, 1],
      [3, 3, 2],
      [4, 1, 1],
    ] as const) {
      const p = score(random(symbols, hidden, depth, 1), allStrings(symbols, 3), temperature)
      expect(p.reduce((total, l) => total + Math.exp(l), 0)).toBeCloseTo(1, 11)
    }
  })

  it('E20: nothing after EOS counts, forward or backward', () => {
    const model = random(3, 3, 2, 2)
    const tokens = inputOf('i32')('tokens', axis('batch', 1), axis('time', 4))
    const total = sum(axis('batch', 1))(lstmScore(model.packed, tokens, 1).logProbability)
    const g = gradient(total, { w: model.packed.weights })
    const at4 = (rest: readonly number[]) =>
      valuesOf([total, g.w], [...model.parameters, { node: tokens, data: Int32Array.of(0, 2, ...rest) }])
    expect(at4([0, 1])).toEqual(at4([2, 2]))
    const short = score(model, [[0, 2]])
    expect(at4([2, 2])[0]?.[0]).toBe(short[0])
  })

  it('one layer with one unit by hand', () => {
    const model = random(2, 1, 1, 3)
    const [weights, output] = model.parameters.map((p) => p.data)
    const sigmoid = (z: number) => 1 / (1 + Math.exp(-z))
    const w = (row: number, g: number) => at(weights ?? [], row * 4 + g)
    let [h, c, read, expected] = [0, 0, 1, 0]
    for (const token of [0, 0, 1]) {
      const z = [0, 1, 2, 3].map((g) => w(read, g) + w(2, g) + h * w(3, g))
      c = sigmoid(at(z, 1)) * c + sigmoid(at(z, 0)) * Math.tanh(at(z, 2))
      h = sigmoid(at(z, 3)) * Math.tanh(c)
      expected += Math.log(at(softmax([0, 1].map((s) => h * at(output ?? [], s) + at(output ?? [], 2 + s))), token))
      read = token
    }
    expect(score(model, [[0, 0, 1]])[0]).toBeCloseTo(expected, 12)
  })

  it('until the end: 1 up to and with the first EOS', () => {
    const tokens = inputOf('i32')('tokens', axis('batch', 2), axis('time', 4))
    const mask = untilEnd(axis('symbol', 3), axis('time', 4), tokens)
    expect(
      Array.from(valuesOf([mask], [{ node: tokens, data: Int32Array.of(0, 2, 0, 2, 1, 1, 1, 1) }])[0] ?? []),
    ).toEqual([1, 1, 0, 0, 1, 1, 1, 1])
  })

  it('packing and unpacking: logits of the parts and scores of the packed model agree', () => {
    const [symbol, hidden, previous] = [axis('symbol', 3), axis('hidden', 2), axis('previous', 2)]
    const square = (name: string) => input(name, previous, gate, hidden)
    const model: LstmModel = {
      symbol,
      hidden,
      previous,
      embedding: input('embedding', symbol, gate, hidden),
      layers: [
        { bias: input('b0', gate, hidden), recurrent: square('r0') },
        { bias: input('b1', gate, hidden), input: square('i1'), recurrent: square('r1') },
      ],
      outputWeight: input('ow', previous, symbol),
      outputBias: input('ob', symbol),
    }
    const nodes: readonly Expr[] = [
      model.embedding,
      ...model.layers.flatMap((l) => [l.bias, l.recurrent, ...(l.input === undefined ? [] : [l.input])]),
      model.outputWeight,
      model.outputBias,
    ]
    const known = nodes.map((node, i) => ({
      node,
      data: uniforms(fold(key(4), i), sizeOf(axesOf(node))).map((u) => 2 * u - 1),
    }))
    const tokens = inputOf('i32')('tokens', axis('batch', 1), axis('time', 3))
    const [logits, terms] = valuesOf(
      [lstmLogits(model, tokens), lstmScore(packLstm(model), tokens, 1).terms],
      [...known, { node: tokens, data: Int32Array.of(0, 1, 2) }],
    )
    const expected = [0, 1, 2].map((t) =>
      Math.log(at(softmax((logits ?? new Float64Array(0)).subarray(3 * t, 3 * t + 3)), t)),
    )
    expect(relativeGap([terms ?? new Float64Array(0)], [Float64Array.from(expected)])).toBeLessThanOrEqual(1e-12)
  })

  it('parameters whose sizes do not fit are refused', () => {
    for (const [rows, outputRows] of [
      [7, 3],
      [1, 3],
      [6, 4],
    ] as const) {
      const wrong = {
        weights: input('w', axis('row', rows), gate, axis('hidden', 2)),
        output: input('o', axis('outputRow', outputRows), axis('symbol', 3)),
      }
      expect(thrown(() => lstmSample(wrong, inputKey('key'), axis('batch', 1), axis('time', 1), 1))).toMatchObject({
        tag: 'Shape',
        remedy: 'pack them with `packLstm`',
      })
    }
  })
})

describe('samples', () => {
  it('M6: have the joint law of all strings: χ² on 40 strings (α = 1e-9, TV 0.05)', () => {
    const [model, time] = [random(4, 2, 2, 5), 3]
    const strings = allStrings(4, time)
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.05 }, strings.length)
    const [tokens = new Int32Array(0), logProbability = tokens, length = tokens] = draw(model, design.n, time, 6)
    const rows = rowsOf(tokens, time)
    const place = new Map(strings.map((s, i) => [s.join(''), i]))
    const counts = new Float64Array(strings.length)
    for (const row of rows) counts[place.get(row) ?? -1] = at(counts, place.get(row) ?? -1) + 1
    const exact = score(model, strings)
    expect(design.check(counts, exact.map(Math.exp)).complaints).toEqual([])
    expect(design.check(counts, score(model, strings, 1.2).map(Math.exp)).passed).toBe(false)
    // Each row's log-probability is the score of its string, and its length counts EOS.
    rows.forEach((row, r) => {
      if (r % 97 !== 0) return
      expect(at(logProbability, r)).toBeCloseTo(at(exact, place.get(row) ?? -1), 11)
      const end = row.indexOf('3')
      expect(at(length, r)).toBe(end < 0 ? time : end + 1)
    })
  })

  it('M6: rows are independent: χ² on pairs of first symbols of rows r and r + 1, r + 64 (α = 1e-9, TV 0.1)', () => {
    const model = random(3, 2, 1, 7)
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.1 }, 9)
    const [tokens = new Int32Array(0)] = draw(model, 2 * design.n + 64, 1, 8)
    const p = score(model, [[0], [1], [2]]).map(Math.exp)
    for (const distance of [1, 64]) {
      const counts = new Float64Array(9)
      for (let r = 0; r < design.n; r++) {
        const cell = 3 * at(tokens, distance === 1 ? 2 * r : r) + at(tokens, distance === 1 ? 2 * r + 1 : r + design.n)
        counts[cell] = at(counts, cell) + 1
      }
      expect(
        design.check(
          counts,
          Float64Array.from({ length: 9 }, (_, i) => at(p, Math.floor(i / 3)) * at(p, i % 3)),
        ).complaints,
      ).toEqual([])
    }
  })

  it.each([0.5, 2])('M5: at temperature %s the law is softmax(logits / τ): χ² (α = 1e-9, TV 0.03)', (temperature) => {
    const model = random(4, 2, 1, 9)
    const design = chiSquareDesign({ ...standard, minDiscrepancy: 0.03 }, 4)
    const counts = new Float64Array(4)
    for (const t of draw(model, design.n, 1, 10, temperature)[0] ?? []) counts[t] = at(counts, t) + 1
    const logits = score(model, [[0], [1], [2], [3]])
    expect(design.check(counts, softmax(logits.map((l) => l / temperature))).complaints).toEqual([])
  })

  it('F13: symbol t of row r is drawn at word r·time + t, by the inverse distribution function', () => {
    const [model, time] = [random(4, 3, 1, 11), 4]
    const [tokens = new Int32Array(0)] = draw(model, 6, time, 12)
    const u = uniforms(key(12), 6 * time)
    for (let r = 0; r < 6; r++) {
      const row = Array.from(tokens.subarray(r * time, (r + 1) * time))
      const end = row.indexOf(3) < 0 ? time : row.indexOf(3) + 1
      for (let t = 0; t < end; t++) {
        const law = score(
          model,
          [0, 1, 2, 3].map((s) => [...row.slice(0, t), s]),
        ).map(Math.exp)
        const running = [0, 1, 2, 3].map((s) => law.slice(0, s + 1).reduce((a, b) => a + b, 0))
        const scaled = at(u, r * time + t) * at(running, 3)
        expect(row[t]).toBe(running.findIndex((c) => c > scaled))
      }
      expect(row.slice(end).every((s) => s === 3)).toBe(true)
    }
    expect(words(key(12), 1)).toHaveLength(1)
  })
})

/** Draws of the first symbol for given words, from a model whose logits are its output bias. */
const firstSymbols = (bias: readonly number[], bits: Uint32Array): Values => {
  const model = random(bias.length, 1, 1, 13)
  const rows = axis('batch', bits.length)
  const { tokens } = lstmSample(model.packed, inputKey('key'), rows, axis('time', 1), 1)
  const [node] = tokens.args
  const meaning = node?.op.definition?.(node.attrs, node.args)[0] ?? tokens
  const fed = inputOf('u32')('bits', rows, axis('time', 1))
  const root = substitute([meaning], (x) => (x.op.name === 'random_bits' ? fed : undefined))[0] ?? meaning
  const output = Float64Array.from([...bias.map(() => 0), ...bias])
  return (
    valuesOf(
      [root],
      [...model.parameters.slice(0, 1), { node: model.packed.output, data: output }, { node: fed, data: bits }],
    )[0] ?? new Int32Array(0)
  )
}

describe('impossible symbols', () => {
  const extremes = [0, 1, 2, 3, 2 ** 22 - 1, 2 ** 22, 2 ** 22 + 1, 2 ** 23 - 3, 2 ** 23 - 2, 2 ** 23 - 1]
  const bitsOf = (us: readonly number[]): Uint32Array => Uint32Array.from(us, (u) => (u << 9) >>> 0)

  it.each([60, 200, 1e4])(
    'M1: a symbol whose logit is %s lower is never drawn, first, last or between, from 2 to 512 symbols',
    (gap) => {
      for (const symbols of [2, 3, 512]) {
        const every = Array.from({ length: 2048 }, (_, i) => i * 4096)
        for (const allowed of [[0], [symbols - 1], [Math.floor(symbols / 2)], [0, symbols - 1]]) {
          const bias = Array.from({ length: symbols }, (_, s) => (allowed.includes(s) ? 0 : -gap))
          const drawn = firstSymbols(bias, bitsOf(symbols === 512 ? extremes : [...extremes, ...every]))
          expect([...new Set(drawn)].filter((s) => !allowed.includes(s))).toEqual([])
        }
      }
    },
  )

  it('M4: over the grid of 2²³ uniforms each symbol is drawn exactly p·2²³ times, to one at each boundary', () => {
    const bias = [0.3, -1, 1.2, -2.5]
    const p = softmax(bias)
    let below = 0
    for (let s = 0; s < 3; s++) {
      below += at(p, s)
      // Draws increase with the uniform, so that the first word past a boundary says it all.
      const edge = below * 2 ** 23 - 0.5
      const around = [-2, -1, 0, 1, 2].map((d) => Math.ceil(edge) + d)
      expect(
        Array.from(firstSymbols(bias, bitsOf(around))).map((t, i) =>
          Math.abs((around[i] ?? 0) - edge) < 1e-6 ? s : t,
        ),
      ).toEqual(around.map((u) => (u < edge ? s : s + 1)))
    }
    const sweep = firstSymbols(bias, bitsOf(Array.from({ length: 4096 }, (_, i) => i * 2048)))
    expect(sweep.every((t, i) => i === 0 || t >= at(sweep, i - 1))).toBe(true)
  })
})
