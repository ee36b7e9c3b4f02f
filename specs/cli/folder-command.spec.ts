/** What was typed beside `--resume`: named as it is typed; a switch that is off was not typed. */
import { describe, expect, it } from 'vitest'
import { flagOf, typedBeside } from '../../lib/cli/folder-command.ts'

describe('flags beside --resume', () => {
  it('are named as they are typed', () => {
    expect(['learningRate', 'squaredLogSumExp', 'topK'].map(flagOf)).toEqual([
      ...['--learning-rate', '--squared-logsumexp', '--top-k'],
    ])
  })

  it('are the first that was typed and is not one of these', () => {
    const flags = { kind: 'x', resume: 'DIR', json: true, device: 'cpu', logNormaliser: false, rounds: undefined }
    expect(typedBeside(['device'])(flags)).toBeUndefined()
    expect(typedBeside([])(flags)).toBe('--device')
    expect(typedBeside(['device'])({ ...flags, logNormaliser: true, rounds: 3 })).toBe('--log-normaliser')
  })
})
