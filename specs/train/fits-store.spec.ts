/** Checkpoints of several trainings: every bit comes back, other settings are refused, the last two files are kept. */
import { readdirSync } from 'node:fs'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { exactNumber } from '../../lib/codec/scalars.ts'
import { type Fits, fitsStore } from '../../lib/train/fits-store.ts'
import type { RunStoreOptions } from '../../lib/train/run-store.ts'
import { type StepsState, startSteps } from '../../lib/train/steps-state.ts'
import { withFolder } from '../folder.ts'
import { left, run } from '../either.ts'

const codec = t.type({ seconds: exactNumber })

const optionsIn = (directory: string, settings: unknown = { width: 3 }): RunStoreOptions<{ seconds: number }> => ({
  directory,
  name: 'fits',
  settings,
  codec,
  adapter: 'none',
  say: () => undefined,
})

const begun: StepsState = startSteps({ w: Float32Array.of(1, -2.5, 1e-30), 'a/b': Float32Array.of(Math.fround(0.1)) })

const further: StepsState = {
  ...begun,
  step: 7,
  guard: { smoothed: 1 / 3, lowest: Number.POSITIVE_INFINITY },
  curve: [{ step: 5, watched: { loss: Number.NaN }, score: 2 / 3, facts: {} }],
  running: { count: 2, sums: { loss: 0.1 + 0.2 } },
  state: { ...begun.state, 'optimiser/m/w': Float32Array.of(3, 4, 5) },
}

const fits: Fits = { shared: begun, 'e-arm-1': further }

describe('a store of trainings', () => {
  it('has nothing before the first save, and gives back every bit afterwards', () =>
    withFolder(async (folder) => {
      const store = await run(fitsStore(optionsIn(folder)))
      expect(await run(store.load)).toBeUndefined()
      await run(store.save({ record: { seconds: 1.5 }, fits: { shared: begun } }))
      await run(store.save({ record: { seconds: Math.PI }, fits }))
      const again = await run(fitsStore(optionsIn(folder)))
      expect(await run(again.load)).toEqual({ record: { seconds: Math.PI }, fits })
    }))

  it('goes on counting after a load: the newest save wins, and two files are kept', () =>
    withFolder(async (folder) => {
      const first = await run(fitsStore(optionsIn(folder)))
      for (const seconds of [1, 2, 3]) await run(first.save({ record: { seconds }, fits }))
      const second = await run(fitsStore(optionsIn(folder)))
      await run(second.load)
      await run(second.save({ record: { seconds: 4 }, fits }))
      expect(readdirSync(folder)).toHaveLength(2)
      const third = await run(fitsStore(optionsIn(folder)))
      expect((await run(third.load))?.record).toEqual({ seconds: 4 })
    }))

  it('refuses a checkpoint whose record has another form, in one sentence', () =>
    withFolder(async (folder) => {
      const earlier = { ...optionsIn(folder), codec: t.type({ minutes: exactNumber }) }
      await run((await run(fitsStore(earlier))).save({ record: { minutes: 1 }, fits }))
      const found = left(await (await run(fitsStore(optionsIn(folder)))).load())
      expect(found.tag).toBe('Checkpoint')
      expect(`${found.what}: ${found.remedy}`).toMatch(
        /^the checkpoint in .* was saved by another version of .* folder$/,
      )
    }))

  it('refuses a checkpoint of other settings', () =>
    withFolder(async (folder) => {
      const store = await run(fitsStore(optionsIn(folder)))
      await run(store.save({ record: { seconds: 1 }, fits }))
      const other = await run(fitsStore(optionsIn(folder, { width: 4 })))
      expect(left(await other.load()).tag).toBe('Checkpoint')
    }))
})
