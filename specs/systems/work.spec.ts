/** The work that is timed for `--workers auto` is the model's own, cut to what is done in a moment, for every system and preset. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { feedsOf, type Program } from '../../lib/executor.ts'
import { axesOf } from '../../lib/expr.ts'
import { lstmAutoregressive } from '../../lib/models/lstm-autoregressive.ts'
import { parameterCount } from '../../lib/models/parameters.ts'
import { eArmPresets } from '../../lib/systems/e-arm/settings.ts'
import { eArmWork } from '../../lib/systems/e-arm/tokens-task.ts'
import { gamWork } from '../../lib/systems/gam/context.ts'
import { presets as gam } from '../../lib/systems/gam/settings.ts'
import { residualWork } from '../../lib/systems/residual/networks.ts'
import { presets as residual } from '../../lib/systems/residual/settings.ts'
import { rowsWork } from '../../lib/systems/work.ts'

/** Rows and tokens of the batch that a program is fed. */
const fed = (program: Program): readonly number[] => axesOf(at(feedsOf(program), 0)).map(({ size }) => size)

describe('the work that is timed', () => {
  it('is rows of the model, fewer of a larger one, and the first tokens of one row of the largest', () => {
    const small = lstmAutoregressive({ symbols: 3, hidden: 8, layers: 1 }, 40)
    const large = lstmAutoregressive({ symbols: 3, hidden: 2000, layers: 2 }, 40)
    expect(fed(rowsWork(small, { batch: 64, time: 40 }))).toEqual([64, 40])
    const tokens = Math.ceil(1e9 / parameterCount(large.parameters))
    expect(fed(rowsWork(large, { batch: 64, time: 40 }))).toEqual([1, Math.min(40, tokens)])
    expect(fed(rowsWork(large, { batch: 64, time: 4 }))).toEqual([Math.floor(tokens / 4), 4])
  })

  it('is there for every preset of every system', () => {
    const { lm, image, translate } = eArmPresets
    const works = [
      ...Object.values(gam).map(gamWork),
      ...Object.values(residual).map(residualWork),
      ...[lm, image, translate].flatMap((presets) => Object.values(presets).map(eArmWork)),
    ]
    for (const work of works) expect(fed(work).every((size) => size > 0)).toBe(true)
    expect(works.length).toBeGreaterThan(12)
  })
})
