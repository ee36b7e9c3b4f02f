/**
 * Steps by micro-batches: the same parameters to the bit whoever computes the parts, on 1, 2 and 5 workers; the same numbers as
 * steps on whole batches; and the feeds of parts.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { afterAll, describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { type Failure, failure } from '../../lib/errors.ts'
import type { Executor, Feeds, Lanes, Prepared } from '../../lib/executor.ts'
import { fold, key } from '../../lib/key.ts'
import { initialiseLstm } from '../../lib/models/lstm.ts'
import { languageRuntime } from '../../lib/models/language-runtime.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { input, inputOf } from '../../lib/ops/layout.ts'
import { add } from '../../lib/ops/pointwise.ts'
import { inputKey } from '../../lib/ops/random.ts'
import { outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import { openThreads } from '../../lib/scale/threads.ts'
import { partsOf } from '../../lib/train/micro-batches.ts'
import { startSteps } from '../../lib/train/steps-state.ts'
import { trainSteps } from '../../lib/train/steps.ts'
import { stringTrainer, stringTraining } from '../../lib/train/strings.ts'
import { left, run } from '../either.ts'
import { rowsOfTexts } from '../models/enumerate.ts'

const size = { symbols: 3, hidden: 4, layers: 2 }
const rows = rowsOfTexts(
  { symbols: ['a', 'b'] },
  5,
  Array.from({ length: 20 }, (_, i) => (i % 3 === 0 ? 'ba' : i % 3 === 1 ? 'abab' : 'a')),
)

const step = { size, batch: 16, dropout: 0, learningRate: 1e-2, clip: 0.25 }

/** Three epochs of two steps, the second of which has 4 rows for 16 places: some micro-batches hold none. */
const trained = async (executor: Executor, microBatches: number, dropout = 0.3) => {
  const runtime = languageRuntime(executor, lstmAutoregressive(size, 5), { batch: 32, end: 2 })
  const trainer = stringTrainer(executor, { ...step, dropout, microBatches })
  const training = await run(
    stringTraining(runtime, trainer, {
      key: key(7),
      training: rows,
      validation: rows,
      epochs: 3,
      signal: new AbortController().signal,
    }),
  )
  const found = await run(trainSteps(training)(startSteps(initialiseLstm(size)(key(2)))))
  for (const { release } of [runtime, trainer]) release()
  return found
}

const first = (count: number, [one, ...others]: Lanes): Lanes => [one, ...others.slice(0, count - 1)]

describe('training by micro-batches', () => {
  const pool = run(openThreads('reference', 5))
  afterAll(async () => (await pool).release())

  it('gives the same parameters to the bit on 1, 2 and 5 workers, and on none', async () => {
    const alone = await trained(reference, 4)
    for (const count of [1, 2, 5])
      expect(await trained({ ...reference, lanes: first(count, (await pool).lanes) }, 4)).toStrictEqual(alone)
    expect((await trained(reference, 2)).state).not.toEqual(alone.state)
  })

  it('gives the numbers of whole batches: parts are weighed by their symbols', async () => {
    const [whole, parts] = [await trained(reference, 1, 0), await trained(reference, 4, 0)]
    for (const [name, data] of Object.entries(whole.state))
      data.forEach((x, i) => expect(parts.state[name]?.[i]).toBeCloseTo(x, 5))
    parts.curve.forEach(({ score }, i) => expect(score).toBeCloseTo(whole.curve[i]?.score ?? Number.NaN, 6))
  })

  it('a part of short rows is computed over no more symbols than it needs, and of whole batches none is', async () => {
    const fed = async (microBatches: number): Promise<readonly number[]> => {
      const symbols: number[] = []
      const counting: Executor = {
        ...reference,
        prepare: (program, beside) =>
          TE.map((prepared: Prepared) => ({
            ...prepared,
            run: (feeds: Feeds, wanted?: readonly string[]) => {
              if (feeds['tokens'] !== undefined) symbols.push(feeds['tokens'].length / (16 / microBatches))
              return prepared.run(feeds, wanted)
            },
          }))(reference.prepare<string, string>(program, beside)),
      }
      const { trainer } = stringTrainer(counting, { ...step, microBatches })
      const stepper = await run(trainer(40))
      const tokens = new Int32Array(16 * 40).fill(2)
      // Rows of 40, 21, 11 and 1 symbols, four of each, the longest first.
      ;[39, 20, 10, 0].forEach((n, part) => {
        for (let r = 0; r < 4; r++) tokens.fill(1, (4 * part + r) * 40, (4 * part + r) * 40 + n)
      })
      await run(stepper.run({ tokens, rowWeight: new Float32Array(16).fill(1) }))
      return symbols
    }
    expect(await fed(4)).toEqual([40, 25, 15, 10])
    expect(await fed(1)).toEqual([40])
  })

  it.each([
    ['whole batches', 1, false],
    ['parts beside their update', 4, false],
    ['parts at two lanes', 4, true],
  ])('a trainer frees the programs of %s', async (_, microBatches, spread) => {
    let open = 0
    const counted: Executor = {
      ...reference,
      prepare: (program, beside) =>
        TE.map((prepared: Prepared) => {
          open += 1
          return {
            ...prepared,
            release: () => {
              open -= 1
              prepared.release()
            },
          }
        })(reference.prepare<string, string>(program, beside)),
    }
    const lane = TE.right<Failure, Executor>(counted)
    const trainer = stringTrainer(spread ? { ...counted, lanes: [lane, lane] } : counted, { ...step, microBatches })
    const stepper = await run(trainer.trainer(5))
    const tokens = new Int32Array(16 * 5).fill(2)
    await run(stepper.run({ tokens, rowWeight: new Float32Array(16).fill(1) }))
    expect(open).toBe(microBatches === 1 ? 1 : 2)
    trainer.release()
    expect(open).toBe(0)
  })

  it('a part is asked for before its lane has told that it holds the parameters', async () => {
    const waiting: (() => void)[] = []
    const late: Executor = {
      ...reference,
      prepare: (program, beside) =>
        TE.map((prepared: Prepared) => ({
          ...prepared,
          writeState: (values: Parameters<Prepared['writeState']>[0]) => async () => {
            const wrote = prepared.writeState(values)()
            await new Promise<void>((go) => waiting.push(go))
            return wrote
          },
          run: (feeds: Feeds, wanted?: readonly string[]) => {
            for (const go of waiting.splice(0)) go()
            return prepared.run(feeds, wanted)
          },
        }))(reference.prepare<string, string>(program, beside)),
    }
    const lane = TE.right<Failure, Executor>(late)
    const tokens = Int32Array.from({ length: 16 * 5 }, (_, i) => i % 3)
    const losses = async (executor: Executor) => {
      const stepper = await run(stringTrainer(executor, { ...step, microBatches: 2 }).trainer(5))
      await run(stepper.writeState(initialiseLstm(size)(key(2))))
      const once = () => run(stepper.run({ tokens, rowWeight: new Float32Array(16).fill(1) }, ['loss']))
      return [await once(), await once()]
    }
    expect(await losses({ ...reference, lanes: [lane, lane] })).toStrictEqual(await losses(reference))
  })

  it('tells of what goes wrong at a lane, and goes on from there', async () => {
    let lost = 0
    const lanes: Lanes = [
      async () => {
        lost += 1
        return lost <= 4
          ? { _tag: 'Left', left: failure('WorkerLost', 'gone', 'again') }
          : { _tag: 'Right', right: reference }
      },
    ]
    const stepper = await run(stringTrainer({ ...reference, lanes }, { ...step, batch: 4, microBatches: 2 }).trainer(5))
    await run(stepper.writeState(initialiseLstm(size)(key(1))))
    const feeds = { tokens: new Int32Array(20), rowWeight: new Float32Array(4).fill(1) }
    const before = await run(stepper.readState())
    expect(left(await stepper.run(feeds)()).tag).toBe('WorkerLost')
    expect(await run(stepper.readState())).toEqual(before)
    expect(Object.keys(await run(stepper.run(feeds)))).toEqual(['loss', 'gradientNorm'])
  })
})

describe('training on workers with ONNX Runtime', () => {
  it('gives the same parameters to the bit on 1 and 2', async () => {
    const pool = await run(openThreads('onnx', 2))
    const one = await trained({ ...reference, lanes: first(1, pool.lanes) }, 4)
    expect(await trained({ ...reference, lanes: pool.lanes }, 4)).toStrictEqual(one)
    pool.release()
  })
})

describe('the feeds of parts', () => {
  it('are rows of the batch, a key of their own, and all else as it is', () => {
    const [batch, time, n] = [axis('batch', 2), axis('time', 3), axis('n', 2)]
    const program = outputs({
      x: inputOf('i32')('tokens', batch, time),
      w: add(input('w', batch), input('rate')),
      v: input('v', n),
      k: inputKey('key'),
    })
    const feeds = {
      tokens: Int32Array.from({ length: 12 }, (_, i) => i),
      w: Float32Array.of(1, 2, 3, 4),
      rate: Float32Array.of(9),
      v: Float32Array.of(5, 6),
      key: Uint32Array.of(3, 4),
    }
    const shared = { rate: feeds.rate, v: feeds.v }
    expect(partsOf(program, 2)(feeds)).toEqual([
      {
        ...shared,
        tokens: feeds.tokens.slice(0, 6),
        w: Float32Array.of(1, 2),
        key: Uint32Array.from(fold([3, 4], 0)),
      },
      { ...shared, tokens: feeds.tokens.slice(6), w: Float32Array.of(3, 4), key: Uint32Array.from(fold([3, 4], 1)) },
    ])
    expect(() => partsOf(outputs({ x: input('x', time, batch) }), 2)).toThrow("lies along 'batch', and not first")
  })

  it('have of every block of the batch its share: the first block has a row a part, the second two', () => {
    const [batch, time] = [axis('batch', 3), axis('time', 3)]
    const tokens = Int32Array.from({ length: 18 }, (_, i) => i)
    const rows = (...wanted: readonly number[]): Int32Array =>
      Int32Array.from(wanted.flatMap((r) => [3 * r, 3 * r + 1, 3 * r + 2]))
    expect(partsOf(outputs({ x: inputOf('i32')('tokens', batch, time) }), 2, [1, 2])({ tokens })).toEqual([
      { tokens: rows(0, 2, 3) },
      { tokens: rows(1, 4, 5) },
    ])
  })
})
