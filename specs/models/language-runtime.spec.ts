/** The language runtime over table models, whose law is known by enumeration. */
import * as E from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import type { TokenRows } from '../../lib/data/strings.ts'
import type { Failure } from '../../lib/errors.ts'
import { key } from '../../lib/key.ts'
import type { Decoding } from '../../lib/models/decoding.ts'
import type { Autoregressive, Named } from '../../lib/models/autoregressive.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { parameterOf } from '../../lib/models/parameters.ts'
import { everyLogProbability, everyRow, type TableSize, tableModel } from '../../lib/models/table-model.ts'
import { transformer } from '../../lib/models/transformer.ts'
import { reference } from '../../lib/reference.ts'
import { right } from '../either.ts'
import { chiSquareDesign } from '../../lib/laws/statistics.ts'
import { smallTransformer } from './small-transformer.ts'

const size: TableSize = { symbols: 3, length: 4 }
const model = tableModel(size)
const parameters = model.initialise(key(1))
const every = everyRow(size)
const exact = everyLogProbability(size)(parameters)

const runtimeOf = (batch: number, end?: number, of: TableSize = size) =>
  languageRuntime(reference, tableModel(of), { batch, ...(end === undefined ? {} : { end }) })

const rowsOf = (time: number, ...rows: readonly (readonly number[])[]): TokenRows => ({
  tokens: Int32Array.from(rows.flat()),
  count: rows.length,
  time,
})

const numberOf = (row: ArrayLike<number>, symbols: number): number =>
  Array.from(row).reduce((n, s) => n * symbols + s, 0)

const row = ({ tokens, time }: TokenRows, r: number): Int32Array => tokens.subarray(r * time, (r + 1) * time)

const counted = (drawn: TokenRows, symbols: number): Int32Array => {
  const counts = new Int32Array(symbols ** drawn.time)
  for (let r = 0; r < drawn.count; r++) {
    const cell = numberOf(row(drawn, r), symbols)
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  return counts
}

const failureOf = <A>(result: E.Either<Failure, A>): Failure => {
  if (E.isRight(result)) throw new Error('it succeeded')
  return result.left
}

describe('scores', () => {
  it('are the log-probabilities of every string, in chunks of any size', async () => {
    for (const batch of [1, 32, 100]) {
      const runtime = runtimeOf(batch)
      const scores = right(await runtime.score(parameters, every)())
      scores.forEach((s, i) => expect(s).toBeCloseTo(exact[i] ?? 0, 5))
      runtime.release()
    }
  })

  it('token by token sum to the scores, from any position, and short rows are prefixes of long ones', async () => {
    const runtime = runtimeOf(50)
    const tokens = right(await runtime.tokenScores(parameters, every)())
    const tails = right(await runtime.score(parameters, every, 2)())
    tails.forEach((s, r) => expect(s).toBeCloseTo((tokens[4 * r + 2] ?? 0) + (tokens[4 * r + 3] ?? 0), 12))
    const short = right(await runtime.tokenScores(parameters, rowsOf(2, [0, 1], [2, 2]))())
    for (const [r, whole] of [
      [0, 9],
      [1, 80],
    ] as const)
      for (const t of [0, 1]) expect(short[2 * r + t]).toBeCloseTo(tokens[4 * whole + t] ?? 0, 6)
    runtime.release()
  })

  it('stop at the end symbol where there is one', async () => {
    const runtime = runtimeOf(8, 2)
    const rows = rowsOf(4, [0, 2, 1, 1], [0, 2, 0, 0], [2, 2, 2, 2], [0, 1, 0, 1])
    const tokens = right(await runtime.tokenScores(parameters, rows)())
    const upTo = (r: number, from: number, to: number): number =>
      Array.from(tokens.subarray(4 * r + from, 4 * r + to)).reduce((a, b) => a + b, 0)
    expect([...right(await runtime.score(parameters, rows)())]).toEqual([
      upTo(0, 0, 2),
      upTo(1, 0, 2),
      upTo(2, 0, 1),
      upTo(3, 0, 4),
    ])
    expect([...right(await runtime.score(parameters, rows, 2)())]).toEqual([
      upTo(0, 2, 4),
      upTo(1, 2, 4),
      upTo(2, 2, 3),
      upTo(3, 2, 4),
    ])
    runtime.release()
  })

  it('what comes next: logits after each row', async () => {
    const runtime = runtimeOf(2)
    const logits = right(await runtime.nextLogits(parameters, rowsOf(1, [0], [1], [2]))())
    expect([...logits]).toEqual([...(parameters['logits']?.subarray(3, 12) ?? [])])
    expect([...right(await runtime.nextLogits(parameters, rowsOf(0, []))())]).toEqual([
      ...(parameters['logits']?.subarray(0, 3) ?? []),
    ])
    expect(failureOf(await runtime.nextLogits(parameters, rowsOf(4, [0, 0, 0, 0]))()).tag).toBe('Shape')
    runtime.release()
  })

  it('other parameters are written, the same ones are not', async () => {
    const runtime = runtimeOf(81)
    const other = model.initialise(key(2))
    right(await runtime.score(parameters, every)())
    const scores = right(await runtime.score(other, every)())
    everyLogProbability(size)(other).forEach((s, i) => expect(scores[i]).toBeCloseTo(s, 5))
    runtime.release()
  })
})

describe('samples', () => {
  it.each(['symbols', 'node'] as const)(
    'M6: ancestral sampling has the joint law of all strings: χ² on 81 cells (α = 1e-9, TV 0.05), remembering the %s',
    async (remembers) => {
      const design = chiSquareDesign({ alpha: 1e-9, minDiscrepancy: 0.05, power: 1 - 1e-6 }, 81)
      const runtime = runtimeOf(2048, undefined, { ...size, remembers })
      const drawn = right(await runtime.sample(parameters, { key: key(11), count: design.n, length: 4 })())
      expect(design.check(counted(drawn, 3), exact.map(Math.exp)).complaints).toEqual([])
      const scores = right(await runtime.score(parameters, drawn)())
      scores.forEach((s, r) => expect(Math.abs(s - (drawn.logProbability[r] ?? 0))).toBeLessThan(1e-5))
      runtime.release()
    },
  )

  it('M6: rows of a batch are independent: χ² on pairs of first symbols of neighbours (α = 1e-9, TV 0.05)', async () => {
    const design = chiSquareDesign({ alpha: 1e-9, minDiscrepancy: 0.05, power: 1 - 1e-6 }, 9)
    const runtime = runtimeOf(512)
    const drawn = right(await runtime.sample(parameters, { key: key(12), count: 2 * design.n, length: 1 })())
    const first = Float64Array.from({ length: 3 }, (_, s) =>
      exact.subarray(27 * s, 27 * (s + 1)).reduce((p, l) => p + Math.exp(l), 0),
    )
    const pairs = new Int32Array(9)
    for (let r = 0; r + 1 < drawn.count; r += 2) {
      const cell = 3 * (drawn.tokens[r] ?? 0) + (drawn.tokens[r + 1] ?? 0)
      pairs[cell] = (pairs[cell] ?? 0) + 1
    }
    const law = Float64Array.from({ length: 9 }, (_, i) => (first[Math.floor(i / 3)] ?? 0) * (first[i % 3] ?? 0))
    expect(design.check(pairs, law).complaints).toEqual([])
    runtime.release()
  })

  it('are a function of key, count and batch; other keys give other rows', async () => {
    const [one, two] = [runtimeOf(16), runtimeOf(16)]
    const options = { count: 40, length: 4 }
    const [a, b, c] = [
      right(await one.sample(parameters, { ...options, key: key(3) })()),
      right(await two.sample(parameters, { ...options, key: key(3) })()),
      right(await one.sample(parameters, { ...options, key: key(4) })()),
    ]
    expect(a.tokens).toEqual(b.tokens)
    expect(a.tokens).not.toEqual(c.tokens)
    const again = right(await one.sample(parameters, { ...options, key: key(3) })())
    expect(again).toEqual(a)
    for (const r of [one, two]) r.release()
  })

  it('begin with their prefixes and go on as the model does: χ² (α = 1e-9, TV 0.05)', async () => {
    const design = chiSquareDesign({ alpha: 1e-9, minDiscrepancy: 0.05, power: 1 - 1e-6 }, 9)
    const runtime = runtimeOf(1024)
    const prefix = rowsOf(2, [1, 2])
    const drawn = right(await runtime.sample(parameters, { key: key(5), count: design.n, length: 4, prefix })())
    const start = numberOf([1, 2, 0, 0], 3)
    const counts = new Int32Array(9)
    for (let r = 0; r < drawn.count; r++) {
      const cell = numberOf(row(drawn, r), 3) - start
      counts[cell] = (counts[cell] ?? 0) + 1
    }
    expect(design.check(counts, exact.subarray(start, start + 9).map(Math.exp)).complaints).toEqual([])
    const scores = right(await runtime.score(parameters, drawn, 2)())
    scores.forEach((s, r) => expect(s).toBeCloseTo(drawn.logProbability[r] ?? 0, 5))
    const each = right(
      await runtime.sample(parameters, {
        key: key(5),
        count: 3,
        length: 3,
        prefix: rowsOf(2, [0, 1], [2, 2], [1, 0]),
      })(),
    )
    expect([0, 1, 2].map((r) => [...row(each, r)].slice(0, 2))).toEqual([
      [0, 1],
      [2, 2],
      [1, 0],
    ])
    runtime.release()
  })

  it('end with the end symbol, which is counted once', async () => {
    const runtime = runtimeOf(64, 0)
    const drawn = right(await runtime.sample(parameters, { key: key(6), count: 200, length: 4 })())
    const scores = right(await runtime.score(parameters, drawn)())
    for (let r = 0; r < drawn.count; r++) {
      const own = [...row(drawn, r)]
      const end = own.indexOf(0)
      if (end >= 0) expect(own.slice(end).every((s) => s === 0)).toBe(true)
      expect(scores[r]).toBeCloseTo(drawn.logProbability[r] ?? 0, 5)
    }
    runtime.release()
  })

  it('refuse impossible options', async () => {
    const runtime = runtimeOf(4)
    const failing = async (options: Parameters<typeof runtime.sample>[1]): Promise<readonly string[]> => {
      const { tag, what } = failureOf(await runtime.sample(parameters, options)())
      return [tag, what]
    }
    const usual = { key: key(1), count: 2, length: 4 }
    const decoding = (d: Decoding) => failing({ ...usual, decoding: d })
    expect(await decoding({ topK: 0 })).toEqual(['Domain', 'top-k with k = 0'])
    expect(await decoding({ topP: 0 })).toEqual(['Domain', 'top-p with p = 0'])
    expect(await decoding({ topP: 1.5 })).toEqual(['Domain', 'top-p with p = 1.5'])
    expect(await decoding({ temperature: 0 })).toEqual(['Domain', 'a temperature of 0'])
    expect(await failing({ ...usual, length: 5 })).toEqual([
      'Shape',
      'rows of 5 tokens from a prefix of 0, and a context of 4',
    ])
    expect((await failing({ ...usual, prefix: rowsOf(1, [0], [1], [2]) }))[1]).toBe('3 prefixes for 2 rows')
    expect((await failing({ ...usual, prefix: rowsOf(1, [7]) }))[1]).toBe(
      "token 7 in row 0 is not one of the model's 3 symbols",
    )
    const stopped = new AbortController()
    stopped.abort()
    expect((await failing({ ...usual, signal: stopped.signal }))[0]).toBe('Interrupted')
    runtime.release()
  })

  it.for(['tokens', 'scores', 'previous', 'ended', 'carried/x', 'toString'])(
    'a parameter called %s is the parameter still, or is refused by name',
    async (name) => {
      const state = ['tokens', 'scores', 'previous', 'ended'].includes(name)
      const own = (named: Named): Named => ({ logits: parameterOf(named, name) })
      const renamed: Autoregressive = {
        ...model,
        parameters: { [name]: model.parameters['logits'] ?? [] },
        forward: (named, tokens, drop) => model.forward(own(named), tokens, drop),
        step: (named, at) => model.step(own(named), at),
      }
      const values = { [name]: parameters['logits'] ?? new Float32Array(0) }
      const [plain, runtime] = [runtimeOf(4), languageRuntime(reference, renamed, { batch: 4 })]
      expect(right(await runtime.score(values, every)())).toEqual(right(await plain.score(parameters, every)()))
      const options = { key: key(1), count: 4, length: 4 }
      const drawn = await runtime.sample(values, options)()
      if (state) {
        const { tag, what } = failureOf(drawn)
        expect([tag, what]).toEqual([
          'Shape',
          `the model has a parameter '${name}', and the program keeps other state under that name`,
        ])
      } else expect(right(drawn)).toEqual(right(await plain.sample(parameters, options)()))
      for (const r of [plain, runtime]) r.release()
    },
  )

  it('are the same after shorter and longer rows, other prefixes and other ways of drawing as in a fresh runtime', {
    timeout: 60_000,
  }, async () => {
    const kinds = [
      { key: key(1), count: 5, length: 6 },
      // The step over 32 positions is of the caches of 32 here, and of larger ones in the next.
      { key: key(9), count: 5, length: 32 },
      { key: key(2), count: 5, length: 40 },
      { key: key(3), count: 3, length: 9, prefix: rowsOf(5, [0, 1, 1, 0, 1]) },
      { key: key(4), count: 5, length: 33, decoding: { topK: 1 } },
      { key: key(5), count: 5, length: 33, decoding: { temperature: 0.5 } },
      {
        key: key(6),
        count: 4,
        length: 37,
        prefix: rowsOf(
          34,
          Array.from({ length: 34 }, (_, i) => i % 2),
        ),
      },
      { key: key(7), count: 5, length: 6 },
    ]
    const tiny = {
      ...smallTransformer,
      symbols: 2,
      begin: 2,
      context: 40,
      model: 4,
      heads: 1,
      layers: 1,
      feedForward: 4,
    }
    const cached = transformer(tiny)
    const weights = cached.initialise(key(8))
    const fresh: unknown[] = []
    for (const options of kinds) {
      const runtime = languageRuntime(reference, cached, { batch: 4 })
      fresh.push(right(await runtime.sample(weights, options)()))
      runtime.release()
    }
    for (const order of [kinds.keys(), [...kinds.keys()].reverse()]) {
      const runtime = languageRuntime(reference, cached, { batch: 4 })
      for (const i of order) expect(right(await runtime.sample(weights, at(kinds, i))())).toEqual(fresh[i])
      runtime.release()
    }
  })

  it('tell of finished rows, and of none for none', async () => {
    const runtime = runtimeOf(4)
    const heard: number[] = []
    right(await runtime.sample(parameters, { key: key(1), count: 9, length: 2, onRows: (n) => heard.push(n) })())
    expect(heard).toEqual([4, 4, 1])
    expect(right(await runtime.sample(parameters, { key: key(1), count: 0, length: 2 })()).tokens.length).toBe(0)
    runtime.release()
  })
})
