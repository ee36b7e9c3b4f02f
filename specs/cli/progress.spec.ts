import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { duration, factsLine, lineProgress, pace, plainLine } from '../../lib/cli/progress.ts'

const clocked = () => {
  const lines: string[] = []
  let time = 0
  const progress = lineProgress({ now: () => time, write: (text) => void lines.push(text) })
  return { lines, progress, wait: (seconds: number) => void (time += seconds) }
}

describe('plain progress', () => {
  it('says rate, time left and facts', () => {
    const { lines, progress, wait } = clocked()
    progress.start('base model', 100)
    wait(2)
    progress.advance(20, { loss: 0.123456 })
    wait(3)
    progress.end()
    expect(lines).toEqual([
      'base model: 20/100; 10/s, 8.0 s left; loss 0.1235\n',
      'base model: done in 5.0 s; 20 steps; loss 0.1235\n',
    ])
  })

  test.prop([fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 60 })], { seed: 8, numRuns: 200 })(
    'never says more than one line a second within a phase, and closes it with one',
    (waits) => {
      const { lines, progress, wait } = clocked()
      progress.start('phase', 1000)
      for (const milliseconds of waits) {
        wait(milliseconds / 1000)
        progress.advance(1, {})
      }
      progress.end()
      const total = waits.reduce((sum, value) => sum + value, 0) / 1000
      expect(lines.length).toBeLessThanOrEqual(Math.floor(total) + 1)
      expect(lines.at(-1)).toMatch(/^phase: done in/)
    },
  )

  it('a phase that was closed twice is said once', () => {
    const { lines, progress } = clocked()
    progress.start('phase', 1)
    progress.end()
    progress.end()
    expect(lines).toHaveLength(1)
  })

  it('an unknown total has a rate and no time left', () => {
    const position = { phase: 'λ', done: 30, earlier: 0, total: Number.POSITIVE_INFINITY, elapsed: 10, facts: {} }
    expect(plainLine(position)).toBe('λ: 30; 3/s')
    expect(pace({ ...position, done: 0 })).toBe('')
    expect(pace({ ...position, done: 4, total: 8 })).toBe('2.5 s each, 10.0 s left')
  })

  it('steps of an earlier run count for how far it is, not for how fast', () => {
    const { lines, progress, wait } = clocked()
    progress.start('base model', 100, 90)
    wait(2)
    progress.advance(4, {})
    progress.end()
    expect(lines).toEqual(['base model: 94/100; 2/s, 3.0 s left\n', 'base model: done in 2.0 s; 4 steps\n'])
  })
})

describe('words for numbers', () => {
  it('durations', () => {
    expect([0.04, 59.9, 59.97, 61, 3599.6, 3661].map(duration)).toEqual([
      '0.0 s',
      '59.9 s',
      '1 min 00 s',
      '1 min 01 s',
      '1 h 00 min',
      '1 h 01 min',
    ])
  })

  it('facts', () => {
    expect(factsLine({ loss: 0.520000001, epoch: 12, device: 'gpu' })).toBe('loss 0.52, epoch 12, device gpu')
  })
})
