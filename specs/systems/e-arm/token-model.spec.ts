/** The networks of E-ARM's tasks as models to tilt: texts weigh what the task's own scores say. */
import { describe, expect, it } from 'vitest'
import { at } from '../../../lib/at.ts'
import { nodeDataServices } from '../../../lib/data/services.ts'
import { silentProgress } from '../../../lib/progress.ts'
import { reference } from '../../../lib/reference.ts'
import { pairsTaskOf } from '../../../lib/systems/e-arm/pairs-task.ts'
import { translationRuntime } from '../../../lib/systems/e-arm/translation-runtime.ts'
import { left, run } from '../../either.ts'
import { end, network, options, rows, start, task, time } from './reversal.ts'

const services = { progress: silentProgress, signal: new AbortController().signal, data: nodeDataServices() }
const runtime = pairsTaskOf(options, task).runtime(reference, services)
/** Wide enough to make sources tell. */
const parameters = Object.fromEntries(Object.entries(start).map(([name, data]) => [name, data.map((w) => 3 * w)]))

/** log q of tokens and their end, a step at a time. */
const spelledOut = async (source: string, tokens: readonly number[], given: number): Promise<number> => {
  const model = await run(
    runtime.tokenModel(parameters, {
      source,
      prompt: tokens
        .slice(0, given)
        .map((v) => 'abc'[v])
        .join(' '),
    }),
  )
  let grown = await run(model.begin)
  let total = 0
  for (const token of tokens.slice(given)) {
    total += at(at(grown.logs, 0), token)
    grown = await run(grown.grow([0], [token]))
  }
  return total + at(at(grown.logs, 0), end)
}

describe('a network of translation as a model to tilt', () => {
  it('gives a target what the task scores it, whatever its source', async () => {
    const scoring = translationRuntime(reference, network, { batch: 4, time, end })
    const { scores } = await run(scoring.score(parameters, rows))
    for (const i of [1, 5, 6]) {
      const [source, target] = [rows.source, rows.target].map((all) => Array.from(all.subarray(i * time, i * time + 2)))
      const text = (source ?? []).map((v) => 'abc'[v]).join(' ')
      expect(await spelledOut(text, target ?? [], 0)).toBeCloseTo(at(scores, i), 5)
    }
    expect(Math.abs(at(scores, 1) - at(scores, 5))).toBeGreaterThan(1e-3)
    scoring.release()
  })

  it('goes on from the beginning of a translation', async () => {
    const model = await run(runtime.tokenModel(parameters, { source: 'a b', prompt: '' }))
    const first = await run(model.begin)
    const whole = await spelledOut('a b', [1, 0], 0)
    expect(await spelledOut('a b', [1, 0], 1)).toBeCloseTo(whole - at(at(first.logs, 0), 1), 6)
  })

  it('wants a sentence that fits', async () => {
    const said = async (source: string | undefined): Promise<string> =>
      left(await runtime.tokenModel(parameters, { source, prompt: '' })()).what
    expect(await said(undefined)).toBe('a run of translation needs a sentence to translate')
    expect(await said('a b c a')).toBe('--source has 4 tokens, and a sentence of this run at most 2')
    expect(await said('')).toBe('--source has no tokens')
  })
})
