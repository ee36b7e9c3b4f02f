import { isRight, left, right } from 'fp-ts/lib/Either.js'
import { describe, expect, it } from 'vitest'
import { otherRun, refuseOthers } from '../../lib/cli/other-runs.ts'
import { failure } from '../../lib/errors.ts'
import { gamSettings, presets } from '../../lib/systems/gam/settings.ts'

const { tiny } = presets
const there = { ...tiny, patience: 3 }

describe('refuseOthers', () => {
  const cells = ['a', 'b', 'c'].map((folder) => ({ folder, options: tiny }))
  const refused = refuseOthers(
    (folder) => async () =>
      folder === 'a'
        ? left(failure('Usage', 'no run', 'make one'))
        : right(folder === 'b' ? { ...tiny, maxEpochs: 3 } : there),
    otherRun(gamSettings),
  )

  it('passes folders without a run, and with one that may only take longer or elsewhere', async () => {
    const elsewhere = { ...tiny, distilEpochs: 4, device: 'onnx' } as const
    expect(await refused(cells.slice(0, 1))()).toEqual(right(undefined))
    expect(otherRun(gamSettings)('a', elsewhere, tiny)).toBeUndefined()
  })

  it('names the first folder, the flag and both values', async () => {
    expect(isRight(await refused(cells)())).toBe(false)
    expect(await refused(cells.slice(2))()).toMatchObject({
      left: {
        what: `c holds a run with --patience 3, not ${tiny.patience}`,
        facts: { folder: 'c', flag: '--patience' },
      },
    })
  })
})
