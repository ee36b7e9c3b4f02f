/** The bar of a terminal, drawn on a stream. */
import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { barProgress } from '../../lib/cli/progress-bar.ts'

describe('the bar', () => {
  it('draws on a stream that calls itself a terminal, and closes the phase with a line', async () => {
    const stream = Object.assign(new PassThrough(), { isTTY: true as const, columns: 120, rows: 30 })
    let drawn = ''
    stream.on('data', (chunk: Buffer) => {
      drawn += chunk.toString()
    })
    const lines: string[] = []
    let time = 0
    const progress = barProgress(stream, { now: () => time, write: (text) => void lines.push(text) })
    progress.start('base model', 10)
    time = 1
    progress.advance(5, { loss: 0.5 })
    await new Promise((resolve) => setTimeout(resolve, 200))
    progress.note('a note')
    await new Promise((resolve) => setTimeout(resolve, 200))
    progress.end()
    expect(drawn).toContain('base model')
    expect(drawn).toContain('50 %')
    expect(drawn).toContain('loss 0.5')
    expect(lines).toEqual(['\r\u001b[2Ka note\n', 'base model: done in 1.0 s; 5 steps; loss 0.5\n'])
  })
})
