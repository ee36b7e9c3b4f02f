/** Phases of a run: done once, timed even when they fail, saved at their end. */
import { describe, expect, it } from 'vitest'
import { held, type Phased, phase } from '../../lib/systems/phases.ts'

const begun: Phased = { done: [], seconds: {} }

const recorded = (initial: Phased, every = 0) => {
  const writes: Phased[] = []
  const run = held(initial, every, (state) => Promise.resolve(void writes.push(state)))
  return { run, writes }
}

describe('phases', () => {
  it('are done once, marked by their tag, timed by their name, and saved', async () => {
    const { run, writes } = recorded(begun)
    const bodies: string[] = []
    const body = (name: string) => () => Promise.resolve(void bodies.push(name))
    await phase(run, 'evaluation', body('first'), 'evaluation:1')
    await phase(run, 'evaluation', body('again'), 'evaluation:1')
    await phase(run, 'base', body('base'))
    expect(bodies).toEqual(['first', 'base'])
    expect(run.state().done).toEqual(['evaluation:1', 'base'])
    expect(Object.keys(run.state().seconds)).toEqual(['evaluation', 'base'])
    expect(writes).toHaveLength(2)
    expect(writes.at(-1)).toBe(run.state())
  })

  it('that fail keep their seconds and are not done', async () => {
    const { run, writes } = recorded({ done: [], seconds: { base: 5 } })
    await expect(phase(run, 'base', () => Promise.reject(new Error('no')))).rejects.toThrow('no')
    expect(run.state().done).toEqual([])
    expect(run.state().seconds['base']).toBeGreaterThanOrEqual(5)
    expect(writes).toEqual([])
  })

  it('save on the way only when the last save is long ago', async () => {
    const [seldom, often] = [recorded(begun, 1e9), recorded(begun, 0)]
    for (const { run } of [seldom, often]) {
      await run.save('sometimes')
      await run.save('now')
      await run.save('sometimes')
    }
    expect([seldom.writes.length, often.writes.length]).toEqual([1, 3])
  })
})
