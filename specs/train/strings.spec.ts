/**
 * Training by cross-entropy: the loss falls to what the data allow, runs are deterministic, and a run that goes on from
 * any epoch's state, through a file's rounding or not, gives the same bits.
 */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import type { Alphabet } from '../../lib/data/strings.ts'
import type { FDivergence } from '../../lib/energy/policy.ts'
import { type Failure, failure } from '../../lib/errors.ts'
import type { Feeds, Prepared } from '../../lib/executor.ts'
import { fold, key, permutation } from '../../lib/key.ts'
import { initialiseLstm } from '../../lib/models/lstm.ts'
import type { LanguageRuntime } from '../../lib/models/language-runtime.ts'
import type { LstmSize } from '../../lib/models/lstm.ts'
import { type StepsOptions, trainSteps } from '../../lib/train/steps.ts'
import { type StepsState, startSteps } from '../../lib/train/steps-state.ts'
import {
  countSymbols,
  crossEntropy,
  dropoutFeed,
  type StringTrainer,
  type StringTraining,
  stringTraining,
} from '../../lib/train/strings.ts'
import { silentProgress } from '../../lib/progress.ts'
import { left, run } from '../either.ts'
import { rowsOfTexts, smallRuntime, smallTrainer, wideParameters } from '../models/enumerate.ts'

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

const options = (more: Partial<StringTraining> = {}): StringTraining => ({
  key: key(11),
  training: corpus,
  validation: corpus,
  epochs: 4,
  signal: new AbortController().signal,
  ...more,
})

const start = (seed: number, of = size): StepsState => startSteps(initialiseLstm(of)(key(seed)), 50)

interface Opened {
  readonly runtime: LanguageRuntime
  readonly trainer: StringTrainer
}

/** What trains an LSTM of this size, and what measures it. */
const opened = (of: LstmSize, step: Parameters<typeof smallTrainer>[1] = {}): Opened => ({
  runtime: smallRuntime(of, { batch: 32 }),
  trainer: smallTrainer(of, step),
})

/** Trains from a state. */
const trained =
  ({ runtime, trainer }: Opened, given: StringTraining, more: Partial<StepsOptions> = {}) =>
  (from: StepsState): TE.TaskEither<Failure, StepsState> =>
    TE.chain((own: StepsOptions) => trainSteps({ ...own, ...more })(from))(stringTraining(runtime, trainer, given))

const losses = ({ curve }: StepsState): readonly number[] => curve.map(({ watched }) => watched['loss'] ?? Number.NaN)
const scoresOf = ({ curve }: StepsState): readonly number[] => curve.map(({ score }) => score)

describe('training on a toy corpus', () => {
  it('lowers the cross-entropy from ln 3 towards the entropy of the corpus, and not below it', {
    timeout: 60_000,
  }, async () => {
    const open = opened(size)
    const before = await run(crossEntropy(open.runtime, start(1).best, corpus))
    expect(Math.abs(before - Math.log(3))).toBeLessThan(0.15)
    const done = await run(trained(open, options({ epochs: 60 }))(start(1)))
    const after = await run(crossEntropy(open.runtime, done.best, corpus))
    expect(after).toBeLessThan(0.25)
    expect(after).toBeGreaterThanOrEqual(entropyPerSymbol - 1e-12)
    expect(after).toBe(done.stopping.best)
    expect(Math.min(...scoresOf(done))).toBe(after)
    expect(done.curve).toHaveLength(60)
  })

  it('the loss is the cross-entropy: one epoch of one batch reports that of its start', async () => {
    const open = opened(size, { batch: 32 })
    const done = await run(trained(open, options({ epochs: 1 }))(start(2)))
    const before = await run(crossEntropy(open.runtime, start(2).best, corpus))
    expect(Math.abs((losses(done)[0] ?? 0) - before)).toBeLessThan(1e-12)
  })
})

describe('determinism and resumption', () => {
  const layered = { symbols: 3, hidden: 4, layers: 2 }
  const open = (): Opened => opened(layered, { dropout: 0.3 })

  it('trains the same from the same key, otherwise from another', async () => {
    const first = await run(trained(open(), options())(start(3, layered)))
    expect(await run(trained(open(), options())(start(3, layered)))).toStrictEqual(first)
    expect(await run(trained(open(), options({ key: key(12) }))(start(3, layered)))).not.toStrictEqual(first)
  })

  it('goes on from the state of any epoch to the same bits, with dropout and a new runtime', async () => {
    const states: StepsState[] = []
    // Two steps an epoch: every third step, which falls between evaluations as well.
    const more = { snapshotEvery: 3, onSnapshot: (state: StepsState) => TE.fromIO(() => void states.push(state)) }
    const whole = await run(trained(open(), options(), more)(start(3, layered)))
    expect(states.map(({ step }) => step)).toEqual([2, 3, 4, 6, 8])
    for (const state of states) expect(await run(trained(open(), options(), more)(state))).toStrictEqual(whole)
  })

  it('the optimiser’s moments are part of the state: without them the bits differ', async () => {
    const half = await run(trained(open(), options({ epochs: 2 }))(start(3, layered)))
    const forgetful = {
      ...half,
      state: Object.fromEntries(Object.entries(half.state).filter(([name]) => !name.startsWith('optimiser/'))),
    }
    const [whole, other] = [
      await run(trained(open(), options())(half)),
      await run(trained(open(), options())(forgetful)),
    ]
    expect(losses(other).at(-1)).not.toBe(losses(whole).at(-1))
  })
})

describe('when it stops', () => {
  it('after `patience` epochs without a better validation, with the best and not the last', async () => {
    const open = opened(size)
    // Validation on what training makes ever less likely.
    const validation = rowsOfTexts(alphabet, TIME, ['bbbb', 'aa'])
    const from = startSteps(initialiseLstm(size)(key(1)), 3)
    const done = await run(trained(open, options({ validation, epochs: 60 }))(from))
    const { best, curve, stopping } = done
    expect(curve.length).toBeLessThan(60)
    expect(curve.length - 1 - stopping.bestEpoch).toBe(3)
    expect(await run(crossEntropy(open.runtime, best, validation))).toBe(Math.min(...scoresOf(done)))
  })

  it('a finished state is answered as it is', async () => {
    const state = { ...start(1), step: 8 }
    expect(await run(trained(opened(size), options())(state))).toBe(state)
  })

  it('when it is aborted, between steps; and with the failure of who saves', async () => {
    const controller = new AbortController()
    let steps = 0
    const progress = {
      ...silentProgress,
      advance: () => {
        steps += 1
        controller.abort()
      },
    }
    const open = opened(size)
    const aborted = trained(open, options({ signal: controller.signal }), { progress })(start(1))
    expect(left(await aborted()).tag).toBe('Interrupted')
    expect(steps).toBe(1)
    const full = failure('File', 'the disk is full', 'make room')
    expect(left(await trained(open, options(), { onSnapshot: () => TE.left(full) })(start(1))())).toBe(full)
  })

  it('with a NonFinite failure when the loss is not finite', async () => {
    const broken = Object.fromEntries(
      Object.entries(wideParameters(size, 1)).map(([n, d]) => [n, d.map(() => Number.NaN)]),
    )
    const outcome = await trained(opened(size), options())(startSteps(broken, 5))()
    expect(left(outcome).tag).toBe('NonFinite')
  })
})

describe('a trainer', () => {
  it('prepares a step once for each length and each aim', async () => {
    const trainer = smallTrainer(size)
    const open = async (time: number, divergence?: FDivergence) => run(trainer.trainer(time, divergence))
    const kinds = [[5], [6], [5, 'forward KL'], [5, 'reverse KL']] as const
    const first = []
    for (const [time, divergence] of kinds) first.push(await open(time, divergence))
    expect(new Set(first).size).toBe(4)
    for (const [i, [time, divergence]] of kinds.entries()) expect(await open(time, divergence)).toBe(first[i])
    trainer.release()
    expect(await open(5)).not.toBe(first[0])
    trainer.release()
  })

  it('is fed a key where something is dropped: between layers, at a rate above 0', () => {
    const fed = (dropout: number, layers: number) =>
      dropoutFeed({ ...smallTrainer(size), dropout, size: { ...size, layers } }, key(3))
    expect([fed(0, 1), fed(0, 2), fed(0.5, 1)]).toEqual([{}, {}, {}])
    expect(fed(0.5, 2)).toEqual({ key: Uint32Array.from(key(3)) })
  })
})

describe('counts', () => {
  it('symbols are counted up to and with EOS; a cut row has only its symbols', () => {
    expect(countSymbols(rowsOfTexts(alphabet, 4, ['', 'a', 'abab', 'ababab']), 2)).toBe(1 + 2 + 4 + 4)
  })
})

describe('what an epoch feeds', () => {
  const rows = rowsOfTexts(alphabet, TIME, ['a', 'b', 'ab', 'ba', 'aa', 'bb', 'aba'])

  /** A runtime that records what is fed; the loss of a step is a hundredth of its number among all. */
  const recorded = async (more: Partial<StringTraining> = {}) => {
    const feeds: Feeds[] = []
    const states: StepsState[] = []
    const scores = [3, 2, 2.5, 2.4]
    let [evaluations, value] = [0, 0]
    const open = opened({ ...size, layers: 2 }, { batch: 3, dropout: 0.5 })
    const prepared: Prepared = {
      run: (fed) => {
        feeds.push(fed)
        return TE.right({ loss: { axes: [], dtype: 'f32', data: Float64Array.of(feeds.length / 100) } })
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
      trained(
        {
          trainer: { ...open.trainer, trainer: () => TE.right(prepared) },
          runtime: {
            ...open.runtime,
            score: (_, { count }) =>
              TE.fromIO(() =>
                new Float64Array(count).fill((-(scores[evaluations++] ?? 9) * countSymbols(rows, 2)) / count),
              ),
          },
        },
        options({ training: rows, validation: rows, ...more }),
        { onSnapshot: (state) => TE.fromIO(() => void states.push(state)) },
      )(startSteps({ w: Float32Array.of(0) }, 2)),
    )
    return { feeds, states, done }
  }

  it('rows in a fresh order, padding that counts nothing, a dropout key of its own for every step', async () => {
    const { feeds } = await recorded({ epochs: 3 })
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
    const { states, done } = await recorded({ epochs: 9 })
    expect(done.curve).toHaveLength(4)
    const sums = [0, 1, 2, 3].map((e) => 3 * (3 * e + 1) + 3 * (3 * e + 2) + (3 * e + 3))
    losses(done).forEach((loss, e) => expect(loss).toBeCloseTo((sums[e] ?? 0) / 700, 12))
    scoresOf(done).forEach((score, i) => expect(score).toBeCloseTo([3, 2, 2.5, 2.4][i] ?? 0, 12))
    expect([done.stopping.bestEpoch, done.stopping.stop]).toEqual([1, true])
    // The first reading of the state is that of its restoration.
    expect(done.best).toEqual({ w: Float32Array.of(3) })
    expect(states.map(({ curve, best }) => [curve.length, best['w']?.[0]])).toEqual([
      [1, 2],
      [2, 3],
      [3, 3],
      [4, 3],
    ])
  })
})
