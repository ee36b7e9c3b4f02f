/** GAM in a page, without the page: what it tells, and that stopping changes nothing. */
import { describe, expect, it } from 'vitest'
import { at } from '../../lib/at.ts'
import { type GamEvent, type GamRequest, gamSession } from '../../site/gam-run.ts'

const request: GamRequest = { motif: '11', length: 5, train: 60, width: 8, seed: 3, device: 'onnx' }

/** Runs with requests one after the other; `stopAt` stops a run when it says so. */
const told = async (
  requests: readonly GamRequest[],
  stopAt: (event: GamEvent, seen: readonly GamEvent[]) => boolean = () => false,
): Promise<readonly GamEvent[]> => {
  const seen: GamEvent[] = []
  const session = gamSession((event) => {
    seen.push(event)
    if (stopAt(event, seen)) session.stop()
  })
  for (const each of requests) await session.start(each)
  return seen
}

const epochs = (seen: readonly GamEvent[]) =>
  seen.flatMap((event) => (event.kind === 'epoch' ? [[event.model, event.validation] as const] : []))

const resultsOf = (seen: readonly GamEvent[]) => {
  const found = seen.flatMap((event) => (event.kind === 'done' ? [event.results] : []))
  const { seconds: _seconds, ...results } = at(found, 0)
  return results
}

const kinds = (seen: readonly GamEvent[]): readonly string[] => [...new Set(seen.map(({ kind }) => kind))]

describe('a training in a page', () => {
  it('tells the truth, the curves of r and π, the tilt between them, and the results', {
    timeout: 120_000,
  }, async () => {
    const seen = await told([request])
    expect(kinds(seen)).toEqual(['truth', 'note', 'phase', 'epoch', 'tilt', 'done'])
    const results = resultsOf(seen)
    // 19 of the 32 strings of five bits hold 11.
    expect(seen[0]).toMatchObject({ kind: 'truth', entropy: Math.log(19) / 6 })
    expect(epochs(seen)).toEqual([
      ...results.curves.base.validation.map((x) => ['r', x]),
      ...results.curves.distilled.validation.map((x) => ['π', x]),
    ])
    const tilt = seen.findIndex(({ kind }) => kind === 'tilt')
    expect(epochs(seen.slice(0, tilt)).map(([model]) => model)).not.toContain('π')
    expect(seen[tilt]).toMatchObject({
      found: { motifFrequencies: { tilt: results.motifFrequencyTilt }, logPartition: { n: results.logPartition.n } },
    })
    expect(results.motifFrequencyTilt).toBeGreaterThan(0.9)
  })

  it('that is stopped and goes on finds the same to the bit, and tells no epoch twice', {
    timeout: 240_000,
  }, async () => {
    const whole = await told([request])
    const stopped = await told([request, request, request], (event, seen) =>
      event.kind === 'epoch'
        ? ['r,3', 'π,2'].includes(`${event.model},${epochs(seen).filter(([m]) => m === event.model).length}`)
        : false,
    )
    expect(stopped.filter(({ kind }) => kind === 'stopped')).toHaveLength(2)
    expect(epochs(stopped)).toEqual(epochs(whole))
    expect(resultsOf(stopped)).toEqual(resultsOf(whole))
  })

  it('begins anew where something else is asked for', { timeout: 120_000 }, async () => {
    const other = { ...request, seed: 4 }
    const seen = await told(
      [request, other],
      (event, all) => event.kind === 'epoch' && all.every(({ kind }) => kind !== 'stopped'),
    )
    expect(seen.filter(({ kind }) => kind === 'truth')).toHaveLength(2)
    expect(resultsOf(seen).options.seed).toBe(4)
    expect(epochs(seen).filter(([model]) => model === 'r').length).toBe(
      1 + resultsOf(seen).curves.base.validation.length,
    )
  })

  it.for<[string, Partial<GamRequest>, string]>([
    ['a motif of other digits', { motif: '12' }, "the motif is '12': write 1 to 5 digits 0 and 1."],
    ['a motif longer than the strings', { motif: '110110' }, "the motif is '110110': write 1 to 5 digits 0 and 1."],
    ['a length that is none', { length: Number.NaN }, 'the length is NaN: give a whole number from 4 to 30.'],
    [
      'too many strings',
      { train: 1e9 },
      'the number of training strings is 1000000000: give a whole number from 50 to 2000.',
    ],
    ['no units', { width: 0 }, 'the number of units is 0: give a whole number from 8 to 128.'],
  ])('says in a sentence that %s cannot be', async ([, changes, sentence]) => {
    expect(await told([{ ...request, ...changes }])).toEqual([{ kind: 'failed', sentence }])
  })
})
