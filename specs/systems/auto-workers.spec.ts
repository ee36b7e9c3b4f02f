/** `--workers auto` measures once: what it found is remembered by machine and work, and a file that is damaged is measured again. */
import * as TE from 'fp-ts/lib/TaskEither.js'
import { describe, expect, it } from 'vitest'
import { axis } from '../../lib/axis.ts'
import { type Failure, failure } from '../../lib/errors.ts'
import { input } from '../../lib/ops/layout.ts'
import { negate } from '../../lib/ops/pointwise.ts'
import { outputs } from '../../lib/program.ts'
import { reference } from '../../lib/reference.ts'
import type { Threads } from '../../lib/scale/lanes.ts'
import { autoWorkers, type Machine, thisMachine } from '../../lib/systems/auto-workers.ts'
import { run } from '../either.ts'
import { memoryFileSystem } from '../train/file-system-memory.ts'

const work = (size = 2) => outputs({ y: negate(input('x', axis('n', size))) })

/** A machine with a disk of its own whose clock goes on by a ms whenever it is read; what was opened, and what was said. */
const machineOf = (own: Partial<Machine> = {}) => {
  const { fileSystem, disk } = memoryFileSystem()
  const [opened, notes, released]: [number[], string[], number[]] = [[], [], []]
  let now = 0
  const clock = (): number => (now += 1)
  const machine: Machine = { clock, span: 3, processor: 'p', cores: 2, folder: '/cache', files: fileSystem, ...own }
  const open = (workers: number): TE.TaskEither<Failure, Threads> => {
    opened.push(workers)
    return TE.right({
      lanes: [TE.right(reference), TE.right(reference)],
      description: '',
      release: () => void released.push(workers),
    })
  }
  const note = (line: string): void => void notes.push(line)
  const of = (other: Partial<Machine> = {}) => autoWorkers({ machine: { ...machine, ...other }, open, note })
  return { of, opened, notes, released, disk, fileSystem }
}

describe('--workers auto', () => {
  it('measures with as many workers as there are cores, says what it chose, and remembers it', async () => {
    const { of, opened, notes, released, disk } = machineOf()
    const first = await run(of()(reference, work()))
    expect([opened, released]).toEqual([[2], [2]])
    expect(notes).toEqual([
      expect.stringMatching(
        /^--workers auto: (none|1|2) \(runs a second by workers: none \d+, 1 \d+, 2 \d+; measured now, remembered in \/cache\/workers-[0-9a-f]{32}\.json\)$/,
      ),
    ])
    expect([...disk().keys()]).toEqual([expect.stringMatching(/^\/cache\/workers-[0-9a-f]{32}\.json$/)])
    expect(await run(of()(reference, work()))).toBe(first)
    expect(opened).toEqual([2])
    expect(notes[1]).toMatch(/^--workers auto: .*; as measured before: \/cache\/workers-/)
  })

  it('of another processor, number of cores, executor or program is measured anew', async () => {
    const { of, opened, disk } = machineOf()
    await run(of()(reference, work()))
    await run(of({ processor: 'q' })(reference, work()))
    await run(of({ cores: 3 })(reference, work()))
    await run(of()({ ...reference, description: 'another version' }, work()))
    await run(of()(reference, work(5)))
    expect([opened, disk().size]).toEqual([[2, 2, 3, 2, 2], 5])
  })

  it('obeys what is remembered, none too', async () => {
    const { of, disk, fileSystem } = machineOf()
    await run(of()(reference, work()))
    for (const [rate, chosen] of [
      [9, undefined],
      [1, 2],
    ] as const) {
      const ways = [{ rate }, { workers: 1, rate: 1 }, { workers: 2, rate: 2 }]
      const bytes = new TextEncoder().encode(JSON.stringify({ ways }))
      const files = { ...fileSystem, read: () => TE.right(bytes) }
      expect(await run(of({ files })(reference, work()))).toBe(chosen)
    }
    expect(disk().size).toBe(1)
  })

  it('a damaged file is measured again and replaced', async () => {
    for (const text of ['{', '{"ways":[{"rate":"fast"}]}', '{"ways":[]}']) {
      const { of, opened, fileSystem } = machineOf()
      const files = { ...fileSystem, read: () => TE.right(new TextEncoder().encode(text)) }
      await run(of({ files })(reference, work()))
      expect(opened).toEqual([2])
    }
  })

  it('a folder that cannot be written is said, and the choice holds', async () => {
    const { of, notes, fileSystem } = machineOf()
    const full = TE.left(failure('File', 'no room', 'make some'))
    await run(of({ files: { ...fileSystem, open: () => full } })(reference, work()))
    expect(notes[0]).toMatch(/^what was measured for --workers auto is not remembered: .*no room/)
    expect(notes).toHaveLength(2)
  })

  it('on one core there is nothing to choose; workers that do not start are the failure, and are let go', async () => {
    const { of, opened } = machineOf()
    expect(await run(of({ cores: 1 })(reference, work()))).toBeUndefined()
    expect(opened).toEqual([])
    const { released, of: again } = machineOf()
    const broken = { ...reference, prepare: () => TE.left(failure('Runtime', 'it broke', 'mend it')) }
    const failed = await again()(broken, work())()
    expect([failed._tag, released]).toEqual(['Left', [2]])
  })

  it('knows this machine', () => {
    const { cores, processor, folder } = thisMachine()
    expect([cores > 0, typeof processor, folder.startsWith('/')]).toEqual([true, 'string', true])
  })
})
