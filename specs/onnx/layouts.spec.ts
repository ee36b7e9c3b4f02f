/** The layouts of other exporters give the log-probabilities of the one model that they all hold. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as t from 'io-ts'
import { afterAll, describe, expect, it } from 'vitest'
import { decodeJson } from '../../lib/codec/json.ts'
import { at } from '../../lib/at.ts'
import { logProbabilities } from '../../lib/models/decoding-host.ts'
import { openPredictor } from '../../lib/onnx/import.ts'
import { left, right } from '../either.ts'
import {
  cachesCalled,
  cachesTogether,
  type Change,
  disturbed,
  halved,
  headed,
  inLayout,
  keeping,
  lastOnly,
  maskedIn,
  placedBy,
  same,
  single,
  switched,
  typed,
} from './layouts.ts'

const fixture = (name: string): string => fileURLToPath(new URL(`../fixtures/causal/${name}`, import.meta.url))
const recorded = right(
  decodeJson(
    t.type({ rows: t.readonlyArray(t.readonlyArray(t.number)), scores: t.readonlyArray(t.readonlyArray(t.number)) }),
    'the recorded scores',
  )(readFileSync(fixture('scores.json'), 'utf8')),
)
const [SYMBOLS, TIME] = [16, 12]
const count = recorded.rows.length
const tokens = Int32Array.from(recorded.rows.flatMap((row) => [0, ...row.slice(0, -1)]))

const folder = mkdtempSync(join(tmpdir(), 'exptilt-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const written = (name: string, change: Change, from = 'cached.onnx'): string => {
  const path = join(folder, `${name.replaceAll(/\W/g, '_')}.onnx`)
  writeFileSync(path, inLayout(fixture(from), change))
  return path
}

const swapped = (n: string): string => n.split('.').reverse().join('_')

const layouts: readonly { readonly name: string; readonly change: Change; readonly singly: boolean }[] = (
  [
    ['as it is', same],
    [
      'past.N.key',
      cachesCalled(
        (n) => `past.${n}`,
        (n) => `present.${n}`,
      ),
    ],
    [
      'past_key_N',
      cachesCalled(
        (n) => `past_${swapped(n)}`,
        (n) => `present_${swapped(n)}`,
      ),
    ],
    [
      'present_key_values',
      cachesCalled(
        (n) => `past_key_values.${n}`,
        (n) => `present_key_values.${n}`,
      ),
    ],
    [
      'present_key_value',
      cachesCalled(
        (n) => `past_key_value.${n}`,
        (n) => `present_key_value.${n}`,
      ),
    ],
    ['past_N of rank 5', cachesTogether],
    ['num_logits_to_keep', keeping('num_logits_to_keep')],
    ['num_logits_to_keep of rank 1', keeping('num_logits_to_keep', 1)],
    ['logits_to_keep', keeping('logits_to_keep')],
    ['cache_position', placedBy('cache_position')],
    ['position_ids of rank 1', placedBy('position_ids')],
    ['token_type_ids', typed],
    ['head_mask', headed],
    ['use_cache_branch', switched],
    ['mask of int32', maskedIn('i32')],
    ['mask of float32', maskedIn('f32')],
    ['mask of float16', maskedIn('f16')],
    ['mask of bool', maskedIn('bool')],
    ['one token a run', single, true],
    ['one token a run, unsaid', disturbed, true],
    ['logits of the last token', lastOnly, true],
  ] as const
).map(([name, change, singly]) => ({ name, change, singly: singly === true }))

/** The worst distance of log-probabilities from those recorded: all at once, and along a walk in pieces. */
const distances = async (file: string) => {
  const model = right(await openPredictor({ file, threads: 1 })())
  const worst = (logits: Float32Array, time: number, place: (t: number) => number): number =>
    Math.max(
      ...recorded.rows.flatMap((row, r) =>
        Array.from({ length: time }, (_, i) => {
          const start = (r * time + i) * SYMBOLS
          const token = at(row, place(i))
          return Math.abs(
            at(logProbabilities(logits.subarray(start, start + SYMBOLS)), token) -
              at(recorded.scores[r] ?? [], place(i)),
          )
        }),
      ),
    )
  const whole = worst(right(await model.logits({ tokens, count, time: TIME })()), TIME, (i) => i)
  const walk = model.walk(count)
  let walked = 0
  for (const [from, to] of [
    [0, 3],
    [3, 4],
    [4, 6],
    [6, 12],
  ] as const) {
    const piece = recorded.rows.flatMap((_, r) => Array.from(tokens.subarray(r * TIME + from, r * TIME + to)))
    walked = Math.max(
      walked,
      worst(right(await walk.extend(Int32Array.from(piece))()), 1, () => to - 1),
    )
  }
  model.release()
  return { whole, walked, description: model.description }
}

describe('layouts of other exporters', () => {
  it.each(layouts)('$name', async ({ name, change, singly }) => {
    const found = await distances(written(name, change))
    expect(found.whole).toBeLessThan(1e-5)
    expect(found.walked).toBeLessThan(2e-5)
    expect(found.description.includes('one token at a time')).toBe(singly)
  })

  it('half precision in caches and logits: within the rounding to 11 bits', async () => {
    const found = await distances(written('half', halved))
    expect(found.whole).toBeLessThan(2 * 2 ** -8)
    // Keys and values of a past are rounded too: relative errors of 2⁻¹¹ twice in each of two blocks.
    expect(found.walked).toBeLessThan(8 * 2 ** -8)
    expect(found.walked).toBeGreaterThan(0)
  })

  it.each<[string, Change, RegExp, RegExp]>([
    [
      'logits of the last token and no cache',
      lastOnly,
      /gives logits \[1, 1, 16\] for 1 rows of 2 tokens/,
      /every position/,
    ],
    ['tokens that are not hidden', disturbed, /the logits of a token depend on the token after it/, /causal/],
  ])('refuses %s', async (name, change, what, remedy) => {
    const found = left(await openPredictor({ file: written(name, change, 'masked.onnx') })())
    expect([found.tag, found.what, found.remedy]).toEqual([
      'Format',
      expect.stringMatching(what),
      expect.stringMatching(remedy),
    ])
  })
})
