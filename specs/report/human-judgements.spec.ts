/** Votes on sheets, counted by hand: rates, binomial p-values, agreement, and what is refused. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { decodeJson } from '../../lib/codec/json.ts'
import { main } from '../../lib/cli/main.ts'
import { textOf } from '../../lib/report/document-text.ts'
import { judgementsDocument, readJudgements } from '../../lib/report/human-judgements.ts'
import { humanSheets } from '../../lib/report/human-sheets.ts'
import { key } from '../../lib/key.ts'
import { inWorld } from '../cli/fake-world.ts'
import { left, right } from '../either.ts'
import { withFolder } from '../folder.ts'

const preferencesCodec = t.type({
  preferences: t.array(t.type({ worse: t.string, better: t.string, votes: t.number, of: t.number, pValue: t.number })),
})

/** Six pairs of base against joint and one of BALM, the sides swapped in every other. */
const sides = Array.from({ length: 7 }, (_, i) => {
  const other = i === 6 ? 'balm' : 'base'
  return i % 2 === 0 ? { pair: i + 1, A: other, B: 'bit' } : { pair: i + 1, A: 'bit', B: other }
})
const keyed = JSON.stringify(sides)

const sheet = (answers: readonly string[], from = 1): string =>
  answers.map((answer, i) => `${from + i}.\nA: "x" | "y"\nB: "x" | "z"\nAnswer: ${answer}\n`).join('\n')

describe('votes of human judges', () => {
  it('are counted for the model, not for the side: joint preferred in five of six, p = 2·7/64', () => {
    // B, A, B, A, B prefer the joint model; A in the fifth place would not. The last is BALM against joint.
    const found = right(
      readJudgements(keyed, [{ name: 'anna.txt', text: sheet(['B', 'a', ' b ', 'A', 'A', 'A', 'A']) }]),
    )
    expect(found.preferences).toEqual([
      { worse: 'balm', better: 'bit', votes: 0, of: 1, pValue: expect.closeTo(1, 12) },
      { worse: 'base', better: 'bit', votes: 5, of: 6, pValue: expect.closeTo(14 / 64, 12) },
    ])
    expect(found).toMatchObject({ judges: ['anna'], answered: 7, pairs: 7 })
    expect(found.agreement).toBeUndefined()
    const shown = textOf(judgementsDocument(found))
    expect(shown).toContain('56.23 %')
    expect(shown).toContain('7 of 7 pairs answered, by anna.')
  })

  it('of two judges: agreement in three pairs of four, κ by hand; what is left empty is not counted', () => {
    const [one, two] = [sheet(['A', 'A', 'B', 'B', '']), sheet(['A', 'B', 'B', 'B'])]
    const { agreement, answered } = right(
      readJudgements(keyed, [
        { name: 'a.txt', text: one },
        { name: 'b.txt', text: two },
      ]),
    )
    expect(answered).toBe(4)
    // Of eight votes three are A: by chance two agree with 9/64 + 25/64.
    expect(agreement).toEqual({ pairs: 4, share: 0.75, kappa: expect.closeTo((0.75 - 34 / 64) / (30 / 64), 12) })
  })

  it('are refused by sheet and line: an answer that is none, a pair of other sheets, nothing answered', () => {
    const refused = (text: string) => left(readJudgements(keyed, [{ name: 'a.txt', text }]))
    expect(refused(sheet(['A', 'C']))).toMatchObject({ tag: 'Usage', what: 'line 9 of a.txt has the answer "C"' })
    expect(refused(sheet(['A'], 12)).what).toBe('line 4 of a.txt answers pair 12, which key.json lacks')
    expect(refused(sheet(['', ''])).what).toBe('no pair of the sheets is answered yet')
    expect(left(readJudgements('{', [])).tag).not.toBe('Usage')
  })

  it('come from the sheets that a run writes, by `residual judge`: whoever always prefers human text is told so', () =>
    withFolder(async (folder) => {
      const texts = { data: 'human', base: 'base', unit: 'unit', bit: 'joint', balm: 'balm' }
      const files = humanSheets(
        Array.from({ length: 8 }, (_, i) => ({ prefix: `p${i}`, ...texts })),
        key(3),
      )
      mkdirSync(join(folder, 'sheets'))
      for (const { name, content } of files) {
        const filled = String(content).replace(
          /A: "[^"]*" \| "(\w+)"\nB: "[^"]*" \| "(\w+)"\nAnswer:/gu,
          (all, a: string) => `${all} ${a === 'human' || a === 'base' ? 'A' : 'B'}`,
        )
        writeFileSync(join(folder, name), filled)
      }
      const seen = await inWorld((world) =>
        main(['residual', 'judge', '--sheets', join(folder, 'sheets'), '--json'], world),
      )({})
      expect(seen.code).toBe(0)
      const { preferences } = right(decodeJson(preferencesCodec, 'stdout')(seen.stdout))
      expect(preferences.map(({ worse, better, of }) => [worse, better, of])).toEqual([
        ['base', 'balm', 8],
        ['balm', 'bit', 8],
        ['bit', 'data', 8],
        ['base', 'bit', 8],
      ])
      expect(preferences[2]).toMatchObject({ votes: 8, pValue: expect.closeTo(2 / 256, 12) })
      const missing = await inWorld((world) => main(['residual', 'judge', '--sheets', join(folder, 'none')], world))({})
      expect([missing.code, missing.stderr]).toEqual([2, expect.stringContaining('key.json cannot be read')])
    }))
})
