/**
 * Training by cross-entropy: the loss falls to what the data allow, runs are deterministic, and a run that goes on from
 * any epoch's state, through a file's rounding or not, gives the same bits.
 */
import * as E from 'fp-ts/lib/Either.js'
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import type { Alphabet } from '../../lib/data/strings.ts'
import { failure } from '../../lib/errors.ts'
import type { Feeds, Prepared } from '../../lib/executor.ts'
import { fold, key } from '../../lib/key.ts'
import { initialiseLstm } from '../../lib/models/lstm.ts'
import {
  countSymbols,
  crossEntropy,
  type FitOptions,
  type FitState,
  fit,
  isFinished,
  permutation,
  startFit,
} from '../../lib/train/loop.ts'
import { left, run } from '../either.ts'
import { rowsOfTexts, smallRuntime, wideParameters } from '../models/enumerate.ts'

const alphabet: Alphabet = { symbols: ['a', 'b'] }
const size = { symbols: 3, hidden: 8, layers: 1 }
const TIME = 5

/** A toy corpus: (ab) or (ba), repeated twice, one of them three times as often. Its entropy is h(¼) nats a string. */
const corpus = rowsOfTexts(
  alphabet,
  TIME,
  Array.from({ length: 32 }, (_, i) => (i % 4 === 0 ? 'baba' : 'abab')),
)
const entropyPerSymbol = -(0.25 * Math.log(0.25) + 0.75 * Math.log(0.75)) / 5

const options = (more: Partial<FitOptions> = {}): FitOptions => ({
  key: key(11),
  training: corpus,
  validation: corpus,
  maxEpochs: 4,
  patience: 50,
  signal: new AbortController().signal,
  ...more,
})

const start = (seed: number, of = size): FitState => startFit(initialiseLstm(of)(key(seed)), 50)

describe('training on a toy corpus', () => {
  it('lowers the cross-entropy from ln 3 towards the entropy of the corpus, and not below it', {
    timeout: 60_000,
  }, async () => {
    const runtime = smallRuntime(size, { batch: 32 })
    const before = await run(crossEntropy(runtime, start(1).best, corpus))
    expect(Math.abs(before - Math.log(3))).toBeLessThan(0.15)
    const { best, training, validation, stopping } = await run(fit(runtime, options({ maxEpochs: 60 }))(start(1)))
    const after = await run(crossEntropy(runtime, best, corpus))
    expect(after).toBeLessThan(0.25)
    expect(after).toBeGreaterThanOrEqual(entropyPerSymbol - 1e-12)
    expect(after).toBe(stopping.best)
    expect(Math.min(...validation)).toBe(after)
    expect(training).toHaveLength(60)
  })

  it('the loss is the cross-entropy: one epoch of one batch reports that of its start', async () => {
    const runtime = smallRuntime(size, { batch: 32, trainBatch: 32 })
    const { training } = await run(fit(runtime, options({ maxEpochs: 1 }))(start(2)))
    const before = await run(crossEntropy(runtime, start(2).best, corpus))
    expect(Math.abs((training[0] ?? 0) - before)).toBeLessThan(1e-12)
  })
})

describe('determinism and resumption', () => {
  const layered = { symbols: 3, hidden: 4, layers: 2 }
  const runtime = (): ReturnType<typeof smallRuntime> => smallRuntime(layered, { batch: 32, dropout: 0.3 })

  it('trains the same from the same key, otherwise from another', async () => {
    const first = await run(fit(runtime(), options())(start(3, layered)))
    expect(await run(fit(runtime(), options())(start(3, layered)))).toStrictEqual(first)
    expect(await run(fit(runtime(), options({ key: key(12) }))(start(3, layered)))).not.toStrictEqual(first)
  })

  it('goes on from the state of any epoch to the same bits, with dropout and a new runtime', async () => {
    const states: FitState[] = []
    const whole = await run(
      fit(runtime(), options({ onEpoch: (state) => TE.fromIO(() => void states.push(state)) }))(start(3, layered)),
    )
    expect(states).toHaveLength(4)
    for (const state of states) expect(await run(fit(runtime(), options())(state))).toStrictEqual(whole)
  })

  it('the optimiser’s moments are part of the state: without them the bits differ', async () => {
    const half = await run(fit(runtime(), options({ maxEpochs: 2 }))(start(3, layered)))
    const forgetful = {
      ...half,
      state: Object.fromEntries(Object.entries(half.state).filter(([name]) => !name.startsWith('optimiser/'))),
    }
    const [whole, other] = [await run(fit(runtime(), options())(half)), await run(fit(runtime(), options())(forgetful))]
    expect(other.training.at(-1)).not.toBe(whole.training.at(-1))
  })
})

describe('when it stops', () => {
  it('after `patience` epochs without a better validation, with the best and not the last', async () => {
    const runtime = smallRuntime(size, { batch: 32 })
    // Validation on what training makes ever less likely.
    const validation = rowsOfTexts(alphabet, TIME, ['bbbb', 'aa'])
    const from = startFit(initialiseLstm(size)(key(1)), 3)
    const {
      epoch,
      stopping,
      best,
      validation: scores,
    } = await run(fit(runtime, options({ validation, maxEpochs: 60, patience: 3 }))(from))
    expect(epoch).toBeLessThan(60)
    expect(epoch - 1 - stopping.bestEpoch).toBe(3)
    expect(await run(crossEntropy(runtime, best, validation))).toBe(Math.min(...scores))
    expect(isFinished({ ...from, stopping }, 60)).toBe(true)
  })

  it('a finished state is answered as it is', async () => {
    const state = { ...start(1), epoch: 4 }
    expect(await run(fit(smallRuntime(size, { batch: 32 }), options())(state))).toBe(state)
  })

  it('when it is aborted, between steps; and with the failure of onEpoch', async () => {
    const controller = new AbortController()
    let steps = 0
    const onStep = (): void => {
      steps += 1
      controller.abort()
    }
    const runtime = smallRuntime(size, { batch: 32 })
    expect(left(await fit(runtime, options({ signal: controller.signal, onStep }))(start(1))()).tag).toBe('Interrupted')
    expect(steps).toBe(1)
    const full = failure('File', 'the disk is full', 'make room')
    expect(left(await fit(runtime, options({ onEpoch: () => TE.left(full) }))(start(1))())).toBe(full)
  })

  it('with a NonFinite failure when the loss is not finite', async () => {
    const broken = Object.fromEntries(
      Object.entries(wideParameters(size, 1)).map(([n, d]) => [n, d.map(() => Number.NaN)]),
    )
    const outcome = await fit(smallRuntime(size, { batch: 32 }), options())(startFit(broken, 5))()
    expect(E.isLeft(outcome) && outcome.left.tag).toBe('NonFinite')
  })
})

describe('orders and counts', () => {
  it('a permutation holds every row once and follows its key', () => {
    for (const n of [0, 1, 2, 17, 500])
      expect(Array.from(permutation(key(n), n)).sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
    expect(permutation(key(1), 50)).toEqual(permutation(key(1), 50))
    expect(permutation(key(1), 50)).not.toEqual(permutation(key(2), 50))
  })

  it('every permutation of three comes about equally often (6 cells, 24 000 draws, χ² below 56: α = 1e-10)', () => {
    const counts = new Map<string, number>()
    for (let i = 0; i < 24_000; i++) {
      const order = permutation([i, 77], 3).join('')
      counts.set(order, (counts.get(order) ?? 0) + 1)
    }
    expect(counts.size).toBe(6)
    expect([...counts.values()].reduce((sum, c) => sum + (c - 4000) ** 2 / 4000, 0)).toBeLessThan(56)
  })

  it('symbols are counted up to and with EOS; a cut row has only its symbols', () => {
    expect(countSymbols(rowsOfTexts(alphabet, 4, ['', 'a', 'abab', 'ababab']), 2)).toBe(1 + 2 + 4 + 4)
  })
})

describe('what an epoch feeds', () => {
  const rows = rowsOfTexts(alphabet, TIME, ['a', 'b', 'ab', 'ba', 'aa', 'bb', 'aba'])

  /** A runtime that records what is fed; the loss of a step is its number among all. */
  const recorded = async (more: Partial<FitOptions> = {}) => {
    const feeds: Feeds[] = []
    const states: FitState[] = []
    const scores = [3, 2, 2.5, 2.4]
    let [evaluations, value] = [0, 0]
    const runtime = smallRuntime({ ...size, layers: 2 }, { batch: 8, trainBatch: 3, dropout: 0.5 })
    const prepared: Prepared = {
      run: (fed) => {
        feeds.push(fed)
        return TE.right({ loss: { axes: [], dtype: 'f32', data: Float64Array.of(feeds.length) } })
      },
      readState: () =>
        TE.fromIO(() => {
          value += 1
          return { w: { axes: [], dtype: 'f32', data: Float32Array.of(value) } }
        }),
      writeState: () => TE.right(undefined),
      release: () => undefined,
    }
    const done = await run(
      fit(
        {
          ...runtime,
          trainer: () => TE.right(prepared),
          score: (_, { count }) =>
            TE.fromIO(() =>
              new Float64Array(count).fill((-(scores[evaluations++] ?? 9) * countSymbols(rows, 2)) / count),
            ),
        },
        options({
          training: rows,
          validation: rows,
          onEpoch: (state) => TE.fromIO(() => void states.push(state)),
          ...more,
        }),
      )(startFit({ w: Float32Array.of(0) }, 2)),
    )
    return { feeds, states, done }
  }

  it('rows in a fresh order, padding that counts nothing, a dropout key of its own for every step', async () => {
    const { feeds } = await recorded({ maxEpochs: 3 })
    expect(feeds).toHaveLength(9)
    expect(feeds.map(({ rowWeight }) => Array.from(rowWeight ?? []))).toEqual(
      Array.from({ length: 3 }, () => [
        [1, 1, 1],
        [1, 1, 1],
        [1, 0, 0],
      ]).flat(),
    )
    feeds.forEach(({ tokens, key: words }, i) => {
      const [epoch, step] = [Math.floor(i / 3), i % 3]
      const order = permutation(fold(fold(key(11), epoch), 0), 7).subarray(3 * step, 3 * step + 3)
      const wanted = Array.from(order).flatMap((r) => Array.from(rows.tokens.subarray(r * TIME, (r + 1) * TIME)))
      expect(Array.from(tokens ?? [])).toEqual([...wanted, ...new Array<number>(15 - wanted.length).fill(2)])
      expect(Array.from(words ?? [])).toEqual([...fold(fold(key(11), epoch), step + 1)])
    })
    expect(new Set(feeds.map(({ key: words }) => words?.join())).size).toBe(9)
    const orders = [0, 1, 2].map((e) =>
      feeds
        .slice(3 * e, 3 * e + 3)
        .map(({ tokens }) => tokens?.join())
        .join(),
    )
    expect(new Set(orders).size).toBe(3)
  })

  it('the loss of an epoch weighs its steps by their rows; the best is that of the lowest score', async () => {
    const { states, done } = await recorded({ maxEpochs: 9 })
    expect(done.epoch).toBe(4)
    expect(done.training).toEqual([0, 1, 2, 3].map((e) => (3 * (3 * e + 1) + 3 * (3 * e + 2) + (3 * e + 3)) / 7))
    done.validation.forEach((score, i) => expect(score).toBeCloseTo([3, 2, 2.5, 2.4][i] ?? 0, 12))
    expect([done.stopping.bestEpoch, done.stopping.stop]).toEqual([1, true])
    // The first reading of the state is that of its restoration.
    expect(done.best).toEqual({ w: Float32Array.of(3) })
    expect(states.map(({ epoch, best }) => [epoch, best['w']?.[0]])).toEqual([
      [1, 2],
      [2, 3],
      [3, 3],
      [4, 3],
    ])
  })
})
