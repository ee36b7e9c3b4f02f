/**
 * Draws on any executor, one by one: the key says which uniform a draw has, and the law which symbol that uniform gives,
 * computed here from `key.ts` alone. Draws whose uniform lies within the rounding of f32 of a boundary may fall on either
 * side; any other difference is a complaint, so that a bias of a thousandth, which no χ² of these sizes sees, is several
 * wrong draws.
 */
import { at } from '../../lib/at.ts'
import { axis } from '../../lib/axis.ts'
import type { Executor } from '../../lib/executor.ts'
import { fold, key, uniforms } from '../../lib/key.ts'
import { softmax } from '../../lib/math.ts'
import { type Decoding, decoded } from '../../lib/models/decoding.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { tableModel } from '../../lib/models/table-model.ts'
import { categorical } from '../../lib/ops/categorical.ts'
import { filterLogits } from '../../lib/ops/top-k.ts'
import { input } from '../../lib/ops/layout.ts'
import { lstmSample } from '../../lib/ops/lstm-language.ts'
import { gate } from '../../lib/ops/lstm.ts'
import { bernoulli, foldKey, inputKey } from '../../lib/ops/random.ts'
import { outputs } from '../../lib/program.ts'
import { run } from '../either.ts'
import type { Comparison } from '../webgpu/operation-comparisons.ts'
import { drawnOf, uniformsOf } from './noisiest.ts'

/** How near to a boundary of a sum of probabilities rounding may decide. */
const SUM = 2e-6

/** The symbol at a uniform by the inverse distribution function; undefined where rounding decides. */
const inverse = (ps: ArrayLike<number>, u: number): number | undefined => {
  let below = 0
  for (let s = 0; s < ps.length; s++) {
    below += at(ps, s)
    if (s < ps.length - 1 && Math.abs(u - below) < SUM) return undefined
    if (u < below) return s
  }
  return ps.length - 1
}

/** What differs; with one more complaint where rounding would excuse more than one draw of a hundred. */
const differences = (found: ArrayLike<number>, expected: readonly (number | undefined)[]): readonly string[] => {
  const wrong = expected.flatMap((e, i) =>
    e === undefined || e === found[i] ? [] : [`draw ${i}: ${found[i]}, not ${e}`],
  )
  const open = expected.filter((e) => e === undefined).length
  return [
    ...wrong.slice(0, 5),
    ...(wrong.length > 5 ? [`${wrong.length} of ${expected.length} draws`] : []),
    ...(open > expected.length / 100 ? [`${open} of ${expected.length} draws decide nothing`] : []),
    ...(found.length === expected.length ? [] : [`${found.length} draws, not ${expected.length}`]),
  ]
}

const computed = async (
  executor: Executor,
  named: Parameters<typeof outputs>[0],
  feeds: Record<string, Float64Array | Uint32Array>,
) => {
  const prepared = await run(executor.prepare(outputs(named)))
  const got = await run(prepared.run(feeds))
  prepared.release()
  return got
}

interface Strings {
  readonly probabilities: readonly number[]
  readonly rows: number
  readonly time: number
  readonly temperature?: number
}

/** Strings of an LSTM whose logits are its output bias: symbol t of row r has uniform r·time + t. */
const lstmDraws =
  ({ probabilities, rows, time, temperature = 1 }: Strings) =>
  async (executor: Executor): Promise<readonly string[]> => {
    const size = probabilities.length
    const packed = {
      weights: input('weights', axis('row', size + 2), gate, axis('hidden', 1)),
      output: input('output', axis('outputRow', 2), axis('symbol', size)),
    }
    const drawn = lstmSample(packed, inputKey('key'), axis('batch', rows), axis('time', time), temperature)
    const logits = probabilities.map((p) => Math.fround(Math.log(p)))
    const got = await computed(
      executor,
      { tokens: drawn.tokens, length: drawn.length },
      {
        weights: new Float64Array(4 * (size + 2)),
        output: Float64Array.from([...probabilities.map(() => 0), ...logits]),
        key: Uint32Array.from(key(71)),
      },
    )
    const law = softmax(logits.map((x) => x / temperature))
    const us = uniforms(key(71), rows * time)
    const lengths: (number | undefined)[] = []
    const expected: (number | undefined)[] = []
    for (let r = 0; r < rows; r++) {
      const row = Array.from({ length: time }, (_, t) => inverse(law, at(us, r * time + t)))
      const open = row.indexOf(undefined)
      const end = row.indexOf(size - 1) < 0 ? time : row.indexOf(size - 1) + 1
      // After an undecided symbol the row may go either way.
      const unsure = open >= 0 && open < end
      expected.push(...row.map((s, t) => (unsure && t >= open ? undefined : t < end ? s : size - 1)))
      lengths.push(unsure ? undefined : end)
    }
    return [...differences(got['tokens']?.data ?? [], expected), ...differences(got['length']?.data ?? [], lengths)]
  }

/** The law of a decoding as logits: −∞ for what is removed. The edge of p is in f32, as operations have it. */
const decodedLogits = (logits: readonly number[], { temperature = 1, topK, topP = 1 }: Decoding): readonly number[] => {
  const scaled = logits.map((x) => x / temperature)
  const order = scaled.map((_, i) => i).sort((i, j) => at(scaled, j) - at(scaled, i) || i - j)
  const first = order.slice(0, topK ?? order.length)
  const weights = softmax(first.map((i) => at(scaled, i)))
  let [mass, count] = [0, 0]
  while (count < first.length && (topP === 1 || count === 0 || mass < Math.fround(topP))) mass += at(weights, count++)
  const kept = new Set(first.slice(0, count))
  return scaled.map((x, i) => (kept.has(i) ? x : Number.NEGATIVE_INFINITY))
}

/** Gumbel maxima under a decoding: row r has its uniforms one after the other of the key's child 5; `length` is that of blocks. */
const gumbelDraws =
  (logits: readonly number[], decoding: Decoding, rows: number, length?: number) =>
  async (executor: Executor): Promise<readonly string[]> => {
    const symbol = axis('symbol', logits.length)
    const law = decoded(symbol, decoding, input('temperature'))(input('logits', symbol))
    const drawn = categorical(symbol)(foldKey(5)(inputKey('key')), axis('rows', rows))(law)
    const got = await computed(
      executor,
      { drawn },
      {
        logits: Float64Array.from(logits),
        temperature: Float64Array.of(decoding.temperature ?? 1),
        key: Uint32Array.from(key(72)),
      },
    )
    const own = uniformsOf(logits.length, length)
    const us = uniforms(fold(key(72), 5), rows * own)
    const exact = decodedLogits(logits, decoding)
    const expected = Array.from({ length: rows }, (_, r) => drawnOf(exact, us.subarray(r * own, (r + 1) * own), length))
    return differences(got['drawn']?.data ?? [], expected)
  }

/** Rows of a table model: position t of batch b has the key's child b, then child t. */
const languageDraws =
  (decoding: Decoding, batch: number, count: number, symbols = 4, block?: number) =>
  async (executor: Executor): Promise<readonly string[]> => {
    const [length, own] = [symbols > 4 ? 1 : 3, uniformsOf(symbols, block)]
    const model = tableModel({ symbols, length })
    const parameters = model.initialise(key(73))
    const table = parameters['logits'] ?? new Float32Array(0)
    const runtime = languageRuntime(executor, model, { batch })
    const drawn = await run(runtime.sample(parameters, { key: key(74), count, length, decoding }))
    runtime.release()
    const expected: (number | undefined)[] = []
    for (let r = 0; r < count; r++) {
      let node = 0
      let unsure = false
      for (let t = 0; t < length; t++) {
        const us = uniforms(fold(fold(key(74), Math.floor(r / batch)), t), own, (r % batch) * own)
        const logits = Array.from(table.subarray(symbols * node, symbols * (node + 1)))
        const symbol = drawnOf(decodedLogits(logits, decoding), us, block)
        unsure ||= symbol === undefined
        expected.push(unsure ? undefined : symbol)
        node = symbols * node + 1 + (symbol ?? 0)
      }
    }
    return differences(drawn.tokens, expected)
  }

/** Coins: element i is uniform i below p. */
const coins =
  (p: number, count: number) =>
  async (executor: Executor): Promise<readonly string[]> => {
    const got = await computed(
      executor,
      { heads: bernoulli(inputKey('key'), p)(axis('n', count)) },
      { key: Uint32Array.of(0, 75) },
    )
    return differences(
      got['heads']?.data ?? [],
      Array.from(uniforms(key(75), count), (u) => Number(u < Math.fround(p))),
    )
  }

/** Equal logits, of which p takes a whole number exactly: at the edge that number is kept, above it one more. */
const edges =
  (symbols: number) =>
  async (executor: Executor): Promise<readonly string[]> => {
    const complaints: string[] = []
    const symbol = axis('symbol', symbols)
    for (const kept of [1, symbols / 2, symbols - 1])
      for (const [p, wanted] of [
        [kept / symbols, kept],
        [kept / symbols + 2 ** -4 / symbols, kept + 1],
        [kept / symbols - 2 ** -4 / symbols, kept],
      ] as const) {
        const root = decoded(symbol, { topP: p }, input('temperature'))(input('logits', symbol))
        const feeds = { temperature: Float64Array.of(1), logits: new Float64Array(symbols).fill(-0.5) }
        const found = Array.from((await computed(executor, { root }, feeds))['root']?.data ?? [], (x) => x > -1e29)
        if (found.some((is, i) => is !== i < wanted))
          complaints.push(`p = ${p} of ${symbols}: ${found.filter(Boolean).length} kept, not the first ${wanted}`)
      }
    return complaints
  }

/** How many symbols a nucleus of p = part/whole keeps of so many of weight 1, then so many of weight ½: in whole numbers. */
const keptOf = (full: number, half: number, [part, whole]: readonly [number, number]): number => {
  const total = 2 * full + half
  let [kept, mass] = [0, 0]
  while (kept === 0 || mass * whole < part * total) {
    mass += kept < full ? 2 : 1
    kept += 1
  }
  return kept
}

/** Rows of symbols of weight 1 and ½, the rest far below: what is kept of each, for a p that many of them take exactly. */
const everyEdge =
  (rows: readonly (readonly [full: number, half: number])[], share: readonly [number, number]) =>
  async (executor: Executor): Promise<readonly string[]> => {
    const symbol = axis('symbol', Math.max(...rows.map(([full, half]) => full + half)))
    const root = filterLogits(symbol, { p: share[0] / share[1] })(input('logits', axis('row', rows.length), symbol))
    const logits = Float64Array.from({ length: rows.length * symbol.size }, (_, i) => {
      const [full, half] = at(rows, Math.floor(i / symbol.size))
      const place = i % symbol.size
      return place < full ? 0 : place < full + half ? -Math.LN2 : -200
    })
    const found = Array.from((await computed(executor, { root }, { logits }))['root']?.data ?? [])
    return rows.flatMap(([full, half], r) => {
      const kept = found.slice(r * symbol.size, (r + 1) * symbol.size).map((x) => x > -1e29)
      const wanted = keptOf(full, half, share)
      return kept.every((is, i) => is === i < wanted)
        ? []
        : [
            `${full} and ${half} halves, p = ${share.join('/')}: ${kept.filter(Boolean).length} kept, not the first ${wanted}`,
          ]
    })
  }

const shares: readonly (readonly [number, number])[] = [
  [1, 3],
  [2, 3],
  [9, 10],
  [5, 7],
  [683, 1024],
]
const ties = Array.from({ length: 200 }, (_, i): readonly [number, number] => [i + 1, 0])
const halves = Array.from({ length: 143 }, (_, i): readonly [number, number] => [
  Math.floor((i + 1) / 12),
  (i + 1) % 12,
])
const longTies: readonly (readonly [number, number])[] = [
  [1024, 0],
  [1536, 0],
  [3001, 3001],
  [0, 30_000],
]

const thirds = [1 / 3, 1 / 3, 1 / 3]
const many = Array.from({ length: 300 }, (_, i) => 1 + (i % 7))
const logits = [0.3, -1, 1.2, -2.5, 0.1]

/** Logits of a large vocabulary, of which a few symbols are likely; symbols past 700 have none but the last. */
const large = (symbols: number): readonly number[] =>
  Array.from({ length: symbols }, (_, s) =>
    s > 700 && s < symbols - 1 ? Number.NEGATIVE_INFINITY : Math.fround(((s * 7919) % 113) / 16 - 3),
  )

/** Every sampler that runs on an executor. */
export const exactDraws: readonly Comparison[] = [
  {
    title: 'M4: 16 000 draws of thirds by the LSTM sampler are those of their uniforms, one by one',
    complaints: lstmDraws({ probabilities: thirds, rows: 16_000, time: 1 }),
  },
  {
    title: 'M4: strings of the LSTM sampler, each symbol from its own uniform, to the end',
    complaints: lstmDraws({ probabilities: [0.5, 0.2, 0.2, 0.1], rows: 700, time: 7 }),
  },
  {
    title: 'M5: strings of the LSTM sampler at a temperature',
    complaints: lstmDraws({ probabilities: [0.6, 0.3, 0.1], rows: 2000, time: 2, temperature: 0.7 }),
  },
  {
    title: 'M4: draws of 300 symbols by the LSTM sampler',
    complaints: lstmDraws({ probabilities: many.map((w) => w / 1198), rows: 2000, time: 1 }),
  },
  {
    title: 'M4: 16 000 draws of thirds by the Gumbel maximum are those of their uniforms, one by one',
    complaints: gumbelDraws([0, 0, 0], {}, 16_000),
  },
  { title: 'M5: the Gumbel maximum of the 3 best', complaints: gumbelDraws(logits, { topK: 3 }, 4000) },
  {
    title: 'M5: the Gumbel maximum of a nucleus at a temperature',
    complaints: gumbelDraws(logits, { topP: 0.8, temperature: 1.3 }, 4000),
  },
  {
    title: 'M5: the Gumbel maximum of a nucleus among the 4 best',
    complaints: gumbelDraws(logits, { topK: 4, topP: 0.9 }, 4000),
  },
  ...(
    [
      [1024, 32],
      [1031, 33],
      [2047, 89],
      [4000, 80],
    ] as const
  ).map(([symbols, length]) => ({
    title: `M4: the Gumbel maximum of ${symbols} symbols is that of blocks of ${length}, then of one block`,
    complaints: gumbelDraws(large(symbols), {}, 2000, length),
  })),
  {
    title: 'M5: the Gumbel maximum of blocks, of a nucleus at a temperature',
    complaints: gumbelDraws(large(1031), { topK: 40, topP: 0.8, temperature: 1.3 }, 2000, 33),
  },
  { title: 'M4: rows of a language model, batch after batch', complaints: languageDraws({}, 256, 600) },
  {
    title: 'M5: rows of a language model, decoded',
    complaints: languageDraws({ temperature: 0.8, topK: 3, topP: 0.9 }, 64, 150),
  },
  {
    title: 'M4: rows of a language model of 1 031 symbols, batch after batch',
    complaints: languageDraws({}, 32, 80, 1031, 33),
  },
  {
    title: 'M5: rows of a language model of 1 031 symbols, decoded',
    complaints: languageDraws({ temperature: 0.8, topK: 60 }, 32, 80, 1031, 33),
  },
  { title: 'F13: coins of probability 0.3', complaints: coins(0.3, 9000) },
  { title: 'F13: coins of a half, which a uniform never is', complaints: coins(0.5, 9000) },
  ...[2, 4, 16, 1024].map((n) => ({ title: `M5: a tie of ${n} at the edge of top-p`, complaints: edges(n) })),
  ...shares.flatMap((share) => [
    { title: `M5: all ties up to 200 with p = ${share.join('/')}`, complaints: everyEdge(ties, share) },
    { title: `M5: all ties of two weights with p = ${share.join('/')}`, complaints: everyEdge(halves, share) },
  ]),
  { title: 'M5: long ties with p = 2/3', complaints: everyEdge(longTies, [2, 3]) },
]
