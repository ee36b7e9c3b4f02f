/**
 * The GAM paper from end to end at tiny sizes: every regime and every estimator of moments finishes with finite numbers,
 * runs are deterministic, and a run that was interrupted or killed at any moment continues to the same bits.
 */
import { exactJson } from '../../../lib/codec/exact-json.ts'
import { decodeJson } from '../../../lib/codec/json.ts'
import * as E from 'fp-ts/lib/Either.js'
import { afterAll, describe, expect, it } from 'vitest'
import type { GamOptions, Moments, Regime } from '../../../lib/systems/gam/options.ts'
import { type GamResults, gamResultsCodec } from '../../../lib/systems/gam/results.ts'
import { left, right } from '../../either.ts'
import { emptyFolder, type Moment, runTiny, snapshots, timeless, tiny, tinyData, type TinyServices } from './tiny.ts'

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

const runs = new Map<string, Promise<GamResults>>()

/** What a run gives that nothing disturbs: several specs compare with the same one, which is computed once. */
const undisturbed = (options: GamOptions): Promise<GamResults> => {
  const asked = JSON.stringify(options)
  const results = runs.get(asked) ?? runTiny(options).then(right)
  runs.set(asked, results)
  return results
}

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
  expect(E.isRight(decodeJson(gamResultsCodec, 'results')(exactJson(gamResultsCodec.encode(r))))).toBe(true)
}

const cyclical: Partial<GamOptions> = { regime: 'cyclical', distilled: 600, maxEpochs: 2 }

describe('every regime and every estimator of moments', () => {
  const cases: readonly (readonly [Regime, Moments, Partial<GamOptions>])[] = [
    ['two-stage', 'newton', {}],
    ['two-stage', 'snis', {}],
    ['two-stage', 'rs', {}],
    ['cyclical', 'newton', cyclical],
    ['cyclical', 'newton', { ...cyclical, cycle: 'kept' }],
    ['cyclical', 'newton', { ...cyclical, sampler: 'smc' }],
    ['dpg', 'newton', {}],
    ['kl-dpg', 'newton', {}],
  ]
  it.each(cases)('%s with %s moments ends with finite numbers', SLOW, async (regime, moments, more) => {
    const results = await undisturbed({ ...tiny, ...more, regime, moments })
    check(results)
    expect(results.options).toEqual({ ...tiny, ...more, regime, moments })
    expect(results.acceptanceRate === undefined).toBe(regime === 'dpg' || regime === 'kl-dpg' || more.sampler === 'smc')
    expect(results.variation === undefined).toBe(more.cycle !== 'kept')
  })
})

/** Runs again and again in one folder, aborted at each of the moments in turn, and then to the end. */
const untilDone = async (options: GamOptions, directory: string, moments: readonly Moment[]): Promise<GamResults> => {
  for (const abortAt of moments) {
    const found = left(await runTiny(options, { directory, abortAt }))
    expect([abortAt, found.tag], found.what).toEqual([abortAt, 'Interrupted'])
    expect(found.remedy).toContain('--out')
  }
  return right(await runTiny(options, { directory }))
}

describe('the most epochs of π', () => {
  it.each([
    ['two-stage', {}],
    ['cyclical', { regime: 'cyclical' }],
    ['dpg', { regime: 'dpg' }],
  ] as const)('%s: less or more than those of r, as told', SLOW, async (_, more) => {
    const epochsOf = async (distilEpochs: number) => {
      const { curves } = right(await runTiny({ ...tiny, ...more, patience: 10, maxEpochs: 2, distilEpochs }))
      return [curves.base.validation.length, curves.distilled.validation.length]
    }
    expect([await epochsOf(1), await epochsOf(3)]).toEqual([
      [2, 1],
      [2, 3],
    ])
  })
})

describe('more epochs of π', () => {
  it.each([
    ['two-stage', {}],
    ['kl-dpg', { regime: 'kl-dpg' }],
  ] as const)(
    '%s: go on with the π of a run that had fewer, to the bits of one that had them all',
    SLOW,
    async (_, more) => {
      const directory = folder()
      const after = async (distilEpochs: number, services: TinyServices = { directory }) =>
        right(await runTiny({ ...tiny, ...more, patience: 10, maxEpochs: 2, distilEpochs }, services))
      const epochs = ({ curves }: GamResults) => curves.distilled.validation.length
      expect(epochs(await after(1))).toBe(1)
      const longer = await after(3)
      expect(timeless(longer)).toStrictEqual(timeless(await after(3, {})))
      expect(epochs(await after(2))).toBe(3)
    },
  )
})

describe('determinism and resumption', () => {
  it('the same options give the same bits, another seed others', SLOW, async () => {
    const first = await undisturbed(tiny)
    expect(timeless(right(await runTiny(tiny)))).toStrictEqual(timeless(first))
    expect(timeless(await undisturbed({ ...tiny, seed: 2 }))).not.toStrictEqual(timeless(first))
  })

  const [training, student, next] = ['training r', 'training π', 'training the next proposal']
  const distilling = 'distilling from p_λ'
  const policy = 'training π by the KL-adaptive policy gradient'
  const chains: readonly (readonly [string, Partial<GamOptions>, readonly Moment[]])[] = [
    [
      'two-stage',
      {},
      [
        [training, 1],
        [training, 3],
        ['sampling from r', 2],
        [distilling, 1],
        [student, 1],
        [student, 3],
      ],
    ],
    [
      'two-stage with SNIS moments',
      { moments: 'snis' },
      [
        [training, 3],
        ['fitting λ', 4],
      ],
    ],
    [
      'cyclical',
      cyclical,
      [
        ['distilling, cycle 1 of 2', 3],
        [next, 1],
        [next, 3],
        ['distilling, cycle 2 of 2', 1],
        [next, 3],
        [student, 3],
      ],
    ],
    [
      'kl-dpg',
      { regime: 'kl-dpg' },
      [
        [policy, 2],
        [policy, 2],
      ],
    ],
  ]
  it.each(chains)('%s: interrupted again and again, a run ends with the same bits', SLOW, async (_, more, moments) => {
    const options = { ...tiny, ...more }
    expect(timeless(await untilDone(options, folder(), moments))).toStrictEqual(timeless(await undisturbed(options)))
  })

  it('killed at any moment: from every state that the folder was ever in, the same bits', SLOW, async () => {
    const [directory, copies] = [folder(), folder()]
    const { take, taken } = snapshots(directory, copies)
    right(await runTiny(tiny, { directory, onCall: take }))
    take()
    expect(taken().length).toBeGreaterThanOrEqual(4)
    for (const copy of taken()) {
      expect(timeless(right(await runTiny(tiny, { directory: copy })))).toStrictEqual(timeless(await undisturbed(tiny)))
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

describe('r of an earlier run', () => {
  const finished = async () => {
    right(await runTiny(tiny, { directory }))
    return { directory, options: tiny }
  }
  const directory = folder()
  const phasesOf = async (options: GamOptions, baseFrom: TinyServices['baseFrom']) => {
    const seen = new Set<string>()
    const onCall = (phase: string): void => void seen.add(phase)
    const results = right(await runTiny(options, { onCall, ...(baseFrom === undefined ? {} : { baseFrom }) }))
    return { results: timeless(results), trained: seen.has('training r') }
  }

  it('is taken where the settings are the same, and changes no bit', SLOW, async () => {
    const other: GamOptions = { ...tiny, moments: 'snis', bank: 96 }
    const shared = await phasesOf(other, await finished())
    const alone = await phasesOf(other, undefined)
    expect([shared.trained, alone.trained]).toEqual([false, true])
    expect(shared.results).toStrictEqual(alone.results)
  })

  it('is not taken from a run of another seed', SLOW, async () => {
    const other: GamOptions = { ...tiny, seed: 2 }
    const offered = await phasesOf(other, await finished())
    expect(offered.trained).toBe(true)
    expect(offered.results).toStrictEqual(timeless(await undisturbed(other)))
  })
})

describe('what cannot run', () => {
  it('a folder with the checkpoint of other options is refused and left as it was', SLOW, async () => {
    const directory = folder()
    left(await runTiny(tiny, { directory, abortAt: ['training π', 1] }))
    const foreign = left(await runTiny({ ...tiny, hidden: 4 }, { directory }))
    expect(foreign.tag).toBe('Checkpoint')
    expect(foreign.remedy).not.toBe('')
    expect(E.isRight(await runTiny(tiny, { directory }))).toBe(true)
  })

  it('another output folder or device does not make a checkpoint foreign', SLOW, async () => {
    const directory = folder()
    left(await runTiny(tiny, { directory, abortAt: ['training π', 1] }))
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
    const found = left(await runTiny(options, what.startsWith('a signal') ? { abortAt: 'before' } : {}))
    expect(found.tag).toBe(tag)
    expect(found.remedy).not.toBe('')
  })
})
