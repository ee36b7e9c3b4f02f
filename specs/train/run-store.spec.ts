/** Checkpoints of a run: steps are counted over restarts, and damage is told. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as O from 'fp-ts/lib/Option.js'
import * as t from 'io-ts'
import { describe, expect, it } from 'vitest'
import { namedArray } from '../../lib/codec/array.ts'
import { loadLatest } from '../../lib/train/checkpoint.ts'
import { nodeFileSystem } from '../../lib/train/file-system-node.ts'
import { hashOf } from '../../lib/train/provenance.ts'
import { runStore } from '../../lib/train/run-store.ts'
import { right, run } from '../either.ts'
import { withFolder } from '../folder.ts'

const codec = t.type({ seen: t.number })
const saved = (seen: number) => ({ state: { seen }, tensors: { w: namedArray([1], Float32Array.of(seen)) } })

const opened = async (directory: string) => {
  const said: string[] = []
  const settings = { width: 3 }
  const options = {
    directory,
    name: 'run',
    settings,
    codec,
    adapter: 'cpu',
    say: (line: string) => void said.push(line),
  }
  return { store: await run(runStore(options)), said, settings }
}

describe('the checkpoints of a run', () => {
  it('number their saves, go on with the number after a restart, and say under what they were made', () =>
    withFolder(async (directory) => {
      const first = await opened(directory)
      expect(await run(first.store.load)).toBeUndefined()
      for (const seen of [1, 2, 3]) await run(first.store.save(saved(seen)))
      const second = await opened(directory)
      expect(await run(second.store.load)).toMatchObject({ state: { seen: 3 } })
      await run(second.store.save(saved(4)))
      const newest = await run(loadLatest({ fileSystem: nodeFileSystem, directory, name: 'run', codec }))
      expect(O.isSome(newest) && newest.value.checkpoint).toMatchObject({
        step: 4,
        state: { seen: 4 },
        provenance: { configHash: right(hashOf(first.settings)), adapter: 'cpu' },
      })
      expect([...first.said, ...second.said]).toEqual([])
    }))

  it('of which the newest is damaged go on from the one before, and say so', () =>
    withFolder(async (directory) => {
      const first = await opened(directory)
      for (const seen of [1, 2]) await run(first.store.save(saved(seen)))
      const newest = readdirSync(directory).sort().at(-1) ?? ''
      const bytes = readFileSync(join(directory, newest))
      writeFileSync(join(directory, newest), bytes.subarray(0, bytes.length - 1))
      const second = await opened(directory)
      expect(await run(second.store.load)).toMatchObject({ state: { seen: 1 } })
      expect(second.said).toHaveLength(1)
      expect(second.said[0]).toMatch(new RegExp(`^${newest}: .*: use an earlier checkpoint, or start the run again$`))
    }))
})
