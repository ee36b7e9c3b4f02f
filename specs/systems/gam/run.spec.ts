/**
 * The GAM paper from end to end at tiny sizes: every regime and every estimator of moments finishes with finite numbers,
 * runs are deterministic, and a run that was interrupted or killed at any moment continues to the same bits.
 */
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import type { GamOptions, Moments, Regime } from '../../../lib/systems/gam/options.ts'
import { type GamResults, gamResultsCodec } from '../../../lib/systems/gam/results.ts'
import { left, right } from '../../energy/support.ts'
import { emptyFolder, runTiny, snapshots, timeless, tiny, tinyData } from './tiny.ts'

const SLOW = { timeout: 120_000 }

const folders: (() => void)[] = []
const folder = (): string => {
  const { path, remove } = emptyFolder()
  folders.push(remove)
  return path
}
afterAll(() => {
  for (const remove of folders) remove()
})

const numbersIn = (value: unknown): readonly number[] =>
  typeof value === 'number'
    ? [value]
    : typeof value === 'object' && value !== null
      ? Object.values(value).flatMap(numbersIn)
      : []

/** Numbers that have no excuse for not being finite (a Pareto tail index of few weights has one). */
const essential = (r: GamResults): readonly number[] =>
  numbersIn([
    r.crossEntropyBase,
    r.crossEntropyTilt,
    r.crossEntropyDistilled,
    r.crossEntropyErrors,
    r.lambda,
    r.l1Moments,
    r.moments,
    r.effectiveSampleSize,
    r.logPartition.jackknife,
    r.curves,
    r.logWeights,
    r.seconds,
  ])

const shares = (r: GamResults): readonly number[] => [
  r.motifFrequencyBase,
  r.motifFrequencyTilt ?? 0,
  r.motifFrequencyDistilled,
  ...numbersIn(r.moments),
]

const check = (r: GamResults): void => {
  expect(essential(r).filter((x) => !Number.isFinite(x))).toEqual([])
  expect(shares(r).filter((x) => x < 0 || x > 1)).toEqual([])
  expect(E.isRight(gamResultsCodec.decode(JSON.parse(JSON.stringify(gamResultsCodec.encode(r)))))).toBe(true)
}

const cyclical: Partial<GamOptions> = { regime: 'cyclical', distilled: 600, maxEpochs: 2 }

describe('every regime and every estimator of moments', () => {
  const cases: readonly (readonly [Regime, Moments, Partial<GamOptions>])[] = [
    ['two-stage', 'newton', {}],
    ['two-stage', 'snis', {}],
    ['two-stage', 'rs', {}],
    ['cyclical', 'newton', cyclical],
    ['dpg', 'newton', {}],
    ['kl-dpg', 'newton', {}],
  ]
  it.each(cases)('%s with %s moments ends with finite numbers', SLOW, async (regime, moments, more) => {
    const results = right(await runTiny({ ...tiny, ...more, regime, moments }))
    check(results)
    expect(results.options).toEqual({ ...tiny, ...more, regime, moments })
    expect(results.acceptanceRate === undefined).toBe(regime === 'dpg' || regime === 'kl-dpg')
  })
})

/** Runs again and again in one folder, each time aborted after some more calls, until a run finishes. */
const untilDone = async (
  options: GamOptions,
  directory: string,
  waits: readonly number[],
): Promise<{ readonly results: GamResults; readonly interruptions: number }> => {
  for (const [interruptions, abortAfter] of waits.entries()) {
    const outcome = await runTiny(options, { directory, abortAfter })
    if (E.isRight(outcome)) return { results: outcome.right, interruptions }
    expect(outcome.left).toMatchObject({ tag: 'Interrupted', remedy: expect.stringContaining('--out') })
  }
  return { results: right(await runTiny(options, { directory })), interruptions: waits.length }
}

describe('determinism and resumption', () => {
  it('the same options give the same bits, another seed others', SLOW, async () => {
    const first = right(await runTiny(tiny))
    expect(timeless(right(await runTiny(tiny)))).toStrictEqual(timeless(first))
    expect(timeless(right(await runTiny({ ...tiny, seed: 2 })))).not.toStrictEqual(timeless(first))
  })

  /** Calls of progress before each abort: in training, in sampling, in distillation, in the student, in the measures. */
  const chains: readonly (readonly [string, Partial<GamOptions>, readonly number[]])[] = [
    ['two-stage', {}, [0, 3, 2, 4, 5, 6, 8]],
    ['two-stage with SNIS moments', { moments: 'snis' }, [4, 9]],
    ['cyclical', cyclical, [3, 6, 8, 10, 9, 10, 11, 12]],
    ['kl-dpg', { regime: 'kl-dpg' }, [5, 6, 7]],
  ]
  it.each(chains)('%s: interrupted again and again, a run ends with the same bits', SLOW, async (_, more, waits) => {
    const options = { ...tiny, ...more }
    const undisturbed = right(await runTiny(options))
    const { results, interruptions } = await untilDone(options, folder(), waits)
    expect(interruptions).toBeGreaterThanOrEqual(Math.min(2, waits.length))
    expect(timeless(results)).toStrictEqual(timeless(undisturbed))
  })

  it('killed at any moment: from every state that the folder was ever in, the same bits', SLOW, async () => {
    const [directory, copies] = [folder(), folder()]
    const { take, taken } = snapshots(directory, copies)
    const undisturbed = right(await runTiny(tiny, { directory, onCall: take }))
    take()
    expect(taken().length).toBeGreaterThanOrEqual(4)
    for (const copy of taken()) {
      expect(timeless(right(await runTiny(tiny, { directory: copy })))).toStrictEqual(timeless(undisturbed))
    }
  })

  it('a finished phase is not run again, and its time is kept', SLOW, async () => {
    const directory = folder()
    const first = right(await runTiny(tiny, { directory }))
    const again = right(await runTiny(tiny, { directory }))
    expect(again.seconds.base).toBe(first.seconds.base)
    expect(timeless(again)).toStrictEqual(timeless(first))
  })
})

describe('what cannot run', () => {
  it('a folder with the checkpoint of other options is refused and left as it was', SLOW, async () => {
    const directory = folder()
    left(await runTiny(tiny, { directory, abortAfter: 6 }))
    const foreign = left(await runTiny({ ...tiny, hidden: 4 }, { directory }))
    expect(foreign.tag).toBe('Checkpoint')
    expect(foreign.remedy).not.toBe('')
    expect(E.isRight(await runTiny(tiny, { directory }))).toBe(true)
  })

  it('another output folder or device does not make a checkpoint foreign', SLOW, async () => {
    const directory = folder()
    left(await runTiny(tiny, { directory, abortAfter: 6 }))
    expect(E.isRight(await runTiny({ ...tiny, out: directory, device: 'reference' }, { directory }))).toBe(true)
  })

  it.each([
    ['--train 0', { train: 0 }, 'Usage'],
    ['a bad expression', { data: { ...tinyData, features: ['(', 'a'] } }, 'Usage'],
    ['more training strings than there are', { train: 84 }, 'Usage'],
    ['a missing file', { data: { ...tinyData, file: 'no/such/file' } }, 'File'],
    ['a spent budget', { budgets: { trials: 1 } }, 'RejectionBudget'],
    ['a signal that was aborted before', {}, 'Interrupted'],
  ])('%s is a typed failure with a remedy', SLOW, async (what, more, tag) => {
    const options: GamOptions = { ...tiny, ...more }
    const found = left(await runTiny(options, what.startsWith('a signal') ? { abortAfter: 0 } : {}))
    expect(found.tag).toBe(tag)
    expect(found.remedy).not.toBe('')
  })
})
