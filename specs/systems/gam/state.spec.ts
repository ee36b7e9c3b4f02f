/**
 * The state of a run in a file: everything comes back to the bit, for every stage of a run, and only for its own options.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { key } from '../../../lib/key.ts'
import { initialiseLstm } from '../../../lib/models/lstm.ts'
import { emptyState, type GamState, gamStore, noStore } from '../../../lib/systems/gam/state.ts'
import { observe } from '../../../lib/train/early-stopping.ts'
import { type StepsState, startSteps } from '../../../lib/train/steps-state.ts'
import { left, run } from '../../either.ts'
import { emptyFolder, tiny } from './tiny.ts'

const { path, remove } = emptyFolder()
afterEach(() => {
  for (const name of readdirSync(path)) rmSync(join(path, name))
})
afterAll(remove)

const store = (options = tiny, lines: string[] = []) =>
  run(gamStore(path, options, 'the reference', (l) => lines.push(l)))

const fitted = (seed: number): StepsState => {
  const from = startSteps(initialiseLstm({ symbols: 3, hidden: 3, layers: 2 })(key(seed)), 7)
  const state = { ...from.state, 'optimiser/step': Float32Array.of(3), odd: Float32Array.of(-0, 1e-45, 3e38) }
  return {
    ...from,
    step: 2,
    stopping: observe(1 / 3)(from.stopping),
    state,
    curve: [
      { step: 1, watched: { loss: 1 }, score: 0.1, facts: {} },
      { step: 2, watched: { loss: 1 / 3 }, score: 0.2, facts: {} },
    ],
  }
}

const full: GamState = {
  seconds: { base: 1.25, moments: 0.1 },
  done: ['base', 'moments'],
  cycle: 2,
  trials: 12,
  fitted: {
    lambda: [-10.5, 1 / 3],
    momentError: 0.1,
    epochErrors: [0.2, 0.1],
    epochLambdas: [
      [0, 0],
      [-10.5, 1 / 3],
    ],
    boundary: true,
  },
  stream: { samples: ['', 'ab', 'ü𝄞'], trials: 99, batchIndex: 3, skip: 17, maxLogRatio: Number.NEGATIVE_INFINITY },
  fits: { base: fitted(1), proposal: fitted(2), next: fitted(3), student: fitted(4) },
}

describe('a saved state', () => {
  it('comes back as it was, at every stage of a run', async () => {
    const { stream: _s, fitted: _f, ...early } = full
    for (const state of [emptyState, { ...early, fits: { base: fitted(1) } }, full]) {
      await run((await store()).save(state))
      expect(await run((await store()).load)).toEqual(state)
    }
  })

  it('is the empty state where nothing was saved', async () => {
    expect(await run((await store()).load)).toStrictEqual(emptyState)
    expect(await run(noStore.load)).toStrictEqual(emptyState)
    expect((await noStore.save(full)())._tag).toBe('Right')
  })

  it('is the last one saved; two files are kept', async () => {
    const one = await store()
    for (const cycle of [1, 2, 3, 4]) await run(one.save({ ...emptyState, cycle }))
    expect((await run((await store()).load)).cycle).toBe(4)
    expect(readdirSync(path).filter((name) => name.startsWith('gam'))).toHaveLength(2)
  })

  it('goes on counting after it was loaded: the next save is the newest', async () => {
    for (const cycle of [1, 2, 3]) {
      const one = await store()
      await run(one.load)
      await run(one.save({ ...emptyState, cycle }))
    }
    expect((await run((await store()).load)).cycle).toBe(3)
  })

  it('of other options is refused; the folder, the device, the workers and limits do not count', async () => {
    await run((await store()).save(full))
    for (const other of [
      { ...tiny, seed: 9 },
      { ...tiny, hidden: 4 },
      { ...tiny, features: '10' },
      { ...tiny, microBatches: 2 },
    ]) {
      const found = left(await (await store(other)).load())
      expect(found.tag).toBe('Checkpoint')
      expect(found.remedy).not.toBe('')
    }
    const same = {
      ...tiny,
      out: 'elsewhere',
      device: 'auto',
      workers: 2,
      distilEpochs: 2,
      budgets: { trials: 9 },
    } as const
    expect(await run((await store(same)).load)).toEqual(full)
  })

  it('that is damaged is passed over for the one before, and said so', async () => {
    const one = await store()
    await run(one.save({ ...emptyState, cycle: 1 }))
    await run(one.save({ ...emptyState, cycle: 2 }))
    const newest =
      readdirSync(path)
        .filter((name) => name.startsWith('gam'))
        .sort()
        .at(-1) ?? ''
    writeFileSync(join(path, newest), 'not a checkpoint')
    const lines: string[] = []
    expect((await run((await store(tiny, lines)).load)).cycle).toBe(1)
    expect(lines.join('\n')).toContain(newest)
  })
})
