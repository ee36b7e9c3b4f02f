/** Programs that score: as many rows at once as a batch has, fewer where their logits would be too many. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { failure } from '../../lib/errors.ts'
import { nextLogits, tokenScores } from '../../lib/models/language-score.ts'
import type { LanguageStore } from '../../lib/models/language-store.ts'
import { tableModel } from '../../lib/models/table-model.ts'

/** The programs that scoring two rows of `time` tokens asks for, of a model of so many symbols. */
const asked = async (symbols: number, time: number, score: typeof tokenScores | typeof nextLogits = tokenScores) => {
  const names: string[] = []
  const store: LanguageStore = {
    hold: () => TE.of(undefined),
    prepared: (name) => {
      names.push(name)
      return TE.left(failure('Runtime', 'no program is made', 'ask again'))
    },
    names: () => names,
    drop: () => undefined,
    release: () => undefined,
  }
  const model = { ...tableModel({ symbols: 2, length: 2 }), symbols, context: 64 }
  await score({ model, store, batch: 64 }, {}, { tokens: new Int32Array(2 * time), count: 2, time })()
  return names
}

describe('the rows of a program', () => {
  it('are those of a batch, up to 2²⁴ logits, and at least one', async () => {
    expect(await asked(3, 8)).toEqual(['score 64×8'])
    expect(await asked(2 ** 15, 8)).toEqual(['score 64×8'])
    expect(await asked(2 ** 16, 8)).toEqual(['score 32×8'])
    expect(await asked(2 ** 20, 8)).toEqual(['score 2×8'])
    expect(await asked(2 ** 22, 8)).toEqual(['score 1×8'])
    // Positions are those of the program, and the next one counts among them.
    expect(await asked(2 ** 20, 7)).toEqual(['score 2×8'])
    expect(await asked(3, 7, nextLogits)).toEqual(['next 64×8'])
    expect(await asked(2 ** 19, 8, nextLogits)).toEqual(['next 2×16'])
  })
})
